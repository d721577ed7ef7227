package io.evenkeel.ops.bench;

import io.evenkeel.ops.verb.CommandFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Whole DNS messages to ask, in turn and again from the start; a name may hold digits that are new each time. One thread. */
public final class BenchQuestions {
    static final int HEADER = 12;
    private static final byte RANDOM = '#';
    private static final int DIGITS_OF_A_LONG = 18;

    private final List<byte[]> messages;
    private final int[] randomAt;
    private final SplittableRandom random;
    private int next;

    private BenchQuestions(List<byte[]> messages, int[] randomAt, long seed) {
        this.messages = messages;
        this.randomAt = randomAt;
        random = new SplittableRandom(seed);
    }

    /**
     * What each question says beside its name and type.
     *
     * @param payload the size in the OPT record, 0 for none
     * @param dnssec whether the DO bit is set
     */
    public record Edns(int payload, boolean dnssec) {}

    /** @param pattern a name in which each {@code #} is a random digit */
    public static BenchQuestions random(String pattern, String type, Edns edns, long seed) throws CommandFailure {
        byte[] message = message(name(pattern, "--names"), type(type, "--type"), edns);
        List<Integer> at = new ArrayList<>();
        for (int label = HEADER; message[label] != 0; label += message[label] + 1) {
            for (int i = label + 1; i <= label + message[label]; i++) {
                if (message[i] == RANDOM) {
                    at.add(i);
                }
            }
        }
        int[] positions = at.stream().mapToInt(Integer::intValue).toArray();
        return new BenchQuestions(List.of(message), positions, seed);
    }

    /** @param file lines of a name and a type, as dnsperf reads them; empty lines and those that begin with ; are passed over */
    static BenchQuestions read(Path file, Edns edns) throws CommandFailure, IOException {
        List<byte[]> messages = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                String text = line.strip();
                if (text.isEmpty() || text.startsWith(";")) {
                    continue;
                }
                String where = file + ":" + number;
                String[] words = text.split("\\s+", -1);
                if (words.length != 2) {
                    throw new CommandFailure(
                            CommandFailure.USAGE, where + ": wants a name and a type, as in `www.example.org A`");
                }
                if (messages.size() == LoadLimits.BENCH_QUESTIONS) {
                    throw new CommandFailure(
                            CommandFailure.USAGE,
                            "%s: more than %,d questions, the most that are read; ask for random names with --names"
                                    .formatted(where, LoadLimits.BENCH_QUESTIONS));
                }
                messages.add(message(name(words[0], where), type(words[1], where), edns));
            }
        } catch (MalformedInputException e) {
            throw new CommandFailure(CommandFailure.USAGE, file + " is not text in UTF-8");
        }
        if (messages.isEmpty()) {
            throw new CommandFailure(CommandFailure.USAGE, file + " holds no question");
        }
        return new BenchQuestions(messages, new int[0], 0);
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
        ByteBuffer message = ByteBuffer.allocate(HEADER + qname.length + 4 + (opt ? 11 : 0));
        message.putInt(0).putShort((short) 1).putInt(0).putShort((short) (opt ? 1 : 0));
        message.put(qname).putShort((short) type).putShort((short) 1);
        if (opt) {
            message.put((byte) 0).putShort((short) 41).putShort((short) edns.payload());
            message.putInt(edns.dnssec() ? 0x8000 : 0).putShort((short) 0);
        }
        return message.array();
    }

    /** The next one, its ID still 0; valid until the call after this. */
    byte[] next() {
        byte[] message = messages.get(next);
        next = next + 1 == messages.size() ? 0 : next + 1;
        for (int at : randomAt) {
            message[at] = (byte) ('0' + random.nextInt(10));
        }
        return message;
    }

    /** The first one, its ID still 0, with digits that follow from {@code key} alone; valid until the next call. */
    byte[] of(long key) {
        byte[] message = messages.getFirst();
        long rest = 0;
        long mixed = key;
        for (int i = 0; i < randomAt.length; i++) {
            if (i % DIGITS_OF_A_LONG == 0) {
                mixed = mix(mixed + i);
                rest = mixed >>> 1;
            }
            message[randomAt[i]] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return message;
    }

    /** The octets of the question section, from {@link #HEADER} on. */
    static int questionLength(byte[] message) {
        int at = HEADER;
        while (message[at] != 0) {
            at += message[at] + 1;
        }
        return at + 1 + 4 - HEADER;
    }

    /** The finalizer of SplitMix64: each bit of the key changes each of the result. */
    private static long mix(long key) {
        long z = key + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
