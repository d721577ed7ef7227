package io.evenkeel.server.query;

import io.evenkeel.zones.store.RRType;

/** Types of questions that are counted by themselves; few, so that a metric's labels stay few. */
public enum FoldedType {
    A(RRType.A),
    NS(RRType.NS),
    CNAME(RRType.CNAME),
    SOA(RRType.SOA),
    PTR(RRType.PTR),
    MX(RRType.MX),
    TXT(RRType.TXT),
    AAAA(RRType.AAAA),
    SRV(RRType.SRV),
    NAPTR(RRType.NAPTR),
    DS(RRType.DS),
    DNSKEY(RRType.DNSKEY),
    SVCB(RRType.SVCB),
    HTTPS(RRType.HTTPS),
    AXFR(RRType.AXFR),
    IXFR(RRType.IXFR),
    ANY(RRType.ANY),
    CAA(RRType.CAA),
    /** All other types, and messages whose question cannot be read. */
    OTHER(-1);

    private static final int TABLE = RRType.CAA + 1;
    private static final FoldedType[] BY_TYPE = table();

    private final int type;

    FoldedType(int type) {
        this.type = type;
    }

    static FoldedType of(int type) {
        return type >= 0 && type < TABLE ? BY_TYPE[type] : OTHER;
    }

    private static FoldedType[] table() {
        FoldedType[] table = new FoldedType[TABLE];
        java.util.Arrays.fill(table, OTHER);
        for (FoldedType folded : values()) {
            if (folded.type >= 0) {
                table[folded.type] = folded;
            }
        }
        return table;
    }
}
