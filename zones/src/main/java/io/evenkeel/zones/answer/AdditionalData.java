package io.evenkeel.zones.answer;

import io.evenkeel.zones.store.Node;
import io.evenkeel.zones.store.RRType;

/** Which types name hosts that a client asks for next, and where in their RDATA. Reads zone bytes, allocates nothing. */
final class AdditionalData {
    /** Nothing goes beside the addresses. */
    static final int ADDRESSES = 0;

    private static final int NONE = -1;

    private AdditionalData() {}

    /** Whether records of that type name hosts. */
    static boolean causes(int type) {
        return switch (type) {
            case RRType.NS,
                    RRType.MX,
                    RRType.AFSDB,
                    RRType.RT,
                    RRType.SRV,
                    RRType.NAPTR,
                    RRType.KX,
                    RRType.SVCB,
                    RRType.HTTPS -> true;
            default -> false;
        };
    }

    /** Where the host's name starts; -1 if this record has nothing additional. */
    static int hostAt(int type, byte[] array, int rdata, int end) {
        return switch (type) {
            case RRType.NS -> rdata; // RFC 1035 §3.3.11
            case RRType.MX, RRType.AFSDB, RRType.RT, RRType.KX, RRType.SVCB, RRType.HTTPS ->
                rdata + 2; // RFC 1035 §3.3.9, 1183, 2230 §3, 9460 §4.1
            case RRType.SRV -> rdata + 6; // RFC 2782
            case RRType.NAPTR -> replacement(array, rdata, end);
            default -> NONE;
        };
    }

    /** Whether the target "." stands for the owner: it does in ServiceMode (RFC 9460 §2.5.2), while an alias to it is no service. */
    static boolean isOwnTarget(int type, byte[] array, int rdata) {
        return isService(type) && array[rdata + 2] == 0 && Node.u16(array, rdata) != 0;
    }

    /** The type that is of use beside the host's addresses, SRV in their place; {@link #ADDRESSES}: none is. */
    static int typeBeside(int type, byte[] array, int rdata) {
        if (isService(type)) {
            return type; // RFC 9460 §4.1: SVCB records of the target, too
        }
        return type == RRType.NAPTR && flag(array, rdata) == 's' ? RRType.SRV : ADDRESSES;
    }

    private static boolean isService(int type) {
        return type == RRType.SVCB || type == RRType.HTTPS;
    }

    /** RFC 3403 §4.1, 3404 §4.3: order, preference, flags, services, regexp, and a domain name that the flag says what to do with. */
    private static int replacement(byte[] array, int rdata, int end) {
        int flag = flag(array, rdata);
        if (flag != 'a' && flag != 's') {
            return NONE;
        }
        int at = rdata + 4;
        for (int i = 0; i < 3 && at < end; i++) {
            at += 1 + (array[at] & 0xFF);
        }
        return at < end ? at : NONE;
    }

    /** The only one in lower case; 0 if there is none, or several. */
    private static int flag(byte[] array, int rdata) {
        return array[rdata + 4] == 1 ? array[rdata + 5] | 0x20 : 0;
    }
}
