package io.evenkeel.ops.fleet;

import io.evenkeel.ops.verb.CommandFailure;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** A whole DNS message that asks for a name; each {@code #} of the name is a digit that is filled in. One thread. */
public final class QuestionPattern {
    /** Octets in front of the question section. */
    public static final int HEADER = 12;

    private static final byte DIGIT = '#';
    private static final int DIGITS_OF_A_LONG = 18;
    /** What follows the name: type and class. */
    private static final int TAIL = 4;

    private final byte[] message;
    private final int[] digitsAt;

    private QuestionPattern(byte[] message, int[] digitsAt) {
        this.message = message;
        this.digitsAt = digitsAt;
    }

    /**
     * What each question says beside its name and type.
     *
     * @param payload the size in the OPT record, 0 for none
     * @param dnssec whether the DO bit is set
     */
    public record Edns(int payload, boolean dnssec) {
        /** No OPT record. */
        public static final Edns NONE = new Edns(0, false);
    }

    /**
     * A pattern.
     *
     * @param whereName where the name stands, for messages
     * @param whereType where the type stands
     */
    public static QuestionPattern of(String name, String whereName, String type, String whereType, Edns edns)
            throws CommandFailure {
        byte[] message = message(name(name, whereName), type(type, whereType), edns);
        List<Integer> at = new ArrayList<>();
        for (int label = HEADER; message[label] != 0; label += message[label] + 1) {
            for (int i = label + 1; i <= label + message[label]; i++) {
                if (message[i] == DIGIT) {
                    at.add(i);
                }
            }
        }
        return new QuestionPattern(
                message, at.stream().mapToInt(Integer::intValue).toArray());
    }

    /** The message that asks for a name as it stands, its ID still 0. */
    public static byte[] message(String name, String type, String where, Edns edns) throws CommandFailure {
        return message(name(name, where), type(type, where), edns);
    }

    private static Name name(String text, String where) throws CommandFailure {
        try {
            return Name.fromString(text, Name.root);
        } catch (TextParseException e) {
            throw new CommandFailure(CommandFailure.USAGE, where + ": " + e.getMessage());
        }
    }

    private static int type(String text, String where) throws CommandFailure {
        int type = Type.value(text.toUpperCase(Locale.ROOT), true);
        if (type <= 0) {
            throw new CommandFailure(CommandFailure.USAGE, where + ": there is no type " + text);
        }
        return type;
    }

    /** RFC 1035 §4.1, RFC 6891 §6.1.2; without RD, as one asks an authoritative server. */
    private static byte[] message(Name name, int type, Edns edns) {
        byte[] qname = name.toWire();
        boolean opt = edns.payload() > 0;
        ByteBuffer message = ByteBuffer.allocate(HEADER + qname.length + TAIL + (opt ? 11 : 0));
        message.putInt(0).putShort((short) 1).putInt(0).putShort((short) (opt ? 1 : 0));
        message.put(qname).putShort((short) type).putShort((short) 1);
        if (opt) {
            message.put((byte) 0).putShort((short) 41).putShort((short) edns.payload());
            message.putInt(edns.dnssec() ? 0x8000 : 0).putShort((short) 0);
        }
        return message.array();
    }

    /** With digits by chance, its ID still 0; valid until the next call. */
    public byte[] next(SplittableRandom random) {
        for (int at : digitsAt) {
            message[at] = (byte) ('0' + random.nextInt(10));
        }
        return message;
    }

    /** With digits that follow from {@code key} alone, its ID still 0; valid until the next call. */
    public byte[] of(long key) {
        long rest = 0;
        long mixed = key;
        for (int i = 0; i < digitsAt.length; i++) {
            if (i % DIGITS_OF_A_LONG == 0) {
                mixed = mix(mixed + i);
                rest = mixed >>> 1;
            }
            message[digitsAt[i]] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return message;
    }

    /** Whether that message holds the question of that key; one that is nothing but a header does (RFC 1035 §4.1.1). */
    boolean isIn(ByteBuffer answer, long key) {
        if (answer.getShort(4) == 0) {
            return true;
        }
        byte[] question = of(key);
        int end = HEADER + questionLength(question);
        if (answer.limit() < end) {
            return false;
        }
        for (int i = HEADER; i < end; i++) {
            if (answer.get(i) != question[i]) {
                return false;
            }
        }
        return true;
    }

    /** The octets of the question section, from {@link #HEADER} on. */
    public static int questionLength(byte[] message) {
        int at = HEADER;
        while (message[at] != 0) {
            at += message[at] + 1;
        }
        return at + 1 + TAIL - HEADER;
    }

    /** The finalizer of SplitMix64: each bit of the key changes each of the result. */
    private static long mix(long key) {
        long z = key + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
