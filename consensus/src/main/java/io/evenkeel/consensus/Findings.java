package io.evenkeel.consensus;

import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.state.CommandResult;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What shows that this replica may be wrong. Made once per process, as the {@link StateRoot} is: rebuilt Raft servers report
 * to the same. Any thread.
 */
public final class Findings {
    /** No index. */
    public static final long NONE = -1;

    private static final Logger LOG = LoggerFactory.getLogger(Findings.class);
    private static final QuietLog DIVERGED = new QuietLog(LOG);
    private static final QuietLog DAMAGED = new QuietLog(LOG);

    private final AtomicLong faultedEntries = new AtomicLong();
    private final AtomicLong divergences = new AtomicLong();
    private final AtomicLong damages = new AtomicLong();
    private volatile long divergedAt = NONE;
    private volatile Consumer<Doubt> doubts = doubt -> {};

    /** Who is told what makes the state of this replica doubtful, on the thread that found it; once, before there is any. */
    public void report(Consumer<Doubt> to) {
        doubts = to;
    }

    /** An entry met a fault of this program when it was applied here. */
    public void faulted() {
        faultedEntries.incrementAndGet();
    }

    /** How many entries did. */
    public long faultedEntries() {
        return faultedEntries.get();
    }

    /**
     * Applying a tick has shown that this replica held something else than the leader.
     *
     * @param index of the tick
     * @param found what both held before it
     */
    public void diverged(long index, CommandResult.Diverged found) {
        divergences.incrementAndGet();
        divergedAt = index;
        String why = "at index " + found.own().index() + " this replica held "
                + found.own().digest() + " and the leader "
                + found.leaders().digest() + ": one of them is wrong";
        DIVERGED.error(why);
        doubts.accept(new Doubt(Doubt.Kind.DIVERGED, index, why));
    }

    /**
     * A version of a zone is no longer what was put into the memory of this node.
     *
     * @param what is wrong with it
     */
    public void damaged(Zone zone, String what) {
        damaged("zone " + zone, what, "Answers from it");
    }

    /**
     * The history of changes is no longer what was put into the memory of this node.
     *
     * @param what is wrong with it
     */
    public void historyDamaged(String what) {
        damaged("the history of changes", what, "What is read of it, and brought back out of it,");
    }

    private void damaged(String which, String what, String consequence) {
        damages.incrementAndGet();
        String why = which + " is damaged in the memory of this node: " + what;
        DAMAGED.error(why + ". " + consequence + " may be wrong: look at the machine's memory");
        doubts.accept(new Doubt(Doubt.Kind.DAMAGED, NONE, why));
    }

    /** How often a zone or the history was found so, one of them again in each round. */
    public long damages() {
        return damages.get();
    }

    /** How many ticks have shown that. */
    public long divergences() {
        return divergences.get();
    }

    /** Index of the last tick that has shown it; {@link #NONE} if none has. */
    public long divergedAt() {
        return divergedAt;
    }
}
