package io.evenkeel.zones.check;

import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.check.ZoneProblem.Severity;
import io.evenkeel.zones.check.ZoneRules.Sink;
import io.evenkeel.zones.store.PackedRecords;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.NSEC3PARAMRecord;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import org.xbill.DNS.utils.base32;

/**
 * RFC 5155 §7.1: the hash of each name, empty non-terminals included, owns one NSEC3 record, which leads to the next hash. Under
 * opt-out insecure delegations may be left out, and empty non-terminals that only such are below.
 */
final class Nsec3Chain implements DenialChain {
    private static final base32 BASE32_HEX = new base32(base32.Alphabet.BASE32HEX, false, false);
    /** Of SHA-1. */
    private static final int HASH_OCTETS = 20;

    private static final int OPT_OUT = NSEC3Record.Flags.OPT_OUT;

    private final Sink sink;
    private final NSEC3PARAMRecord parameters;
    /** In the order of their hashes, which is that of their owners. */
    private final PackedRecords links;

    /** Of each link in turn. */
    private final byte[] hashes;

    private final BitSet met = new BitSet();
    /** An empty non-terminal that opt-out leaves out, so that only insecure delegations may be below. */
    private @Nullable Name leftOut;

    private Nsec3Chain(NSEC3PARAMRecord parameters, PackedRecords links, Sink sink) {
        this.parameters = parameters;
        this.links = links;
        this.hashes = new byte[links.size() * HASH_OCTETS];
        this.sink = sink;
    }

    /** An object for a link that is looked at, as there may be a million of them. */
    private static NSEC3Record link(PackedRecords links, int index) {
        return (NSEC3Record) links.get(index);
    }

    /**
     * The chain that these records make up; null if they make up none, which is reported.
     *
     * @param links at least one, in canonical order of owner
     */
    static @Nullable Nsec3Chain of(Name apex, List<NSEC3PARAMRecord> all, PackedRecords links, Sink sink) {
        NSEC3PARAMRecord parameters = all.stream()
                .filter(p -> p.getHashAlgorithm() == NSEC3Record.Digest.SHA1 && p.getFlags() == 0)
                .findFirst()
                .orElse(null);
        if (parameters == null) {
            sink.report(
                    Severity.ERROR,
                    all.getFirst(),
                    new Fault("no NSEC3PARAM with hash algorithm 1 (SHA-1) and flags 0", "RFC 5155 §4.1"));
            return null;
        }
        if (parameters.getIterations() > ZoneLimits.MAX_NSEC3_ITERATIONS) {
            sink.report(
                    Severity.ERROR,
                    parameters,
                    new Fault(
                            parameters.getIterations() + " NSEC3 iterations; at most " + ZoneLimits.MAX_NSEC3_ITERATIONS
                                    + " are served, and 0 is right",
                            "RFC 9276 §3.1, §3.2"));
            return null;
        }
        Nsec3Chain chain = new Nsec3Chain(parameters, links, sink);
        for (int i = 0; i < links.size(); i++) {
            NSEC3Record link = link(links, i);
            byte[] hash = hash(link, apex);
            if (hash == null) {
                sink.report(
                        Severity.ERROR,
                        link,
                        new Fault(
                                "NSEC3 whose owner is not a hash of 20 octets in base 32, right below " + apex,
                                "RFC 5155 §3"));
                return null;
            }
            if (link.getHashAlgorithm() != parameters.getHashAlgorithm()
                    || link.getIterations() != parameters.getIterations()
                    || !Arrays.equals(link.getSalt(), parameters.getSalt())) {
                String other =
                        "NSEC3 with other parameters than the NSEC3PARAM record; one chain is served, so sign the zone with one";
                String several = "NSEC3 of a second chain: there are " + all.size()
                        + " NSEC3PARAM records, as while parameters change, and one chain is served; take the zone when its signer has removed the other";
                sink.report(Severity.ERROR, link, new Fault(all.size() > 1 ? several : other, "RFC 5155 §7.3"));
                return null;
            }
            System.arraycopy(hash, 0, chain.hashes, i * HASH_OCTETS, HASH_OCTETS);
        }
        return chain.isLinked() ? chain : null;
    }

    private static byte @Nullable [] hash(NSEC3Record link, Name apex) {
        Name owner = link.getName();
        if (owner.labels() != apex.labels() + 1) {
            return null;
        }
        byte[] hash = BASE32_HEX.fromString(owner.getLabelString(0));
        return hash != null && hash.length == HASH_OCTETS ? hash : null;
    }

    private boolean isLinked() {
        for (int i = 0; i < links.size(); i++) {
            NSEC3Record link = link(links, i);
            int next = (i + 1) % links.size();
            byte[] leadsTo = link.getNext();
            if (leadsTo.length != HASH_OCTETS || compare(leadsTo, next) != 0) {
                sink.report(
                        Severity.ERROR,
                        link,
                        new Fault("NSEC3 does not lead to the next one, " + links.owner(next), "RFC 5155 §3.1.7"));
                return false;
            }
        }
        return true;
    }

    @Override
    public void name(Name name, List<Record> records, Set<Integer> types, Record where) {
        if (leftOut != null && !name.subdomain(leftOut)) {
            leftOut = null;
        }
        boolean insecureDelegation = types.contains(Type.NS) && !types.contains(Type.DS) && !types.contains(Type.SOA);
        if (leftOut != null && !insecureDelegation && !records.isEmpty()) {
            sink.report(
                    Severity.ERROR,
                    where,
                    new Fault(
                            "the empty non-terminal " + leftOut + " has no NSEC3 record, though " + name
                                    + " below it is no insecure delegation",
                            "RFC 5155 §7.1"));
            leftOut = null;
        }
        int index = find(hash(name));
        if (index >= 0) {
            met.set(index);
            NSEC3Record link = link(links, index);
            DenialChain.checkTypes(link, name, link.getTypes(), types, sink);
            return;
        }
        int covering = Math.floorMod(-index - 2, links.size());
        boolean optOut = (link(links, covering).getFlags() & OPT_OUT) != 0;
        if (!optOut || !(insecureDelegation || records.isEmpty())) {
            sink.report(Severity.ERROR, where, new Fault(name + " has no NSEC3 record", "RFC 5155 §7.1"));
        } else if (records.isEmpty() && leftOut == null) {
            leftOut = name;
        }
    }

    /** Which link has the hash, or {@code -(n + 1)} where n is how many have lower ones. */
    private int find(byte[] hash) {
        int low = 0;
        int high = links.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = compare(hash, middle);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                high = middle - 1;
            } else {
                low = middle + 1;
            }
        }
        return -low - 1;
    }

    private int compare(byte[] hash, int link) {
        return Arrays.compareUnsigned(hash, 0, HASH_OCTETS, hashes, link * HASH_OCTETS, (link + 1) * HASH_OCTETS);
    }

    private byte[] hash(Name name) {
        try {
            return parameters.hashName(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    @Override
    public void end() {
        for (int i = met.nextClearBit(0); i < links.size(); i = met.nextClearBit(i + 1)) {
            sink.report(
                    Severity.WARNING,
                    links.get(i),
                    new Fault("NSEC3 of a name that is not in the zone", "RFC 5155 §7.1"));
        }
    }
}
