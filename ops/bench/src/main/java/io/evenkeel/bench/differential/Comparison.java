package io.evenkeel.bench.differential;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
 * TTL does; {@code room} after that if the reply without the additional records had no room for them. Addresses of servers at or
 * below the cut of a referral are {@code glue}. What is not compared, for any server:
 *
 * <ul>
 *   <li>the order of records and RRsets, and the case of owners and of names in RDATA (RFC 4343 §3);
 *   <li>compression, EDNS sizes and options;
 *   <li>to ANY (RFC 8482 §4.1), how many RRsets of the name are answered: ours must be some of theirs;
 *   <li>sections of truncated replies (RFC 2181 §9): then both servers' replies over TCP are;
 *   <li>TC: whether ours is right is seen from its own reply over TCP and the limit.
 * </ul>
 */
final class Comparison {
    private static final int MIN_PAYLOAD = 512;
    private static final int MAX_PAYLOAD = 1232;

    private Comparison() {}

    /**
     * One point in which replies differ.
     *
     * @param place where in the message
     * @param level 0 for the header, 1 for what was found, 2 for what goes with that: each follows from the ones before
     * @param word as above
     * @param theirs what they have there, so that others can be asked whether they have the same
     */
    record Point(
            Object place, int level, String word, @Nullable Object theirs) {
        /** Whether this is why replies differ at that level. */
        boolean isReasonAt(int higher) {
            return level < higher && !word.endsWith("^");
        }
    }

    /** Empty if they agree. */
    static List<Point> differences(Question question, Exchange.Replies ours, Exchange.Replies theirs) {
        List<Point> found = new ArrayList<>();
        boolean cut = ours.first().truncated() || theirs.first().truncated();
        ComparedReply left = cut ? ours.complete() : ours.first();
        ComparedReply right = cut ? theirs.complete() : theirs.first();
        if (left.rcode() != right.rcode()) {
            String word = "rcode:" + Rcode.string(left.rcode()) + "/" + Rcode.string(right.rcode());
            found.add(new Point("rcode", 0, word, right.rcode()));
        }
        flags(left.flags(), right.flags(), found);
        if (!Arrays.equals(left.question(), right.question())) {
            found.add(new Point("question", 0, "question", ByteBuffer.wrap(right.question())));
        }
        if (!Objects.equals(left.opt(), right.opt())) {
            found.add(new Point("opt", 0, "opt", right.opt()));
        }
        boolean part = question.type() == Type.ANY && isPart(left.answer(), right.answer());
        sections("answer", left.answer(), part ? only(left.answer().keySet(), right.answer()) : right.answer(), found);
        sections("authority", left.authority(), right.authority(), found);
        if (!part) {
            int limit = limit(cut ? question.overTcp() : question);
            additional(left, right, limit, found);
        }
        return found;
    }

    /** Most octets of a reply to it. */
    static int limit(Question question) {
        return question.tcp() ? 65_535 : Math.max(MIN_PAYLOAD, Math.min(question.payload(), MAX_PAYLOAD));
    }

    private static void flags(Set<String> ours, Set<String> theirs, List<Point> found) {
        ours.stream()
                .filter(flag -> !theirs.contains(flag) && !flag.equals("tc"))
                .forEach(flag -> found.add(new Point(flag, 0, flag + "+", false)));
        theirs.stream()
                .filter(flag -> !ours.contains(flag) && !flag.equals("tc"))
                .forEach(flag -> found.add(new Point(flag, 0, flag + "-", true)));
    }

    private static boolean isPart(
            Map<ComparedReply.RRsetKey, ComparedReply.RRset> ours,
            Map<ComparedReply.RRsetKey, ComparedReply.RRset> theirs) {
        return ours.isEmpty() == theirs.isEmpty() && theirs.keySet().containsAll(ours.keySet());
    }

