package io.evenkeel.bench.differential;

import io.evenkeel.bench.differential.Comparison.Point;
import io.evenkeel.bench.differential.Explanations.Explanation;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Judges exchanges, counts disagreements by class and shows one case of each that nothing explains. */
final class Report {
    private static final String OURS = "evenkeel";
    /** Records of the zone that are shown with a case. */
    private static final int MAX_EXTRACT = 40;

    private final Explanations explanations;
    private final Map<DifferenceClass, Tally> classes = new LinkedHashMap<>();
    private long questions;
    private long comparisons;

    private static final class Tally {
        private final Exchange first;
        private long count;

        private Tally(Exchange first) {
            this.first = first;
        }
    }

    Report(Explanations explanations) {
        this.explanations = explanations;
    }

    void judge(Exchange exchange) {
        questions++;
        Exchange.Replies ours = exchange.replies().get(OURS);
        Question question = exchange.question();
        if (ours == null) {
            note(OURS, exchange, "silence", Set.of("no-reply"));
            return;
        }
        String shape = Shape.of(question, ours.complete());
        Set<String> faults = Comparison.faults(question, ours);
        if (!faults.isEmpty()) {
            note(OURS, exchange, shape, faults);
        }
        Map<String, List<Point>> differing = new LinkedHashMap<>();
        exchange.replies().forEach((peer, theirs) -> {
            if (!peer.equals(OURS)) {
                differing.put(peer, Comparison.differences(question, ours, theirs));
            }
        });
        comparisons += differing.size();
        differing.forEach((peer, points) -> {
            if (!points.isEmpty()) {
                note(peer, exchange, shape, words(points, differing.values()));
            }
        });
    }

    /**
     * With an exclamation mark where we are outvoted: where fewer servers have what we have than have what they have. Servers
     * abstain where the reason lies elsewhere: who ends in another place has other proofs, too.
     */
    private static Set<String> words(List<Point> points, Collection<List<Point>> all) {
        Set<String> words = new TreeSet<>();
        for (Point point : points) {
            int same = 0;
            int ours = 0;
            for (List<Point> each : all) {
                if (each.stream().noneMatch(other -> other.isReasonAt(point.level()))) {
                    Optional<Point> there = each.stream()
                            .filter(other -> other.place().equals(point.place()))
                            .findFirst();
                    ours += there.isEmpty() ? 1 : 0;
                    same += there.isPresent() && Objects.equals(there.get().theirs(), point.theirs()) ? 1 : 0;
                }
            }
            words.add(point.word() + (ours < same ? "!" : ""));
        }
        return words;
    }

    private static String kind(Exchange exchange) {
        return exchange.kind() + (exchange.question().dnssecOk() ? "+do" : "");
    }

    private void note(String peer, Exchange exchange, String shape, Set<String> words) {
        DifferenceClass difference = new DifferenceClass(
                peer,
                kind(exchange),
                Shape.typeClass(exchange.question().type()),
                shape,
                Shape.traits(exchange),
                words);
        classes.computeIfAbsent(difference, key -> new Tally(exchange)).count++;
    }

    /** Prints it all; whether everything is explained. */
    boolean print(PrintStream out, Path folder) throws IOException {
        List<Map.Entry<DifferenceClass, Tally>> unexplained = new ArrayList<>();
        Map<Explanation, long[]> explained = new LinkedHashMap<>();
        for (Map.Entry<DifferenceClass, Tally> entry : classes.entrySet()) {
            Optional<Set<Explanation>> reasons = explanations.explain(entry.getKey());
            if (reasons.isEmpty()) {
                unexplained.add(entry);
            } else {
                reasons.get().forEach(each -> {
                    long[] counts = explained.computeIfAbsent(each, key -> new long[2]);
                    counts[0] += entry.getValue().count;
                    counts[1] += entry.getKey().outvoted() ? entry.getValue().count : 0;
                });
            }
        }
        out.printf("%d questions, %d comparisons%n", questions, comparisons);
        explained.entrySet().stream()
                .sorted(Comparator.comparingInt(entry -> entry.getKey().line))
                .forEach(entry -> out.printf(
                        "explained, differences.txt:%d: %d (%d where ours is outvoted)%n",
                        entry.getKey().line, entry.getValue()[0], entry.getValue()[1]));
        unexplained.sort(Comparator.comparingLong(entry -> -entry.getValue().count));
        Path file = folder.resolve("unexplained.txt");
        try (PrintStream cases = new PrintStream(Files.newOutputStream(file), false, "UTF-8")) {
            for (Map.Entry<DifferenceClass, Tally> entry : unexplained) {
                Tally tally = entry.getValue();
                String line = "UNEXPLAINED %s: %d".formatted(entry.getKey(), tally.count);
                out.println(line);
                out.printf(
                        "    %s zone %s%n",
                        tally.first.question(), tally.first.zone().file());
                cases.println(line);
                show(entry.getKey(), tally.first, cases);
            }
        }
        if (!unexplained.isEmpty()) {
            out.printf("%d classes are unexplained; a case of each is in %s%n", unexplained.size(), file);
        }
        return unexplained.isEmpty();
    }

    private static void show(DifferenceClass difference, Exchange exchange, PrintStream out) {
        out.printf("  zone %s%n", exchange.zone().file());
        extract(exchange).forEach(record -> out.printf("    %s%n", record));
        out.printf("  ask  %s @127.0.0.1 -p PORT%n", exchange.question());
        exchange.replies().forEach((server, replies) -> {
            if (server.equals(OURS) || server.equals(difference.peer())) {
                out.printf("  --- %s%n%s%n", server, replies.complete().text().indent(4));
            } else {
                Exchange.Replies ours = exchange.replies().get(OURS);
                List<String> differences = ours == null
                        ? List.of()
                        : Comparison.differences(exchange.question(), ours, replies).stream()
                                .map(Point::word)
                                .toList();
                out.printf(
                        "  --- %s %s%n", server, differences.isEmpty() ? "answers as ours" : "differs: " + differences);
            }
        });
        out.println();
    }

    /** The records that the question is about: at, above and beside its name and the owners of all replies. */
    private static List<Record> extract(Exchange exchange) {
        Set<Name> names = new TreeSet<>();
        List<Name> ends = new ArrayList<>(List.of(exchange.question().name()));
        exchange.replies()
                .values()
                .forEach(replies -> replies.complete().answer().forEach((key, rrset) -> {
                    ends.add(key.owner());
                    if (key.type() == org.xbill.DNS.Type.CNAME) {
                        ends.add(ComparedReply.target(rrset));
                    }
                }));
        for (Name end : ends) {
            for (Name name = end; name.labels() > 1; name = new Name(name, 1)) {
                names.add(name);
            }
        }
        return exchange.zone().records().stream()
                .filter(record -> names.contains(record.getName())
                        || (record.getName().isWild() && names.contains(new Name(record.getName(), 1))))
                .limit(MAX_EXTRACT)
                .toList();
    }
}
