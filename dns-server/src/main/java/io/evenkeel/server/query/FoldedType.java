package io.evenkeel.server.query;

/** Types of questions that are counted by themselves; few, so that a metric's labels stay few. */
public enum FoldedType {
    A(1),
    NS(2),
    CNAME(5),
    SOA(6),
    PTR(12),
    MX(15),
    TXT(16),
    AAAA(28),
    SRV(33),
    NAPTR(35),
    DS(43),
    DNSKEY(48),
    SVCB(64),
    HTTPS(65),
    AXFR(252),
    IXFR(251),
    ANY(255),
    CAA(257),
    /** All other types, and messages whose question cannot be read. */
    OTHER(-1);

    private static final int TABLE = 258;
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
