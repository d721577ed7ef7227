package io.evenkeel.zones.store;

import java.io.IOException;
import java.util.Arrays;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Between dnsjava's records, the currency of the control side, and the bytes in a zone. Pure functions. */
public final class Records {
    /** Octets before the RDATA when an RR starts at its type. */
    public static final int FIXED = 10;

    /** Octets of the five numbers after the names of an SOA record. */
    private static final int SOA_NUMBERS = 20;

    /** Octets before the name of who signed. */
    private static final int SIGNATURE_NUMBERS = 18;

    private static final int MAX_LABEL = 63;

    static {
        // Whatever shows a record may show its type.
        RecordTypes.value("DSYNC");
    }

    private Records() {}

    /** From its type on: type, class, TTL, length, RDATA; names in full and in their case. */
    public static byte[] toBytes(Record record) {
        byte[] wire = record.toWire(Section.ANSWER);
        return Arrays.copyOfRange(wire, record.getName().length(), wire.length);
    }

    /** The RDATA alone, names in full and in their case. */
    public static byte[] rdata(Record record) {
        byte[] wire = record.toWire(Section.ANSWER);
        return Arrays.copyOfRange(wire, record.getName().length() + FIXED, wire.length);
    }

    /** Of the RR that starts at {@code array[rr]} with a pointer, as in a {@link Node}. */
    public static Record toRecord(Name owner, byte[] array, int rr) {
        byte[] rdata = Arrays.copyOfRange(array, rr + Node.RR_HEADER, Node.nextRr(array, rr));
        return Record.newRecord(owner, Node.u16(array, rr + 2), DClass.IN, Node.ttl(array, rr), rdata);
    }

    /** The RDATA of an RR from its type on, in the form that decides equality and order (RFC 4034 §6.2, §6.3). */
    public static byte[] canonicalRdata(byte[] rr) {
        byte[] rdata = Arrays.copyOfRange(rr, FIXED, rr.length);
        switch (Node.u16(rr, 0)) {
            case Type.NS,
                    Type.MD,
                    Type.MF,
                    Type.CNAME,
                    Type.MB,
                    Type.MG,
                    Type.MR,
                    Type.PTR,
                    Type.DNAME,
                    Type.NXT,
                    Type.NSEC -> lowerCaseName(rdata, 0);
            case Type.SOA, Type.MINFO, Type.RP -> lowerCaseName(rdata, lowerCaseName(rdata, 0));
            case Type.MX, Type.AFSDB, Type.RT, Type.KX -> lowerCaseName(rdata, 2);
            case Type.PX -> lowerCaseName(rdata, lowerCaseName(rdata, 2));
            case Type.SRV -> lowerCaseName(rdata, 6);
            case Type.SIG, Type.RRSIG -> lowerCaseName(rdata, 18);
            case Type.NAPTR -> {
                int at = 4;
                for (int i = 0; i < 3; i++) {
                    at += 1 + (rdata[at] & 0xFF);
                }
                lowerCaseName(rdata, at);
            }
            default -> {} // no names, or such as RFC 3597 §7 leaves as they are
        }
        return rdata;
    }

    /**
     * Whether RDATA is as long as what is read of it here and by answers: names that are whole, numbers that are there. It says
     * nothing about what the record means. Replicas refuse contents by it, so a change of it needs a later level of the cluster.
     *
     * @param from where the RDATA starts
     * @param end first octet that is not the RDATA's
     */
    public static boolean isWhole(int type, byte[] array, int from, int end) {
        return switch (type) {
            case Type.NS, Type.MD, Type.MF, Type.CNAME, Type.MB, Type.MG, Type.MR, Type.PTR, Type.DNAME ->
                afterNames(1, array, from, end) == end;
            case Type.MINFO, Type.RP -> afterNames(2, array, from, end) == end;
            case Type.SOA -> afterNames(2, array, from, end) == end - SOA_NUMBERS;
            case Type.MX, Type.AFSDB, Type.RT, Type.KX -> afterNames(1, array, from + 2, end) == end;
            case Type.PX -> afterNames(2, array, from + 2, end) == end;
            case Type.SRV -> afterNames(1, array, from + 6, end) == end;
            case Type.NAPTR -> afterNames(1, array, afterStrings(3, array, from + 4, end), end) == end;
            case Type.SVCB, Type.HTTPS -> afterNames(1, array, from + 2, end) <= end;
            case Type.NSEC, Type.NXT -> afterNames(1, array, from, end) <= end;
            case Type.SIG, Type.RRSIG -> afterNames(1, array, from + SIGNATURE_NUMBERS, end) <= end;
            case Type.NSEC3PARAM -> afterStrings(1, array, from + 4, end) == end;
            default -> true; // read by clients only
        };
    }

    /** The offset after some names in full, or one beyond the end if they are not. */
    private static int afterNames(int count, byte[] array, int from, int end) {
        int at = from;
        for (int i = 0; i < count; i++) {
            int start = at;
            int label;
            do {
                label = at < end ? array[at] & 0xFF : QName.MAX_LENGTH;
                at += 1 + label;
            } while (label != 0 && label <= MAX_LABEL && at - start < QName.MAX_LENGTH);
            if (label != 0) {
                return end + 1;
            }
        }
        return at;
    }

    /** The same after strings with their length before them (RFC 1035 §3.3). */
    private static int afterStrings(int count, byte[] array, int from, int end) {
        int at = from;
        for (int i = 0; i < count; i++) {
            at += at < end ? 1 + (array[at] & 0xFF) : end + 1;
        }
        return Math.min(at, end + 1);
    }

    /** The offset after it. */
    private static int lowerCaseName(byte[] rdata, int from) {
        int at = from;
        while (rdata[at] != 0) {
            int end = at + 1 + rdata[at];
            for (at++; at < end; at++) {
                if (rdata[at] >= 'A' && rdata[at] <= 'Z') {
                    rdata[at] |= 0x20;
                }
            }
        }
        return at + 1;
    }

    /** A name in wire form. */
    static Name name(byte[] array, int from, int to) {
        try {
            return new Name(Arrays.copyOfRange(array, from, to));
        } catch (IOException e) {
            throw new IllegalStateException("not a name", e);
        }
    }

    /** Of an RR from its type on, in seconds, unsigned. */
    public static long ttl(byte[] rr) {
        return Node.u32(rr, 4);
    }

    /** The name of a key below an apex. */
    public static Name toName(byte[] key, Name apex) {
        byte[] wire = new byte[QName.MAX_LENGTH];
        int end = QName.MAX_LENGTH; // written from the back, since a key's labels run from the apex outwards
        byte[] suffix = apex.toWire();
        end -= suffix.length;
        System.arraycopy(suffix, 0, wire, end, suffix.length);
        byte[] label = new byte[63];
        int octets = 0;
        for (int i = 0; i < key.length; i++) {
            if (key[i] == 0) {
                end -= octets;
                System.arraycopy(label, 0, wire, end, octets);
                wire[--end] = (byte) octets;
                octets = 0;
            } else {
                label[octets++] = key[i] == 1 ? (byte) (key[++i] - 1) : key[i];
            }
        }
        return name(wire, end, QName.MAX_LENGTH);
    }
}
