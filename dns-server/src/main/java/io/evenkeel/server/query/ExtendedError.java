package io.evenkeel.server.query;

/** Codes of RFC 8914 §4 that answers carry. */
public final class ExtendedError {
    /** No such option. */
    public static final int NONE = -1;
    /** The zone's data is older than it should be. */
    public static final int STALE_ANSWER = 3;
    /** The client, or everybody, is turned away. */
    public static final int PROHIBITED = 18;
    /** As {@link #STALE_ANSWER}, for a name that does not exist. */
    public static final int STALE_NXDOMAIN = 19;
    /** No zone of this server encloses the name. */
    public static final int NOT_AUTHORITATIVE = 20;
    /** An opcode, class or type that this server does not know what to do with. */
    public static final int NOT_SUPPORTED = 21;

    private ExtendedError() {}
}
