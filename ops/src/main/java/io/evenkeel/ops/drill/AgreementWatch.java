package io.evenkeel.ops.drill;

import io.evenkeel.ops.drill.ClusterBooks.Agreement;
import io.evenkeel.ops.local.OwnCluster;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DnsQuestion;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.xbill.DNS.Name;

/**
 * Whether the nodes of a cluster come to the same end: a thread for each of them adds records by way of that node alone, whoever it hears, and
 * one looks, from the end of the last fault on, whether all nodes have come to the same serial and answer with all that was accepted. A change that
 * two sides of a cut have taken each for itself, or that was accepted and is lost, is missing somewhere then.
 */
final class AgreementWatch {
    /** Between two changes by way of a node: several in the shortest fault, and a few thousand records in the longest run. */
    private static final Duration PACE = Duration.ofSeconds(1);
    /** Between two looks. */
    private static final Duration LOOK = Duration.ofMillis(100);
    /** After the last change, until all nodes have heard of it. */
    private static final Duration IN_THE_END = Duration.ofSeconds(5);

    private final OwnCluster cluster;
    private final ClusterBooks books;
    private final Duration from;
    private final Name zone;
    private final Queue<Kept> kept = new ConcurrentLinkedQueue<>();
    private final Lookouts lookouts = new Lookouts();
    /** Of the serials at the last look; one thread at a time. */
    private OptionalLong newest = OptionalLong.empty();

    /** A change that a node has accepted. */
    private record Kept(String node, Name record, long number) {}

    /** @param from the end of the last fault, from the start of the run */
    AgreementWatch(OwnCluster cluster, ClusterBooks books, Duration from) throws CommandFailure {
        this.cluster = cluster;
        this.books = books;
        this.from = from;
        zone = RecordArguments.zone(ClusterWatch.ZONE);
    }

    void begin(long nanos) {
        lookouts.begin(nanos);
        for (ClusterFile.Node node : cluster.nodes()) {
            lookouts.start("drill-writer-" + node.name(), () -> write(node.name()));
        }
        lookouts.start("drill-agreement", this::look);
    }

    /** Nothing more is asked, soon. */
    void stop() {
        lookouts.stop();
    }

    /** Returns when nothing is asked any more. Nobody changes anything by then, so that all nodes must have the very same once more. */
    void end() throws InterruptedException {
        lookouts.end();
        Agreement before = books.agreement();
        if (Double.isNaN(before.seconds())) {
            return;
        }
        long end = System.nanoTime() + IN_THE_END.toNanos();
        String why = difference(true);
        while (!why.isEmpty() && System.nanoTime() < end) {
            Thread.sleep(LOOK);
            why = difference(true);
        }
        if (!why.isEmpty()) {
            books.agreement(new Agreement(Double.NaN, "in the end, after all had agreed: " + why));
        }
    }

    private void write(String name) throws InterruptedException {
        try {
            for (long number = 1; lookouts.waits(PACE); number++) {
                Name record = RecordArguments.zone("c%d.%s.%s".formatted(number, name, ClusterWatch.RECORD));
                if (ClusterWatch.isAccepted(cluster, cluster.node(name), record, number)) {
                    kept.add(new Kept(name, record, number));
                }
            }
        } catch (CommandFailure e) {
            throw new AssertionError("a name of digits and of a node", e);
        }
    }

    private void look() throws InterruptedException {
        boolean goesOn = lookouts.waits(from.minusNanos(lookouts.now()));
        while (goesOn) {
            String why = difference(false);
            books.agreement(
                    why.isEmpty()
                            ? new Agreement(
                                    lookouts.now() / 1e9,
                                    "%d changes by way of single nodes are there".formatted(kept.size()))
                            : new Agreement(Double.NaN, why));
            goesOn = !why.isEmpty() && lookouts.waits(LOOK);
        }
    }

    /**
     * In words; empty if there is none.
     *
     * @param exactly whether all must have one serial; else each must have the newest that any had at the last look, since followers are a change behind while
     *     there are some
     */
    private String difference(boolean exactly) {
        try {
            List<Kept> until = List.copyOf(kept);
            long last = books.lastAccepted();
            String why = differenceOfSerials(exactly);
            return why.isEmpty() ? missing(until, last) : why;
        } catch (CommandFailure | IOException e) {
            return "they could not be asked: " + e.getMessage();
        }
    }

    private String differenceOfSerials(boolean exactly) throws IOException {
        Map<String, Long> serials = new LinkedHashMap<>();
        for (ClusterFile.Node node : cluster.nodes()) {
            Optional<Long> serial = DnsQuestion.serial(node.dnsPort(), zone, ClusterWatch.WAIT);
            if (serial.isEmpty()) {
                return node.name() + " does not answer";
            }
            serials.put(node.name(), serial.get());
        }
        OptionalLong wanted = newest;
        long most = serials.values().stream()
                .reduce((a, b) -> isNewer(a, b) ? a : b)
                .orElseThrow();
        newest = OptionalLong.of(most);
        boolean alike = exactly
                ? serials.values().stream().distinct().count() == 1
                : wanted.isPresent() && serials.values().stream().noneMatch(each -> isNewer(wanted.getAsLong(), each));
        return alike ? "" : "they answer with serials " + serials;
    }

    /** RFC 1982. */
    private static boolean isNewer(long a, long b) {
        return (int) (a - b) > 0;
    }

    /** In words: what a node does not serve of what was accepted; empty if there is no such thing. */
    private String missing(List<Kept> until, long last) throws CommandFailure, IOException {
        if (until.isEmpty()) {
            return "no node accepted a change of its own";
        }
        Name record = RecordArguments.zone(ClusterWatch.RECORD);
        for (ClusterFile.Node node : cluster.nodes()) {
            OptionalLong newest = ClusterWatch.served(node, record);
            if (newest.isEmpty() || newest.getAsLong() < last) {
                return "%s does not serve change %d, which was accepted".formatted(node.name(), last);
            }
            for (Kept each : until) {
                OptionalLong number = ClusterWatch.served(node, each.record());
                if (number.isEmpty() || number.getAsLong() != each.number()) {
                    return "%s does not serve %s, which %s had accepted"
                            .formatted(node.name(), each.record(), each.node());
                }
            }
        }
        return "";
    }
}
