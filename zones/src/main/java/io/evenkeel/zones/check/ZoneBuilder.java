package io.evenkeel.zones.check;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.check.ZoneProblem.Severity;
import io.evenkeel.zones.store.PackedRecords;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Type;

/**
 * Judges all records of a zone. Sorts them canonically once: an owner's records and all below a zone cut are then
 * neighbours, so that one walk finds everything; names are looked up by binary search. Makes objects of the records of one owner
 * at a time, and of none that could break a rule only together with what it has not.
 */
public final class ZoneBuilder {
    private final Name apex;
    private final PackedRecords sorted;
    private final Severity ttls;
    private final ProblemList problems;
    private final Places places;
    /** The first NS record of each delegation whose servers are all found behind delegations only, and behind which. */
    private final Map<Name, Hidden> hidden = new TreeMap<>();
    /** The records of the owner that is judged, and where they are in {@link #sorted}. */
    private List<Record> current = List.of();

    private int currentFrom;
    /** Duplicates are among what a warning may be about. */
    private boolean warned;

    private record Hidden(NSRecord first, Set<Name> behind) {}

    private ZoneBuilder(Name apex, PackedRecords sorted, Severity ttls, ProblemList problems, Places places) {
        this.apex = apex;
        this.sorted = sorted;
        this.ttls = ttls;
        this.problems = problems;
        this.places = places;
    }

