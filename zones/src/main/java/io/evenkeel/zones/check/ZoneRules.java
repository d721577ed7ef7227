package io.evenkeel.zones.check;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.check.ZoneProblem.Severity;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SVCBBase;
import org.xbill.DNS.TTL;
import org.xbill.DNS.Type;

/**
 * The rules that hold for all records of one owner, whatever else the zone has: the same for a zone taken whole and for
 * an edit of it. Rules that need the rest of the zone are {@link ZoneBuilder}'s.
 */
public final class ZoneRules {
    /** RFC 4035 §2.5. */
    private static final Set<Integer> BESIDE_CNAME = Set.of(Type.CNAME, Type.RRSIG, Type.NSEC);

    private ZoneRules() {}

    /** Receives findings. */
    @FunctionalInterface
    public interface Sink {
        /** @param at the record at fault, or one of those */
        void report(Severity severity, Record at, Fault fault);
    }

    /**
     * Judges all records of one owner, which has at least one.
     *
     * @param apex of the zone
     * @param records all of them have the same owner
     */
    public static void owner(Name apex, List<Record> records, Sink sink) {
        owner(apex, records, Severity.ERROR, sink);
    }

    /** @param ttls what differing TTLs within an RRset are */
    static void owner(Name apex, List<Record> records, Severity ttls, Sink sink) {
        Record first = records.getFirst();
        Name owner = first.getName();
        if (!owner.subdomain(apex)) {
            sink.report(
                    Severity.ERROR, first, new Fault("is not at or below the zone's apex " + apex, "RFC 1035 §5.2"));
            return;
        }
        if (records.size() == 1) {
            record(first, sink);
            together(apex, owner, Map.of(first.getType(), records), sink);
            rrset(records, ttls, sink);
            return;
        }
        Map<Integer, List<Record>> byType = new TreeMap<>();
        for (Record record : records) {
            record(record, sink);
            byType.computeIfAbsent(record.getType(), type -> new ArrayList<>(2)).add(record);
        }
        Map<Integer, Long> sizes = new TreeMap<>();
        byType.forEach((type, rrset) -> sizes.put(type, rrset(rrset, ttls, sink)));
        withSignatures(byType, sizes, sink);
        together(apex, owner, byType, sink);
    }

    /** What the apex must have and has not. */
    public static List<Fault> missingAtApex(List<Record> records) {
        List<Fault> missing = new ArrayList<>(2);
        if (records.stream().noneMatch(record -> record.getType() == Type.SOA)) {
            missing.add(new Fault("no SOA record at the apex; a zone has exactly one", "RFC 1035 §5.2"));
        }
        if (records.stream().noneMatch(record -> record.getType() == Type.NS)) {
            missing.add(new Fault("no NS record at the apex; a zone names its servers", "RFC 1034 §4.2.1"));
        }
        return missing;
    }

    /** Why records of this type have no place in a zone; null if they have one. */
    public static @Nullable Fault refusedType(int type) {
        return switch (type) {
            case Type.SIG, Type.NXT ->
                new Fault(Type.string(type) + " records are refused: RRSIG and NSEC took their place", "RFC 3755 §3");
            case 0, Type.OPT, 65_535 -> new Fault(Type.string(type) + " is not a type of zone data", "RFC 6895 §3.1");
            default ->
                type >= 128 && type <= 255
                        ? new Fault(Type.string(type) + " is a question or meta type, not zone data", "RFC 6895 §3.1")
                        : null;
        };
    }

    /** The record that ends the zone's authority at this owner: an NS below the apex, or a DNAME; null if none does. */
    static @Nullable Record cutAt(Name apex, Name name, List<Record> owner) {
        for (Record record : owner) {
            if (record.getType() == Type.DNAME || (record.getType() == Type.NS && !name.equals(apex))) {
                return record;
            }
        }
        return null;
    }

    /** Whether records of that type make a zone a signed one; DNSKEY and DS records may be in any. */
    public static boolean isOfSignedZones(int type) {
        return type == Type.RRSIG || type == Type.NSEC || type == Type.NSEC3 || type == Type.NSEC3PARAM;
    }

