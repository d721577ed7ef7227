package io.evenkeel.ops.drill;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    /** That are pending or firing, by their labels, and those that are over. */
    private final Map<String, Alarms.Alert> alerts = new LinkedHashMap<>();

    private final List<Alarms.Alert> past = new ArrayList<>();
    private @Nullable String unwatched;

    private String leader = "";
    private long term;
    private int leaderChanges;
    private int pushed;
    private int refused;
    /** How long each roll-back took until all nodes answered as before. */
    private final List<Long> mended = new ArrayList<>();

    private long answers;
    private long stalest;
    /** Resident memory of each node, first and at most, in octets. */
    private final Map<String, long[]> resident = new TreeMap<>();

    private Agreement agreement = new Agreement(Double.NaN, "nobody looked");

    /** Octets of each file of the log of each node, when it was seen last. */
    private final Map<String, Map<Object, Long>> logs = new HashMap<>();
    /** By how many octets the log of each node has grown since it was seen first. */
    private final Map<String, Long> logged = new TreeMap<>();

    /**
     * Something that happened.
     *
     * @param seconds from the start of the run
     * @param what that its node did, or what was done to it; of a role, as what it was seen from then on, empty: it said nothing
     */
    record Moment(double seconds, String node, String what, Kind kind) {
        /** Of what it tells. */
        enum Kind {
            FAULT,
            UNDONE,
            SAID,
            ROLE,
            ALERT,
            /** That the node itself has noted. */
            JOURNAL;

            @Override
            public String toString() {
                return name().toLowerCase(Locale.ROOT);
            }
        }

        Map<String, Object> toMap() {
            return Map.of("seconds", seconds, "node", node, "what", what, "kind", kind.toString());
        }

        String text() {
            return "%.1f s: %s %s".formatted(seconds, node, what);
        }
    }

    /**
     * Whether all nodes have the same.
     *
     * @param seconds when they were seen to have it, from the start of the run; NaN: never yet
     * @param words what they have, or why they do not agree
     */
    record Agreement(double seconds, String words) {}

    /** Something was done to a node. */
    synchronized Moment fault(long nanos, String node, String what) {
        onsets.add(nanos);
        return add(new Moment(nanos / 1e9, node, what, Moment.Kind.FAULT));
    }

    /** It was undone. */
    synchronized Moment undone(long nanos, String node, String what) {
        undone.put(node, nanos);
        return add(new Moment(nanos / 1e9, node, what, Moment.Kind.UNDONE));
    }

    /** Something else about a node. */
    synchronized Moment said(long nanos, String node, String what) {
        return add(new Moment(nanos / 1e9, node, what, Moment.Kind.SAID));
    }

    /** The node's journal has it. */
    synchronized void journal(double seconds, String node, String what) {
        add(new Moment(seconds, node, what, Moment.Kind.JOURNAL));
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
            add(new Moment(nanos / 1e9, node, role, Moment.Kind.ROLE));
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

    /**
     * The log of a node was looked at. A file that is shorter than one with the same key was, is another one.
     *
     * @param files octets of each of its files, by what stays the same when a file is renamed
     */
    synchronized void log(String node, Map<Object, Long> files) {
        Map<Object, Long> before = logs.put(node, Map.copyOf(files));
        long grown = 0;
        if (before != null) {
            for (Map.Entry<Object, Long> file : files.entrySet()) {
                long was = before.getOrDefault(file.getKey(), 0L);
                grown += file.getValue() < was ? file.getValue() : file.getValue() - was;
            }
        }
        logged.merge(node, grown, Long::sum);
    }

    /** By how many octets the log of each node has grown that was looked at. */
    synchronized Map<String, Long> logged() {
        return new TreeMap<>(logged);
    }

    /** A bad zone was pushed, and was refused while that was not forced, or was not. */
    synchronized void pushed(boolean wasRefused) {
        pushed++;
        refused += wasRefused ? 1 : 0;
    }

    /** One of these was rolled back; all nodes answered as before after so long. */
    synchronized void mended(long nanos) {
        mended.add(nanos);
    }

    synchronized int pushed() {
        return pushed;
    }

    synchronized int refused() {
        return refused;
    }

    /** Of each that was rolled back. */
    synchronized List<Long> mended() {
        return List.copyOf(mended);
    }

    /** All nodes were looked at. */
    synchronized void agreement(Agreement seen) {
        agreement = seen;
    }

    /** As it was seen last. */
    synchronized Agreement agreement() {
        return agreement;
    }

    /** A node has so many octets of memory. */
    synchronized void resident(String node, long octets) {
        long[] known = resident.computeIfAbsent(node, _ -> new long[] {octets, octets});
        known[1] = Math.max(known[1], octets);
    }

    /** By how many octets the memory of each node has grown at most, by name; without those of which nobody knows. */
    synchronized Map<String, Long> growth() {
        Map<String, Long> growth = new TreeMap<>();
        resident.forEach((node, known) -> growth.put(node, known[1] - known[0]));
        return growth;
    }

    /** There are no alerts, for that reason. */
    synchronized void unwatched(String why) {
        unwatched = why;
    }

    /** Why there are no alerts; null if there may be some. */
    synchronized @Nullable String unwatched() {
        return unwatched;
    }

    /**
     * At that second there were these alerts and no others.
     *
     * @param present by their labels, as if they had begun then
     * @return that some fire now
     */
    synchronized List<Moment> alerts(double second, Map<String, Alarms.Alert> present) {
        List<Moment> fire = new ArrayList<>();
        present.forEach((labels, alert) -> {
            Alarms.Alert before = alerts.get(labels);
            if (before == null) {
                alerts.put(labels, alert);
                if (alert.firing() == null) {
                    alert(second, alert, "pending");
                }
            } else if (before.firing() == null && alert.firing() != null) {
                alerts.put(labels, with(before, second, null));
            }
            if (alert.firing() != null && (before == null || before.firing() == null)) {
                fire.add(alert(second, alert, "fires"));
            }
        });
        for (Map.Entry<String, Alarms.Alert> each : List.copyOf(alerts.entrySet())) {
            Alarms.Alert alert = each.getValue();
            if (!present.containsKey(each.getKey())) {
                alerts.remove(each.getKey(), alert);
                past.add(with(alert, alert.firing(), second));
                alert(second, alert, "is over");
            }
        }
        return fire;
    }

    private static Alarms.Alert with(Alarms.Alert alert, @Nullable Double firing, @Nullable Double over) {
        return new Alarms.Alert(alert.name(), alert.severity(), alert.node(), alert.since(), firing, over);
    }

    private Moment alert(double second, Alarms.Alert alert, String what) {
        String text = "%s (%s) %s".formatted(alert.name(), alert.severity(), what);
        return add(new Moment(second, alert.node(), text, Moment.Kind.ALERT));
    }

    /** All that there were, in their order. */
    synchronized List<Alarms.Alert> alerts() {
        return Stream.concat(past.stream(), alerts.values().stream())
                .sorted(Comparator.comparingDouble(Alarms.Alert::since))
                .toList();
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

    /** The change that was accepted last; 0: none was. */
    synchronized long lastAccepted() {
        return accepted.isEmpty() ? 0 : accepted.lastKey();
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
