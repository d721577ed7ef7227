package io.evenkeel.zones.check;

import io.evenkeel.zones.store.RecordTypes;
import io.evenkeel.zones.store.Records;
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
            case Type.AMTRELAY -> isRelay(rdata) ? null : malformed();
            case Type.DS, Type.CDS, Type.DLV, Type.TA -> digest(rdata);
            case Type.ATMA -> isAtmAddress(rdata) ? null : malformed();
            case Type.DOA -> rdata.length >= 10 && 10 + (rdata[9] & 0xFF) <= rdata.length ? null : malformed();
            case Type.RKEY ->
                rdata.length > 4 && rdata[0] == 0 && rdata[1] == 0
                        ? null
                        : new Fault("has flags, which are 0, or no key", "draft-reid-dnsext-rkey §3");
            case RecordTypes.DSYNC -> isNames(1, rdata, 5) ? null : malformed();
            default -> {
                Fault length = length(type, rdata.length);
                yield length == null && !readsBack(type, rdata) ? malformed() : length;
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

    /** RFC 4034 §5.1.4: as long as its kind makes it, where that is known. */
    private static @Nullable Fault digest(byte[] rdata) {
        if (rdata.length < 5) {
            return new Fault("has no digest", "RFC 4034 §5.1");
        }
        int octets = switch (rdata[3]) {
            case 1 -> 20; // RFC 4034 §A.2
            case 2, 3 -> 32; // RFC 4509 §2.1, 5933 §4
            case 4 -> 48; // RFC 6605 §2
            default -> rdata.length - 4;
        };
        return rdata.length - 4 == octets
                ? null
                : new Fault(
                        "has a digest of " + (rdata.length - 4) + " octets; those of type " + rdata[3] + " have "
                                + octets,
                        "RFC 4034 §5.1.4");
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
        for (int i = 1; i < rdata.length && rdata[0] == 1; i++) {
            if (rdata[i] < '0' || rdata[i] > '9') {
                return false;
            }
        }
        return rdata.length > 1;
    }

    /** RFC 8777 §4.2. */
    private static boolean isRelay(byte[] rdata) {
        if (rdata.length < 2) {
            return false;
        }
        return switch (rdata[1] & 0x7F) {
            case 0 -> rdata.length == 2;
            case 1 -> rdata.length == 6;
            case 2 -> rdata.length == 18;
            case 3 -> isNames(1, rdata, 2);
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
