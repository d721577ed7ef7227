package io.evenkeel.zones.answer;

import java.util.List;
import org.xbill.DNS.Rcode;

/**
 * RCODEs of answers, including those with bits in OPT (RFC 6891 §6.1.3), so that the answer path needs no dnsjava, whose table
 * has all numbers.
 */
public final class RCode {
    public static final int NOERROR = Rcode.NOERROR;
    public static final int FORMERR = Rcode.FORMERR;
    public static final int SERVFAIL = Rcode.SERVFAIL;
    public static final int NXDOMAIN = Rcode.NXDOMAIN;
    public static final int NOTIMP = Rcode.NOTIMP;
    public static final int REFUSED = Rcode.REFUSED;
    public static final int YXDOMAIN = Rcode.YXDOMAIN;
    public static final int BADVERS = Rcode.BADVERS;
    public static final int BADCOOKIE = Rcode.BADCOOKIE;

    /** All that an answer of this server may have, in their order. */
    public static final List<Integer> ALL =
            List.of(NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, YXDOMAIN, BADVERS, BADCOOKIE);

    private RCode() {}
}
