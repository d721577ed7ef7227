package io.evenkeel.bench.consistency;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;

/**
 * A line of a history: what one client did or saw. Times are nanoseconds since the history began, by one clock: whatever
 * ended before something else began came before it.
 *
 * <p>A <em>key</em> is an RRset, {@code owner/TYPE} relative to its zone, or one record of an RRset that is only ever added
 * to and taken from, {@code owner/TYPE#record}. Records are written as {@code wOP.I.N}: record {@code I} of the {@code N} that
 * operation {@code OP} has put there.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Event.Change.class, name = "change"),
    @JsonSubTypes.Type(value = Event.Read.class, name = "read"),
    @JsonSubTypes.Type(value = Event.Digest.class, name = "digest"),
    @JsonSubTypes.Type(value = Event.Fault.class, name = "fault")
})
sealed interface Event {
    /** When it ended. */
    long end();

    /** The same with another end. */
    Event endingAt(long nanos);

    /** What a client was told of a change. */
    enum Outcome {
        /** Done, and committed. */
        ACKNOWLEDGED,
        /** Not done, and never will be; or never even sent. */
        REFUSED,
        /** One or the other. */
        UNKNOWN
    }

    /**
     * One attempt at a change.
     *
     * @param op the operation; several attempts are one request, repeated under one key, which may take effect once
     * @param keys what it sets or removes, all at once
     * @param removes true: the keys are gone afterwards; false: they hold what {@code op} put there
     * @param status HTTP status; 0: never sent; -1: the connection broke, or nobody answered
     * @param base change number that the zone must have had, -1: any
     * @param version change number of the zone that came of it, -1 if not told
     * @param late the node said that it does not show the change yet
     */
    record Change(
            int op,
            int client,
            String node,
            String zone,
            List<String> keys,
            boolean removes,
            Outcome outcome,
            int status,
            long base,
            long version,
            boolean late,
            long start,
            long end,
            String note)
            implements Event {
        @Override
        public Change endingAt(long nanos) {
            return new Change(
                    op, client, node, zone, keys, removes, outcome, status, base, version, late, start, nanos, note);
        }
    }

    /**
     * What one node showed of a zone.
     *
     * @param via {@code dns}, {@code api} or {@code export}
     * @param firstSerial of the zone before what was seen, -1 if not told
     * @param lastSerial after it; if both are equal, all of it is of that version
     * @param version change number of the zone, -1 if not told
     * @param whole nothing else is in the zone
     * @param stale the node said that it may be older than what it showed before
     * @param seen records by RRset; an empty list: there is none
     */
    record Read(
            int client,
            String node,
            String via,
            String zone,
            long firstSerial,
            long lastSerial,
            long version,
            boolean whole,
            boolean stale,
            Map<String, List<String>> seen,
            long start,
            long end)
            implements Event {
        @Override
        public Read endingAt(long nanos) {
            return new Read(
                    client, node, via, zone, firstSerial, lastSerial, version, whole, stale, seen, start, nanos);
        }
    }

    /** SHA-256 of all that a node holds after the log entry {@code index}. */
    record Digest(String node, long index, String sha256, long start, long end) implements Event {
        @Override
        public Digest endingAt(long nanos) {
            return new Digest(node, index, sha256, start, nanos);
        }
    }

    /** What was done to the cluster. */
    record Fault(String what, long start, long end) implements Event {
        @Override
        public Fault endingAt(long nanos) {
            return new Fault(what, start, nanos);
        }
    }
}
