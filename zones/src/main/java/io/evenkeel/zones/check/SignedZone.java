package io.evenkeel.zones.check;

import io.evenkeel.zones.check.ZoneProblem.Severity;
import io.evenkeel.zones.check.ZoneRules.Sink;
import io.evenkeel.zones.store.PackedRecords;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.NSEC3PARAMRecord;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * Judges what makes a zone a signed one: that each authoritative RRset has a signature by a key of the zone (RFC 4035 §2.2), and
 * that the chain of NSEC (§2.3) or NSEC3 records (RFC 5155 §7.1) is whole, so that all that the zone has not can be denied.
 * Signatures are not verified, and of their times {@link SignatureDates} tells: neither belongs to the contents alone.
 */
final class SignedZone {
    private final Name apex;
    private final Sink sink;
    private final List<Record> atApex;
    private final List<DNSKEYRecord> keys;
    private final @Nullable DenialChain chain;
    private final long negativeTtl;

    private SignedZone(Name apex, List<Record> atApex, @Nullable DenialChain chain, Sink sink) {
        this.apex = apex;
        this.atApex = atApex;
        this.keys = atApex.stream()
                .filter(DNSKEYRecord.class::isInstance)
                .map(DNSKEYRecord.class::cast)
                .toList();
        this.chain = chain;
        this.negativeTtl = atApex.stream()
                .filter(SOARecord.class::isInstance)
                .mapToLong(soa -> Math.min(soa.getTTL(), ((SOARecord) soa).getMinimum()))
                .findFirst()
                .orElse(Long.MAX_VALUE);
        this.sink = sink;
    }

    /**
     * Judges all records of a zone; says nothing of one without DNSSEC records.
     *
     * @param sorted in canonical order of owner
     */
    static void check(Name apex, PackedRecords sorted, Sink sink) {
        int[] nsec3 = new int[16];
        int links = 0;
        int first = -1;
        for (int i = 0; i < sorted.size(); i++) {
            int type = sorted.type(i);
            if (first < 0 && ZoneRules.isOfSignedZones(type)) {
                first = i;
            }
            if (type == Type.NSEC3) {
                nsec3 = links == nsec3.length ? Arrays.copyOf(nsec3, 2 * links) : nsec3;
                nsec3[links++] = i;
            }
        }
        int top = sorted.find(apex);
        if (first < 0 || top < 0) {
            return;
        }
        List<Record> atApex = objects(sorted, top, sorted.endOfOwner(top));
        DenialChain chain = null;
        if (atApex.stream().anyMatch(NSECRecord.class::isInstance)) {
            chain = new NsecChain(apex, sink);
        } else {
            List<NSEC3PARAMRecord> parameters = atApex.stream()
                    .filter(NSEC3PARAMRecord.class::isInstance)
                    .map(NSEC3PARAMRecord.class::cast)
                    .toList();
            if (parameters.isEmpty() || links == 0) {
                sink.report(
                        Severity.ERROR,
                        sorted.get(first),
                        new Fault(
                                "the zone has " + Type.string(sorted.type(first))
                                        + " records but neither NSEC nor NSEC3PARAM and NSEC3 records to deny what it has not",
                                "RFC 4035 §2.3"));
            } else {
                chain = Nsec3Chain.of(apex, parameters, sorted.select(nsec3, links), sink);
            }
        }
        new SignedZone(apex, atApex, chain, sink).walk(sorted);
    }

    /** Those of one owner: a zone of two million records as objects would take a heap of its own. */
    private static List<Record> objects(PackedRecords sorted, int from, int to) {
        return new ArrayList<>(sorted.subList(from, to));
    }

    private void walk(PackedRecords sorted) {
        if (keys.isEmpty()) {
            sink.report(
                    Severity.ERROR,
                    atApex.getFirst(),
                    new Fault("the zone has DNSSEC records but no DNSKEY record at its apex", "RFC 4035 §2.1"));
        }
        Record cut = null;
        Name before = apex;
        for (int from = 0; from < sorted.size(); ) {
            int to = sorted.endOfOwner(from);
            List<Record> records = objects(sorted, from, to);
            Name name = records.getFirst().getName();
            from = to;
            if (cut != null && name.subdomain(cut.getName())) {
                occluded(cut, records);
                continue;
            }
            cut = ZoneRules.cutAt(apex, name, records);
            boolean delegation = cut != null && cut.getType() == Type.NS;
            signatures(records, delegation);
            ttl(records);
            List<Record> own = withoutNsec3(records);
            if (!own.isEmpty()) {
                for (int depth = shared(name, before) + 1; depth < name.labels(); depth++) {
                    link(new Name(name, name.labels() - depth), List.of(), Set.of(), own.getFirst());
                }
                before = name;
                link(name, own, types(own, delegation), own.getFirst());
            }
        }
        if (chain != null) {
            chain.end();
        }
    }

    /** RFC 9077 §3: a denial lives no longer than the SOA record says. */
    private void ttl(List<Record> records) {
        for (Record record : records) {
            if ((record.getType() == Type.NSEC || record.getType() == Type.NSEC3) && record.getTTL() > negativeTtl) {
                sink.report(
                        Severity.WARNING,
                        record,
                        new Fault(
                                Type.string(record.getType()) + " with TTL " + record.getTTL()
                                        + ", above the lesser of TTL and MINIMUM of the SOA record, " + negativeTtl,
                                "RFC 9077 §3"));
            }
        }
    }

