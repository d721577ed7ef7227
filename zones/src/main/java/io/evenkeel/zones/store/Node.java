package io.evenkeel.zones.store;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * What a zone holds at one name, as bytes: {@code cutDepth} (labels below the apex of the topmost zone cut or DNAME at or
 * above this name; 0: none), then its RRsets in order of type:
 *
 * <pre>
 * length of the RRs (varint), number of RRs (varint)
 * RRs          each as it goes out: C0 0C, type, class, TTL, length, RDATA; in canonical order of RDATA (RFC 4034 §6.3)
 * </pre>
 * The owner is a pointer to the question's name, so that most answers are one copy.
 */
public final class Node {
    /** Octets of an RR before its RDATA: pointer, type, class, TTL, length. */
    public static final int RR_HEADER = 12;
    /** To the question's name (RFC 1035 §4.1.4). */
    private static final int POINTER = 0xC00C;
    /** Of what {@code #varint} holds: seven bits and two octets. */
    static final int MAX_VARINT = (1 << 23) - 1;

    private static final VarHandle U16 = MethodHandles.byteArrayViewVarHandle(char[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle U32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private Node() {}

    // --- reading; an RRset is the offset of its header

    /** The RRset of that type in the node {@code array[from, to)}; -1 if it has none. */
    public static int find(byte[] array, int from, int to, int type) {
        int rrset = from + 1;
        while (rrset < to) {
            int rrs = rrs(array, rrset);
            int found = u16(array, rrs + 2);
            if (found >= type) {
                return found == type ? rrset : -1;
            }
            rrset = rrs + varint(array, rrset);
        }
        return -1;
    }

    /** The first RRset of the node; every node has one. */
    public static int first(int from) {
        return from + 1;
    }

    static int type(byte[] array, int rrset) {
        return u16(array, rrs(array, rrset) + 2);
    }

    /** Where the RRs of the RRset start. */
    public static int rrs(byte[] array, int rrset) {
        int count = rrset + varintBytes(array, rrset);
        return count + varintBytes(array, count);
    }

    /** Octets of all its RRs. */
    public static int rrBytes(byte[] array, int rrset) {
        return varint(array, rrset);
    }

    /** How many RRs it has. */
    public static int rrCount(byte[] array, int rrset) {
        return varint(array, rrset + varintBytes(array, rrset));
    }

    /** The RRset after this one. */
    public static int next(byte[] array, int rrset) {
        return rrs(array, rrset) + rrBytes(array, rrset);
    }

    /** RRs that fill an array. */
    public static int countRrs(byte[] rrs) {
        int count = 0;
        for (int rr = 0; rr < rrs.length; rr = nextRr(rrs, rr)) {
            count++;
        }
        return count;
    }

    /** The RR after this one. */
    public static int nextRr(byte[] array, int rr) {
        return rr + RR_HEADER + u16(array, rr + 10);
    }

    static long ttl(byte[] array, int rr) {
        return u32(array, rr + 6);
    }

    /** Two octets, unsigned. */
    public static int u16(byte[] array, int at) {
        return (char) U16.get(array, at);
    }

    /** Four octets, unsigned. */
    public static long u32(byte[] array, int at) {
        return (int) U32.get(array, at) & 0xFFFFFFFFL;
    }

    /** Whether names below are answered from elsewhere: a delegation or a DNAME. Not to be asked of the apex. */
    public static boolean isCut(byte[] node) {
        return find(node, 0, node.length, RRType.NS) >= 0 || find(node, 0, node.length, RRType.DNAME) >= 0;
    }

    /**
     * Whether all that stands around the records of the node {@code array[from, to)} is as it is written, which readers take
     * for granted. May fail in any way if it is not.
     */
    public static boolean isWhole(byte[] array, int from, int to) {
        int type = -1;
        int rrset = first(from);
        while (rrset < to) {
            int end = next(array, rrset);
            int count = rrset + varintBytes(array, rrset);
            boolean shortest = (array[rrset] < 0) == (rrBytes(array, rrset) >= 128)
                    && (array[count] < 0) == (rrCount(array, rrset) >= 128);
            if (!shortest || end > to || type(array, rrset) <= type) {
                return false;
            }
            type = type(array, rrset);
            int rrs = 0;
            for (int rr = rrs(array, rrset); rr < end; rr = nextRr(array, rr)) {
                if (u16(array, rr) != POINTER || u16(array, rr + 2) != type || nextRr(array, rr) > end) {
                    return false;
                }
                rrs++;
            }
            if (rrs == 0 || rrs != rrCount(array, rrset)) {
                return false;
            }
            rrset = end;
        }
        return rrset == to && type >= 0;
    }

    /** Whether an RRset of that type, below the apex, makes its owner a cut. */
    public static boolean isCutType(int type) {
        return type == RRType.NS || type == RRType.DNAME;
    }

    // --- writing

    /**
     * An RRset as it stands in a node.
     *
     * @param rrs each from its type on, in canonical order
     */
    public static byte[] rrset(Collection<byte[]> rrs) {
        int size = 0;
        for (byte[] rr : rrs) {
            size += 2 + rr.length;
        }
        byte[] rrset = new byte[varintSize(size) + varintSize(rrs.size()) + size];
        int at = putVarint(rrset, 0, size);
        at = putVarint(rrset, at, rrs.size());
        for (byte[] rr : rrs) {
            U16.set(rrset, at, (char) POINTER);
            System.arraycopy(rr, 0, rrset, at + 2, rr.length);
            at += 2 + rr.length;
        }
        return rrset;
    }

    /** The node with its RRset of that type replaced; {@code rrset} null removes it; null if nothing is left. */
    public static byte @Nullable [] with(byte @Nullable [] node, int type, byte @Nullable [] rrset) {
        var out = new ByteArrayOutputStream((node == null ? 1 : node.length) + (rrset == null ? 0 : rrset.length));
        out.write(node == null ? 0 : node[0]);
        boolean written = rrset == null;
        for (int at = 1; node != null && at < node.length; at = next(node, at)) {
            int old = type(node, at);
            if (!written && old >= type && rrset != null) {
                out.writeBytes(rrset);
                written = true;
            }
            if (old != type) {
                out.write(node, at, next(node, at) - at);
            }
        }
        if (!written && rrset != null) {
            out.writeBytes(rrset);
        }
        return out.size() == 1 ? null : out.toByteArray();
    }

    /** The first of the RRs in an RRSIG RRset that cover that type (they are neighbours, as the RDATA begins with it); -1: none. */
    public static int signature(byte[] array, int rrsig, int covered) {
        int end = next(array, rrsig);
        for (int rr = rrs(array, rrsig); rr < end; rr = nextRr(array, rr)) {
            int type = covered(array, rr);
            if (type >= covered) {
                return type == covered ? rr : -1;
            }
        }
        return -1;
    }

    /** The type that an RRSIG RR covers. */
    public static int covered(byte[] array, int rr) {
        return u16(array, rr + RR_HEADER);
    }

    /** When the RRSIG RR ends to be valid, in the 32 bits of RFC 4034 §3.1.5. */
    public static int expiration(byte[] array, int rr) {
        return (int) u32(array, rr + RR_HEADER + 8);
    }

    /** Signatures of the SOA RRset with the TTL that goes with {@link #negativeSoa}. */
    public static byte[] negativeSoaSignatures(byte[] array, int rrsig, byte[] negativeSoa) {
        int from = signature(array, rrsig, RRType.SOA);
        int to = from;
        int end = next(array, rrsig);
        while (from >= 0 && to < end && covered(array, to) == RRType.SOA) {
            to = nextRr(array, to);
        }
        byte[] signatures = from < 0 ? new byte[0] : Arrays.copyOfRange(array, from, to);
        for (int rr = 0; rr < signatures.length; rr = nextRr(signatures, rr)) {
            U32.set(signatures, rr + 6, (int) u32(negativeSoa, 6));
        }
        return signatures;
    }

    /** The one RR of a SOA RRset, its TTL lowered to the MINIMUM field: what negative answers carry (RFC 2308 §3). */
    public static byte[] negativeSoa(byte[] array, int rrset) {
        int rr = rrs(array, rrset);
        byte[] soa = Arrays.copyOfRange(array, rr, nextRr(array, rr));
        U32.set(soa, 6, (int) Math.min(u32(soa, 6), u32(soa, soa.length - 4)));
        return soa;
    }

    /** One byte below 128, else three. */
    private static int varint(byte[] array, int at) {
        byte first = array[at];
        return first >= 0 ? first : ((first & 0x7F) << 16) | u16(array, at + 1);
    }

    private static int varintBytes(byte[] array, int at) {
        return array[at] >= 0 ? 1 : 3;
    }

    private static int varintSize(int value) {
        return value < 128 ? 1 : 3;
    }

    private static int putVarint(byte[] to, int at, int value) {
        if (value < 128) {
            to[at] = (byte) value;
            return at + 1;
        }
        if (value > MAX_VARINT) {
            throw new IllegalArgumentException("RRset of " + value + " octets; the most is " + MAX_VARINT);
        }
        to[at] = (byte) (0x80 | (value >> 16));
        U16.set(to, at + 1, (char) value);
        return at + 3;
    }
}
