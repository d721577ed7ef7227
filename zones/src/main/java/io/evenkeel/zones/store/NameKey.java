package io.evenkeel.zones.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A name below the apex as bytes whose plain unsigned order is the canonical order of RFC 4034 §6.1: labels from the apex
 * outwards, lower-cased, each ended by 0x00; the octets 0x00 and 0x01 inside a label become 01 01 and 01 02. So a name's
 * descendants are exactly the keys that start with its key, and they follow it without a gap. The apex is the empty key.
 *
 * <p>Scratch, reused: one per worker. Four zero bytes always follow the key, so that it can be read past its end.
 */
public final class NameKey {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    /** 253 octets in labels, each at worst doubled, and a terminator a label. */
    static final int MAX_LENGTH = 512;

    final byte[] bytes = new byte[MAX_LENGTH + 8];
    /** Octets of it. */
    public int length;
    /** Labels below the apex. */
    public int labels;
    /** {@code end[i]}: the key length of the ancestor with i labels below the apex; {@code end[0]} is 0. */
    final short[] end = new short[QName.MAX_LABELS + 2];

    /** From a name that is at or below an apex of that many labels. */
    public void setName(QName name, int apexLabels) {
        byte[] wire = name.wire;
        labels = name.labels() - apexLabels;
        int to = 0;
        for (int label = labels - 1; label >= 0; label--) {
            to = copyLabel(wire, name.starts[label] + 1, name.starts[label + 1], to);
            bytes[to++] = 0;
            end[labels - label] = (short) to;
        }
        close(to);
    }

    /** From a key's octets. */
    public void setKey(byte[] key) {
        System.arraycopy(key, 0, bytes, 0, key.length);
        close(key.length);
        findLabels();
    }

    /** From an entry of a page. */
    public void setEntry(byte[] page, int entry) {
        close(Page.copyKey(page, entry, bytes, 0));
        findLabels();
    }

    /** The owner of an NSEC3 record, relative to the apex: the hash in base 32 with extended hex alphabet (RFC 5155 §3.3). */
    public void setHash(byte[] hash) {
        int to = 0;
        int bits = 0;
        int held = 0;
        for (byte octet : hash) {
            held = ((held << 8) | (octet & 0xFF)) & 0xFFFF;
            for (bits += 8; bits >= 5; bits -= 5) {
                int digit = (held >> (bits - 5)) & 31;
                bytes[to++] = (byte) (digit < 10 ? '0' + digit : 'a' + digit - 10);
            }
        }
        bytes[to++] = 0;
        labels = 1;
        end[1] = (short) to;
        close(to);
    }

    /** The labels between an ancestor and this name, in wire form; returns where they end. */
    public int copyLabels(int ancestorLabels, byte[] to, int at) {
        int written = at;
        for (int label = labels; label > ancestorLabels; label--) {
            int length = written++;
            for (int i = end[label - 1]; i < end[label] - 1; i++) {
                to[written++] = bytes[i] == 1 ? (byte) (bytes[++i] - 1) : bytes[i];
            }
            to[length] = (byte) (written - length - 1);
        }
        return written;
    }

    private void findLabels() {
        labels = 0;
        for (int i = 0; i < length; i++) {
            if (bytes[i] == 0) {
                end[++labels] = (short) (i + 1);
            }
        }
    }

    /** The ancestor of {@code name} with that many labels below the apex. */
    public void setAncestor(NameKey name, int ancestorLabels) {
        int to = name.end[ancestorLabels];
        System.arraycopy(name.bytes, 0, bytes, 0, to);
        System.arraycopy(name.end, 0, end, 0, ancestorLabels + 1);
        labels = ancestorLabels;
        close(to);
    }

    /** The wildcard child of that ancestor. */
    public void setWildcard(NameKey name, int ancestorLabels) {
        setAncestor(name, ancestorLabels);
        bytes[length] = '*';
        bytes[length + 1] = 0;
        end[++labels] = (short) (length + 2);
        close(length + 2);
    }

    /** How many labels lie wholly within the first {@code shared} bytes. */
    int labelsWithin(int shared) {
        int i = labels;
        while (end[i] > shared) {
            i--;
        }
        return i;
    }

    /** Whether this name is at or below the ancestor of {@code other} with that many labels. */
    public boolean isAtOrBelow(NameKey other, int ancestorLabels) {
        int shared = other.end[ancestorLabels];
        return length >= shared && Arrays.equals(bytes, 0, shared, other.bytes, 0, shared);
    }

    /** The same of keys as octets. */
    public static boolean isAtOrBelow(byte[] key, byte[] ancestor) {
        return key.length >= ancestor.length && Arrays.equals(key, 0, ancestor.length, ancestor, 0, ancestor.length);
    }

    /** How many labels below the apex a key has. */
    public static int labels(byte[] key) {
        int labels = 0;
        for (byte b : key) {
            labels += b == 0 ? 1 : 0;
        }
        return labels;
    }

    /** A copy, without what can be read past its end. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** Eight octets at a time while none is 0x00 or 0x01; reads up to seven octets past the label. */
    private int copyLabel(byte[] wire, int from, int last, int to) {
        int start = to;
        for (int i = from; i < last; i += 8, to += 8) {
            long octets = (long) LONG.get(wire, i);
            LONG.set(bytes, to, octets);
            long checked = last - i >= 8 ? octets : octets | (-1L << (8 * (last - i)));
            long upper = checked & 0xFEFEFEFEFEFEFEFEL;
            if (((upper - 0x0101010101010101L) & ~upper & 0x8080808080808080L) != 0) {
                return copyEscaped(wire, from, last, start);
            }
        }
        return start + last - from;
    }

    private int copyEscaped(byte[] wire, int from, int last, int to) {
        int at = to;
        for (int i = from; i < last; i++) {
            byte octet = wire[i];
            if (octet == 0 || octet == 1) {
                bytes[at++] = 1;
                octet++;
            }
            bytes[at++] = octet;
        }
        return at;
    }

    private void close(int to) {
        length = to;
        INT.set(bytes, to, 0);
    }
}