    private void link(Name name, List<Record> records, Set<Integer> types, Record where) {
        if (chain != null) {
            chain.name(name, records, types, where);
        }
    }

    private void occluded(Record cut, List<Record> records) {
        for (Record record : records) {
            if (ZoneRules.isOfSignedZones(record.getType())) {
                sink.report(
                        cut.getType() == Type.NS && record.getType() == Type.NSEC ? Severity.ERROR : Severity.WARNING,
                        record,
                        new Fault(
                                Type.string(record.getType()) + " below the " + Type.string(cut.getType()) + " of "
                                        + cut.getName() + ": not the zone's to sign or to deny",
                                "RFC 4035 §2.2, §2.3"));
                return;
            }
        }
    }

    /** Each RRset that is the zone's own has a signature by one of its keys, and signatures have an RRset. */
    private void signatures(List<Record> records, boolean delegation) {
        for (int i = 0; i < records.size(); i++) {
            Record record = records.get(i);
            int type = record.getType();
            if (record instanceof RRSIGRecord signature) {
                signature(signature, records, delegation);
            } else if ((i == 0 || records.get(i - 1).getType() != type)
                    && (!delegation || type == Type.DS || type == Type.NSEC)
                    && records.stream()
                            .noneMatch(other ->
                                    other instanceof RRSIGRecord s && s.getTypeCovered() == type && isByKeyOfZone(s))) {
                sink.report(
                        Severity.ERROR,
                        record,
                        new Fault(
                                "the " + Type.string(type) + " RRset has no RRSIG by a key of the zone",
                                "RFC 4035 §2.2"));
            }
        }
    }

    private void signature(RRSIGRecord signature, List<Record> records, boolean delegation) {
        String covered = Type.string(signature.getTypeCovered());
        Record rr = records.stream()
                .filter(record -> record.getType() == signature.getTypeCovered())
                .findFirst()
                .orElse(null);
        int labels = signature.getName().labels() - 1 - (signature.getName().isWild() ? 1 : 0);
        if (rr == null) {
            sink.report(
                    Severity.WARNING,
                    signature,
                    new Fault("RRSIG of a " + covered + " RRset that is not there", "RFC 4035 §2.2"));
        } else if (signature.getTypeCovered() == Type.RRSIG) {
            sink.report(Severity.ERROR, signature, new Fault("RRSIG of RRSIG records", "RFC 4035 §2.2"));
        } else if (delegation && signature.getTypeCovered() == Type.NS) {
            sink.report(
                    Severity.WARNING,
                    signature,
                    new Fault("RRSIG of the NS of a delegation: never sent", "RFC 4035 §2.2"));
        } else if (!signature.getSigner().equals(apex)) {
            sink.report(
                    Severity.ERROR,
                    signature,
                    new Fault(
                            "RRSIG with the signer " + signature.getSigner() + " instead of " + apex, "RFC 4035 §2.2"));
        } else if (signature.getLabels() != labels) {
            sink.report(
                    Severity.ERROR,
                    signature,
                    new Fault(
                            "RRSIG of " + covered + " with " + signature.getLabels() + " labels where the owner has "
                                    + labels,
                            "RFC 4034 §3.1.3"));
        } else if (rr.getTTL() != signature.getTTL() || rr.getTTL() > signature.getOrigTTL()) {
            sink.report(
                    rr.getTTL() > signature.getOrigTTL() ? Severity.ERROR : Severity.WARNING,
                    signature,
                    new Fault(
                            "RRSIG with TTL " + signature.getTTL() + " and original TTL " + signature.getOrigTTL()
                                    + " of a " + covered + " RRset with TTL " + rr.getTTL(),
                            "RFC 4034 §3, §3.1.4"));
        }
    }

    private boolean isByKeyOfZone(RRSIGRecord signature) {
        return keys.stream()
                .anyMatch(key -> key.getFootprint() == signature.getFootprint()
                        && key.getAlgorithm() == signature.getAlgorithm());
    }

    /** What of an owner's records belongs to a name of the zone; the rest is a link of the NSEC3 chain. */
    private static List<Record> withoutNsec3(List<Record> records) {
        return records.stream()
                .filter(record -> record.getType() != Type.NSEC3
                        && !(record instanceof RRSIGRecord s && s.getTypeCovered() == Type.NSEC3))
                .toList();
    }

    /** What a link of the chain has to say of a name; at a delegation only what is on the parent's side. */
    private static Set<Integer> types(List<Record> records, boolean delegation) {
        Set<Integer> types = new TreeSet<>();
        for (Record record : records) {
            int type = record.getType();
            if (!delegation
                    || type == Type.NS
                    || type == Type.DS
                    || type == Type.NSEC
                    || (record instanceof RRSIGRecord s && s.getTypeCovered() != Type.NS)) {
                types.add(type);
            }
        }
        return types;
    }

    /** Labels, the root's included, that two names have in common at their end. */
    static int shared(Name one, Name other) {
        int shared = 1;
        while (shared < Math.min(one.labels(), other.labels())
                && new Name(one, one.labels() - shared - 1).equals(new Name(other, other.labels() - shared - 1))) {
            shared++;
        }
        return shared;
    }
}
