package io.evenkeel.bench.differential;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * How a reply of ours differs from another server's, as words: {@code rcode:OURS/THEIRS}; a flag or {@code section:TYPE} with
 * {@code +} if only ours has it and {@code -} if only theirs has it; {@code ~} if the records differ and {@code ^} if only their
 * TTL does. What is not compared, for any server:
 *
 * <ul>
 *   <li>the order of records and RRsets, and the case of owners and of names in RDATA (RFC 4343 §3);
 *   <li>compression, EDNS sizes and options;
 *   <li>to ANY (RFC 8482 §4.1), how many RRsets of the name are answered: ours must be some of theirs;
 *   <li>sections of truncated replies (RFC 2181 §9): then both servers' replies over TCP are.
 * </ul>
 */
final class Comparison {
    private static final int MIN_PAYLOAD = 512;
    private static final int MAX_PAYLOAD = 1232;

    private Comparison() {}

    /** Empty if they agree. */
    static Set<String> differences(Question question, Exchange.Replies ours, Exchange.Replies theirs) {
        Set<String> found = new TreeSet<>();
        truncation(question, ours, theirs, found);
        boolean cut = ours.first().truncated() || theirs.first().truncated();
        Reply left = cut ? ours.complete() : ours.first();
        Reply right = cut ? theirs.complete() : theirs.first();
        if (left.rcode() != right.rcode()) {
            found.add("rcode:" + Rcode.string(left.rcode()) + "/" + Rcode.string(right.rcode()));
        }
        flags(left.flags(), right.flags(), found);
        if (!Arrays.equals(left.question(), right.question())) {
            found.add("question");
        }
        if (!Objects.equals(left.opt(), right.opt())) {
            found.add("opt");
        }
        boolean part = question.type() == Type.ANY && isPart(left.answer(), right.answer());
        sections("answer", left.answer(), part ? only(left.answer().keySet(), right.answer()) : right.answer(), found);
        sections("authority", left.authority(), right.authority(), found);
        if (!part) {
            sections("additional", left.additional(), right.additional(), found);
        }
        return found;
    }

    private static void truncation(
            Question question, Exchange.Replies ours, Exchange.Replies theirs, Set<String> found) {
        if (ours.first().truncated() == theirs.first().truncated() || ours.full() == null || theirs.full() == null) {
            return;
        }
        Reply full = ours.full();
        if (ours.first().truncated()) {
            found.add(full.length() <= limit(question) ? "tc+needless" : "tc+");
        } else {
            boolean whole = full.answer().equals(ours.first().answer())
                    && full.authority().equals(ours.first().authority());
            found.add(whole ? "tc-" : "tc-missing");
        }
    }

    /** Most octets of a reply to it. */
    static int limit(Question question) {
        return question.tcp() ? 65_535 : Math.max(MIN_PAYLOAD, Math.min(question.payload(), MAX_PAYLOAD));
    }

    private static void flags(Set<String> ours, Set<String> theirs, Set<String> found) {
        ours.stream()
                .filter(flag -> !theirs.contains(flag) && !flag.equals("tc"))
                .forEach(flag -> found.add(flag + "+"));
        theirs.stream()
                .filter(flag -> !ours.contains(flag) && !flag.equals("tc"))
                .forEach(flag -> found.add(flag + "-"));
    }

    private static boolean isPart(Map<Reply.RRsetKey, Reply.RRset> ours, Map<Reply.RRsetKey, Reply.RRset> theirs) {
        return ours.isEmpty() == theirs.isEmpty() && theirs.keySet().containsAll(ours.keySet());
    }

    private static Map<Reply.RRsetKey, Reply.RRset> only(
            Set<Reply.RRsetKey> keys, Map<Reply.RRsetKey, Reply.RRset> of) {
        Map<Reply.RRsetKey, Reply.RRset> part = new LinkedHashMap<>(of);
        part.keySet().retainAll(keys);
        return part;
    }

    private static void sections(
            String section,
            Map<Reply.RRsetKey, Reply.RRset> ours,
            Map<Reply.RRsetKey, Reply.RRset> theirs,
            Set<String> found) {
        ours.forEach((key, rrset) -> {
            Reply.@Nullable RRset other = theirs.get(key);
            String what = section + ":" + key.typeText();
            if (other == null) {
                found.add(what + "+");
            } else if (!other.rdata().equals(rrset.rdata())) {
                found.add(what + "~");
            } else if (!other.ttls().equals(rrset.ttls())) {
                found.add(what + "^");
            }
        });
        theirs.keySet().stream()
                .filter(key -> !ours.containsKey(key))
                .forEach(key -> found.add(section + ":" + key.typeText() + "-"));
    }

    /** What must hold for a reply of ours whatever others say. */
    static Set<String> faults(Question question, Exchange.Replies ours) {
        Set<String> found = new TreeSet<>();
        Reply reply = ours.first();
        if (reply.length() > limit(question)) {
            found.add("longer than " + limit(question));
        }
        if (!reply.flags().contains("qr")) {
            found.add("no QR");
        }
        byte[] asked = question.message(0);
        byte[] echo = Arrays.copyOfRange(asked, 12, 12 + question.name().length() + 4);
        if (!Arrays.equals(echo, reply.question())) {
            found.add("question not echoed");
        }
        Reply.Opt expected = question.payload() == 0 ? null : new Reply.Opt(0, question.dnssecOk());
        if (!Objects.equals(expected, reply.opt())) {
            found.add("OPT " + reply.opt());
        }
        for (Reply each : List.of(reply, ours.complete())) {
            twice(each, found);
        }
        return found;
    }

    /** RFC 2181 §5: an RRset is in a message once. */
    private static void twice(Reply reply, Set<String> found) {
        for (Reply.RRsetKey key : reply.additional().keySet()) {
            if (reply.answer().containsKey(key) || reply.authority().containsKey(key)) {
                found.add(key.typeText() + " twice");
            }
        }
    }
}
