package io.evenkeel.server.metrics;

import io.evenkeel.server.query.ZoneAnswer;
import io.evenkeel.server.query.ZoneAnswers;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.xbill.DNS.Name;

/*
 * Algorithm: a zone that is shown is counted exactly from then on; what it had before stays with the others, and what the others have is
 * never taken from them, so that no counter goes backwards, and the rates of all series have the right sum, but for what a zone had
 * between its last scrape and the moment it left. Who is shown changes seldom, since a monitoring system pays for each series: a newcomer
 * needs twice the rate that the one in its place has had of late, and few places change hands in an hour. A place that is left rests for a
 * round before it has its next zone: by then a loop that counted by the table before has ended that answer.
 */

/** Which zones have counters of their own in a scrape: those that are asked most. One thread at a time. */
final class BusiestZones {
    /** In place of a zone's name, which ends in a dot: all others. */
    static final String OTHERS = "other";

    /** A slow zone is asked often enough in it to be seen, and a flood is shown within two scrapes. */
    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** In so long half of what a zone had is forgotten. */
    private static final double HALF_LIFE_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** How much busier a newcomer must be. */
    private static final double BUSIER = 2;

    /** In so long each place may change hands once, all taken together. */
    private static final double TENURE_NANOS = TimeUnit.HOURS.toNanos(1);

    private final ZoneAnswers answers;
    private final int most;
    /** By number. */
    private final Map<Long, Shown> zones = new HashMap<>();

    private final Deque<Integer> free = new ArrayDeque<>();
    /** How many may still give way to others. */
    private double changes;

    private long roundNanos;

    /** A zone that is counted by itself. */
    private static final class Shown {
        private final Name name;
        private final int place;
        /** What was counted there before it came. */
        private final Map<ZoneAnswer, Long> before;

        private long total;
        /** Questions a nanosecond: the most of late. */
        private double rate;

        Shown(Name name, int place, Map<ZoneAnswer, Long> before, double rate) {
            this.name = name;
            this.place = place;
            this.before = before;
            this.total = sum(before);
            this.rate = rate;
        }
    }

    /** A zone that is not, with the rate of its votes. */
    private record Candidate(long zone, double rate) {}

    /**
     * The answers out of one zone since it is shown, or out of all that are not.
     *
     * @param zone its name, or {@link #OTHERS}
     * @param answers each kind
     */
    record Counted(String zone, Map<ZoneAnswer, Long> answers) {
        Counted {
            answers = Map.copyOf(answers);
        }
    }

    /** @param now by {@link System#nanoTime} */
    BusiestZones(ZoneAnswers answers, long now) {
        this.answers = answers;
        this.most = answers.most();
        this.changes = most;
        this.roundNanos = now;
        for (int place = ZoneAnswers.OTHERS + 1; place <= answers.places(); place++) {
            free.add(place);
        }
    }

    /**
     * What has been counted, after another choice of who is shown if the last one is some seconds old.
     *
     * @param catalog the zones that there are
     * @param now by {@link System#nanoTime}
     */
    List<Counted> look(Catalog catalog, long now) {
        if (now - roundNanos >= ROUND_NANOS) {
            choose(catalog, now - roundNanos);
            roundNanos = now;
        }
        List<Counted> counted = new ArrayList<>(zones.size() + 1);
        counted.add(new Counted(OTHERS, answers.at(ZoneAnswers.OTHERS)));
        for (Shown zone : zones.values()) {
            Map<ZoneAnswer, Long> counts = answers.at(zone.place);
            counts.replaceAll((answer, count) -> count - zone.before.getOrDefault(answer, 0L));
            counted.add(new Counted(zone.name.toString(), counts));
        }
        return counted;
    }

    private void choose(Catalog catalog, long nanos) {
        List<Integer> left = removeGone(catalog);
        for (Shown zone : zones.values()) {
            long total = sum(answers.at(zone.place));
            double kept = zone.rate * Math.pow(0.5, nanos / HALF_LIFE_NANOS);
            zone.rate = Math.max((double) (total - zone.total) / nanos, kept);
            zone.total = total;
        }
        changes = Math.min(most, changes + most * (nanos / TENURE_NANOS));
        List<Map.Entry<Long, Shown>> idlest = new ArrayList<>(zones.entrySet());
        idlest.sort(Comparator.comparingDouble(entry -> entry.getValue().rate));
        Iterator<Map.Entry<Long, Shown>> giving = idlest.iterator();
        List<Candidate> candidates = candidates(nanos);
        Map<Long, Name> names = canAnyCome(candidates, idlest) ? names(catalog, candidates) : Map.of();
        for (Candidate candidate : candidates) {
            Name name = names.get(candidate.zone);
            if (name == null) {
                continue; // its zone has gone, or no candidate can come
            }
            if (free.isEmpty()) {
                break;
            }
            if (zones.size() == most) {
                if (changes < 1 || !giving.hasNext()) {
                    break;
                }
                Map.Entry<Long, Shown> gives = giving.next();
                if (candidate.rate <= BUSIER * gives.getValue().rate) {
                    break;
                }
                zones.remove(gives.getKey());
                left.add(gives.getValue().place);
                changes--;
            }
            int place = free.remove();
            zones.put(candidate.zone, new Shown(name, place, answers.at(place), candidate.rate));
        }
        free.addAll(left);
        Map<Long, Integer> places = new HashMap<>();
        zones.forEach((zone, is) -> places.put(zone, is.place));
        answers.show(places);
    }

    /** @return their places */
    private List<Integer> removeGone(Catalog catalog) {
        List<Integer> left = new ArrayList<>();
        zones.entrySet().removeIf(entry -> {
            Zone zone = catalog.zone(entry.getValue().name);
            boolean gone = zone == null || zone.version().zoneId() != entry.getKey();
            if (gone) {
                left.add(entry.getValue().place);
            }
            return gone;
        });
        return left;
    }

    /** Who had votes in this round, the busiest first. */
    private List<Candidate> candidates(long nanos) {
        List<Candidate> candidates = new ArrayList<>();
        answers.votes().forEach((zone, lead) -> candidates.add(new Candidate(zone, (double) lead / nanos)));
        candidates.sort(Comparator.comparingDouble(Candidate::rate).reversed().thenComparingLong(Candidate::zone));
        return candidates;
    }

    /** Whether it is worth while to look through all zones for their names. */
    private boolean canAnyCome(List<Candidate> candidates, List<Map.Entry<Long, Shown>> idlest) {
        if (candidates.isEmpty() || most == 0) {
            return false;
        }
        return zones.size() < most
                || (changes >= 1
                        && candidates.getFirst().rate
                                > BUSIER * idlest.getFirst().getValue().rate);
    }

    private static Map<Long, Name> names(Catalog catalog, List<Candidate> candidates) {
        Map<Long, Name> names = new HashMap<>();
        Set<Long> wanted = candidates.stream().map(Candidate::zone).collect(Collectors.toSet());
        for (Zone zone : catalog.unordered()) {
            if (wanted.contains(zone.version().zoneId())) {
                names.put(zone.version().zoneId(), zone.apex());
            }
        }
        return names;
    }

    private static long sum(Map<ZoneAnswer, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
