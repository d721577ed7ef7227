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
    /** It waited too long: the client has asked again by now. */
    STALE,
    /** It takes a thread of its own, and as many as may be are at work. */
    BUSY,
    /** A thread of its own worked on it, and sent nothing: in time, or at all. */
    UNANSWERED
}
