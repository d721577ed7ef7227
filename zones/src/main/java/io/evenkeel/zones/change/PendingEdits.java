package io.evenkeel.zones.change;

import io.evenkeel.zones.Soa;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.check.Fault;
import io.evenkeel.zones.check.ZoneProblem.Severity;
import io.evenkeel.zones.check.ZoneRules;
import io.evenkeel.zones.state.Guard;
import io.evenkeel.zones.state.ZoneDiff;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TTL;
import org.xbill.DNS.Type;

/**
 * A zone with edits that are not yet in the log: RRsets that differ, laid over the zone or over other edits. The SOA keeps
 * its serial meanwhile; the furthest serial that was asked for is kept beside it, since a batch advances it once.
 */
final class PendingEdits {
    private final Zone zone;
    private final @Nullable PendingEdits below;
    private final Map<Name, Map<Integer, List<Record>>> rrsets = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private int askedAhead;

    /** Receives an RRset. */
    @FunctionalInterface
    private interface Visitor {
        void visit(Name owner, int type, List<Record> records);
    }

    /** On a zone. */
    PendingEdits(Zone zone) {
        this(zone, null);
    }

    private PendingEdits(Zone zone, @Nullable PendingEdits below) {
        this.zone = zone;
        this.below = below;
        this.askedAhead = below == null ? 0 : below.askedAhead;
    }

    /** The edits of one request on top of these, which stay as they are. */
    PendingEdits on(List<Change.RRsetEdit> edits) {
        PendingEdits next = new PendingEdits(zone, this);
        for (Change.RRsetEdit edit : edits) {
            next.edit(edit);
        }
        if (next.problems.isEmpty()) {
            next.judge();
        }
        return next;
    }

    /** Takes over edits that were made {@link #on} these. */
    void take(PendingEdits next) {
        next.forEach(this::put);
        askedAhead = next.askedAhead;
    }

    /** Why they cannot be made; empty if they can. */
    List<String> problems() {
        return problems;
    }

