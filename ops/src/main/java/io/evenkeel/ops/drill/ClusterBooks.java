package io.evenkeel.ops.drill;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was seen of a cluster in a run: moments, leaders, accepted changes and how old answers were. Times are nanoseconds from the start of
 * the run. Any thread.
 */
final class ClusterBooks {
    private final List<Moment> moments = new ArrayList<>();
    private final List<Long> onsets = new ArrayList<>();
    private final Map<String, Long> undone = new HashMap<>();
    private final Map<String, String> roles = new HashMap<>();
    /** When each change was accepted, by its number. */
    private final TreeMap<Long, Long> accepted = new TreeMap<>();

    private String leader = "";
    private long term;
    private int leaderChanges;
    private long answers;
    private long stalest;

    /**
     * Something that happened.
     *
     * @param seconds from the start of the run
     * @param what that its node did, or what was done to it
     * @param fault whether it is the onset of a fault
     * @param role whether it says as what the node was seen from then on
     */
    record Moment(double seconds, String node, String what, boolean fault, boolean role) {
        String text() {
            return "%.1f s: %s %s".formatted(seconds, node, what);
        }
    }

    /** Something was done to a node. */
    synchronized Moment fault(long nanos, String node, String what) {
        onsets.add(nanos);
        return add(new Moment(nanos / 1e9, node, what, true, false));
    }

    /** It was undone. */
    synchronized Moment undone(long nanos, String node, String what) {
        undone.put(node, nanos);
        return add(new Moment(nanos / 1e9, node, what, false, false));
    }

    /** Something else about a node. */
    synchronized Moment said(long nanos, String node, String what) {
        return add(new Moment(nanos / 1e9, node, what, false, false));
    }

    private Moment add(Moment moment) {
        moments.add(moment);
        return moment;
    }

    /**
     * A node was asked as what it sees itself.
     *
     * @param role in small letters; empty: it did not answer
     */
    synchronized void role(long nanos, String node, String role, long inTerm) {
        if (role.equals("leader") && inTerm > term) {
            leaderChanges += leader.isEmpty() ? 0 : 1;
            leader = node;
            term = inTerm;
        }
        if (!role.equals(roles.put(node, role))) {
            add(new Moment(nanos / 1e9, node, role, false, true));
        }
    }

    /** A change was accepted. */
    synchronized void accepted(long nanos, long number) {
        accepted.put(number, nanos);
    }

    /**
     * A node answered, to a question of that moment, with the change of that number. Nothing follows from one that was not accepted in time: a node
     * that stood still may take it when it goes on, after all those that were.
     */
    synchronized void answered(long askedNanos, String node, long number) {
        if (number > 0 && !accepted.containsKey(number)) {
            return;
        }
        answers++;
        Map.Entry<Long, Long> next = accepted.higherEntry(number);
        if (next != null) {
            long since = Math.max(next.getValue(), undone.getOrDefault(node, 0L));
            stalest = Math.max(stalest, askedNanos - since);
        }
    }

    /** In their order. */
    synchronized List<Moment> moments() {
        return moments.stream()
                .sorted((a, b) -> Double.compare(a.seconds(), b.seconds()))
                .toList();
    }

    synchronized int leaderChanges() {
        return leaderChanges;
    }

    synchronized int accepted() {
        return accepted.size();
    }

    synchronized long answers() {
        return answers;
    }

    synchronized long stalest() {
        return stalest;
    }

    /** From the onset of a fault on, until the next or the end of the run. */
    synchronized long longestWithoutChange(double seconds) {
        List<Long> begins = onsets.stream().sorted().toList();
        List<Long> times = accepted.values().stream().sorted().toList();
        long longest = 0;
        for (int i = 0; i < begins.size(); i++) {
            long last = begins.get(i);
            long end = i + 1 < begins.size() ? begins.get(i + 1) : (long) (seconds * 1e9);
            for (long time : times) {
                if (time > last && time <= end) {
                    longest = Math.max(longest, time - last);
                    last = time;
                }
            }
            longest = Math.max(longest, end - last);
        }
        return longest;
    }
}
