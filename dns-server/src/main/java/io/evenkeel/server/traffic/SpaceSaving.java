package io.evenkeel.server.traffic;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What is most frequent in a stream, by the algorithm Space-Saving (Metwally and others, 2005), in memory of fixed size: with n counters,
 * whatever has more than an n-th of all weight is among them, and a count is never too small. Not thread-safe.
 *
 * @param <K> what is counted
 */
final class SpaceSaving<K extends Comparable<K>> {
    private final int most;
    private final Map<K, Counter> counters = new HashMap<>();

    private static final class Counter {
        private long count;
        private long error;
    }

    /**
     * One of the most frequent.
     *
     * @param count its weight, or more
     * @param error by how much that may be too much
     */
    record Frequent<K>(K key, long count, long error) {}

    /** @param most counters */
    SpaceSaving(int most) {
        this.most = most;
    }

    void add(K key, long weight) {
        Counter counter = counters.get(key);
        if (counter == null) {
            counter = counters.size() < most ? new Counter() : least();
            counter.error = counter.count;
            counters.put(key, counter);
        }
        counter.count += weight;
    }

    /** The counter of the least frequent, which loses it. */
    private Counter least() {
        Map.Entry<K, Counter> least = null;
        for (Map.Entry<K, Counter> entry : counters.entrySet()) {
            least = least == null || entry.getValue().count < least.getValue().count ? entry : least;
        }
        Map.Entry<K, Counter> found = Objects.requireNonNull(least, "there is one, since all are in use");
        Counter counter = found.getValue();
        counters.remove(found.getKey());
        return counter;
    }

    /** The first of them, the most frequent first; those with the same count by their order. */
    List<Frequent<K>> first(int rows) {
        List<Frequent<K>> all = new ArrayList<>();
        counters.forEach((key, counter) -> all.add(new Frequent<>(key, counter.count, counter.error)));
        all.sort(Comparator.<Frequent<K>>comparingLong(Frequent::count)
                .reversed()
                .thenComparing(Frequent::key));
        return List.copyOf(all.subList(0, Math.min(rows, all.size())));
    }
}
