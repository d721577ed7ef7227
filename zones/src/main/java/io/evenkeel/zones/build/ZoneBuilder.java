package io.evenkeel.zones.build;

import io.evenkeel.zones.Limits;
import io.evenkeel.zones.build.ZoneProblem.Severity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * Judges all records of a zone. Sorts them canonically once: an owner's records and all below a zone cut are then
 * neighbours, so that one walk finds everything; names are looked up by binary search. Needs one reference per record
 * beside the records.
 */
public final class ZoneBuilder {
    private static final Comparator<Record> ORDER =
            Comparator.comparing(Record::getName).thenComparingInt(Record::getType);

    private final Name apex;
    private final Record[] sorted;
    private final ProblemList problems;
    private final Places places;
    /** Duplicates are among what a warning may be about. */
    private boolean warned;

    private ZoneBuilder(Name apex, Record[] sorted, ProblemList problems, Places places) {
        this.apex = apex;
        this.sorted = sorted;
        this.problems = problems;
        this.places = places;
    }

    /**
     * What was found.
     *
     * @param records in canonical order of owner, without duplicates; a zone can be loaded from them if accepted
     * @param problems errors and warnings, at most {@link Limits#MAX_PROBLEMS} and a line that counts the others
     */
    public record Checked(List<Record> records, List<ZoneProblem> problems) {
        /** No error among the problems. */
        public boolean accepted() {
            return problems.stream().noneMatch(ZoneProblem::isError);
        }

        /** The errors as text, those that come first. */
        public List<String> errors() {
            return problems.stream()
                    .filter(ZoneProblem::isError)
                    .map(ZoneProblem::toString)
                    .toList();
        }
    }

    /** Where a record came from. */
    @FunctionalInterface
    interface Places {
        ZoneProblem at(Severity severity, Record record, String message);
    }

    /** All problems of these records as the contents of that zone. */
    public static List<ZoneProblem> check(Name apex, Collection<Record> records) {
        return examine(apex, records).problems();
    }

    /** Judges the records and puts them in order. */
    public static Checked examine(Name apex, Collection<Record> records) {
        ProblemList problems = new ProblemList();
        List<Record> distinct = examine(
                apex,
                records,
                true,
                problems,
                (severity, record, message) -> new ZoneProblem(severity, null, 0, record.getName(), message));
        return new Checked(distinct, problems.toList(null));
    }

    /**
     * @param whole false if records are known to be missing, so that what is absent is no problem of its own
     * @return the records in canonical order, without duplicates
     */
    static List<Record> examine(
            Name apex, Collection<Record> records, boolean whole, ProblemList problems, Places places) {
        if (records.size() > Limits.MAX_ZONE_RECORDS) {
            problems.add(ZoneProblem.error(
                    apex, records.size() + " records are more than a zone may have (" + Limits.MAX_ZONE_RECORDS + ")"));
            return List.of();
        }
        Record[] sorted = records.toArray(new Record[0]);
        Arrays.sort(sorted, ORDER);
        ZoneBuilder builder = new ZoneBuilder(apex, sorted, problems, places);
        builder.walk(whole);
        return builder.warned ? builder.distinct() : Arrays.asList(sorted);
    }

    private void walk(boolean whole) {
        if (whole) {
            for (String missing : ZoneRules.missingAtApex(at(apex))) {
                problems.add(ZoneProblem.error(apex, missing));
            }
        }
        if (whole) {
            SignedZone.check(apex, sorted, this::report);
        }
        List<Record> cut = List.of();
        for (int from = 0; from < sorted.length; ) {
            int to = endOfOwner(from);
            List<Record> owner = Arrays.asList(sorted).subList(from, to);
            ZoneRules.owner(apex, owner, this::report);
            Name name = sorted[from].getName();
            if (!cut.isEmpty() && name.subdomain(cut.getFirst().getName())) {
                occluded(cut.getFirst(), owner);
            } else {
                cut = cutAt(name, owner);
            }
            if (whole) {
                targets(cut, owner);
            }
            from = to;
        }
    }

