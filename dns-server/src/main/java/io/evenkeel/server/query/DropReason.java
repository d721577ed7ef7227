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
    UNANSWERED,
    /** It came from an address that may not ask where it came to. */
    SOURCE,
    /** No header of the PROXY protocol stood before it, where one must. */
    PROXY,
    /** Its client, or a network around it, asks more than it may, and the loop is busy. */
    CLIENT_LIMIT,
    /** It was asked again at once after a failure, which its answer would be again, and the loop is busy. */
    FAILURE_PACE,
    /** Its answer would be large, and its client gets more of these than it may. */
    RESPONSE_LIMIT
}
