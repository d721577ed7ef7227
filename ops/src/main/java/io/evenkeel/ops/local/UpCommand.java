package io.evenkeel.ops.local;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DataFolder;
import io.evenkeel.ops.node.ZoneOrigin;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import io.evenkeel.ops.verb.ServerTool;
import io.evenkeel.ops.verb.Verb;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code up}: a cluster of processes on this machine. */
@Command(
        name = "up",
        description = {
            "Start a cluster on this machine and keep it in the foreground; Ctrl-C stops it.",
            "Its data is kept between runs. A new cluster serves the sample zone callhome.example, or the files of --zone.",
            "A node that dies is reported and not started again; `up --detach` starts the nodes that do not run."
        },
        footer = {
            "",
            "Ports of node i on 127.0.0.1, for --base-port B: DNS (UDP and TCP) B+i, Raft B+2100+i, peer channel B+2200+i,",
            "admin API B+2800+i. So the default 5300 gives 5301.., 7401.., 7501.. and 8101.."
        })
public final class UpCommand extends Verb {
    private static final String SAMPLE = "callhome.example.zone";

    @Option(
            names = "--nodes",
            paramLabel = "1|3|5",
            description = "How many (default: those of the data folder, else 3).")
    private @Nullable Integer nodes;

    @Option(
            names = "--base-port",
            paramLabel = "B",
            description = "Shifts all ports, see below (default: that of the data folder, else 5300).")
    private @Nullable Integer basePort;

    @Mixin
    private DataFolder data = new DataFolder();

    @Option(
            names = "--zone",
            paramLabel = "FILE",
            description = "Master file to serve instead of the sample zone if its zone is not there yet; repeatable.")
    private List<Path> zones = List.of();

