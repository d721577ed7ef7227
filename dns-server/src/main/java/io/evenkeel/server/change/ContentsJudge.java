package io.evenkeel.server.change;

import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.ThreadNiceness;
import io.evenkeel.zones.change.Judgement;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneContents;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * Judges staged contents on the leader: one after the other, on a thread of its own that gives way to answering and to consensus.
 * Whoever wants a judgement waits for it. What waits has its bound from the zones that have work, each of which waits for one.
 * How long it takes is bounded by {@link io.evenkeel.zones.ZoneLimits}. Any thread.
 */
final class ContentsJudge implements Judgement.Judge, AutoCloseable {
    private final Judgement.Judge judge;
    private final Set<Name> zones = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Case> waiting = new LinkedBlockingQueue<>();
    private final Daemon thread;
    private volatile boolean closed;

    /** @param result fails with the fault that judging met, or as cancelled when this is closed */
    private record Case(
            ReplicatedState state,
            Name apex,
            ZoneContents.Staged staged,
            CompletableFuture<@Nullable Judgement> result) {}

    /** @param judge what is done on the thread */
    ContentsJudge(Judgement.Judge judge, Daemons daemons) {
        this.judge = judge;
        this.thread = daemons.platform("contents-judge", Daemon.OnFault.RESTART, this::judgeAll);
        thread.start();
    }

    /**
     * Waits until they are judged; at once if they are not all there.
     *
     * @throws CancellationException if this node is stopping
     * @throws IllegalStateException if judging met a fault of this program
     */
    @Override
    public @Nullable Judgement of(ReplicatedState state, Name apex, ZoneContents.Staged staged) {
        if (!state.staging().isWhole(staged)) {
            return null;
        }
        Case next = new Case(state, apex, staged, new CompletableFuture<>());
        zones.add(apex);
        try {
            waiting.add(next);
            if (closed) {
                cancelAll();
            }
            return next.result.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("a fault while judging contents of " + apex, e.getCause());
        } finally {
            zones.remove(apex);
        }
    }

    /** Whether contents of that zone are judged, or wait for it. */
    boolean isAt(Name apex) {
        return zones.contains(apex);
    }

    private void judgeAll() throws InterruptedException {
        ThreadNiceness.raise(ThreadNiceness.BACKGROUND);
        while (!closed) {
            Case next = waiting.take();
            try {
                next.result.complete(judge.of(next.state, next.apex, next.staged));
            } catch (RuntimeException | Error fault) {
                next.result.completeExceptionally(fault);
                throw fault;
            }
        }
    }

    private void cancelAll() {
        for (Case next = waiting.poll(); next != null; next = waiting.poll()) {
            next.result.completeExceptionally(new CancellationException("this node is stopping"));
        }
    }

    /** Judges no more; what is being judged has its end. */
    @Override
    public void close() {
        closed = true;
        try {
            boolean _ = thread.stop(Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        cancelAll();
    }
}