    private void report(Severity severity, Record record, String message) {
        warned |= severity == Severity.WARNING;
        add(severity, record, message);
    }

    private void add(Severity severity, Record record, String message) {
        problems.add(
                problems.lists(severity)
                        ? places.at(severity, record, message)
                        : new ZoneProblem(severity, null, 0, record.getName(), message));
    }

    private int endOfOwner(int from) {
        Name name = sorted[from].getName();
        int to = from + 1;
        while (to < sorted.length && sorted[to].getName().equals(name)) {
            to++;
        }
        return to;
    }

    /** The record that ends the zone's authority at this owner, as a list of one or none. */
    private List<Record> cutAt(Name name, List<Record> owner) {
        for (Record record : owner) {
            if (record.getType() == Type.DNAME || (record.getType() == Type.NS && !name.equals(apex))) {
                return List.of(record);
            }
        }
        return List.of();
    }

    private void occluded(Record cut, List<Record> owner) {
        for (Record record : owner) {
            if (cut.getType() == Type.DNAME) {
                add(
                        Severity.WARNING,
                        record,
                        "below the DNAME of " + cut.getName() + ": never answered (RFC 6672 §2.4)");
            } else if (record.getType() != Type.A && record.getType() != Type.AAAA) {
                add(
                        Severity.WARNING,
                        record,
                        Type.string(record.getType()) + " below the delegation of " + cut.getName()
                                + ": never answered (RFC 1034 §4.2.1)");
            }
        }
    }

    /** NS and MX name hosts that have addresses and are no aliases, as far as they are in this zone. */
    private void targets(List<Record> cut, List<Record> owner) {
        for (Record record : owner) {
            Name target = switch (record) {
                case NSRecord ns -> ns.getTarget();
                case MXRecord mx -> mx.getTarget();
                default -> null;
            };
            if (target == null || !target.subdomain(apex)) {
                continue;
            }
            String type = Type.string(record.getType());
            List<Record> host = at(target);
            if (has(host, Type.CNAME)) {
                add(Severity.WARNING, record, type + " target " + target + " is an alias (RFC 2181 §10.3)");
            } else if (record.getType() == Type.NS && !has(host, Type.A) && !has(host, Type.AAAA)) {
                boolean below =
                        !cut.isEmpty() && target.subdomain(cut.getFirst().getName());
                if (below || !addressElsewhere(target)) {
                    add(
                            Severity.WARNING,
                            record,
                            "name server " + target + " has no address in this zone" + (below ? ", so no glue" : "")
                                    + " (RFC 1034 §4.2.1)");
                }
            }
        }
    }

    /** A wildcard gives it one, or another delegation's servers do. */
    private boolean addressElsewhere(Name target) {
        Name name = target;
        while (!name.equals(apex)) {
            if (has(at(name), Type.NS)) {
                return true;
            }
            name = new Name(name, 1);
            List<Record> wildcard = at(wildcardBelow(name));
            if (has(wildcard, Type.A) || has(wildcard, Type.AAAA)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Name wildcardBelow(Name name) {
        try {
            return Name.concatenate(Name.fromConstantString("*"), name);
        } catch (NameTooLongException tooLong) {
            return null; // such a wildcard cannot exist
        }
    }

    private List<Record> at(@Nullable Name name) {
        if (name == null) {
            return List.of();
        }
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle].getName().compareTo(name) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == sorted.length || !sorted[low].getName().equals(name)) {
            return List.of();
        }
        return Arrays.asList(sorted).subList(low, endOfOwner(low));
    }

    private static boolean has(List<Record> records, int type) {
        for (Record record : records) {
            if (record.getType() == type) {
                return true;
            }
        }
        return false;
    }

    /** dnsjava compares records by owner, type, class and canonical RDATA, and leaves the TTL out. */
    private List<Record> distinct() {
        return new ArrayList<>(new LinkedHashSet<>(Arrays.asList(sorted)));
    }
}
