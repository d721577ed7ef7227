package io.evenkeel.zones.check;

import io.evenkeel.zones.store.RecordTypes;
import io.evenkeel.zones.store.Records;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * Whether octets are RDATA of their type: the one judge of every way in. Nothing passes of which dnsjava would make other octets when
 * it reads and writes it, and nothing that is malformed by the RFC of its type. Pure functions.
 */
public final class RdataRules {
    /** RFC 1035 §3.2.1: what the length field holds. */
    public static final int MAX_RDATA = 65_535;

    private static final String WIRE = "RFC 1035 §3.2.1";

    private RdataRules() {}

    /** Whether an RR of one of the types that most zones are made of has the form of its type; false for other types. No object is made. */
    static boolean isPlain(int type, byte[] array, int from, int end) {
        return switch (type) {
            case Type.A -> end - from == 4;
            case Type.AAAA -> end - from == 16;
            case Type.TXT -> areStrings(array, from, end);
            default -> false;
        };
    }

    /** Why a record has no RDATA of its type; null if it has. */
    public static @Nullable Fault fault(Record record) {
        byte[] rdata;
        try {
            int octets = record.rdataToWireCanonical().length;
            if (octets > MAX_RDATA) {
                return tooLong(octets);
            }
            rdata = Records.rdata(record);
        } catch (RuntimeException unwritten) { // with which dnsjava answers if a field is missing
            return new Fault("is incomplete, or has a value that it cannot have", WIRE);
        }
        return fault(record.getType(), rdata);
    }

    /**
     * Why these octets are no RDATA of that type, or none that is kept as it is; null if they are.
     *
     * @param rdata uncompressed
     */
    public static @Nullable Fault fault(int type, byte[] rdata) {
        if (rdata.length > MAX_RDATA) {
            return tooLong(rdata.length);
        }
        if (isPlain(type, rdata, 0, rdata.length)) {
            return null;
        }
        if (!Records.isWhole(type, rdata, 0, rdata.length)) {
            return malformed();
        }
        return switch (type) {
            case Type.A, Type.AAAA -> malformed();
            case Type.NS, Type.CNAME, Type.PTR, Type.DNAME, Type.MX, Type.SRV, Type.SOA -> null; // names and numbers
            case Type.TXT, Type.SPF, Type.AVC, Type.NINFO, RecordTypes.RESINFO, RecordTypes.WALLET ->
                areStrings(rdata, 0, rdata.length)
                        ? null
                        : new Fault("is not one string or several, each with its length before it", "RFC 1035 §3.3.14");
            case Type.SVCB, Type.HTTPS -> ServiceParameters.fault(rdata);
            case Type.CAA ->
                isCaa(rdata)
                        ? null
                        : new Fault("has a tag of 1 to 255 letters and digits after its flags", "RFC 8659 §4.1");
            case Type.LP -> isNames(1, rdata, 2) ? null : malformed();
            case Type.TALINK -> isNames(2, rdata, 0) ? null : malformed();
            case Type.CSYNC -> isCsync(rdata) ? null : malformed();
            case Type.AMTRELAY -> rdata.length >= 2 && isGateway(rdata[1] & 0x7F, rdata, 2) ? null : malformed();
            case Type.DS, Type.CDS, Type.DLV, Type.TA -> rdata.length < 5 ? noDigest() : digest(rdata);
            case Type.ATMA -> isAtmAddress(rdata) ? null : malformed();
            case Type.DOA -> rdata.length >= 10 && 10 + (rdata[9] & 0xFF) <= rdata.length ? null : malformed();
            case Type.RKEY ->
                rdata.length > 4 && rdata[0] == 0 && rdata[1] == 0
                        ? null
                        : new Fault("has flags, which are 0, or no key", "draft-reid-dnsext-rkey §3");
            case RecordTypes.DSYNC -> isNames(1, rdata, 5) ? null : malformed();
            default -> {
                Fault length = length(type, rdata.length);
                if (length != null) {
                    yield length;
                }
                yield readsBack(type, rdata) ? content(type, rdata) : malformed();
            }
        };
    }