    @Option(names = "--detach", description = "Return when all nodes are open; `evenkeel down` stops them.")
    private boolean detach;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        long begin = System.nanoTime();
        checkOptions();
        Path folder = data.path();
        LocalNodes cluster = new LocalNodes(folder, detach, output);
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::stopUnlessReleased, "stop-nodes"));
        boolean open = false;
        try {
            if (!start(cluster, folder)) {
                cluster.release();
                output.result(
                        Map.of("data", folder.toString(), "alreadyRunning", true),
                        "all nodes of %s run already; `%s` says how they are"
                                .formatted(folder, command("status", folder)));
                return 0;
            }
            AdminClient node = cluster.awaitFirstReady();
            Name asked = loadZones(node);
            cluster.awaitAnswers(asked);
            open = true;
            report(cluster, cluster.leader(node), folder, asked, (System.nanoTime() - begin) / 1_000_000);
        } finally {
            if (!open) {
                cluster.stopUnlessReleased();
            }
        }
        if (detach) {
            cluster.release();
            return 0;
        }
        return cluster.watch();
    }

    private void checkOptions() throws CommandFailure, IOException {
        if (nodes != null && nodes != 1 && nodes != 3 && nodes != 5) {
            throw new CommandFailure(CommandFailure.USAGE, "--nodes wants 1, 3 or 5, not " + nodes);
        }
        if (basePort != null && (basePort < 1024 || basePort > Layout.MAX_BASE_PORT)) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "--base-port wants 1024 to %d, not %d".formatted(Layout.MAX_BASE_PORT, basePort));
        }
        for (Path zone : zones) {
            if (!Files.isRegularFile(zone)) {
                throw CommandFailure.failed("no such file: " + zone);
            }
            checkZone(zone, ZoneOrigin.of(zone));
        }
    }

    /** A file that nodes would refuse is refused before there are nodes. */
    private static void checkZone(Path file, Name apex) throws CommandFailure {
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said);
        List<String> args = List.of("zone", file.toString(), "--origin", apex.toString());
        if (ServerTool.run("evenkeel-check", writer, writer, args) != 0) {
            throw new CommandFailure(
                    CommandFailure.FAILED,
                    file + " cannot be served, nothing is started:",
                    said.toString().lines().toList());
        }
    }

    /** False if all nodes run already. */
    private boolean start(LocalNodes cluster, Path folder) throws CommandFailure, IOException, InterruptedException {
        try (ClusterFolder held = ClusterFolder.open(folder)) {
            Optional<ClusterFile> existing = ClusterFile.read(folder);
            ClusterFile plan = existing.isPresent() ? agreed(existing.get(), folder) : planned();
            List<String> running = plan.nodes().stream()
                    .filter(ClusterFile.Node::runs)
                    .map(ClusterFile.Node::name)
                    .toList();
            if (!running.isEmpty() && !detach) {
                throw new CommandFailure(
                        CommandFailure.DATA_FOLDER,
                        "%s of %s already run: `%s` stops them, `%s` starts those that do not run"
                                .formatted(
                                        String.join(", ", running),
                                        folder,
                                        command("down", folder),
                                        command("up --detach", folder)));
            }
            if (running.size() == plan.nodes().size()) {
                return false;
            }
            held.checkSpace();
            checkPorts(plan);
            held.prepare(plan);
            cluster.start(plan);
            return true;
        }
    }

    private ClusterFile planned() {
        int count = nodes == null ? 3 : nodes;
        int base = basePort == null ? Layout.DEFAULT_BASE_PORT : basePort;
        return new ClusterFile(ClusterFile.FORMAT, "evenkeel", new Layout(base, count).plan());
    }

    /** The members of a cluster and their addresses stand in its log: the data decides, options must agree with it. */
    private ClusterFile agreed(ClusterFile existing, Path folder) throws CommandFailure {
        int count = existing.nodes().size();
        int base = existing.nodes().getFirst().dnsPort() - 1;
        if (nodes != null && nodes != count) {
            throw new CommandFailure(
                    CommandFailure.DATA_FOLDER,
                    "the cluster in %s has %d nodes: run `up --nodes %d`, or make another one with --data"
                            .formatted(folder, count, count));
        }
        if (basePort != null && basePort != base) {
            throw new CommandFailure(
                    CommandFailure.DATA_FOLDER,
                    "the cluster in %s has base port %d: run `up --base-port %d`, or make another one with --data"
                            .formatted(folder, base, base));
        }
        return existing;
    }

    private static void checkPorts(ClusterFile plan) throws CommandFailure {
        List<String> busy = new ArrayList<>();
        for (ClusterFile.Node node : plan.nodes()) {
            if (!node.runs()) {
                busy.addAll(Layout.busyPorts(node));
            }
        }
        if (!busy.isEmpty()) {
            throw new CommandFailure(
                    CommandFailure.ADDRESS_IN_USE,
                    "%s%s: end that, or shift all ports with --base-port"
                            .formatted(
                                    busy.getFirst(), busy.size() == 1 ? "" : " (and " + (busy.size() - 1) + " more)"));
        }
    }

    /** Imports what is not there yet; the zone to ask for. */
    private Name loadZones(AdminClient node) throws CommandFailure, IOException, InterruptedException {
        Name first = null;
        for (Path file : zones) {
            Name apex = ZoneOrigin.of(file);
            first = first == null ? apex : first;
            Optional<JsonNode> present = node.find(AdminClient.zonePath(apex.toString()) + "?rrsets=false");
            if (present.isPresent()) {
                output.say(
                        "%s is there already (serial %s), %s is not imported; `evenkeel zone import %s` would replace it"
                                .formatted(apex, present.get().path("serial").asText(), file, file));
            } else {
                node.importZone(apex.toString(), file.toString(), true, () -> Files.newInputStream(file));
                output.say("imported " + apex + " from " + file);
            }
        }
        if (first != null) {
            return first;
        }
        JsonNode present = node.get(AdminClient.SERVER + "/zones");
        Name sample = RecordArguments.zone("callhome.example");
        if (present.isEmpty()) {
            node.importZone(sample.toString(), SAMPLE, true, UpCommand::sampleZone);
            return sample;
        }
        for (JsonNode zone : present) {
            if (zone.path("name").asText().equalsIgnoreCase(sample.toString())) {
                return sample;
            }
        }
        return RecordArguments.zone(present.get(0).path("name").asText());
    }

    private static InputStream sampleZone() {
        return Objects.requireNonNull(
                UpCommand.class.getResourceAsStream("/" + SAMPLE), "the jar holds the sample zone");
    }

    private void report(LocalNodes cluster, Optional<ClusterFile.Node> leader, Path folder, Name zone, long millis) {
        if (output.json()) {
            output.result(
                    Map.of(
                            "data",
                            folder.toString(),
                            "zone",
                            zone.toString(),
                            "millis",
                            millis,
                            "nodes",
                            cluster.nodes()),
                    "");
            return;
        }
        String name = zone.toString(true);
        String question = name.equals("callhome.example") ? "connect.callhome.example A" : name + " SOA";
        ClusterFile.Node first = cluster.nodes().getFirst();
        ClusterFile.Node last = cluster.nodes().getLast();
        ClusterFile.Node victim = leader.orElse(first);
        boolean alone = cluster.nodes().size() == 1;
        output.say("");
        output.say("All open after %.1f s. Data: %s".formatted(millis / 1000.0, folder));
        output.say("");
        output.say("  ask      dig @127.0.0.1 -p %d %s".formatted(first.dnsPort(), question));
        output.say("  change   " + command("rrset add " + name + " hello A 192.0.2.77", folder));
        output.say("           dig @127.0.0.1 -p %d hello.%s A".formatted(last.dnsPort(), name));
        output.say("  see      " + command("status", folder));
        if (!alone) {
            output.say("  break    kill -9 %d   (%s leads; the others answer on and take changes again soon)"
                    .formatted(victim.pid(), victim.name()));
        }
        output.say("  stop     " + (detach ? command("down", folder) : "Ctrl-C"));
    }

    /** A command line to paste, as the launcher was called. */
    private String command(String verb, Path folder) {
        String launcher = Objects.requireNonNullElse(System.getenv("EVENKEEL_COMMAND"), "evenkeel");
        boolean usual = folder.equals(DataFolder.of(null));
        return launcher + " " + verb
                + (usual ? "" : " --data " + (folder.toString().contains(" ") ? "'" + folder + "'" : folder));
    }
}
