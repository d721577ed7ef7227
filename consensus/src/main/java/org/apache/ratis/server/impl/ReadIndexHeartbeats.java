package org.apache.ratis.server.impl;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.leader.LogAppender;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for the class of that name in Ratis 3.3.0, with what the leader calls of it; must come before it on the class path.
 *
 * <p>A leader may answer a linearizable read once a majority has acknowledged, to what was sent after the read came, that it
 * still leads (Ongaro, "Consensus: Bridging Theory and Practice", §6.4). Ratis' own class takes a read as confirmed if any read
 * before it was at that commit index, and lets one join another that is on its way: a leader that is cut off and has not
 * noticed it confirms reads for as long as nothing is committed, while another one may be elected and write. Here each read
 * waits for acknowledgements of its own. Thread-safe.
 */
public final class ReadIndexHeartbeats {
    private final List<AppendEntriesListener> waiting = new ArrayList<>();
    /** Why the leader has stopped; null as long as it has not. */
    private @Nullable Exception stopped;

    ReadIndexHeartbeats() {}

    /**
     * True; Ratis' own class has no such method, which shows at start which of the two was loaded.
     *
     * @throws NoSuchMethodError if it is Ratis' own
     * @throws IllegalAccessError if it is Ratis' own
     */
    public static boolean confirmsEachRead() {
        return true;
    }

    /** One read that waits. Guarded by the set of them, but for its future. */
    static final class AppendEntriesListener {
        private final long readIndex;
        private final CompletableFuture<Long> future = new CompletableFuture<>();
        /** From which call on an acknowledgement counts. A member whose appender is made anew has another one. */
        private final IdentityHashMap<LogAppender, Long> firstCalls = new IdentityHashMap<>();

        private final Set<RaftPeerId> acknowledged = new HashSet<>();

        AppendEntriesListener(long readIndex, Iterable<LogAppender> appenders) {
            this.readIndex = readIndex;
            appenders.forEach(this::ask);
        }

        private void ask(LogAppender appender) {
            firstCalls.put(appender, appender.getCallId()); // before the heartbeat, which is to count
            appender.triggerHeartbeat();
        }

        CompletableFuture<Long> getFuture() {
            return future;
        }

        private boolean isConfirmedBy(
                LogAppender appender, AppendEntriesReplyProto reply, Predicate<Predicate<RaftPeerId>> hasMajority) {
            Long first = firstCalls.get(appender);
            if (first == null) {
                ask(appender);
                return false;
            }
            long call = reply.getServerReply().getCallId();
            if (!reply.getServerReply().getSuccess()
                    || appender.getCallIdComparator().compare(call, first) < 0) {
                return false;
            }
            return acknowledged.add(appender.getFollowerId()) && hasMajority.test(acknowledged::contains);
        }
    }

    /** @param read makes what waits for that index; it has its heartbeats sent, no reply to which comes before it waits */
    synchronized AppendEntriesListener addAppendEntriesListener(
            long readIndex, Function<Long, AppendEntriesListener> read) {
        AppendEntriesListener listener = read.apply(readIndex);
        if (stopped == null) {
            waiting.add(listener);
        } else {
            listener.future.completeExceptionally(stopped);
        }
        return listener;
    }

    void onAppendEntriesReply(
            LogAppender appender, AppendEntriesReplyProto reply, Predicate<Predicate<RaftPeerId>> hasMajority) {
        List<AppendEntriesListener> confirmed = new ArrayList<>();
        synchronized (this) {
            waiting.removeIf(read -> read.isConfirmedBy(appender, reply, hasMajority) && confirmed.add(read));
        }
        confirmed.forEach(read -> read.future.complete(read.readIndex));
    }

    /** For good: the leader has stopped. */
    void failListeners(Exception why) {
        List<AppendEntriesListener> failed;
        synchronized (this) {
            stopped = why;
            failed = List.copyOf(waiting);
            waiting.clear();
        }
        failed.forEach(read -> read.future.completeExceptionally(why));
    }
}
