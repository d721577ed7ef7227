package io.evenkeel.server.query;

/** Codes of RFC 8914 §4 that answers carry. */
final class ExtendedError {
    /** The zone's data is older than it should be. */
    static final int STALE_ANSWER = 3;
    /** Transfers are given to nobody. */
    static final int PROHIBITED = 18;
    /** As {@link #STALE_ANSWER}, for a name that does not exist. */
    static final int STALE_NXDOMAIN = 19;
    /** No zone of this server encloses the name. */
    static final int NOT_AUTHORITATIVE = 20;
    /** An opcode, class or type that this server does not know what to do with. */
    static final int NOT_SUPPORTED = 21;

    private ExtendedError() {}
}
