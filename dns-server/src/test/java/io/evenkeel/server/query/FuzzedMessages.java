package io.evenkeel.server.query;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Messages that are nearly right, in all the ways that one can be wrong: names around those that the answer tables ask for, all
 * types and options, and then lies about counts and lengths, flipped bits, cut ends. By a seed; allocates nothing per message.
 */
final class FuzzedMessages {
    private static final int[] TYPES = {
        1, 1, 1, 28, 28, 2, 2, 5, 6, 6, 15, 16, 33, 35, 39, 43, 43, 46, 47, 48, 50, 51, 64, 65, 12, 13, 41, 99, 249,
        250, 251, 252, 255, 257, 0, 65_280, 65_535
    };
    private static final int[] CLASSES = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 255, 254, 4, 0};
    private static final int[] PAYLOADS = {0, 511, 512, 513, 600, 1220, 1231, 1232, 1233, 4096, 65_535};
    /** Code, and lengths that mean something. */
    private static final int[][] OPTIONS = {
        {3, 0, 0, 4},
        {8, 7, 8, 11, 4},
        {9, 0, 0, 4},
        {10, 8, 8, 24, 24, 16, 40, 7, 9, 41},
        {11, 0, 2},
        {12, 0, 30, 128},
        {13, 5},
        {14, 2},
        {15, 2, 10},
        {16, 4},
        {18, 3},
        {19, 0, 0, 6},
        {65_001, 0, 9},
        {0, 1}
    };

    private static final byte[][] LABELS = {
        "*".getBytes(StandardCharsets.US_ASCII),
        "a".getBytes(StandardCharsets.US_ASCII),
        "www".getBytes(StandardCharsets.US_ASCII),
        "ns1".getBytes(StandardCharsets.US_ASCII),
        "_tcp".getBytes(StandardCharsets.US_ASCII),
        {0},
        {'.'},
        {(byte) 0xFF}
    };

    /** Those of each answer table that are no longer than usual. */
    private static final byte[][][] MESSAGES =
            FuzzedServer.tables().stream().map(FuzzedMessages::messages).toArray(byte[][][]::new);

    private final SplittableRandom random;

    private byte[] to = new byte[0];
    private int at;

    FuzzedMessages(long seed) {
        this.random = new SplittableRandom(seed);
    }

    private static byte[][] messages(AnswerTable table) {
        List<byte[]> messages = new ArrayList<>();
        for (AnswerTable.Row row : table.rows) {
            try {
                byte[] message = AnswerTable.message(row.question());
                if (message.length < 1000) {
                    messages.add(message);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return messages.toArray(byte[][]::new);
    }

    /** Which table's zones the next message is for. */
    int table() {
        return random.nextInt(MESSAGES.length);
    }

    /** How the server is set up for the next message, below {@link FuzzedServer#SETUPS}. */
    int setup() {
        return oneIn(4) ? random.nextInt(FuzzedServer.SETUPS) : random.nextInt(2) * (FuzzedServer.SETUPS / 2);
    }

    /**
     * Puts a message into the buffer, from 0.
     *
     * @return its length, at most 4,096
     */
    int next(int table, byte[] buffer) {
        to = buffer;
        at = 0;
        byte[][] base = MESSAGES[oneIn(16) ? table() : table];
        byte[] message = base[random.nextInt(base.length)];
        switch (random.nextInt(32)) {
            case 0 -> octets(random.nextInt(80));
            case 1, 2, 3 -> copy(message, 0, message.length);
            default -> build(message);
        }
        if (oneIn(16)) {
            octets(random.nextInt(40));
        }
        if (oneIn(32) && at > 0) {
            at = random.nextInt(at);
        }
        for (int flips = oneIn(12) ? 1 + random.nextInt(3) : 0; flips > 0 && at > 0; flips--) {
            int place = random.nextInt(at);
            to[place] = (byte) (random.nextBoolean() ? random.nextInt() : to[place] ^ (1 << random.nextInt(8)));
        }
        return at;
    }

    private void build(byte[] message) {
        u16(random.nextInt());
        // Mostly a query, with any of RD, AD, CD and Z.
        u16(oneIn(16) ? random.nextInt() : random.nextInt() & 0x0170);
        u16(oneIn(64) ? random.nextInt(3) * 0x7FFF : 1);
        u16(0);
        u16(0);
        u16(0);
        question(message);
        if (oneIn(24)) {
            int count = 6 + 2 * random.nextInt(3);
            to[count + 1] = 1;
            record();
        }
        if (!oneIn(4)) {
            to[11]++;
            opt();
        }
        if (oneIn(64)) {
            to[11]++;
            opt();
        }
        if (oneIn(64)) {
            to[4 + random.nextInt(8)] = (byte) random.nextInt();
        }
    }

    private void question(byte[] message) {
        int from = at;
        boolean isRow = message.length > 12 && message[4] == 0 && message[5] == 1;
        int nameEnd = isRow ? nameEnd(message) : -1;
        if (nameEnd < 0) {
            label();
            to[at++] = 0;
        } else {
            name(message, nameEnd);
        }
        int end = at;
        if (oneIn(8)) { // RFC 4343: the case of letters does not matter, but comes back
            for (int i = from; i < end; i++) {
                to[i] ^= (byte) (to[i] >= 'A' && random.nextBoolean() ? 0x20 : 0);
            }
        }
        boolean keep = nameEnd >= 0 && nameEnd + 4 <= message.length && !oneIn(2);
        u16(oneIn(20) ? random.nextInt() : keep ? Invariants.u16(message, nameEnd) : oneOf(TYPES));
        u16(oneIn(40) ? random.nextInt() : keep ? Invariants.u16(message, nameEnd + 2) : oneOf(CLASSES));
    }

    private void name(byte[] message, int nameEnd) {
        int start = 12;
        switch (random.nextInt(16)) {
            case 0, 1, 2 -> label();
            case 3 -> {
                label();
                label();
            }
            case 4, 5 -> start = Math.min(nameEnd - 1, start + 1 + message[start]);
            case 6 -> {
                start = Math.min(nameEnd - 1, start + 1 + message[start]);
                label();
            }
            case 7 -> { // up to, at and beyond 255 octets
                int most = 240 + random.nextInt(20) - (nameEnd - start);
                for (int left = most; left > 1; left -= 64) {
                    int octets = Math.min(left - 1, 63);
                    to[at++] = (byte) octets;
                    octets(octets);
                }
            }
            case 8 -> {
                for (int labels = random.nextInt(130); labels > 0; labels--) {
                    to[at++] = 1;
                    to[at++] = (byte) random.nextInt();
                }
            }
            default -> {}
        }
        copy(message, start, nameEnd);
        if (oneIn(200)) { // a pointer in place of the root
            at--;
            u16(0xC000 | (oneIn(2) ? 12 : random.nextInt(0x4000)));
        }
    }

    private void label() {
        if (oneIn(2)) {
            byte[] label = LABELS[random.nextInt(LABELS.length)];
            to[at++] = (byte) label.length;
            copy(label, 0, label.length);
        } else {
            int octets = 1 + random.nextInt(oneIn(8) ? 63 : 6);
            to[at++] = (byte) octets;
            octets(octets);
        }
    }

    private void record() {
        if (oneIn(2)) {
            u16(0xC000 | random.nextInt(64));
        } else {
            to[at++] = 0;
        }
        u16(oneOf(TYPES));
        u16(oneOf(CLASSES));
        u16(0);
        u16(random.nextInt());
        int octets = random.nextInt(60);
        u16(oneIn(16) ? random.nextInt() : octets);
        octets(octets);
    }

    private void opt() {
        to[at++] = (byte) (oneIn(64) ? 0xC0 : 0);
        u16(41);
        u16(oneIn(4) ? random.nextInt() : oneOf(PAYLOADS));
        u16(oneIn(24) ? random.nextInt() : 0); // extended RCODE and version
        u16(oneIn(8) ? random.nextInt() : random.nextInt() & 0x8000);
        int lengthAt = at;
        u16(0);
        for (int options = oneIn(3) ? 0 : random.nextInt(5); options > 0; options--) {
            option();
        }
        int octets = at - lengthAt - 2 + (oneIn(40) ? random.nextInt(9) - 4 : 0);
        Wire.putU16(to, lengthAt, octets);
    }

    private void option() {
        int[] option = OPTIONS[random.nextInt(OPTIONS.length)];
        u16(oneIn(24) ? random.nextInt() : option[0]);
        int octets = oneIn(16) ? random.nextInt(64) : option[1 + random.nextInt(option.length - 1)];
        u16(oneIn(64) ? random.nextInt() : octets);
        octets(octets);
    }

    /** -1 if it cannot be read. */
    private static int nameEnd(byte[] message) {
        int i = 12;
        while (i < message.length && message[i] > 0) {
            i += 1 + message[i];
        }
        return i < message.length && message[i] == 0 ? i + 1 : -1;
    }

    private boolean oneIn(int many) {
        return random.nextInt(many) == 0;
    }

    private int oneOf(int[] values) {
        return values[random.nextInt(values.length)];
    }

    private void octets(int count) {
        int end = at + count;
        while (at < end) {
            long bits = random.nextLong();
            for (int i = 0; i < 8 && at < end; i++) {
                to[at++] = (byte) bits;
                bits >>>= 8;
            }
        }
    }

    private void copy(byte[] from, int start, int end) {
        System.arraycopy(from, start, to, at, end - start);
        at += end - start;
    }

    private void u16(int value) {
        Wire.putU16(to, at, value);
        at += 2;
    }
}
