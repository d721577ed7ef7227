package io.evenkeel.server.query;

/** Why a message got no answer. */
public enum DropReason {
    /** The gate is shut: the node does not answer yet. */
    GATE,
    /** Not a message at all: longer than any question over UDP, or from a port that nobody can answer. */
    MALFORMED,
    /** It is itself a response (RFC 1035 §4.1.1): answering it could make a loop. */
    RESPONSE,
    /** Shorter than a header. */
    SHORT,
    /** A buffer or table was at its limit. */
    OVERFLOW,
    /** It waited too long: whoever asked has asked again by now. */
    STALE
}
