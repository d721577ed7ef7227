package io.evenkeel.bench.consistency;

import io.evenkeel.bench.consistency.Operations.Operation;
import io.evenkeel.bench.consistency.Violations.Kind;
import io.evenkeel.ops.verb.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/*
 * Each operation writes values that no other writes, so that whatever is seen names the operation that put it there. Two
 * coordinates order things: the change number of a zone's version, which acknowledgements and reads of the API carry, and
 * the serial, which DNS shows too. Real time orders what ended before something else began.
 *
 * A value that is seen at version x must be that of the last acknowledged change up to x, or of one whose outcome is
 * unknown. Along the serials, over all nodes together, a value comes once, stays for a while, and never comes back: so a
 * change that took effect twice, a node that went back and replicas that differ all show. That costs a pass over the file
 * for the changes, and one for what was seen; only the changes are kept in memory.
 */

/** Judges a history. One use, one thread. */
final class HistoryChecker {
    /** @param counts of events, by a name for people */
    record Verdict(
            Map<Violations.Kind, Integer> violations,
            List<Violations.Violation> examples,
            Map<String, Integer> counts) {}

    private static final Pattern RECORD = Pattern.compile("w(\\d+)\\.(\\d+)\\.(\\d+)");
    private static final int ABSENT = 0;

    private final Path file;
    private final Violations violations = new Violations();
    private final Operations operations = new Operations(violations);
    /** Who was seen at which serial, by key. */
    private final Map<String, TreeMap<Long, Sight>> sights = new HashMap<>();
    /** By node and zone: the highest serial seen, by the time when that ended. */
    private final Map<String, TreeMap<Long, Sight>> serials = new HashMap<>();

    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private final Map<Long, Sight> digestLines = new HashMap<>();
    private final Map<Long, String> digests = new HashMap<>();
    /** @param what an operation, or a serial */
    private record Sight(long what, long line) {}

    private HistoryChecker(Path file) {
        this.file = file;
    }

    static Verdict check(Path file) throws IOException {
        return new HistoryChecker(file).run();
    }

    private interface Visitor {
        void visit(Event event, long line);
    }

    private Verdict run() throws IOException {
        eachEvent((event, line) -> {
            if (event instanceof Event.Change change) {
                operations.learn(change, line);
            }
        });
        operations.index();
        eachEvent(this::judge);
        sights.forEach(this::judgeRuns);
        operations.judgeOrder();
        return new Verdict(violations.counts(), violations.examples(file), counts);
    }