    /**
     * What was found.
     *
     * @param records in canonical order of owner, without duplicates; a zone can be loaded from them if accepted
     * @param problems errors and warnings, at most {@link ZoneLimits#MAX_PROBLEMS} and a line that counts the others
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
    public interface Places {
        /** @param index of the record as it came; -1 if it is not known */
        ZoneProblem at(Severity severity, Record record, int index, Fault fault);
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
                Severity.ERROR,
                problems,
                (severity, record, _, fault) -> new ZoneProblem(severity, null, 0, record.getName(), fault));
        return new Checked(distinct, problems.toList(null));
    }

    /**
     * Judges records that came from somewhere, and adds what is wrong to the problems that are known already.
     *
     * @param whole false if records are known to be missing, so that what is absent is no problem of its own
     * @param ttls what differing TTLs within an RRset are; if a warning, the lowest becomes that of all
     * @return the records in canonical order, without duplicates
     */
    public static List<Record> examine(
            Name apex, Collection<Record> records, boolean whole, Severity ttls, ProblemList problems, Places places) {
        if (records.size() > ZoneLimits.MAX_ZONE_RECORDS) {
            problems.add(ZoneProblem.error(
                    apex,
                    Fault.limit(records.size() + " records are more than a zone may have ("
                            + ZoneLimits.MAX_ZONE_RECORDS + ")")));
            return List.of();
        }
        PackedRecords sorted = PackedRecords.of(records).sorted();
        ZoneBuilder builder = new ZoneBuilder(apex, sorted, ttls, problems, places);
        builder.walk(whole);
        if (!builder.warned) {
            return sorted;
        }
        return RRsets.distinct(ttls == Severity.WARNING ? RRsets.withOneTtl(sorted) : sorted);
    }

    private void walk(boolean whole) {
        if (whole) {
            for (Fault missing : ZoneRules.missingAtApex(at(apex))) {
                problems.add(ZoneProblem.error(apex, missing));
            }
            if (isSigned()) {
                SignedZone.check(apex, sorted, this::report);
            }
        }
        List<Record> cut = List.of();
        for (int from = 0; from < sorted.size(); ) {
            int to = sorted.endOfOwner(from);
            if (!isPlain(from, to)
                    || !sorted.isAtOrBelow(from, apex)
                    || (!cut.isEmpty()
                            && sorted.isAtOrBelow(from, cut.getFirst().getName()))) {
                current = new ArrayList<>(sorted.subList(from, to));
                currentFrom = from;
                cut = owner(current, cut, whole);
            }
            from = to;
        }
        current = List.of();
        circles();
    }

    /** Judges an owner; the record that ends authority at or above it, or nothing. */
    private List<Record> owner(List<Record> owner, List<Record> above, boolean whole) {
        ZoneRules.owner(apex, owner, ttls, this::report);
        Name name = owner.getFirst().getName();
        List<Record> cut = above;
        if (!cut.isEmpty() && name.subdomain(cut.getFirst().getName())) {
            occluded(cut.getFirst(), owner);
        } else {
            Record ends = ZoneRules.cutAt(apex, name, owner);
            cut = ends == null ? List.of() : List.of(ends);
        }
        if (whole) {
            targets(cut, owner);
            if (!cut.isEmpty()
                    && cut.getFirst() instanceof NSRecord ns
                    && ns.getName().equals(name)) {
                delegation(ns, owner);
            }
        }
        return cut;
    }

    /**
     * Whether an owner has at most one record of each type, and only such as no rule is about: it can at most be outside the zone,
     * or below a cut.
     */
    private boolean isPlain(int from, int to) {
        int before = 0;
        for (int i = from; i < to; i++) {
            int type = sorted.type(i);
            if (type == before
                    || !RdataRules.isPlain(type, sorted.array(i), sorted.rdata(i), sorted.start(i) + sorted.octets(i))
                    || Zone.sizeProblem(Zone.RR_OVERHEAD + sorted.rdataOctets(i)) != null
                    || !sorted.hasUsualClassAndTtl(i)) {
                return false;
            }
            before = type;
        }
        return true;
    }

    private boolean isSigned() {
        for (int i = 0; i < sorted.size(); i++) {
            if (ZoneRules.isOfSignedZones(sorted.type(i))) {
                return true;
            }
        }
        return false;
    }

    private void report(Severity severity, Record record, Fault fault) {
        warned |= severity == Severity.WARNING;
        add(severity, record, fault);
    }

    private void add(Severity severity, Record record, Fault fault) {
        problems.add(
                problems.lists(severity)
                        ? places.at(severity, record, origin(record), fault)
                        : new ZoneProblem(severity, null, 0, record.getName(), fault));
    }

    /** Of two that are equal, the very one is meant while its owner is judged. */
    @SuppressWarnings("ReferenceEquality")
    private int origin(Record record) {
        for (int i = 0; i < current.size(); i++) {
            if (current.get(i) == record) {
                return sorted.origin(currentFrom + i);
            }
        }
        int first = sorted.find(record.getName());
        for (int i = Math.max(0, first); first >= 0 && i < sorted.endOfOwner(first); i++) {
            if (sorted.get(i).equals(record) && sorted.get(i).getTTL() == record.getTTL()) {
                return sorted.origin(i);
            }
        }
        return -1;
    }

    private void occluded(Record cut, List<Record> owner) {
        for (Record record : owner) {
            String where = " of " + cut.getName() + ": never answered";
            if (cut.getType() == Type.DNAME) {
                add(Severity.WARNING, record, new Fault("below the DNAME" + where, "RFC 6672 §2.4"));
            } else if (record.getType() != Type.A && record.getType() != Type.AAAA) {
                String text = Type.string(record.getType()) + " below the delegation" + where;
                add(Severity.WARNING, record, new Fault(text, "RFC 1034 §4.2.1"));
            }
        }
    }

    /** Records name hosts that have addresses and are no aliases, as far as they are in this zone. */
    private void targets(List<Record> cut, List<Record> owner) {
        for (Record record : owner) {
            switch (record) {
                case NSRecord ns -> nameServer(cut, ns);
                case MXRecord mx -> host(mx, mx.getTarget(), "RFC 2181 §10.3", "RFC 1035 §3.3.9");
                case SRVRecord srv -> host(srv, srv.getTarget(), "RFC 2782", "RFC 2782");
                default -> {}
            }
        }
    }

    private void nameServer(List<Record> cut, NSRecord ns) {
        Name target = ns.getTarget();
        List<Record> host = at(target);
        if (!target.subdomain(apex)) {
            return;
        }
        if (has(host, Type.CNAME)) {
            alias(ns, target, "RFC 2181 §10.3");
        } else if (!hasAddress(host)) {
            boolean below = !cut.isEmpty() && target.subdomain(cut.getFirst().getName());
            if (below || !addressElsewhere(target)) {
                String text = "name server " + target + " has no address in this zone" + (below ? ", so no glue" : "");
                add(Severity.WARNING, ns, new Fault(text, "RFC 1034 §4.2.1"));
            }
        }
    }

    private void delegation(NSRecord first, List<Record> owner) {
        Set<Name> behind = new TreeSet<>();
        for (Record record : owner) {
            if (record instanceof NSRecord ns) {
                Name cut = ns.getTarget().subdomain(apex) && !hasAddress(at(ns.getTarget()))
                        ? cutOf(ns.getTarget())
                        : null;
                if (cut == null) {
                    return;
                }
                behind.add(cut);
            }
        }
        hidden.put(first.getName(), new Hidden(first, behind));
    }

    /** The topmost delegation at or above the name; null if there is none. */
    private @Nullable Name cutOf(Name target) {
        Name cut = null;
        for (Name name = target; !name.equals(apex); name = new Name(name, 1)) {
            cut = has(at(name), Type.NS) ? name : cut;
        }
        return cut;
    }

    /** What is left when all that can be reached is taken away is reached by nobody. */
    private void circles() {
        Map<Name, List<Name>> ahead = new HashMap<>();
        Deque<Name> reached = new ArrayDeque<>();
        hidden.forEach((name, delegation) -> {
            for (Name cut : delegation.behind()) {
                ahead.computeIfAbsent(cut, _ -> new ArrayList<>(1)).add(name);
                if (!hidden.containsKey(cut)) {
                    reached.add(name);
                }
            }
        });
        for (Name name = reached.poll(); name != null; name = reached.poll()) {
            if (hidden.remove(name) != null) {
                reached.addAll(ahead.getOrDefault(name, List.of()));
            }
        }
        hidden.forEach((name, delegation) -> {
            if (!delegation.behind().equals(Set.of(name))) { // that one has been told: no glue
                String text = "the servers of this delegation are found only through " + delegation.behind()
                        + ", and those not without it: their addresses are missing here";
                add(Severity.WARNING, delegation.first(), new Fault(text, "RFC 9471 §2.3"));
            }
        });
    }

    private void host(Record record, Name target, String aliasRule, String addressRule) {
        if (!target.subdomain(apex) || target.equals(Name.root)) {
            return;
        }
        List<Record> host = at(target);
        if (has(host, Type.CNAME)) {
            alias(record, target, aliasRule);
        } else if (!hasAddress(host) && !addressElsewhere(target)) {
            String text = Type.string(record.getType()) + " target " + target + " has no address in this zone";
            add(Severity.WARNING, record, new Fault(text, addressRule));
        }
    }

    private void alias(Record record, Name target, String rule) {
        String text = Type.string(record.getType()) + " target " + target + " is an alias";
        add(Severity.WARNING, record, new Fault(text, rule));
    }

    /** A wildcard gives it one, or another delegation's servers do, or a DNAME leads to one. */
    private boolean addressElsewhere(Name target) {
        Name name = target;
        while (!name.equals(apex)) {
            if (has(at(name), Type.NS) || (!name.equals(target) && has(at(name), Type.DNAME))) {
                return true;
            }
            name = new Name(name, 1);
            List<Record> wildcard = at(wildcardBelow(name));
            if (hasAddress(wildcard)) {
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
        int first = sorted.find(name);
        return first < 0 ? List.of() : sorted.subList(first, sorted.endOfOwner(first));
    }

    private static boolean hasAddress(List<Record> records) {
        return has(records, Type.A) || has(records, Type.AAAA);
    }

    /** Those of one owner, and so in order of type. */
    private static boolean has(List<Record> records, int type) {
        int low = 0;
        int high = records.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (records.get(middle).getType() < type) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low < records.size() && records.get(low).getType() == type;
    }
}