    private static Map<ComparedReply.RRsetKey, ComparedReply.RRset> only(
            Set<ComparedReply.RRsetKey> keys, Map<ComparedReply.RRsetKey, ComparedReply.RRset> of) {
        Map<ComparedReply.RRsetKey, ComparedReply.RRset> part = new LinkedHashMap<>(of);
        part.keySet().retainAll(keys);
        return part;
    }

    private record Place(String section, ComparedReply.RRsetKey key) {}

    private static void sections(
            String section,
            Map<ComparedReply.RRsetKey, ComparedReply.RRset> ours,
            Map<ComparedReply.RRsetKey, ComparedReply.RRset> theirs,
            List<Point> found) {
        Set<ComparedReply.RRsetKey> keys = new LinkedHashSet<>(ours.keySet());
        keys.addAll(theirs.keySet());
        for (ComparedReply.RRsetKey key : keys) {
            ComparedReply.@Nullable RRset left = ours.get(key);
            ComparedReply.@Nullable RRset right = theirs.get(key);
            if (!Objects.equals(left, right)) {
                String mark =
                        right == null ? "+" : left == null ? "-" : left.rdata().equals(right.rdata()) ? "^" : "~";
                int level = section.equals("answer") || (section.equals("authority") && key.type() == Type.NS) ? 1 : 2;
                found.add(new Point(new Place(section, key), level, section + ":" + key.typeText() + mark, right));
            }
        }
    }

    private static void additional(ComparedReply ours, ComparedReply theirs, int limit, List<Point> found) {
        List<Point> differing = new ArrayList<>();
        sections("additional", ours.additional(), theirs.additional(), differing);
        for (Point point : differing) {
            ComparedReply.RRsetKey key = ((Place) point.place()).key();
            boolean glue = ours.inDomain(key.owner()) || theirs.inDomain(key.owner());
            boolean noRoom = (point.word().endsWith("+") && !theirs.hasRoom(key, ours, limit))
                    || (point.word().endsWith("-") && !ours.hasRoom(key, theirs, limit));
            String word = glue ? point.word().replace("additional:", "glue:") : point.word();
            found.add(
                    noRoom
                            ? new Point(point.place(), point.level(), word + "room", "no room")
                            : new Point(point.place(), point.level(), word, point.theirs()));
        }
    }

    /** What must hold for a reply of ours whatever others say. */
    static Set<String> faults(Question question, Exchange.Replies ours) {
        Set<String> found = new TreeSet<>();
        ComparedReply reply = ours.first();
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
        ComparedReply.Opt expected = question.payload() == 0 ? null : new ComparedReply.Opt(0, question.dnssecOk());
        if (!Objects.equals(expected, reply.opt())) {
            found.add("OPT " + reply.opt());
        }
        for (ComparedReply each : List.of(reply, ours.complete())) {
            twice(each, found);
        }
        if (ours.full() != null) {
            truncation(reply, ours.full(), limit(question), found);
        }
        return found;
    }

    /** RFC 2181 §9, RFC 9471 §3.1: TC if, and only if, something is missing that must be there. */
    private static void truncation(ComparedReply reply, ComparedReply full, int limit, Set<String> found) {
        boolean whole = full.answer().equals(reply.answer())
                && full.authority().equals(reply.authority())
                && full.inDomainGlue().equals(reply.inDomainGlue());
        if (reply.truncated() && full.neededOctets() <= limit) {
            found.add("TC, but " + full.neededOctets() + " octets are enough");
        } else if (!reply.truncated() && !whole) {
            found.add("no TC, but not whole");
        }
    }

    /** RFC 2181 §5: an RRset is in a message once. */
    private static void twice(ComparedReply reply, Set<String> found) {
        for (ComparedReply.RRsetKey key : reply.additional().keySet()) {
            if (reply.answer().containsKey(key) || reply.authority().containsKey(key)) {
                found.add(key.typeText() + " twice");
            }
        }
    }
}
