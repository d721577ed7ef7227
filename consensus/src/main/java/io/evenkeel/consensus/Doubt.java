package io.evenkeel.consensus;

/**
 * Why the state of a replica may be wrong. A replica in doubt acknowledges nothing and changes nothing; it goes on answering.
 *
 * @param kind how it is known, and so what ends it
 * @param index of the entry of the log where it showed
 * @param why one line for people
 */
public record Doubt(Kind kind, long index, String why) {
    /** How it is known; a later one is the more serious. */
    public enum Kind {
        /** Its digest differs from the leader's. The members decide which of the two is wrong. */
        DIVERGED,
        /** It knows by itself: what it holds is not what it was given. */
        DAMAGED,
        /** The members differ in a way that no rule may decide. Changes stop until all agree, or a person decides. */
        CONFLICT
    }
}