    private static Fault tooLong(int octets) {
        return new Fault("takes " + octets + " octets, and RDATA has at most " + MAX_RDATA, WIRE);
    }

    private static Fault malformed() {
        return new Fault("is malformed, or not in the form that its type has on the wire", WIRE);
    }

    /** Of types whose last field must be there, or all of whose fields are fixed. */
    private static @Nullable Fault length(int type, int length) {
        return switch (type) {
            case Type.DNSKEY, Type.CDNSKEY -> atLeast(5, length, "key", "RFC 4034 §2.1");
            case Type.SSHFP -> atLeast(3, length, "fingerprint", "RFC 4255 §3.1");
            case Type.CERT -> atLeast(6, length, "certificate", "RFC 4398 §2");
            case Type.TLSA, Type.SMIMEA -> atLeast(4, length, "data", "RFC 6698 §2.1");
            case Type.DHCID -> atLeast(1, length, "identifier", "RFC 4701 §3.1");
            case Type.OPENPGPKEY -> atLeast(1, length, "key", "RFC 7929 §2.1");
            case Type.NSAP -> atLeast(1, length, "address", "RFC 1706 §5");
            case Type.WKS ->
                length == 5 ? Fault.limit("names no service, and no node keeps a WKS record without one") : null;
            case Type.URI -> atLeast(5, length, "target", "RFC 7553 §4.4");
            case Type.EID -> atLeast(1, length, "identifier", "draft-ietf-nimrod-dns §3");
            case Type.NIMLOC -> atLeast(1, length, "locator", "draft-ietf-nimrod-dns §4");
            case RecordTypes.HHIT, RecordTypes.BRID -> atLeast(1, length, "data", "RFC 9886 §5");
            case Type.EUI48 -> exactly(6, length, "RFC 7043 §3.1");
            case Type.EUI64 -> exactly(8, length, "RFC 7043 §4.1");
            case Type.NID, Type.L64 -> exactly(10, length, "RFC 6742 §2.1.1");
            case Type.L32 -> exactly(6, length, "RFC 6742 §2.2.1");
            default -> null;
        };
    }

    /** What dnsjava does not look at, of RDATA that has the form of its type. */
    private static @Nullable Fault content(int type, byte[] rdata) {
        return switch (type) {
            case Type.SSHFP -> fingerprint(rdata);
            case Type.KEY -> key(rdata);
            case Type.IPSECKEY ->
                rdata[2] == 0 || !isGateway(rdata[1], rdata, 3)
                        ? null
                        : new Fault("has no key, which its algorithm, " + (rdata[2] & 0xFF) + ", has", "RFC 4025 §2.4");
            case Type.NAPTR -> Substitution.fault(rdata);
            case Type.LOC ->
                isAngle(rdata, 4, 90) && isAngle(rdata, 8, 180)
                        ? null
                        : new Fault("has a latitude beyond 90 degrees or a longitude beyond 180", "RFC 1876 §2");
            case Type.X25 -> // and digits alone, begun by the four of a network
                isDigits(rdata, 1) && rdata.length >= 5
                        ? null
                        : new Fault("has an address of four digits or more", "RFC 1183 §3.1");
            default -> null;
        };
    }

    /** There is one unless the first two flags say that there is none. */
    private static @Nullable Fault key(byte[] rdata) {
        boolean none = (rdata[0] & 0xC0) == 0xC0;
        return none == (rdata.length == 4)
                ? null
                : new Fault(none ? "has a key, and flags that say that it has none" : "has no key", "RFC 2535 §3.1.2");
    }

    private static Fault noDigest() {
        return new Fault("has no digest", "RFC 4034 §5.1");
    }

    private static @Nullable Fault digest(byte[] rdata) {
        int octets = switch (rdata[3]) {
            case 1 -> 20; // RFC 4034 §A.2
            case 2, 3 -> 32; // RFC 4509 §2.1, 5933 §4
            case 4 -> 48; // RFC 6605 §2
            default -> 0;
        };
        return hash("digest", rdata[3], rdata.length - 4, octets, "RFC 4034 §5.1.4");
    }

