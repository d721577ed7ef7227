package io.evenkeel.zones.answer;

import io.evenkeel.zones.store.Node;

/** Which types name hosts that a client asks for next, and where in their RDATA. Reads zone bytes, allocates nothing. */
final class AdditionalData {
    /** Nothing goes beside the addresses. */
    static final int ADDRESSES = 0;

    private static final int NONE = -1;
    private static final int AFSDB = 18;
    private static final int RT = 21;
    private static final int NAPTR = 35;
    private static final int KX = 36;
    private static final int SVCB = 64;
    private static final int HTTPS = 65;

    private AdditionalData() {}

    /** Whether records of that type name hosts. */
    static boolean causes(int type) {
        return switch (type) {
            case Node.NS, Node.MX, AFSDB, RT, Node.SRV, NAPTR, KX, SVCB, HTTPS -> true;
            default -> false;
        };
    }

    /** Where the host's name starts; -1 if this record has nothing additional. */
    static int hostAt(int type, byte[] array, int rdata, int end) {
        return switch (type) {
            case Node.NS -> rdata; // RFC 1035 §3.3.11
            case Node.MX, AFSDB, RT, KX, SVCB, HTTPS -> rdata + 2; // RFC 1035 §3.3.9, 1183, 2230 §3, 9460 §4.1
            case Node.SRV -> rdata + 6; // RFC 2782
            case NAPTR -> replacement(array, rdata, end);
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
        return type == NAPTR && flag(array, rdata) == 's' ? Node.SRV : ADDRESSES;
    }

    private static boolean isService(int type) {
        return type == SVCB || type == HTTPS;
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
