package io.evenkeel.bench.differential;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import org.xbill.DNS.utils.base16;

/**
 * What a server said, in the form in which replies are compared. The order of records and RRsets is lost, and so is the case of
 * owners and of names in RDATA (RFC 4343 §3); OPT is kept apart from the additional section.
 *
 * @param question the octets of the question section
 * @param opt null if there was none
 */
record ComparedReply(
        int rcode,
        Set<String> flags,
        byte[] question,
        @Nullable Opt opt,
        Map<RRsetKey, RRset> answer,
        Map<RRsetKey, RRset> authority,
        Map<RRsetKey, RRset> additional,
        int length,
        String text) {

    /** @param covered type that an RRSIG is of, 0 for all else */
    record RRsetKey(Name owner, int type, int covered) {
        String typeText() {
            return Type.string(type) + (covered == 0 ? "" : "(" + Type.string(covered) + ")");
        }
    }

    record RRset(Set<Long> ttls, Set<String> rdata) {
        /** In a message, each owner as a pointer. */
        int leastOctets() {
            return rdata.stream().mapToInt(each -> 12 + each.length() / 2).sum();
        }
    }

    record Opt(int version, boolean dnssecOk) {}

    static ComparedReply parse(byte[] octets) throws IOException {
        Message message = new Message(octets);
        Set<String> flags = new TreeSet<>();
        for (int flag : List.of(Flags.QR, Flags.AA, Flags.TC, Flags.RD, Flags.RA, Flags.AD, Flags.CD)) {
            if (message.getHeader().getFlag(flag)) {
                flags.add(Flags.string(flag));
            }
        }
        OPTRecord opt = message.getOPT();
        return new ComparedReply(
                message.getRcode(),
                flags,
                question(octets, message),
                opt == null ? null : new Opt(opt.getVersion(), (opt.getFlags() & 0x8000) != 0),
                section(message, Section.ANSWER),
                section(message, Section.AUTHORITY),
                section(message, Section.ADDITIONAL),
                octets.length,
                message.toString());
    }

    boolean truncated() {
        return flags.contains("tc");
    }

    /**
     * Octets of it without what need not be there: it must have the answer and authority sections whole, and in a referral the
     * addresses of servers at or below the cut (RFC 9471 §3.1).
     */
    int neededOctets() {
        return length
                - additional.entrySet().stream()
                        .filter(entry -> !inDomain(entry.getKey().owner()))
                        .mapToInt(entry -> entry.getValue().leastOctets())
                        .sum();
    }

    /** The addresses that a referral must have. */
    Map<RRsetKey, RRset> inDomainGlue() {
        Map<RRsetKey, RRset> glue = new LinkedHashMap<>(additional);
        glue.keySet().removeIf(key -> !inDomain(key.owner()));
        return glue;
    }

    /** Whether additional records of another reply, with a signature if they have one, would fit, too. */
    boolean hasRoom(RRsetKey key, ComparedReply other, int limit) {
        RRset more = other.additional().get(key);
        int octets = more == null ? 0 : more.leastOctets();
        boolean unsigned = key.type() == Type.RRSIG || other.inDomain(key.owner());
        return length + octets + (unsigned ? 0 : other.signatureOctets()) <= limit;
    }

    /** Of one signature; 0 if there is none. */
    private int signatureOctets() {
        return Stream.of(answer, authority)
                .flatMap(section -> section.entrySet().stream())
                .filter(entry -> entry.getKey().type() == Type.RRSIG)
                .mapToInt(entry -> entry.getValue().leastOctets()
                        / entry.getValue().rdata().size())
                .max()
                .orElse(0);
    }

    /** Whether it is that of a server at or below the cut that this refers to. */
    boolean inDomain(Name name) {
        return authority.entrySet().stream()
                .filter(entry -> entry.getKey().type() == Type.NS)
                .anyMatch(entry -> name.subdomain(entry.getKey().owner())
                        && targets(entry.getValue()).contains(name));
    }

    private static byte[] question(byte[] octets, Message message) {
        Record question = message.getQuestion();
        return question == null
                ? new byte[0]
                : Arrays.copyOfRange(
                        octets,
                        12,
                        Math.min(octets.length, 12 + question.getName().length() + 4));
    }

    private static Map<RRsetKey, RRset> section(Message message, int number) {
        Map<RRsetKey, RRset> rrsets = new LinkedHashMap<>();
        for (Record record : message.getSection(number)) {
            if (record.getType() != Type.OPT) {
                int covered = record instanceof RRSIGRecord signature ? signature.getTypeCovered() : 0;
                RRset rrset = rrsets.computeIfAbsent(
                        new RRsetKey(record.getName().canonicalize(), record.getType(), covered),
                        key -> new RRset(new TreeSet<>(), new TreeSet<>()));
                rrset.ttls().add(record.getTTL());
                rrset.rdata().add(base16.toString(record.rdataToWireCanonical()));
            }
        }
        return rrsets;
    }

    /** Of a CNAME RRset of one record. */
    static Name target(RRset cname) {
        return name(cname.rdata().iterator().next());
    }

    /** Of an RRset of NS records. */
    static List<Name> targets(RRset ns) {
        return ns.rdata().stream().map(ComparedReply::name).toList();
    }

    private static Name name(String rdata) {
        try {
            return new Name(base16.fromString(rdata));
        } catch (IOException broken) {
            throw new IllegalStateException("parsed once already", broken);
        }
    }
}
