package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.node.ClusterFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * Changes that clients ask for while the cluster is being broken, and what they were told. Each change has a name of its
 * own, so that afterwards each node can be asked what became of it: acknowledged means there, refused means not there,
 * unknown means the same everywhere.
 */
final class History implements AutoCloseable {
    private final LocalCluster cluster;
    private final Queue<Change> changes = new ConcurrentLinkedQueue<>();
    private final Workers writers = new Workers();
    private final AtomicInteger number = new AtomicInteger();

    History(LocalCluster cluster) {
        this.cluster = cluster;
    }

    /** @param endNanos when the answer came */
    record Change(String owner, String value, LocalCluster.Reply reply, long endNanos) {}

    /** One client that changes through {@code node}, one change after the other, until {@link #close}. */
    void writeThrough(ClusterFile.Node node) {
        writers.start(Thread.ofVirtual(), () -> {
            String owner = "c" + number.incrementAndGet() + ".history";
            LocalCluster.Reply reply = cluster.setTxt(node, owner, owner + " of " + node.name());
            changes.add(new Change(owner, owner + " of " + node.name(), reply, System.nanoTime()));
            if (reply.status() == 0) {
                pause(); // the node is gone; a client would not spin either
            }
        });
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    long acknowledged() {
        return changes.stream().filter(change -> change.reply().accepted()).count();
    }

    /** What was told of the changes that were not acknowledged. */
    List<LocalCluster.Reply> failed() {
        return changes.stream()
                .map(Change::reply)
                .filter(reply -> !reply.accepted())
                .toList();
    }

    /** The longest time between two acknowledgements, whoever got them, of which the later came after that moment. */
    Duration longestPauseAfter(long nanos) {
        long longest = 0;
        long last = nanos;
        for (long end : changes.stream()
                .filter(change -> change.reply().accepted())
                .mapToLong(Change::endNanos)
                .sorted()
                .filter(end -> end > nanos)
                .toArray()) {
            longest = Math.max(longest, end - last);
            last = end;
        }
        return Duration.ofNanos(longest);
    }

    @Override
    public void close() {
        writers.close();
    }

    /** Asks every node for every change. What one has acknowledged comes to the others a little later. */
    void check(List<ClusterFile.Node> nodes) {
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .untilAsserted(() -> assertThat(wrong(nodes))
                        .as("of %d changes", changes.size())
                        .isEmpty());
        assertThat(acknowledged()).isPositive();
    }

    private List<String> wrong(List<ClusterFile.Node> nodes) {
        List<String> wrong = new ArrayList<>();
        for (Change change : changes) {
            List<Optional<String>> served = nodes.stream()
                    .map(node -> LocalCluster.txt(node, change.owner()))
                    .toList();
            boolean there = served.stream().allMatch(text -> Objects.equals(text.orElse(""), change.value()));
            boolean absent = served.stream().allMatch(Optional::isEmpty);
            boolean right = change.reply().accepted() ? there : change.reply().neverDone() ? absent : there || absent;
            if (!right) {
                wrong.add("%s: told %s, served %s".formatted(change.owner(), change.reply(), served));
            }
        }
        return wrong;
    }
}
