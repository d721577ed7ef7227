package io.evenkeel.ops.local;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DataFolder;
import io.evenkeel.ops.node.MasterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.RecordArguments;
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
            "It starts again each of its nodes that ends, after a pause that grows up to a minute, unless `down` or a SIGTERM ended",
            "it. With --detach nobody is left to do that: `up --detach` once more starts the nodes that do not run."
        },
        footer = {
            "",
            "Ports of node i on 127.0.0.1: DNS (UDP and TCP) 5300+i, Raft 7400+i, peer channel 7500+i, admin API 8100+i, health port 8200+i;",
            "for --base-port B other than 5300: B+i, B+20+i, B+40+i, B+60+i, B+80+i. So clusters beside each other need bases that",
            "differ by 100 or more, and beside the usual one other bases than 7400, 7500, 8100 and 8200."
        })
public final class UpCommand extends Verb {
    static final String SAMPLE = "callhome.example.zone";

    @Option(
            names = "--nodes",
            paramLabel = "1|3|5",
            description = "How many (default: those of the data folder, else 3).")
    private @Nullable Integer nodes;

    @Option(
            names = "--base-port",
            paramLabel = "B",
            description = "Chooses all ports, see below (default: that of the data folder, else 5300).")
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
        boolean goesOn = false;
        CommandFailure failure = null;
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
            int answering = cluster.awaitAnswers(asked);
            report(cluster, answering, cluster.leader(node), folder, asked, (System.nanoTime() - begin) / 1_000_000);
            goesOn = true;
            failure = cluster.firstEnd();
        } catch (CommandFailure | IOException e) {
            goesOn = cluster.mayGoOn();
            if (!goesOn) {
                throw e;
            }
            failure = e instanceof CommandFailure known ? known : CommandFailure.failed(Output.reason((IOException) e));
        } finally {
            if (!goesOn) {
                cluster.stopUnlessReleased();
            }
        }
        if (!detach) {
            if (failure != null && failure != cluster.firstEnd()) {
                output.progress("evenkeel: %s; the nodes that run go on".formatted(failure.getMessage()));
                failure.details().forEach(line -> output.progress("  " + line));
            }
            cluster.watch();
            return 0;
        }
        cluster.release();
        if (failure != null) {
            throw new CommandFailure(
                    failure.exitCode(),
                    "%s; the nodes that run go on, `%s` says how they are"
                            .formatted(failure.getMessage(), command("status", folder)),
                    failure.details());
        }
        return 0;
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
            checkZone(zone);
        }
    }

    /** A file that nodes would refuse is refused before there are nodes. */
    private static void checkZone(Path file) throws CommandFailure, IOException {
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said);
        try (MasterFile zone = MasterFile.open(file, null)) {
            if (zone.check(writer, writer, false) != 0) {
                throw new CommandFailure(
                        CommandFailure.FAILED,
                        file + " cannot be served, nothing is started:",
                        said.toString().lines().toList());
            }
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
            checkPorts(plan);
            prepare(held, plan, existing.isEmpty());
            cluster.start(plan, existing.isEmpty());
            return true;
        }
    }

    /** Nodes that have zones start on a full disk too, with the files that they have. */
    private void prepare(ClusterFolder held, ClusterFile plan, boolean isNew)
            throws CommandFailure, IOException, InterruptedException {
        try {
            held.checkSpace();
            held.prepare(plan);
        } catch (CommandFailure e) {
            if (isNew || e.exitCode() != CommandFailure.DISK) {
                throw e;
            }
            output.progress(
                    "evenkeel: %s. The nodes start all the same, with what they have".formatted(e.getMessage()));
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
                    "%s%s: end that, or choose other ports with --base-port, which takes a hundred from there on"
                            .formatted(
                                    busy.getFirst(), busy.size() == 1 ? "" : " (and " + (busy.size() - 1) + " more)"));
        }
    }

    /** Imports what is not there yet; the zone to ask for. */
    private Name loadZones(AdminClient node) throws CommandFailure, IOException, InterruptedException {
        Name first = null;
        for (Path file : zones) {
            try (MasterFile master = MasterFile.open(file, null)) {
                MasterFile.Text text = master.text();
                Name apex = text.zone();
                first = first == null ? apex : first;
                Optional<JsonNode> present = node.find(AdminClient.zonePath(apex.toString()) + "?rrsets=false");
                if (present.isPresent()) {
                    output.say(
                            "%s is there already (serial %s), %s is not imported; `evenkeel zone import %s` would replace it"
                                    .formatted(
                                            apex, present.get().path("serial").asText(), file, file));
                } else {
                    node.importZone(
                            apex.toString(), file.toString(), true, false, () -> Files.newInputStream(text.file()));
                    output.say("imported " + apex + " from " + file);
                }
            }
        }
        if (first != null) {
            return first;
        }
        JsonNode present = node.get(AdminClient.SERVER + "/zones");
        Name sample = RecordArguments.zone("callhome.example");
        if (present.isEmpty()) {
            node.importZone(sample.toString(), SAMPLE, true, false, UpCommand::sampleZone);
            return sample;
        }
        for (JsonNode zone : present) {
            if (zone.path("name").asText().equalsIgnoreCase(sample.toString())) {
                return sample;
            }
        }
        return RecordArguments.zone(present.get(0).path("name").asText());
    }

    static InputStream sampleZone() {
        return Objects.requireNonNull(
                UpCommand.class.getResourceAsStream("/" + SAMPLE), "the jar holds the sample zone");
    }

    private void report(
            LocalNodes cluster, int answering, Optional<ClusterFile.Node> leader, Path folder, Name zone, long millis) {
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
        int size = cluster.nodes().size();
        boolean alone = size == 1;
        output.say("");
        output.say("%s open after %.1f s. Data: %s"
                .formatted(answering == size ? "All" : answering + " of " + size, millis / 1000.0, folder));
        output.say("");
        output.say("  ask      dig @127.0.0.1 -p %d %s".formatted(first.dnsPort(), question));
        output.say("  change   " + command("rrset add " + name + " hello A 192.0.2.77", folder));
        output.say("           dig @127.0.0.1 -p %d hello.%s A".formatted(last.dnsPort(), name));
        output.say("  see      " + command("status", folder));
        if (!alone) {
            output.say("  break    kill -9 %d   (%s leads; the others answer on and take changes again soon%s)"
                    .formatted(victim.pid(), victim.name(), detach ? "" : "; it comes back by itself"));
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
