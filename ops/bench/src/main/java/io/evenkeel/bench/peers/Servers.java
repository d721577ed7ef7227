package io.evenkeel.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evenkeel.bench.Command;
import io.evenkeel.bench.PeerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Starts servers, each with one thread that answers, all on one core: minimal responses where that can be set, no limits on
 * rates.
 */
final class Servers {
    private static final int HOLDS = 5;

    private final PeersOptions options;
    private final Path folder;
    private final BenchZones zones;
    private final int core;
    private final @Nullable Path compiled;
    /** Of the last start of each. */
    private final Map<MeasuredNode, Path> data = new HashMap<>();

    private int starts;

    Servers(PeersOptions options, BenchZones zones, int core, @Nullable Path compiled) {
        this.options = options;
        this.folder = options.folder();
        this.zones = zones;
        this.core = core;
        this.compiled = compiled;
    }

    /** One of the names in {@link Workload}, with those zones; it need not answer yet. */
    BenchServer start(String name, List<String> served) throws IOException {
        return switch (name) {
            case Workload.OURS -> start(MeasuredNode.SHIPPED, served);
            case Workload.NSD -> nsd(served);
            case Workload.KNOT -> knot(served);
            case Workload.PDNS -> powerDns(served);
            case Workload.ECHO -> {
                int port = options.basePort() + 14;
                yield foreground(
                        name,
                        port,
                        List.of(Objects.requireNonNull(compiled).resolve("echo").toString(), Integer.toString(port)));
            }
            default -> throw new IllegalArgumentException(name);
        };
    }

    private BenchServer foreground(String name, int port, List<String> program) throws IOException {
        Path log = folder.resolve(name + ".log");
        List<String> command = new ArrayList<>(List.of(Programs.path("taskset"), "-c", Integer.toString(core)));
        command.addAll(program);
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        process.getOutputStream().close();
        return new BenchServer(name, port, log, process.toHandle());
    }

    /** The data folder of the last start of our node as shipped. */
    Path data() {
        return data(MeasuredNode.SHIPPED);
    }

    /** The data folder of the last start of that one. */
    Path data(MeasuredNode node) {
        return Objects.requireNonNull(data.get(node), "not started: " + node.name());
    }

    /** As anybody starts it: the launcher, one node, a new data folder, the zones imported; then held to the core. */
    BenchServer start(MeasuredNode own, List<String> served) throws IOException {
        starts++;
        data.put(own, folder.resolve(own.name() + "-" + starts));
        List<String> command = new ArrayList<>(List.of(Programs.path("taskset"), "-c", "0,1"));
        command.addAll(launcher(own));
        command.addAll(List.of(
                "up",
                "--detach",
                "--nodes",
                "1",
                "--data",
                data(own).toString(),
                "--base-port",
                Integer.toString(own.basePort(options))));
        for (String zone : served) {
            command.addAll(List.of("--zone", zones.file(zone).toString()));
        }
        Command.run(folder, command);
        List<String> limits = launcher(own);
        limits.addAll(List.of("limits", own.limits(), "--data", data(own).toString()));
        Command.run(folder, limits);
        JsonNode node = new ObjectMapper()
                .readTree(Files.readString(data(own).resolve("cluster.json")))
                .path("nodes")
                .path(0);
        long pid = node.path("pid").asLong();
        Path log = data(own).resolve("n1/node.log");
        ProcessHandle process =
                ProcessHandle.of(pid).orElseThrow(() -> new IOException("the node has ended, see " + log));
        BenchServer server = new BenchServer(own.name(), own.port(options), log, process);
        hold(pid);
        return server;
    }

    private List<String> launcher(MeasuredNode own) {
        List<String> command = new ArrayList<>(List.of("env", "EVENKEEL_DNS_LOOPS=1"));
        own.environment().forEach((name, value) -> command.add(name + "=" + value));
        command.add(options.launcher().toString());
        return command;
    }

    /** All its threads. One that ends while they are gone through makes an attempt fail. */
    private void hold(long pid) throws IOException {
        List<String> command =
                List.of(Programs.path("taskset"), "-a", "-p", "-c", Integer.toString(core), Long.toString(pid));
        for (int i = 1; i < HOLDS; i++) {
            try {
                Command.run(folder, command);
                return;
            } catch (IOException e) {
                System.out.println("  once more: " + e.getMessage());
            }
        }
        Command.run(folder, command);
    }

    /** Our node as shipped once more, on the data folder that an earlier start left. */
    BenchServer restartOurs() throws IOException {
        return restart(MeasuredNode.SHIPPED);
    }

    /** That one once more, on the data folder that an earlier start left. */
    BenchServer restart(MeasuredNode own) throws IOException {
        List<String> command = launcher(own);
        command.addAll(List.of(
                "serve", "--config", data(own).resolve("n1/evenkeel.yaml").toString()));
        return foreground(own.name(), own.port(options), command);
    }

    private BenchServer nsd(List<String> served) throws IOException {
        int port = options.basePort() + 11;
        Path own = Files.createDirectories(folder.resolve("nsd"));
        StringBuilder config = new StringBuilder(PeerConfig.nsd(port, folder, own, "tcp-count: 1000\n"));
        for (String zone : served) {
            config.append("zone:\n  name: %s\n  zonefile: \"%s\"\n".formatted(zone, zones.file(zone)));
        }
        Path file = Files.writeString(folder.resolve("nsd.conf"), config);
        return foreground(Workload.NSD, port, List.of(Programs.path("nsd"), "-d", "-c", file.toString()));
    }

    private BenchServer knot(List<String> served) throws IOException {
        int port = options.basePort() + 12;
        Path own = Files.createDirectories(folder.resolve("knot"));
        StringBuilder config = new StringBuilder(PeerConfig.knot(port, own, "")).append("""
                log:
                  - target: stderr
                    any: warning
                template:
                  - id: default
                    zonefile-sync: -1
                    zonefile-load: whole
                    journal-content: none
                zone:
                """);
        for (String zone : served) {
            config.append("  - domain: %s\n    file: %s\n".formatted(zone, zones.file(zone)));
        }
        Path file = Files.writeString(folder.resolve("knot.conf"), config);
        return foreground(Workload.KNOT, port, List.of(Programs.path("knotd"), "-c", file.toString()));
    }

    private BenchServer powerDns(List<String> served) throws IOException {
        int port = options.basePort() + 13;
        Path own = Files.createDirectories(folder.resolve("pdns"));
        StringBuilder list = new StringBuilder();
        for (String zone : served) {
            list.append("zone \"%s\" { type master; file \"%s\"; };\n".formatted(zone, zones.file(zone)));
        }
        Path named = Files.writeString(folder.resolve("pdns-zones.conf"), list);
        Files.writeString(own.resolve("pdns.conf"), """
                launch=bind
                bind-config=%s
                local-address=127.0.0.1
                local-port=%d
                socket-dir=%s
                receiver-threads=1
                distributor-threads=1
                signing-threads=1
                daemon=no
                guardian=no
                disable-syslog=yes
                loglevel=3
                security-poll-suffix=
                max-tcp-connections=1000
                max-tcp-connections-per-client=0
                max-tcp-transactions-per-conn=0
                """.formatted(named, port, own));
        return foreground(Workload.PDNS, port, List.of(Programs.path("pdns_server"), "--config-dir=" + own));
    }
}
