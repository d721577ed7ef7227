package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.zones.Catalog;
import java.net.DatagramSocket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Errors of this program on the threads that answer. */
final class LoopEndTest extends ListenersFixture {
    @ParameterizedTest
    @EnumSource(Sockets.class)
    void anErrorWithOneQuestionIsThatQuestionsAlone(Sockets sockets) throws Exception {
        Assumptions.assumeTrue(sockets != Sockets.BATCHED || Sockets.whyNotBatched() == null, Sockets::whyNotBatched);
        Assumptions.assumeTrue(!sockets.areLinux() || Sockets.best(false) == Sockets.EPOLL, "no epoll here");
        AtomicInteger asked = new AtomicInteger();
        AnswerLoops loops = open(AnswerLoops.start(
                sockets,
                "test",
                1,
                AnswerSource.plain(
                        () -> {
                            if (asked.incrementAndGet() == 2) {
                                throw new StackOverflowError("planted");
                            }
                            return new Catalog();
                        },
                        1232),
                TestListeners.PATIENT));
        DnsListeners listeners = bind(loops, Silence.FILTERED, "127.0.0.1");
        listeners.open();
        DatagramSocket client = client(listeners.addresses().getFirst());
        for (int id = 1; id <= 3; id++) {
            send(client, id);
        }
        assertThat(receive(client)).isEqualTo(1);
        assertThat(receive(client)).as("the second meets silence").isEqualTo(3);
        assertThat(loops.counters().getFirst().failures()).isEqualTo(1);
        assertThat(loops.ended()).isNotDone();
    }

    @Test
    void aLoopThatEndsByAnErrorIsTold() throws Exception {
        Assumptions.assumeTrue(Sockets.whyNotBatched() == null, Sockets::whyNotBatched);
        AtomicBoolean planted = new AtomicBoolean();
        AnswerLoops loops = open(AnswerLoops.start(
                new LaneLoops.Common(
                        Sockets.BATCHED,
                        AnswerSource.plain(Catalog::new, 1232),
                        TestListeners.PATIENT,
                        () -> new DatagramCalls() {
                            @Override
                            long realTimeNanos() {
                                if (planted.get()) {
                                    throw new LinkageError("planted");
                                }
                                return super.realTimeNanos();
                            }
                        },
                        new DetachedRequests(
                                TestListeners.PATIENT.clientTimeout(), TestListeners.PATIENT.clientTimeout())),
                "test",
                2,
                false));
        DnsListeners listeners = bind(loops, Silence.FILTERED, "127.0.0.1");
        listeners.open();
        DatagramSocket client = client(listeners.addresses().getFirst());
        send(client, 1);
        assertThat(receive(client)).isEqualTo(1);
        assertThat(loops.ended()).isNotDone();
        planted.set(true);
        send(client, 2);
        assertThat(loops.ended().get(60, TimeUnit.SECONDS))
                .isInstanceOf(LoopEndedException.class)
                .hasMessageContaining("answering loop");
    }

    /** Netty drops a timer whose task has thrown. */
    @Test
    void aTimerOfALoopGoesOnAfterAFaultOfItsWork() {
        AnswerLoops loops = loops(Sockets.best(true), 1);
        AtomicInteger turns = new AtomicInteger();
        var _ = loops.first().every(1_000_000, () -> {
            if (turns.incrementAndGet() == 2) {
                throw new StackOverflowError("planted");
            }
        });
        await().until(() -> turns.get() >= 4);
        assertThat(loops.counters().getFirst().failures()).isEqualTo(1);
        assertThat(loops.ended()).isNotDone();
    }

    @Test
    void loopsThatAreToldToEndAreNoFault() {
        AnswerLoops loops = loops(Sockets.best(true), 2);
        loops.close();
        await().until(() -> loops.all().stream().allMatch(loop -> loop.eventLoop.isTerminated()));
        assertThat(loops.ended()).isNotDone();
    }
}
