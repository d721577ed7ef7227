package org.apache.ratis.server.impl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcReplyProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.leader.LogAppender;
import org.junit.jupiter.api.Test;

/** A leader of three and its two followers. */
final class ReadIndexHeartbeatsTest {
    private static final long INDEX = 7;

    private final ReadIndexHeartbeats heartbeats = new ReadIndexHeartbeats();
    private final Follower first = new Follower("n2");
    private final Follower second = new Follower("n3");

    /** Another member as the leader sees it; calls count up from 0. */
    private static final class Follower {
        final RaftPeerId id;
        final LogAppender appender;
        long nextCall;
        int heartbeats;

        Follower(String name) {
            id = RaftPeerId.valueOf(name);
            appender = (LogAppender) Proxy.newProxyInstance(
                    LogAppender.class.getClassLoader(),
                    new Class<?>[] {LogAppender.class},
                    (_, method, _) -> switch (method.getName()) {
                        case "getCallId" -> nextCall;
                        case "getCallIdComparator" -> Comparator.<Long>naturalOrder();
                        case "getFollowerId" -> id;
                        case "triggerHeartbeat" -> {
                            heartbeats++;
                            yield null;
                        }
                        default -> throw new UnsupportedOperationException(method.getName());
                    });
        }

        long send() {
            return nextCall++;
        }
    }

    private CompletableFuture<Long> read() {
        return heartbeats
                .addAppendEntriesListener(
                        INDEX,
                        index -> new ReadIndexHeartbeats.AppendEntriesListener(
                                index, List.of(first.appender, second.appender)))
                .getFuture();
    }

    private void reply(Follower follower, long call, boolean success) {
        RaftRpcReplyProto reply = RaftRpcReplyProto.newBuilder()
                .setCallId(call)
                .setSuccess(success)
                .build();
        heartbeats.onAppendEntriesReply(
                follower.appender,
                AppendEntriesReplyProto.newBuilder().setServerReply(reply).build(),
                ReadIndexHeartbeatsTest::isMajority);
    }

    /** The leader is one of them. */
    private static boolean isMajority(Predicate<RaftPeerId> acknowledged) {
        return Stream.of("n2", "n3").map(RaftPeerId::valueOf).anyMatch(acknowledged);
    }

    @Test
    void aReadIsConfirmedByWhatWasSentAfterIt() {
        CompletableFuture<Long> read = read();
        assertThat(first.heartbeats).isEqualTo(1);
        assertThat(second.heartbeats).isEqualTo(1);
        assertThat(read).isNotDone();
        reply(first, first.send(), true);
        assertThat(read).isCompletedWithValue(INDEX);
    }

    @Test
    void whatWasSentBeforeConfirmsNothing() {
        long before = first.send();
        CompletableFuture<Long> read = read();
        reply(first, before, true);
        assertThat(read).isNotDone();
        reply(first, first.send(), true);
        assertThat(read).isCompleted();
    }

    @Test
    void aRefusalConfirmsNothing() {
        CompletableFuture<Long> read = read();
        reply(first, first.send(), false);
        assertThat(read).isNotDone();
        reply(second, second.send(), true);
        assertThat(read).isCompleted();
    }

    /** Where Ratis' own class confirms it at once. */
    @Test
    void aReadThatWasConfirmedSaysNothingOfTheNextAtThatIndex() {
        CompletableFuture<Long> confirmed = read();
        reply(first, first.send(), true);
        assertThat(confirmed).isCompleted();
        assertThat(read()).isNotDone();
    }

    /** Where Ratis' own class has it join the first. */
    @Test
    void aReadDoesNotJoinOneWhoseHeartbeatsAreOnTheirWay() {
        CompletableFuture<Long> earlier = read();
        long between = first.send();
        CompletableFuture<Long> later = read();
        reply(first, between, true);
        assertThat(earlier).isCompleted();
        assertThat(later).isNotDone();
        reply(second, second.send(), true);
        assertThat(later).isCompleted();
    }

    @Test
    void aMemberThatWasNotThereIsAskedAndCountsFromThenOn() {
        Follower joined = new Follower("n2");
        CompletableFuture<Long> read = read();
        reply(joined, joined.send(), true);
        assertThat(read).isNotDone();
        assertThat(joined.heartbeats).isEqualTo(1);
        reply(joined, joined.send(), true);
        assertThat(read).isCompleted();
    }

    @Test
    void aLeaderThatStopsFailsReadsNowAndLater() {
        CompletableFuture<Long> read = read();
        IOException why = new IOException("stopped");
        heartbeats.failListeners(why);
        assertThat(read).isCompletedExceptionally();
        assertThat(read().handle((_, fault) -> fault)).isCompletedWithValue(why);
    }
}