    private static void record(Record record, Sink sink) {
        if (record.getDClass() != DClass.IN) {
            sink.report(
                    Severity.ERROR,
                    record,
                    new Fault(
                            "class " + DClass.string(record.getDClass()) + ": only class IN is served",
                            "RFC 1035 §5.2"));
        }
        Fault refused = refusedType(record.getType());
        if (refused != null) {
            sink.report(Severity.ERROR, record, refused);
        }
        Fault rdata = refused == null ? RdataRules.fault(record) : null;
        if (rdata != null) {
            sink.report(
                    Severity.ERROR,
                    record,
                    new Fault(Type.string(record.getType()) + " record: " + rdata.text(), rdata.rule()));
        } else if (isAliasWithParameters(record)) {
            sink.report(
                    Severity.WARNING,
                    record,
                    new Fault(
                            Type.string(record.getType()) + " of priority 0 is an alias: its parameters are ignored",
                            "RFC 9460 §2.4.2"));
        }
        if (record.getTTL() < 0 || record.getTTL() > TTL.MAX_VALUE) {
            sink.report(
                    Severity.ERROR,
                    record,
                    new Fault("TTL " + record.getTTL() + " is above 2147483647", "RFC 2181 §8"));
        }
    }

    private static boolean isAliasWithParameters(Record record) {
        return record instanceof SVCBBase service
                && service.getSvcPriority() == 0
                && !service.getSvcParamKeys().isEmpty();
    }

    /** Judges an RRset; the octets that it takes, as {@link Zone#sizeProblem} counts them. */
    private static long rrset(List<Record> rrset, Severity ttls, Sink sink) {
        Record first = rrset.getFirst();
        int type = first.getType();
        Map<ByteBuffer, Record> distinct = distinct(rrset, sink);
        long size = 0;
        for (ByteBuffer rdata : distinct.keySet()) {
            size += Zone.RR_OVERHEAD + rdata.remaining();
        }
        String tooLarge = Zone.sizeProblem(size);
        if (tooLarge != null) {
            sink.report(
                    Severity.ERROR,
                    first,
                    new Fault("the " + Type.string(type) + " RRset " + tooLarge, "RFC 1035 §4.2.2"));
        }
        if (rrset.size() == 1) {
            return size;
        }
        for (Record record : rrset) {
            if (record.getTTL() != first.getTTL() && type != Type.RRSIG) { // theirs are those of what they cover
                String taken = ttls == Severity.WARNING ? "; the lowest is taken" : "";
                sink.report(
                        ttls,
                        record,
                        new Fault(
                                "TTL " + record.getTTL() + " differs from TTL " + first.getTTL() + " of the same "
                                        + Type.string(type) + " RRset" + taken,
                                "RFC 2181 §5.2"));
            }
        }
        if (distinct.size() > 1) {
            singleton(rrset, sink);
        }
        return size;
    }

    /** RFC 4035 §3.1.1: an RRset goes out with its signatures, so both have to fit into one message. */
    private static void withSignatures(Map<Integer, List<Record>> byType, Map<Integer, Long> sizes, Sink sink) {
        long ofAll = sizes.getOrDefault(Type.RRSIG, 0L);
        if (ofAll == 0) {
            return;
        }
        byType.forEach((type, rrset) -> {
            long size = sizes.getOrDefault(type, 0L);
            if (type == Type.RRSIG || Zone.sizeProblem(size) != null || Zone.sizeProblem(size + ofAll) == null) {
                return;
            }
            long ofThese = byType.getOrDefault(Type.RRSIG, List.of()).stream()
                    .filter(record -> record instanceof RRSIGRecord signature && signature.getTypeCovered() == type)
                    .mapToLong(signature -> Zone.RR_OVERHEAD + canonicalRdata(signature).length)
                    .sum();
            String tooLarge = Zone.sizeProblem(size + ofThese);
            if (tooLarge != null) {
                sink.report(
                        Severity.ERROR,
                        rrset.getFirst(),
                        new Fault(
                                "the " + Type.string(type) + " RRset with its signatures " + tooLarge,
                                "RFC 4035 §3.1.1"));
            }
        });
    }

    /** Warns of duplicates; what is left without them, by RDATA. */
    private static Map<ByteBuffer, Record> distinct(List<Record> rrset, Sink sink) {
        Map<ByteBuffer, Record> seen = HashMap.newHashMap(rrset.size());
        for (Record record : rrset) {
            if (seen.putIfAbsent(ByteBuffer.wrap(canonicalRdata(record)), record) != null) {
                sink.report(
                        Severity.WARNING,
                        record,
                        new Fault(
                                Type.string(record.getType()) + " record is there twice; the duplicate is dropped",
                                "RFC 2181 §5"));
            }
        }
        return seen;
    }

