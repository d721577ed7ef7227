package io.evenkeel.bench.peers;

import io.evenkeel.bench.BenchCluster;
import io.evenkeel.bench.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A node of ours as it is in service, of which one thread answers, with its limits enforced; it has a core of its own, and its
 * clients are at the other end of a line and on the other core.
 */
final class DistantNode implements AutoCloseable {
    /** Clients of which none asks more than it may, however fast they are answered. */
    static final int MANY = 4096;

    private static final String TABLE = "evenkeel_limits";
    private static final Pattern DROPPED = Pattern.compile("counter packets (\\d+) bytes \\d+ drop");
    private static final double WARM_SECONDS = 15;

    private final PeersOptions options;
    private final BenchZones zones;
    private final Path program;
    private final ClientNetwork clients;
    private final BenchServer server;
    private final BenchCluster cluster;
    private final Path data;
    private boolean rules;

    /** @param program the compiled generator */
    DistantNode(PeersOptions options, Path program) throws IOException, InterruptedException {
        this.options = options;
        this.program = program;
        Programs.require(List.of("taskset", "unshare", "nsenter", "ip", "nft"));
        Files.createDirectories(options.folder());
        zones = new BenchZones(options.folder(), options.names());
        zones.write(List.of(Steady.ZONE));
        clients = new ClientNetwork(options.folder(), PeersBench.SERVER_CORE, PeersBench.LOAD_CORE);
        MeasuredNode node = new MeasuredNode(
                Workload.OURS, 0, Map.of("EVENKEEL_DNS_LISTEN", "0.0.0.0:" + MeasuredNode.SHIPPED.port(options)));
        Servers servers = new Servers(options, zones, PeersBench.SERVER_CORE, null);
        servers.start(node, List.of(Steady.ZONE)).close();
        server = servers.restart(node);
        data = servers.data(node);
        cluster = new BenchCluster(data);
        server.awaitAnswer(BenchZones.host(Steady.ZONE));
        launcher("limits", "enforce");
        during(new ClientLoad.How(MANY, 0), WARM_SECONDS, 0);
    }

    /**
     * What has happened so far.
     *
     * @param idle of the node's core, in microseconds
     * @param limited questions that the node has dropped by a limit
     * @param kernel packets that the rules have dropped
     * @param lost questions for which the receive buffer had no room
     */
    private record Look(long nanos, double idle, double answers, double limited, double kernel, double lost) {}

    /**
     * What has happened in an interval.
     *
     * @param busy how long the node's core did anything, in microseconds
     * @param sent questions a second, while the load ran
     */
    record Interval(
            double seconds, double busy, double answers, double limited, double kernel, double lost, double sent) {
        /** The part of the core that was used. */
        double core() {
            return busy / 1e6 / seconds;
        }

        double answersPerSecond() {
            return answers / seconds;
        }
    }

    /** What happens while nobody asks. */
    Interval idle(double seconds) throws IOException, InterruptedException {
        Look before = look();
        pause(seconds);
        return between(before, look(), 0);
    }

    /** What happens under that load, from so many seconds after its beginning. */
    Interval during(ClientLoad.How how, double lead, double seconds) throws IOException, InterruptedException {
        try (ClientLoad load = load(how, List.of())) {
            pause(lead);
            Look before = look();
            pause(seconds);
            Look after = look();
            return between(before, after, load.end().rateSent());
        }
    }

    /**
     * Begins a load: the mix of `small`.
     *
     * @param before the command that runs it, if any
     */
    ClientLoad load(ClientLoad.How how, List<String> before) throws IOException {
        return new ClientLoad(
                clients, options.folder(), before, program, server.port(), zones.questions("mix-small"), how);
    }

    /** Puts the kernel's rules in force, as they are printed for this node, with all meters full. */
    void loadRules() throws IOException {
        Path file = Files.writeString(options.folder().resolve("limits.nft"), launcher("limits", "nft"));
        Command.run(options.folder(), List.of(Programs.path("nft"), "-f", file.toString()));
        rules = true;
    }

    /** Takes them out of force. */
    void deleteRules() throws IOException {
        Command.run(options.folder(), List.of(Programs.path("nft"), "delete", "table", "inet", TABLE));
        rules = false;
    }

    /** A command that asks the node from where its clients are. */
    List<String> client(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(options.launcher().toString()));
        command.addAll(arguments);
        return clients.inside(command);
    }

    int port() {
        return server.port();
    }

    private String launcher(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(options.launcher().toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--data", data.toString()));
        return Command.run(options.folder(), command);
    }

    private static void pause(double seconds) {
        long end = System.nanoTime() + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        for (long left; (left = end - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(left);
        }
    }

    private Look look() throws IOException, InterruptedException {
        double kernel = kernelDrops();
        BenchCluster.Metrics told = cluster.metrics(cluster.nodes().getFirst());
        return new Look(
                System.nanoTime(),
                Usage.idleMicros(PeersBench.SERVER_CORE),
                told.sum("evenkeel_dns_responses_total"),
                told.sum("evenkeel_dns_dropped_total{reason=\"client_limit\"}"),
                kernel,
                told.sum("evenkeel_dns_udp_lost_total"));
    }

    private double kernelDrops() throws IOException {
        if (!rules) {
            return 0;
        }
        Matcher rule = DROPPED.matcher(Command.run(
                options.folder(), List.of(Programs.path("nft"), "list", "chain", "inet", TABLE, "questions")));
        double drops = 0;
        int found = 0;
        for (; rule.find(); found++) {
            drops += Double.parseDouble(rule.group(1));
        }
        if (found == 0) {
            throw new IOException("nft lists the rules without what they have dropped");
        }
        return drops;
    }

    private static Interval between(Look before, Look after, double sent) {
        double seconds = (after.nanos - before.nanos) / 1e9;
        return new Interval(
                seconds,
                seconds * 1e6 - (after.idle - before.idle),
                after.answers - before.answers,
                after.limited - before.limited,
                after.kernel - before.kernel,
                after.lost - before.lost,
                sent);
    }

    @Override
    public void close() {
        server.close();
        clients.close();
    }
}
