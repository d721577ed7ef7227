package io.evenkeel.server.query;

/** Judges messages of one opcode, or questions of one type that is no data. */
@FunctionalInterface
public interface MessageKind {
    /**
     * What becomes of a message. On the loop, so it waits for nothing; best one of a few verdicts that are made once.
     *
     * @param query its header, EDNS and, as far as they could be read, its question; gone when this returns
     */
    Verdict judge(Query query, Transport transport);
}