    /** Whether they make a difference to what is below. */
    boolean changed() {
        PendingEdits lower = below;
        if (lower != null && askedAhead != lower.askedAhead) {
            return true;
        }
        for (Map.Entry<Name, Map<Integer, List<Record>>> owner : rrsets.entrySet()) {
            for (Map.Entry<Integer, List<Record>> rrset : owner.getValue().entrySet()) {
                if (!sameRecords(rrset.getValue(), beneath(owner.getKey(), rrset.getKey()))) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Why they have to be meant, for they take most of what is below; null if they need not.
     *
     * @param guard of the zone
     * @throws IllegalStateException of none {@link #on} others
     */
    @Nullable
    String guarded(Guard guard) {
        PendingEdits lower = below;
        if (lower == null) {
            throw new IllegalStateException("edits on nothing");
        }
        long taken = namesTaken();
        if (guard.isOff() || (!guard.mayStop(taken) && !Extent.empties(taken, lower.isBare(), isBare()))) {
            return null;
        }
        long before = zone.owners() - lower.namesTaken();
        return Extent.refusal(
                zone.apex(), guard, new Extent(before, lower.isBare()), new Extent(before - taken, isBare()));
    }

    /** How many names fewer have records than below. */
    private long namesTaken() {
        long taken = 0;
        for (Name owner : rrsets.keySet()) {
            boolean had = !(below == null ? zone.at(owner) : below.at(owner)).isEmpty();
            boolean has = !at(owner).isEmpty();
            taken += had == has ? 0 : had ? 1 : -1;
        }
        return taken;
    }

    private boolean isBare() {
        Extent.Skeleton skeleton = new Extent.Skeleton(zone.apex());
        long ofSkeleton = at(zone.apex()).stream().filter(skeleton::has).count();
        for (Name server : skeleton.nameServers()) {
            if (server.subdomain(zone.apex()) && !server.equals(zone.apex())) {
                ofSkeleton += at(server).stream().filter(skeleton::has).count();
            }
        }
        return ofSkeleton == records();
    }

    private long records() {
        long[] count = {below == null ? zone.records() : below.records()};
        forEach((owner, type, records) ->
                count[0] += records.size() - beneath(owner, type).size());
        return count[0];
    }

    /** Octets in a command of what they remove and add, at most. */
    long diffBytes() {
        long[] size = new long[1];
        forEach((owner, type, records) -> {
            List<Record> before = beneath(owner, type);
            size[0] += bytes(except(before, records)) + bytes(except(records, before));
        });
        return size[0];
    }

    /** All of it as one diff to the zone, with the serial advanced. */
    ZoneDiff diff() {
        SOARecord soa = soa();
        int ahead = Math.max(askedAhead, Soa.ahead(Soa.next(zone.serial()), zone.serial()));
        long serial = (zone.serial() + ahead) & 0xFFFF_FFFFL;
        put(zone.apex(), Type.SOA, List.of(Soa.with(soa, soa.getTTL(), serial)));
        List<Record> removed = new ArrayList<>();
        List<Record> added = new ArrayList<>();
        forEach((owner, type, records) -> {
            List<Record> before = zone.rrset(owner, type);
            removed.addAll(except(before, records));
            added.addAll(except(records, before));
        });
        return new ZoneDiff(zone.version(), removed, added, serial);
    }

    private SOARecord soa() {
        return (SOARecord) rrset(zone.apex(), Type.SOA).getFirst();
    }

    private void edit(Change.RRsetEdit edit) {
        String bad = malformed(edit);
        if (!bad.isEmpty()) {
            problems.add(edit.owner() + "/" + Type.string(edit.type()) + ": " + bad);
            return;
        }
        List<Record> given = edit.records().stream()
                .map(record -> withTtl(record, edit.ttlSeconds()))
                .toList();
        List<Record> present = rrset(edit.owner(), edit.type());
        List<Record> result = switch (edit.edit()) {
            case REPLACE -> distinct(given);
            case DELETE -> List.of();
            case EXTEND -> {
                List<Record> all = new ArrayList<>();
                present.forEach(record -> all.add(withTtl(record, edit.ttlSeconds())));
                all.addAll(given);
                yield distinct(all);
            }
            case PRUNE -> {
                Set<Record> gone = new LinkedHashSet<>(edit.records());
                yield present.stream().filter(record -> !gone.contains(record)).toList();
            }
        };
        put(edit.owner(), edit.type(), edit.type() == Type.SOA ? keepSerial(result) : result);
    }

    /** Why an edit is none, or an empty string. */
    private String malformed(Change.RRsetEdit edit) {
        if (!edit.owner().subdomain(zone.apex())) {
            return "is not at or below the zone's apex " + zone.apex() + " (RFC 1035 §5.2)";
        }
        if (zone.isSigned()) {
            return "the zone is signed and changes as a whole only, since nothing here can sign (RFC 4035 §2): import it newly signed";
        }
        if (ZoneRules.isOfSignedZones(edit.type())) {
            return "belongs to a signed zone, which changes as a whole only, since nothing here can sign (RFC 4035 §2): import it signed";
        }
        Fault refused = ZoneRules.refusedType(edit.type());
        if (refused != null) {
            return refused.toString();
        }
        boolean usesTtl = edit.edit() == Change.Edit.REPLACE || edit.edit() == Change.Edit.EXTEND;
        if (usesTtl && (edit.ttlSeconds() < 0 || edit.ttlSeconds() > TTL.MAX_VALUE)) {
            return "TTL " + edit.ttlSeconds() + " is not between 0 and 2147483647 (RFC 2181 §8)";
        }
        if (edit.edit() == Change.Edit.DELETE && !edit.records().isEmpty()) {
            return "an edit that deletes the RRset has no records";
        }
        for (Record record : edit.records()) {
            if (record.getType() != edit.type() || !record.getName().equals(edit.owner())) {
                return "has a record of another owner or type";
            }
            if (record.getDClass() != DClass.IN) {
                return "class " + DClass.string(record.getDClass()) + ": only class IN is served (RFC 1035 §5.2)";
            }
            if (!WireRecords.isSound(record)) {
                return "has a record whose RDATA is no " + Type.string(edit.type()) + " in wire form (RFC 1035 §3.2.1)";
            }
        }
        return "";
    }

    /** The serial asked for is remembered if it is further ahead, and the record keeps the zone's. */
    private List<Record> keepSerial(List<Record> soas) {
        List<Record> kept = new ArrayList<>();
        for (Record record : soas) {
            SOARecord soa = (SOARecord) record;
            askedAhead = Math.max(askedAhead, Soa.ahead(soa.getSerial(), zone.serial()));
            kept.add(Soa.with(soa, soa.getTTL(), zone.serial()));
        }
        return distinct(kept);
    }

    /** By the rules for whole owners, all edits made. */
    private void judge() {
        for (Name owner : rrsets.keySet()) {
            List<Record> records = at(owner);
            if (owner.equals(zone.apex())) {
                ZoneRules.missingAtApex(records).forEach(missing -> problems.add(owner + ": " + missing));
            }
            if (!records.isEmpty()) {
                ZoneRules.owner(zone.apex(), records, (severity, record, fault) -> {
                    if (severity == Severity.ERROR) {
                        problems.add(owner + "/" + Type.string(record.getType()) + ": " + fault);
                    }
                });
            }
        }
    }

    private void put(Name owner, int type, List<Record> records) {
        rrsets.computeIfAbsent(owner, name -> new LinkedHashMap<>()).put(type, records);
    }

    private void forEach(Visitor visitor) {
        rrsets.forEach((owner, types) -> types.forEach((type, records) -> visitor.visit(owner, type, records)));
    }

    private List<Record> rrset(Name owner, int type) {
        List<Record> here = rrsets.getOrDefault(owner, Map.of()).get(type);
        return here == null ? beneath(owner, type) : here;
    }

    private List<Record> beneath(Name owner, int type) {
        return below == null ? zone.rrset(owner, type) : below.rrset(owner, type);
    }

    private List<Record> at(Name owner) {
        Set<Integer> types = new LinkedHashSet<>();
        zone.at(owner).forEach(record -> types.add(record.getType()));
        for (PendingEdits layer = this; layer != null; layer = layer.below) {
            types.addAll(layer.rrsets.getOrDefault(owner, Map.of()).keySet());
        }
        List<Record> records = new ArrayList<>();
        types.forEach(type -> records.addAll(rrset(owner, type)));
        return records;
    }

    private static List<Record> distinct(List<Record> records) {
        return List.copyOf(new LinkedHashSet<>(records));
    }

    private static Record withTtl(Record record, long ttlSeconds) {
        return record.getTTL() == ttlSeconds ? record : WireRecords.withTtl(record, ttlSeconds);
    }

    private static boolean sameRecords(List<Record> one, List<Record> other) {
        return except(one, other).isEmpty() && except(other, one).isEmpty();
    }

    /** Whether two lists have the same records, in whatever order; both without duplicates. */
    static boolean sameZone(List<Record> one, List<Record> other) {
        Set<Octets> there = new HashSet<>();
        one.forEach(record -> there.add(Octets.whole(record)));
        return one.size() == other.size() && other.stream().allMatch(record -> there.contains(Octets.whole(record)));
    }

    /** Those that the others have not octet by octet: a TTL or the case of a name in RDATA makes a difference. */
    private static List<Record> except(List<Record> records, List<Record> others) {
        if (others.isEmpty() || records.isEmpty()) {
            return records;
        }
        Set<Octets> there = new LinkedHashSet<>();
        others.forEach(other -> there.add(Octets.of(other)));
        return records.stream()
                .filter(record -> !there.contains(Octets.of(record)))
                .toList();
    }

    private static long bytes(List<Record> records) {
        return records.stream()
                .mapToLong(record -> record.toWire(Section.ANSWER).length)
                .sum();
    }

    /** TTL and RDATA of a record as they travel; owner and type are the same for all that are compared. */
    private record Octets(byte[] bytes) {
        static Octets of(Record record) {
            byte[] wire = record.toWire(Section.ANSWER);
            return new Octets(Arrays.copyOfRange(wire, record.getName().length() + 4, wire.length));
        }

        /** With its owner, whose case makes no difference. */
        static Octets whole(Record record) {
            byte[] wire = record.toWire(Section.ANSWER);
            byte[] owner = record.getName().toWireCanonical();
            System.arraycopy(owner, 0, wire, 0, owner.length);
            return new Octets(wire);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Octets octets && Arrays.equals(bytes, octets.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }
}
