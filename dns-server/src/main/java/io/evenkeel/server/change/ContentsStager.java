package io.evenkeel.server.change;

import io.evenkeel.consensus.StateRoot;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.Judgement;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
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
    private final StateRoot root;

    /**
     * Stages by way of this node.
     *
     * @param changes takes the chunks to the leader
     * @param root of this node's zones
     */
    public ContentsStager(ChangeService changes, StateRoot root) {
        this.changes = changes;
        this.root = root;
    }

    /**
     * Makes contents of records.
     *
     * @param id names the stage; the same again with the same records goes on where it was
     * @param records which were judged, so that nothing is staged that the leader would turn down
     * @param deadline of each chunk
     * @return where the records are for a change, or why they are not there; then, or if the change comes to nothing, see
     *     {@link #forget}
     */
    public Outcome<ZoneContents> stage(RequestId id, Origin origin, Name apex, List<Record> records, Duration deadline)
            throws InterruptedException {
        if (StageWriter.fitsInline(records)) {
            return new Outcome.Done<>(new ZoneContents.Inline(records));
        }
        ReplicatedState here = root.get().state();
        if (here.recorded(id) != null) {
            // Asked again: it was done, and nobody unpacks contents for it any more.
            return new Outcome.Done<>(StageWriter.<IllegalStateException>write(id, records, (number, chunk) -> {}));
        }
        String refusal =
                Judgement.ofGood(apex, records).refusalBeside(here.catalog().zone(apex));
        if (refusal != null) {
            return new Outcome.Refused<>(refusal);
        }
        long needs = StageWriter.needs(records);
        try {
            return new Outcome.Done<>(StageWriter.<StoppedException>write(
                    id,
                    records,
                    (number, chunk) -> submit(id, origin, new Change.Stage(apex, id, number, chunk, needs), deadline)));
        } catch (StoppedException e) {
            if (e.getCause() instanceof InterruptedException interrupted) {
                throw interrupted;
            }
            return e.outcome;
        }
    }

    /**
     * Has dropped what was staged under an id, if anything is there as far as this node knows: its change is not made. Returns within
     * seconds. What a node that ends meanwhile leaves is forgotten by itself after some minutes.
     */
    public void forget(RequestId id, Origin origin, Name apex) throws InterruptedException {
        if (root.get().state().staging().has(id)) {
            changes.forget(id, origin, apex);
        }
    }

    private void submit(RequestId id, Origin origin, Change.Stage chunk, Duration deadline) throws StoppedException {
        try {
            Outcome<Accepted> outcome = changes.submit(
                    new RequestId(id.high() ^ CHUNK_BITS, id.low() + chunk.number()), origin, chunk, deadline);
            switch (outcome) {
                case Outcome.Done<Accepted> _ -> {}
                // What came before it is gone: the same request, asked twice at the same time, has ended meanwhile.
                case Outcome.Refused<Accepted> refused
                when chunk.number() > 0 && refused.reason() == Reason.INVALID ->
                    throw new StoppedException(
                            new Outcome.NotDone<>(
                                    "the zone did not get through: " + String.join("; ", refused.problems())),
                            null);
                case Outcome.Refused<Accepted> refused ->
                    throw new StoppedException(new Outcome.Refused<>(refused.reason(), refused.problems()), null);
                case Outcome.NotDone<Accepted> not ->
                    throw new StoppedException(new Outcome.NotDone<>(not.why()), null);
                case Outcome.NotLeader<Accepted> not ->
                    throw new StoppedException(new Outcome.NotLeader<>(not.leader()), null);
                // Without its last chunk the zone is not made: nothing can become visible.
                case Outcome.Unknown<Accepted> unknown ->
                    throw new StoppedException(
                            new Outcome.NotDone<>("the zone did not get through: " + unknown.why()), null);
            }
        } catch (InterruptedException e) {
            throw new StoppedException(new Outcome.NotDone<>("stopping"), e);
        }
    }

    /** Ends the cutting early. */
    private static final class StoppedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Outcome<ZoneContents> outcome;

        StoppedException(Outcome<ZoneContents> outcome, @Nullable InterruptedException cause) {
            super(cause);
            this.outcome = outcome;
        }
    }
}
