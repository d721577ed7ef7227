package io.evenkeel.bench.differential;

import io.evenkeel.bench.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** This server: one node, started through the launcher as anybody starts it, the zones imported from their files. */
final class OwnNode implements Server {
    private static final Pattern PID = Pattern.compile("\"pid\"\\s*:\\s*(\\d+)");

    private final Path launcher;
    private final Path data;
    private final int port;
    private final ProcessHandle process;

    private OwnNode(Path launcher, Path data, int port, ProcessHandle process) {
        this.launcher = launcher;
        this.data = data;
        this.port = port;
        this.process = process;
    }

    /** @param basePort one below its DNS port */
    static OwnNode start(Path launcher, int basePort, Path folder, List<GeneratedZone> zones) throws IOException {
        Path data = folder.resolve("evenkeel");
        List<String> command = new ArrayList<>(List.of(
                "env",
                "EVENKEEL_DNS_ALIAS_LINKS=16", // as far as it can, so that as much of a chain as possible is compared
                launcher.toString(),
                "up",
                "--nodes",
                "1",
                "--detach",
                "--data",
                data.toString(),
                "--base-port",
                "" + basePort));
        for (GeneratedZone zone : zones) {
            command.add("--zone");
            command.add(zone.file().toString());
        }
        Command.run(folder, command);
        Matcher pid = PID.matcher(Files.readString(data.resolve("cluster.json")));
        if (!pid.find()) {
            throw new IOException("no process in " + data.resolve("cluster.json"));
        }
        OwnNode node = new OwnNode(
                launcher,
                data,
                basePort + 1,
                ProcessHandle.of(Long.parseLong(pid.group(1))).orElseThrow());
        Runtime.getRuntime().addShutdownHook(new Thread(node.process::destroy, "stop-evenkeel"));
        return node;
    }

    @Override
    public String name() {
        return "evenkeel";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String log() {
        return data.resolve("n1/node.log").toString();
    }

    @Override
    public void checkAlive() throws IOException {
        if (!process.isAlive()) {
            throw new IOException("evenkeel has ended: see " + log());
        }
    }

    @Override
    public void close() throws IOException {
        Command.run(data, List.of(launcher.toString(), "down", "--data", data.toString()));
    }
}