    private static @Nullable Fault fingerprint(byte[] rdata) {
        int octets = switch (rdata[1]) {
            case 1 -> 20; // RFC 4255 §3.1.2
            case 2 -> 32; // RFC 6594 §4
            default -> 0;
        };
        return hash("fingerprint", rdata[1], rdata.length - 2, octets, "RFC 4255 §3.1.3");
    }

    /** @param right octets that one of its kind has; 0: not known */
    private static @Nullable Fault hash(String what, byte kind, int octets, int right, String rule) {
        return right == 0 || octets == right
                ? null
                : new Fault(
                        "has a " + what + " of " + octets + " octets; those of type " + kind + " have " + right, rule);
    }

    /** In thousandths of a second of arc from the equator or the prime meridian, which is 2^31. */
    private static boolean isAngle(byte[] rdata, int at, long degrees) {
        long angle = Integer.toUnsignedLong(ByteBuffer.wrap(rdata).getInt(at)) - (1L << 31);
        return Math.abs(angle) <= degrees * 3_600_000;
    }

    private static boolean isDigits(byte[] rdata, int from) {
        for (int i = from; i < rdata.length; i++) {
            if (rdata[i] < '0' || rdata[i] > '9') {
                return false;
            }
        }
        return true;
    }

    private static @Nullable Fault atLeast(int least, int length, String field, String rule) {
        return length >= least ? null : new Fault("has no " + field, rule);
    }

    private static @Nullable Fault exactly(int octets, int length, String rule) {
        return length == octets ? null : new Fault("has " + length + " octets, not " + octets, rule);
    }

    /** One or more, which fill it (RFC 1035 §3.3.14). */
    private static boolean areStrings(byte[] array, int from, int end) {
        int at = from;
        while (at < end) {
            at += 1 + (array[at] & 0xFF);
        }
        return at == end && from < end;
    }

    private static boolean isCaa(byte[] rdata) {
        int tag = rdata.length < 2 ? 0 : rdata[1] & 0xFF;
        if (tag == 0 || 2 + tag > rdata.length) {
            return false;
        }
        for (int i = 2; i < 2 + tag; i++) {
            if (rdata[i] < 0 || !Character.isLetterOrDigit(rdata[i])) {
                return false;
            }
        }
        return true;
    }

    /** Whether from there on it is so many names in full. */
    private static boolean isNames(int count, byte[] rdata, int from) {
        return rdata.length > from && Records.isWhole(count == 1 ? Type.NS : Type.RP, rdata, from, rdata.length);
    }

    /** RFC 7477 §2.1.1: a serial, flags, and the bitmap that NSEC has behind its name, of which an empty one is no bitmap. */
    private static boolean isCsync(byte[] rdata) {
        if (rdata.length < 6) {
            return false;
        }
        byte[] denial = Arrays.copyOfRange(rdata, 5, rdata.length);
        denial[0] = 0; // the root in place of the last octet of the flags
        return readsBack(Type.NSEC, denial);
    }

    /** A format, and an address in it: of format 1 digits. */
    private static boolean isAtmAddress(byte[] rdata) {
        return rdata.length > 1 && (rdata[0] != 1 || isDigits(rdata, 1));
    }

    /** Whether from there on it is a gateway, or a relay, and nothing else, in one of the forms that RFC 4025 §2.3 and RFC 8777 §4.2.3 number alike. */
    private static boolean isGateway(int form, byte[] rdata, int from) {
        int octets = rdata.length - from;
        return switch (form) {
            case 0 -> octets == 0;
            case 1 -> octets == 4;
            case 2 -> octets == 16;
            case 3 -> isNames(1, rdata, from);
            default -> false;
        };
    }

    /** Whether dnsjava writes what it reads of these octets as they are. */
    private static boolean readsBack(int type, byte[] rdata) {
        try {
            Record read = Record.newRecord(Name.root, type, DClass.IN, 0, rdata.length, rdata);
            return read != null && Arrays.equals(rdata, Records.rdata(read));
        } catch (RuntimeException malformed) { // with which it answers some octets
            return false;
        }
    }
}
