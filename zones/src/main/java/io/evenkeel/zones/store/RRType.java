package io.evenkeel.zones.store;

import org.xbill.DNS.Type;

/**
 * RR types that code on octets knows, so that the answer path needs no dnsjava, whose table has all numbers.
 * Compile-time constants: a {@code switch} takes them.
 */
public final class RRType {
    public static final int A = Type.A;
    public static final int NS = Type.NS;
    public static final int CNAME = Type.CNAME;
    public static final int SOA = Type.SOA;
    public static final int PTR = Type.PTR;
    public static final int MX = Type.MX;
    public static final int TXT = Type.TXT;
    public static final int AFSDB = Type.AFSDB;
    public static final int RT = Type.RT;
    public static final int AAAA = Type.AAAA;
    public static final int SRV = Type.SRV;
    public static final int NAPTR = Type.NAPTR;
    public static final int KX = Type.KX;
    public static final int DNAME = Type.DNAME;
    public static final int OPT = Type.OPT;
    public static final int DS = Type.DS;
    public static final int RRSIG = Type.RRSIG;
    public static final int NSEC = Type.NSEC;
    public static final int DNSKEY = Type.DNSKEY;
    public static final int NSEC3 = Type.NSEC3;
    public static final int NSEC3PARAM = Type.NSEC3PARAM;
    public static final int SVCB = Type.SVCB;
    public static final int HTTPS = Type.HTTPS;
    public static final int IXFR = Type.IXFR;
    public static final int AXFR = Type.AXFR;
    /** A question for all types. */
    public static final int ANY = Type.ANY;

    public static final int CAA = Type.CAA;

    private RRType() {}
}
