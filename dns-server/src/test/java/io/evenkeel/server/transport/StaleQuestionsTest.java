package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.Lane;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.Transport;
import io.evenkeel.zones.Catalog;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real sockets whose loop stands still for a while. Clients wait 4 s, so that a machine which stalls changes nothing. */
final class StaleQuestionsTest extends ListenersFixture {
    private static final Duration TIMEOUT = Duration.ofSeconds(4);
    private static final int REFUSED = 5;
    private static final int QUESTIONS = 20;

    private final List<CountDownLatch> standing = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(Sockets.class)
    void whatWaitedTooLongIsDroppedAndWhatIsInTimeIsAnswered(Sockets sockets) throws Exception {
        AnswerLoops loops = loops(sockets);
        DatagramSocket client = answeredClient(loops);
        stop(loops);
        for (int i = 0; i < QUESTIONS; i++) {
            send(client, i);
        }
        awaitAge(System.nanoTime(), TIMEOUT.multipliedBy(81).dividedBy(100));
        goOn();
        QueryCounters counters = loops.counters().getFirst();
        await().until(() -> counters.drops(DropReason.STALE) == QUESTIONS);
        answered(client, 1000);
        assertThat(counters.responses(Transport.UDP, REFUSED)).isEqualTo(2);
        await().until(() -> {
            loops.observe();
            return counters.oldestLastNanos() == 0;
        });
        assertThat(counters.oldestWaitedNanos()).isGreaterThan(TIMEOUT.toNanos() * 8 / 10);
        assertThat(loops.behind()).singleElement().asString().contains("DNS loop 0 is behind", "clients wait 4.00 s");
        if (sockets == Sockets.NIO) { // all are alike in that
            await().atMost(Duration.ofSeconds(30)).until(() -> loops.behind().isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource(Sockets.class)
    void aSinglePauseLosesNothingThatWouldStillBeInTime(Sockets sockets) throws Exception {
        AnswerLoops loops = loops(sockets);
        DatagramSocket client = answeredClient(loops);
        long begin = stop(loops);
        for (int i = 0; i < QUESTIONS; i++) {
            send(client, i);
        }
        awaitAge(begin, TIMEOUT.multipliedBy(45).dividedBy(100));
        goOn();
        for (int i = 0; i < QUESTIONS; i++) {
            assertThat(receive(client)).isEqualTo(i);
        }
        assertThat(loops.counters().getFirst().drops(DropReason.STALE)).isZero();
    }

    @Test
    void aSocketThatWasIdleForLongAnswersTheFirstQuestion() throws Exception {
        AnswerLoops loops = loops(Sockets.best(false));
        DatagramSocket client = client(loops);
        awaitAge(System.nanoTime(), TIMEOUT.plusMillis(100));
        answered(client, 1);
        assertThat(loops.counters().getFirst().drops(DropReason.STALE)).isZero();
    }

    @Test
    void aClockThatIsSetWhileServingDropsNothing() throws Exception {
        Assumptions.assumeTrue(Sockets.whyNotBatched() == null, Sockets::whyNotBatched);
        Clock clock = new Clock();
        AnswerLoops loops = open(AnswerLoops.start(
                new LaneLoops.Common(
                        Sockets.BATCHED,
                        AnswerSource.plain(Catalog::new, 1232),
                        new ReceiveSettings(TIMEOUT, 0.1),
                        () -> clock,
                        new DetachedRequests(TIMEOUT, TIMEOUT)),
                "test",
                1,
                false));
        DatagramSocket client = client(loops);
        for (Duration set : List.of(Duration.ofHours(1), Duration.ofHours(-1), Duration.ZERO)) {
            answered(client, 1);
            // Half of them come before the clock is set.
            stop(loops);
            for (int i = 0; i < QUESTIONS; i++) {
                send(client, i);
                if (i == QUESTIONS / 2) {
                    clock.aheadNanos = set.toNanos();
                }
            }
            goOn();
            for (int i = 0; i < QUESTIONS; i++) {
                assertThat(receive(client)).isEqualTo(i);
            }
            answered(client, 2);
        }
        QueryCounters counters = loops.counters().getFirst();
        assertThat(counters.drops(DropReason.STALE)).isZero();
        assertThat(counters.waitedNanos()).isLessThan(Duration.ofMinutes(5).toNanos());
    }

    @Test
    void theBufferCountsInWhatTheKernelReallyCharges() throws Exception {
        Assumptions.assumeTrue(Sockets.whyNotBatched() == null, Sockets::whyNotBatched);
        AnswerLoops loops = loops(Sockets.BATCHED);
        DatagramSocket client = client(loops);
        QueryCounters counters = loops.counters().getFirst();
        // Loopback charges a little less or more than a kibibyte for a question, by the kernel's version.
        await().until(() -> {
            answered(client, 1);
            return counters.buffer() > 0;
        });
        UdpListener socket = loops.first().receive.sockets().getFirst();
        int before = socket.chargeBytes;
        for (int burst = 0; burst < 20; burst++) {
            stop(loops);
            for (int i = 0; i < 3 * TransportLimits.UDP_BATCH; i++) {
                send(client, i);
            }
            goOn();
            for (int i = 0; i < 3 * TransportLimits.UDP_BATCH; i++) {
                assertThat(receive(client)).isEqualTo(i);
            }
        }
        answered(client, 2);
        // Not the buffer: a loop that stood too long on a busy machine makes it shorter.
        assertThat((double) socket.chargeBytes / before)
                .as("of several reads each")
                .isBetween(0.9, 1.1);
        // A busy machine may let the loop stand so long that it makes its buffer shorter once it goes on.
        long buffer = counters.buffer();
        long sent = 2 * buffer;
        overflow(loops, client, sent);
        // A loop that was behind may have dropped some; those are counted, too.
        long held = sent - counters.lost();
        assertThat((double) held / buffer).isBetween(0.8, 1.3);
    }

    @Test
    void aQuestionOverTcpThatWaitedBehindAStandingLoopIsAnswered() throws Exception {
        AnswerLoops loops = loops(Sockets.best(true), 5); // two of them more for TCP
        DnsListeners listeners = bind(loops, "127.0.0.1", 10, Duration.ofSeconds(3));
        listeners.open();
        InetSocketAddress server = listeners.addresses().getFirst();
        try (Socket first = connect(server);
                Socket second = connect(server)) { // one on each loop
            for (Socket client : List.of(first, second)) {
                write(client, 1);
                assertThat(read(client)).isEqualTo(1);
            }
            for (AnswerLoop loop : loops.of(Lane.DEVICE).tcp) {
                CountDownLatch still = new CountDownLatch(1);
                standing.add(still);
                loop.eventLoop.execute(() -> awaitUninterruptibly(still));
            }
            write(first, 2);
            write(second, 2);
            awaitAge(System.nanoTime(), Duration.ofSeconds(5));
            // One after the other: no loop may judge the connections of one that has not yet looked at them.
            standing.getFirst().countDown();
            awaitAge(System.nanoTime(), Duration.ofSeconds(1));
            standing.getLast().countDown();
            assertThat(read(first)).isEqualTo(2);
            assertThat(read(second)).isEqualTo(2);
        }
    }

    /** The kernel stamps by its own clock, this one is off. */
    private static final class Clock extends DatagramCalls {
        private volatile long aheadNanos;

        @Override
        long realTimeNanos() {
            return super.realTimeNanos() + aheadNanos;
        }
    }

    private AnswerLoops loops(Sockets sockets) {
        Assumptions.assumeTrue(sockets != Sockets.BATCHED || Sockets.whyNotBatched() == null, Sockets::whyNotBatched);
        Assumptions.assumeTrue(!sockets.areLinux() || Sockets.best(false) == Sockets.EPOLL, "no epoll here");
        ReceiveSettings receiving = new ReceiveSettings(TIMEOUT, 0.1);
        return open(AnswerLoops.start(sockets, "test", 1, AnswerSource.plain(Catalog::new, 1232), receiving));
    }

    private DatagramSocket client(AnswerLoops loops) throws IOException {
        DnsListeners listeners = bind(loops, "127.0.0.1", 10, Duration.ofSeconds(10));
        listeners.open();
        return client(listeners.addresses().getFirst());
    }

    private DatagramSocket answeredClient(AnswerLoops loops) throws IOException {
        DatagramSocket client = client(loops);
        answered(client, 1);
        return client;
    }

    private static void answered(DatagramSocket client, int id) throws IOException {
        send(client, id);
        assertThat(receive(client)).isEqualTo(id);
    }

    /** Makes the loop stand still; when. */
    private long stop(AnswerLoops loops) throws InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        CountDownLatch still = new CountDownLatch(1);
        standing.add(still);
        loops.first().eventLoop.execute(() -> {
            stopped.countDown();
            awaitUninterruptibly(still);
        });
        stopped.await();
        return System.nanoTime();
    }

    private void goOn() {
        standing.forEach(CountDownLatch::countDown);
    }

    private static void awaitAge(long sinceNanos, Duration age) {
        await().atMost(age.plusSeconds(30)).until(() -> System.nanoTime() - sinceNanos >= age.toNanos());
    }
}
