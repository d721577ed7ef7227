package io.evenkeel.zones.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.xbill.DNS.Name;

/**
 * A name out of a message: lower-cased wire form, where its labels start, and a hash of each of its suffixes, by which
 * a catalog finds the zone. Scratch, reused: one per worker and purpose, not thread-safe, allocates nothing.
 *
 * <p>It is copied into a buffer that can be read past the name's end, so that it and {@link NameKey} can work on eight octets
 * at a time, wherever the name came from.
 */
public final class QName {
    /** RFC 1035 §2.3.4: octets in a name, the root's included. */
    public static final int MAX_LENGTH = 255;
    /** One octet of length and one of label each, and the root. */
    static final int MAX_LABELS = 127;

    private static final int READ_AHEAD = 8;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Its octets, of which those past the root say nothing. Not to be written to. */
    public final byte[] wire = new byte[MAX_LENGTH + 1 + READ_AHEAD];
    /** Where label i starts; {@code starts[labels]} is the root. */
    final short[] starts = new short[MAX_LABELS + 1];

    private final int[] hashes = new int[MAX_LABELS + 1];
    private int length;
    private int labels;

    /**
     * Copies an uncompressed name.
     *
     * @param end first octet that does not belong to the input
     * @return the offset after the name; -1 if it is too long, cut off or compressed, and then this is undefined
     */
    public int parse(byte[] in, int at, int end) {
        int count = 0;
        int i = at;
        while (i < end && in[i] != 0) {
            int octets = in[i];
            if (octets < 0 || octets > 63 || i - at + octets + 1 >= MAX_LENGTH) {
                return -1;
            }
            starts[count++] = (short) (i - at);
            i += octets + 1;
        }
        if (i >= end) {
            return -1;
        }
        labels = count;
        length = i - at + 1;
        starts[count] = (short) (i - at);
        System.arraycopy(in, at, wire, 0, length);
        lowerCase();
        hash();
        return i + 1;
    }

    /** For the control side: allocates. */
    public static QName of(Name name) {
        QName qname = new QName();
        qname.set(name);
        return qname;
    }

    /** For the control side: allocates. */
    public void set(Name name) {
        byte[] bytes = name.toWire();
        if (parse(bytes, 0, bytes.length) < 0) {
            throw new IllegalArgumentException("not an absolute name: " + name);
        }
    }

    /** Octets of the wire form, the root's included. */
    public int length() {
        return length;
    }

    /** Labels, the root not counted. */
    public int labels() {
        return labels;
    }

    /** The offset at which the suffix starts that leaves out that many labels. */
    public int offset(int skippedLabels) {
        return starts[skippedLabels];
    }

    /** Of the suffix that leaves out that many labels. */
    public int hash(int skippedLabels) {
        return hashes[skippedLabels];
    }

    /** Whether the suffix that leaves out that many labels is that lower-cased wire name. */
    public boolean endsIn(byte[] name, int skippedLabels) {
        int start = starts[skippedLabels];
        return length - start == name.length && Arrays.equals(wire, start, length, name, 0, name.length);
    }

    /** Whether it is that lower-cased wire name. */
    public boolean equalsWire(byte[] name) {
        return endsIn(name, 0);
    }

    /** Whether two labels, each from its octet of length on, differ at most in the case of ASCII letters (RFC 4343 §3). */
    public static boolean isSameLabel(byte[] one, int at, byte[] other, int otherAt) {
        int octets = one[at];
        if (octets != other[otherAt]) {
            return false;
        }
        for (int i = 1; i <= octets; i++) {
            if (lowerCase(one[at + i]) != lowerCase(other[otherAt + i])) {
                return false;
            }
        }
        return true;
    }

    static int lowerCase(byte octet) {
        return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
    }

    /** A copy of its octets, the root's included. */
    public byte[] toBytes() {
        return Arrays.copyOf(wire, length);
    }

    /** Octets of length are at most 63 and so no letters: the name is one run. */
    private void lowerCase() {
        for (int i = 0; i < length; i += 8) {
            long octets = (long) LONG.get(wire, i);
            long low = octets & 0x7F7F7F7F7F7F7F7FL;
            long fromA = low + 0x3F3F3F3F3F3F3F3FL;
            long aboveZ = low + 0x2525252525252525L;
            LONG.set(wire, i, octets | ((fromA & ~aboveZ & ~octets & 0x8080808080808080L) >>> 2));
        }
    }

    private void hash() {
        long hash = 0x9E3779B97F4A7C15L;
        hashes[labels] = (int) (hash >>> 32);
        for (int label = labels - 1; label >= 0; label--) {
            int end = starts[label + 1];
            for (int i = starts[label]; i < end; i += 8) {
                long octets = (long) LONG.get(wire, i);
                int more = end - i;
                hash = (hash ^ (more >= 8 ? octets : octets & ((1L << (8 * more)) - 1))) * 0xD6E8FEB86659FD93L;
                hash ^= hash >>> 32;
            }
            hashes[label] = (int) hash;
        }
    }
}