    private void eachEvent(Visitor visitor) throws IOException {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            long number = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                visitor.visit(Json.MAPPER.readValue(line, Event.class), ++number);
            }
        }
    }

    private void judge(Event event, long line) {
        switch (event) {
            case Event.Change change -> {
                count("changes " + change.outcome().name().toLowerCase(java.util.Locale.ROOT));
                if (change.late()) {
                    count("of these not shown yet by the node that said so");
                }
            }
            case Event.Fault fault -> {
                if (!fault.what().startsWith("end ")) {
                    count("fault: " + fault.what().replaceFirst(" .*", ""));
                }
            }
            case Event.Digest digest -> {
                count("digests");
                judge(digest, line);
            }
            case Event.Read read -> {
                count("reads by " + read.via() + (read.stale() ? ", told as stale" : ""));
                judge(read, line);
            }
        }
    }

    private void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    private void judge(Event.Digest digest, long line) {
        String before = digests.putIfAbsent(digest.index(), digest.sha256());
        Sight first = digestLines.putIfAbsent(digest.index(), new Sight(digest.index(), line));
        if (before != null && first != null && !before.equals(digest.sha256())) {
            violations.report(Kind.REPLICAS_DIFFER, "two states at index " + digest.index(), first.line(), line);
        }
        advance(
                digest.node() + " index of the log",
                digest.index(),
                digest.index(),
                digest.start(),
                digest.end(),
                line);
    }

    private void judge(Event.Read read, long line) {
        if (read.firstSerial() >= 0 && !read.stale()) {
            String what = read.node() + " serial of " + read.zone();
            advance(what, read.firstSerial(), read.lastSerial(), read.start(), read.end(), line);
        }
        Map<String, Integer> values = new HashMap<>();
        Set<String> rrsets = new LinkedHashSet<>(read.seen().keySet());
        if (read.whole()) {
            rrsets.addAll(operations.keys(read.zone()));
        }
        for (String rrset : rrsets) {
            List<String> records = read.seen().getOrDefault(rrset, List.of());
            Set<String> parts = operations.elements(read.zone(), rrset);
            if (parts == null) {
                Integer value = wholeValue(rrset, records, line);
                if (value != null) {
                    values.put(rrset, value);
                }
            } else {
                elementValues(rrset, parts, records, line, values);
            }
        }
        values.forEach((key, value) -> judge(read, key, value, line));
        if (read.firstSerial() == read.lastSerial()) {
            judgeTogether(values, line);
        }
    }

    /** Serials, or an index, that a node showed first and last while something was read. */
    private void advance(String what, long first, long last, long start, long end, long line) {
        TreeMap<Long, Sight> known = serials.computeIfAbsent(what, _ -> new TreeMap<>());
        Map.Entry<Long, Sight> before = known.floorEntry(start);
        if (before != null && before.getValue().what() > first) {
            violations.report(
                    Kind.SERIAL_WENT_BACK,
                    what + ": " + first + " after " + before.getValue().what(),
                    before.getValue().line(),
                    line);
        }
        if (last < first) {
            violations.report(Kind.SERIAL_WENT_BACK, what + ": " + last + " after " + first, line);
        }
        if (known.isEmpty() || known.lastEntry().getValue().what() < last) {
            known.put(end, new Sight(last, line));
        }
    }

    /** The one operation that put all of it there; null after a violation. */
    private @Nullable Integer wholeValue(String rrset, List<String> records, long line) {
        if (records.isEmpty()) {
            return ABSENT;
        }
        Set<String> there = new HashSet<>();
        int operation = -1;
        int size = -1;
        for (String record : records) {
            Matcher matcher = RECORD.matcher(record);
            if (!matcher.matches()) {
                violations.report(Kind.FROM_NOWHERE, rrset + " holds " + record + ", which nobody wrote", line);
                return null;
            }
            int of = Integer.parseInt(matcher.group(1));
            if (operation >= 0 && operation != of) {
                violations.report(Kind.HALF_CHANGED, rrset + " holds records of two changes: " + records, line);
                return null;
            }
            operation = of;
            size = Integer.parseInt(matcher.group(3));
            there.add(matcher.group(2));
        }
        if (there.size() != size || records.size() != size) {
            violations.report(
                    Kind.HALF_CHANGED, rrset + " holds " + records + ", " + size + " were written together", line);
            return null;
        }
        return operation;
    }

    private void elementValues(
            String rrset, Set<String> parts, List<String> records, long line, Map<String, Integer> values) {
        Set<String> present = new HashSet<>();
        for (String record : records) {
            String key = rrset + "#" + record;
            Matcher matcher = RECORD.matcher(record);
            if (!matcher.matches() || !parts.contains(key)) {
                violations.report(Kind.FROM_NOWHERE, rrset + " holds " + record + ", which nobody wrote", line);
            } else {
                present.add(key);
                values.put(key, Integer.parseInt(matcher.group(1)));
            }
        }
        for (String key : parts) {
            if (!present.contains(key)) {
                values.put(key, ABSENT);
            }
        }
    }

    /** What was written together is seen together. */
    private void judgeTogether(Map<String, Integer> values, long line) {
        values.forEach((key, value) -> {
            Operation operation = operations.get(value);
            if (operation == null || operation.keys.size() == 1) {
                return;
            }
            for (String other : operation.keys) {
                Integer beside = values.get(other);
                if (beside != null && beside.intValue() != value) {
                    violations.report(
                            Kind.HALF_CHANGED,
                            key + " is of operation " + value + " and " + other + " of "
                                    + (beside == ABSENT ? "none" : beside)
                                    + ", operation " + value + " wrote both",
                            operation.linesAnd(line));
                }
            }
        });
    }

    private void judge(Event.Read read, String key, int value, long line) {
        List<Operation> writers = operations.writers(read.zone(), key);
        if (value == ABSENT) {
            judgeAbsence(read, key, writers, line);
        } else {
            judgePresence(read, key, value, writers, line);
        }
        if (read.firstSerial() >= 0 && read.firstSerial() == read.lastSerial()) {
            sight(read, key, value, line);
        }
    }

    private void judgePresence(Event.Read read, String key, int value, List<Operation> writers, long line) {
        Operation seen = operations.get(value);
        if (seen == null || seen.removes || !seen.keys.contains(key) || seen.start > read.end()) {
            violations.report(Kind.FROM_NOWHERE, key + " holds " + value + ", which nobody had written there", line);
            return;
        }
        if (seen.refused) {
            violations.report(
                    Kind.REFUSED_CHANGE_VISIBLE, key + " holds " + value + ", which was refused", seen.linesAnd(line));
        }
        if (read.version() >= 0 && seen.version > read.version()) {
            violations.report(
                    Kind.ORDER_REVERSED,
                    key + " holds " + value + " in version " + read.version() + ", it was acknowledged as of "
                            + seen.version,
                    seen.linesAnd(line));
        }
        for (Operation writer : writers) {
            if (writer == seen || !writer.isAcknowledged() || !seen.isBefore(writer)) {
                continue;
            }
            if (read.version() >= 0 && writer.version >= 0 && writer.version <= read.version()) {
                violations.report(
                        Kind.ACKNOWLEDGED_CHANGE_LOST,
                        key + " holds " + value + " still or again in version " + read.version() + "; " + writer.id
                                + " was acknowledged as of " + writer.version,
                        writer.linesAnd(line));
            } else if (hadAcknowledged(read, writer)) {
                unseen(read, key, "holds " + value, writer, line);
            }
        }
    }

    private void judgeAbsence(Event.Read read, String key, List<Operation> writers, long line) {
        for (Operation writer : writers) {
            if (writer.removes || !writer.isAcknowledged()) {
                continue;
            }
            boolean mayBeGone = writers.stream()
                    .anyMatch(remover -> remover.removes
                            && !remover.refused
                            && remover.start <= read.end()
                            && (read.version() < 0 || remover.version <= read.version())
                            && !remover.isBefore(writer));
            if (mayBeGone) {
                continue;
            }
            if (read.version() >= 0 && writer.version >= 0 && writer.version <= read.version()) {
                violations.report(
                        Kind.ACKNOWLEDGED_CHANGE_LOST,
                        key + " is not there in version " + read.version() + "; " + writer.id
                                + " was acknowledged as of " + writer.version,
                        writer.linesAnd(line));
            } else if (hadAcknowledged(read, writer)) {
                unseen(read, key, "is not there", writer, line);
            }
        }
    }

    /** What is told as stale may be older than what the node has acknowledged, but is a version that was there. */
    private static boolean hadAcknowledged(Event.Read read, Operation writer) {
        return !read.stale() && writer.acknowledgedAt.getOrDefault(read.node(), Long.MAX_VALUE) <= read.start();
    }

    private void unseen(Event.Read read, String key, String shows, Operation writer, long line) {
        violations.report(
                Kind.OWN_CHANGE_UNSEEN,
                key + " " + shows + " on " + read.node() + ", which had acknowledged " + writer.id + " before",
                writer.linesAnd(line));
    }

    private void sight(Event.Read read, String key, int value, long line) {
        TreeMap<Long, Sight> known = sights.computeIfAbsent(read.zone() + " " + key, _ -> new TreeMap<>());
        Map.Entry<Long, Sight> before = known.floorEntry(read.firstSerial());
        Map.Entry<Long, Sight> after = known.ceilingEntry(read.firstSerial());
        if (before != null && before.getKey() == read.firstSerial()) {
            if (before.getValue().what() != value) {
                violations.report(
                        Kind.REPLICAS_DIFFER,
                        key + " is two things at serial " + read.firstSerial(),
                        before.getValue().line(),
                        line);
            }
        } else if (before == null
                || after == null
                || before.getValue().what() != value
                || after.getValue().what() != value) {
            known.put(read.firstSerial(), new Sight(value, line));
        }
    }

    /** Along the serials no value comes back. */
    private void judgeRuns(String key, NavigableMap<Long, Sight> known) {
        Map<Long, Sight> ended = new HashMap<>();
        Sight last = new Sight(ABSENT, 0);
        for (Sight sight : known.values()) {
            if (sight.what() != last.what()) {
                ended.put(last.what(), last);
                Sight earlier = ended.get(sight.what());
                if (sight.what() != ABSENT && earlier != null) {
                    violations.report(
                            Kind.CHANGED_TWICE,
                            key + " held " + sight.what() + ", then "
                                    + (last.what() == ABSENT ? "nothing" : last.what()) + ", then " + sight.what()
                                    + " again",
                            earlier.line(),
                            last.line(),
                            sight.line());
                }
            }
            last = sight;
        }
    }
}
