package io.evenkeel.bench.consistency;

import io.evenkeel.bench.consistency.Violations.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** All requested changes and their outcomes; the checker first learns all, then looks them up. One thread. */
final class Operations {
    private final Violations violations;
    private final Map<Integer, Operation> byNumber = new HashMap<>();
    private final Map<String, List<Operation>> byKey = new HashMap<>();
    /** Keys of single records, by the RRset that they are in. */
    private final Map<String, Set<String>> elements = new HashMap<>();

    private final Map<String, Set<String>> keysOfZone = new HashMap<>();

    Operations(Violations violations) {
        this.violations = violations;
    }

    /** One, however often it was asked for. */
    static final class Operation {
        final int id;
        final String zone;
        final Set<String> keys;
        final boolean removes;
        final List<Long> lines = new ArrayList<>();
        final Map<String, Long> acknowledgedAt = new HashMap<>();
        long start = Long.MAX_VALUE;
        long acknowledged = Long.MAX_VALUE;
        boolean refused = true;
        long base = -1;
        long version = -1;

        Operation(Event.Change first) {
            id = first.op();
            zone = first.zone();
            keys = Set.copyOf(first.keys());
            removes = first.removes();
        }

        boolean isAcknowledged() {
            return acknowledged != Long.MAX_VALUE;
        }

        /** Certainly took effect before {@code other}. */
        boolean isBefore(Operation other) {
            return (version >= 0 && other.version >= 0) ? version < other.version : acknowledged < other.start;
        }

        long[] linesAnd(long... more) {
            return LongStream.concat(lines.stream().mapToLong(Long::longValue), LongStream.of(more))
                    .toArray();
        }
    }

    /** An answer to a change. */
    void learn(Event.Change change, long line) {
        Operation operation = byNumber.computeIfAbsent(change.op(), _ -> new Operation(change));
        operation.lines.add(line);
        operation.start = Math.min(operation.start, change.start());
        operation.base = Math.max(operation.base, change.base());
        operation.refused &= change.outcome() == Event.Outcome.REFUSED;
        if (change.outcome() != Event.Outcome.ACKNOWLEDGED) {
            return;
        }
        operation.acknowledged = Math.min(operation.acknowledged, change.end());
        if (!change.late()) {
            operation.acknowledgedAt.merge(change.node(), change.end(), Math::min);
        }
        if (change.version() >= 0 && operation.version >= 0 && change.version() != operation.version) {
            violations.report(
                    Kind.CHANGED_TWICE,
                    "one request was told two outcomes, versions " + operation.version + " and " + change.version(),
                    operation.linesAnd());
        }
        operation.version = Math.max(operation.version, change.version());
    }

    /** After all are learned: makes them known by what they change. */
    void index() {
        byNumber.values().forEach(this::index);
    }

    private void index(Operation operation) {
        for (String key : operation.keys) {
            byKey.computeIfAbsent(operation.zone + " " + key, _ -> new ArrayList<>())
                    .add(operation);
            int hash = key.indexOf('#');
            if (hash < 0) {
                keysOfZone
                        .computeIfAbsent(operation.zone, _ -> new LinkedHashSet<>())
                        .add(key);
            } else {
                String rrset = key.substring(0, hash);
                elements.computeIfAbsent(operation.zone + " " + rrset, _ -> new LinkedHashSet<>())
                        .add(key);
                keysOfZone
                        .computeIfAbsent(operation.zone, _ -> new LinkedHashSet<>())
                        .add(rrset);
            }
        }
    }

    @Nullable
    Operation get(int number) {
        return byNumber.get(number);
    }

    /** Those that wrote or removed it. */
    List<Operation> writers(String zone, String key) {
        return byKey.getOrDefault(zone + " " + key, List.of());
    }

    /** Keys of the records of an RRset that is changed record by record; null for one that is changed as a whole. */
    @Nullable
    Set<String> elements(String zone, String rrset) {
        return elements.get(zone + " " + rrset);
    }

    /** The RRsets that anything ever changed. */
    Set<String> keys(String zone) {
        return keysOfZone.getOrDefault(zone, Set.of());
    }

    /** Acknowledged changes of each zone: versions follow real time, and conditions held. */
    void judgeOrder() {
        Map<String, List<Operation>> byZone = new HashMap<>();
        byNumber.values().stream()
                .filter(Operation::isAcknowledged)
                .filter(operation -> operation.version >= 0)
                .forEach(operation -> byZone.computeIfAbsent(operation.zone, _ -> new ArrayList<>())
                        .add(operation));
        byZone.values().forEach(this::judgeOrder);
    }

    private void judgeOrder(List<Operation> acknowledged) {
        TreeMap<Long, Operation> byVersion = new TreeMap<>();
        TreeMap<Long, Operation> highestByEnd = new TreeMap<>();
        acknowledged.forEach(operation -> byVersion.put(operation.version, operation));
        acknowledged.sort(java.util.Comparator.comparingLong(operation -> operation.acknowledged));
        long highest = -1;
        for (Operation operation : acknowledged) {
            if (operation.version > highest) {
                highest = operation.version;
                highestByEnd.put(operation.acknowledged, operation);
            }
        }
        Map<Long, Operation> byBase = new HashMap<>();
        for (Operation operation : acknowledged) {
            Map.Entry<Long, Operation> before = highestByEnd.lowerEntry(operation.start);
            if (before != null && before.getValue().version > operation.version) {
                violations.report(
                        Kind.ORDER_REVERSED,
                        "version " + operation.version + " was asked for after version " + before.getValue().version
                                + " had been acknowledged",
                        operation.linesAnd(before.getValue().linesAnd()));
            }
            if (operation.base < 0) {
                continue;
            }
            Map.Entry<Long, Operation> between = byVersion.higherEntry(operation.base);
            // What changed nothing, as the removal of what is not there, leaves its version for the next to build on.
            boolean changed = operation.version != operation.base;
            Operation twin = changed ? byBase.putIfAbsent(operation.base, operation) : null;
            Operation other = between != null && between.getKey() < operation.version ? between.getValue() : twin;
            if (other != null) {
                violations.report(
                        Kind.CONDITION_IGNORED,
                        "made although the zone was no longer at version " + operation.base,
                        operation.linesAnd(other.linesAnd()));
            }
        }
    }
}
