package io.evenkeel.server.change;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.StageWriter;
import io.evenkeel.zones.state.ZoneContents;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * Sends the records of a large zone ahead, in chunks that each fit into one command, so that the change that makes the zone
 * of them is small. Small zones travel in the change itself. Any thread.
 */
public final class ContentsStager {
    /** Keeps the request ids of chunks apart from those of changes. */
    private static final long CHUNK_BITS = 0x4348_554E_4B00_0000L;

    private final ChangeService changes;

    /** @param changes takes the chunks to the leader */
    public ContentsStager(ChangeService changes) {
        this.changes = changes;
    }

    /** Where the records are, or why they are not there. */
    public sealed interface Staging {
        /** Ready for a change. */
        record Ready(ZoneContents contents) implements Staging {}

        /** A chunk was not taken; the chunks before it are forgotten by themselves after a while. */
        record Stopped(ChangeOutcome outcome) implements Staging {}
    }

    /**
     * Makes contents of records.
     *
     * @param id names the stage; the same again with the same records goes on where it was
     * @param deadline of each chunk
     */
    public Staging stage(RequestId id, String principal, Name apex, List<Record> records, Duration deadline)
            throws InterruptedException {
        if (StageWriter.fitsInline(records)) {
            return new Staging.Ready(new ZoneContents.Inline(records));
        }
        try {
            return new Staging.Ready(StageWriter.<StoppedException>write(
                    id,
                    records,
                    (number, chunk) -> submit(id, principal, new Change.Stage(apex, id, number, chunk), deadline)));
        } catch (StoppedException e) {
            if (e.getCause() instanceof InterruptedException interrupted) {
                throw interrupted;
            }
            return new Staging.Stopped(
                    e.outcome instanceof ChangeOutcome.Unknown unknown
                            // Without its last chunk the zone is not made: nothing can become visible.
                            ? new ChangeOutcome.NotProposed("the zone did not get through: " + unknown.why())
                            : e.outcome);
        }
    }

    private void submit(RequestId id, String principal, Change.Stage chunk, Duration deadline) throws StoppedException {
        ChangeOutcome outcome;
        try {
            outcome = changes.submit(
                    new RequestId(id.high() ^ CHUNK_BITS, id.low() + chunk.number()), principal, chunk, deadline);
        } catch (InterruptedException e) {
            throw new StoppedException(new ChangeOutcome.NotProposed("stopping"), e);
        }
        if (!(outcome instanceof ChangeOutcome.Accepted)) {
            throw new StoppedException(outcome, null);
        }
    }

    /** Ends the cutting early. */
    private static final class StoppedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient ChangeOutcome outcome;

        StoppedException(ChangeOutcome outcome, @Nullable InterruptedException cause) {
            super(cause);
            this.outcome = outcome;
        }
    }
}