    /** None of a record that dnsjava cannot write, of which {@link RdataRules} tells. */
    private static byte[] canonicalRdata(Record record) {
        try {
            return record.rdataToWireCanonical();
        } catch (RuntimeException unwritten) {
            return new byte[0];
        }
    }

    private static void singleton(List<Record> rrset, Sink sink) {
        String count = rrset.size() + " records; ";
        Fault fault = switch (rrset.getFirst().getType()) {
            case Type.SOA -> new Fault(count + "a zone has exactly one SOA record", "RFC 1035 §5.2");
            case Type.CNAME -> new Fault(count + "an owner has at most one CNAME record", "RFC 2181 §10.1");
            case Type.DNAME -> new Fault(count + "an owner has at most one DNAME record", "RFC 6672 §2.4");
            default -> null;
        };
        if (fault != null) {
            sink.report(Severity.ERROR, rrset.get(1), fault);
        }
    }

    /** Which types may stand beside each other at one owner. */
    private static void together(Name apex, Name owner, Map<Integer, List<Record>> byType, Sink sink) {
        boolean atApex = owner.equals(apex);
        List<Record> cname = byType.get(Type.CNAME);
        Set<Integer> besideCname = new TreeSet<>(byType.keySet());
        besideCname.removeAll(BESIDE_CNAME);
        if (cname != null && !besideCname.isEmpty()) {
            sink.report(
                    Severity.ERROR,
                    cname.getFirst(),
                    new Fault(
                            "Conflicts with pre-existing RRset: CNAME beside other types "
                                    + others(besideCname, Type.CNAME),
                            "RFC 1034 §3.6.2, RFC 2181 §10.1"));
        }
        List<Record> dname = byType.get(Type.DNAME);
        if (dname != null && byType.containsKey(Type.NS) && !atApex) {
            sink.report(
                    Severity.ERROR,
                    dname.getFirst(),
                    new Fault("DNAME beside NS is allowed at the apex only", "RFC 6672 §2.3"));
        }
        List<Record> soa = byType.get(Type.SOA);
        if (soa != null && !atApex) {
            sink.report(Severity.ERROR, soa.getFirst(), new Fault("SOA below the apex " + apex, "RFC 1035 §5.2"));
        }
        List<Record> ns = byType.get(Type.NS);
        if (ns != null && owner.isWild()) {
            sink.report(
                    Severity.WARNING,
                    ns.getFirst(),
                    new Fault("NS at a wildcard delegates no name that the wildcard covers", "RFC 4592 §4.2"));
        }
        if (dname != null && owner.isWild()) {
            sink.report(
                    Severity.WARNING,
                    dname.getFirst(),
                    new Fault("DNAME at a wildcard redirects no name that the wildcard covers", "RFC 4592 §4.4"));
        }
        if (ns != null && !atApex) {
            besideDelegation(byType, sink);
        }
        List<Record> ds = byType.get(Type.DS);
        if (ds != null && (atApex || ns == null)) {
            sink.report(
                    Severity.WARNING,
                    ds.getFirst(),
                    new Fault("DS belongs beside the NS of a delegation", "RFC 4035 §2.4"));
        }
    }

    private static void besideDelegation(Map<Integer, List<Record>> byType, Sink sink) {
        byType.forEach((type, records) -> {
            boolean belongs = switch (type) {
                case Type.NS, Type.DS, Type.RRSIG, Type.NSEC, Type.A, Type.AAAA, Type.CNAME, Type.DNAME, Type.SOA ->
                    true;
                default -> refusedType(type) != null;
            };
            if (!belongs) {
                sink.report(
                        Severity.WARNING,
                        records.getFirst(),
                        new Fault(
                                Type.string(type) + " beside the NS of a delegation: never answered",
                                "RFC 1034 §4.2.1"));
            }
        });
    }

    private static List<String> others(Set<Integer> types, int type) {
        return types.stream()
                .filter(other -> other != type)
                .sorted()
                .map(Type::string)
                .toList();
    }
}
