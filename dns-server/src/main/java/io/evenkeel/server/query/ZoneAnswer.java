package io.evenkeel.server.query;

/** What a question got whose name is in one of the zones. */
public enum ZoneAnswer {
    /** Records of the type that it asked for, or an alias on the way there. */
    DATA,
    /** The name is there, and has no record of the type (RFC 2308 §2.2). */
    NODATA,
    /** The name servers of a zone below. */
    REFERRAL,
    /** There is no such name. */
    NXDOMAIN,
    /** Another RCODE. */
    OTHER
}
