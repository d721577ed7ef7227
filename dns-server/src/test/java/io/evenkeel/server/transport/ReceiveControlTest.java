package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.QueryHandler;
import io.evenkeel.zones.Catalog;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

/** The control of one loop in virtual time, with sockets whose kernel is this test. Clients wait 1 s. */
final class ReceiveControlTest {
    private static final long MILLI = 1_000_000;
    private static final int TICK_MILLIS = 50;
    private static final int CHARGE = TransportLimits.DATAGRAM_CHARGE_BYTES;
    /** With the assumed capacity and a share of 0.1: half a second at 10,000 a second. */
    private static final int MOST = 5000;

    private static final ReceiveSettings SETTINGS = new ReceiveSettings(Duration.ofSeconds(1), 0.1);

    private long now = System.nanoTime();
    private final QueryCounters counters = new QueryCounters();
    private final ReceiveControl control = new ReceiveControl(SETTINGS, counters, () -> now);
    private final AnswerLoop loop = loop(control);
    private long kernelMost = Long.MAX_VALUE;

    @Test
    void theBoundFollowsTheMeasuredCapacity() {
        Socket socket = socket();
        tick();
        assertThat(socket.packets()).isCloseTo(MOST, within(1));
        control.capacity(400_000);
        tick();
        assertThat(socket.packets()).isCloseTo(20_000, within(1));
        control.capacity(1000);
        tick();
        assertThat(socket.packets()).as("never below one batch").isCloseTo(TransportLimits.UDP_BATCH, within(1));
    }

    @Test
    void itIsHalvedOnceInHalfASecondWhileTheOldestIsAboveAFifthOfTheTimeOut() {
        Socket socket = socket();
        take(socket, 10, 200);
        tick();
        assertThat(socket.packets()).isCloseTo(MOST, within(1));
        int halvings = 0;
        int last = socket.packets();
        for (int i = 0; i < 41; i++) { // two seconds, and the tick that begins them
            take(socket, 10, 201);
            tick();
            halvings += socket.packets() < last ? 1 : 0;
            last = socket.packets();
        }
        assertThat(halvings).isEqualTo(5);
        assertThat(last).isCloseTo(MOST / 32, within(2));
    }

    @Test
    void theLoopsLongestPauseIsCoveredAsFarAsItAnswersThat() {
        Socket socket = socket();
        for (int i = 0; i < 100; i++) {
            take(socket, 200, 300);
            now += 100 * MILLI; // of each tick the loop is away, so it answers 1,333 a second
            tick();
        }
        // The class of pauses that 100 ms are in ends at 102.4 ms.
        assertThat(socket.packets()).isBetween(130, 140);
    }

    @Test
    void itIsDoubledAfterTenSecondsInWhichTheSocketRanEmptyAndLostSomething() {
        Socket socket = socket();
        take(socket, 10, 300);
        tick();
        assertThat(socket.packets()).isCloseTo(MOST / 2, within(1));
        seconds(21);
        assertThat(socket.packets()).as("nothing was lost").isCloseTo(MOST / 2, within(1));
        counters.lost(1);
        seconds(11);
        assertThat(socket.packets()).isCloseTo(MOST, within(1));
        counters.lost(1);
        seconds(11);
        assertThat(socket.packets()).as("no more than allowed").isCloseTo(MOST, within(1));
    }

    @Test
    void itIsNotDoubledWhileTheQueueStands() {
        Socket socket = socket();
        take(socket, 10, 300);
        tick();
        for (int i = 0; i < 300; i++) {
            counters.lost(1);
            take(socket, 10, 100);
            tick();
        }
        assertThat(socket.packets()).isCloseTo(MOST / 2, within(1));
    }

    @Test
    void socketsWithTrafficInTheLastSecondShareIt() {
        Socket one = socket();
        Socket other = socket();
        seconds(2);
        take(one, 1, 0);
        tick();
        assertThat(one.packets()).isCloseTo(MOST, within(1));
        take(other, 1, 0);
        tick();
        assertThat(one.packets()).isCloseTo(MOST / 2, within(1));
        assertThat(other.packets()).isCloseTo(MOST / 2, within(1));
        seconds(2);
        assertThat(one.packets()).isCloseTo(MOST, within(1));
        for (int i = 0; i < 40; i++) {
            take(one, 1000, 0);
            take(other, i % 20 == 0 ? 1 : 0, 0);
            tick();
        }
        assertThat(one.packets()).as("the other one is probed once a second").isCloseTo(MOST, within(1));
    }

    @Test
    void itCountsInPacketsWhateverTheKernelChargesForOne() {
        Socket socket = socket();
        tick();
        for (int i = 0; i < 100; i++) {
            socket.charged(4 * 2304, 4);
        }
        tick();
        assertThat((double) socket.grantedBytes / 2304).isCloseTo(MOST, within(0.02 * MOST));
        assertThat(control.state().packets()).isCloseTo(MOST, within(1L));
    }

    @Test
    void whatTheKernelDoesNotGrantIsTold() {
        kernelMost = 425_984; // Debian's default, doubled
        Socket socket = socket();
        seconds(2);
        assertThat(control.state().packets()).isEqualTo(425_984 / CHARGE);
        assertThat(control.state().mostPackets()).isEqualTo(MOST);
        assertThat(control.state().capped()).isTrue();
        assertThat(control.state().neededBytes()).isCloseTo(MOST * CHARGE / 2, within(1));
        kernelMost = Long.MAX_VALUE; // somebody has set it, and it asks again by itself
        seconds(12);
        assertThat(control.state().capped()).isFalse();
        assertThat(socket.packets()).isCloseTo(MOST, within(1));
    }

    @Test
    void pausesInWhichMoreComesThanItMayHoldAreTold() {
        Socket socket = socket();
        for (int i = 0; i < 200; i++) {
            take(socket, 6000, 100);
            now += 50 * MILLI;
            tick();
        }
        assertThat(control.state().pauseNanos()).isBetween(50 * MILLI, 60 * MILLI);
        assertThat(control.state().pausePackets()).isLessThan(MOST);
        for (int i = 0; i < 200; i++) {
            take(socket, 60_000, 100);
            now += 50 * MILLI;
            tick();
        }
        assertThat(control.state().pausePackets()).isGreaterThan(MOST);
    }

    @Test
    void aLoopIsBehindUntilNothingWasOldForFiveSeconds() {
        Socket socket = socket();
        take(socket, 10, 400);
        tick();
        assertThat(control.state().behind()).isFalse();
        take(socket, 10, 4000);
        tick();
        take(socket, 10, 401);
        tick();
        assertThat(control.state().behind()).isTrue();
        assertThat(control.state().worstNanos()).isEqualTo(4000 * MILLI);
        seconds(4);
        assertThat(control.state().behind()).isTrue();
        seconds(2);
        assertThat(control.state().behind()).isFalse();
        assertThat(control.state().worstNanos()).isZero();
    }

    @Test
    void theLastAgeIsZeroOnceNothingComes() {
        Socket socket = socket();
        take(socket, 10, 300);
        tick();
        assertThat(counters.oldestLastNanos()).isEqualTo(300 * MILLI);
        tick();
        assertThat(counters.oldestLastNanos()).isZero();
        assertThat(counters.buffer()).isCloseTo(MOST / 2, within(1L));
    }

    /**
     * The crowd that this is for: devices that wait 1 s and ask again at once, four times as many as the loop answers in that
     * time, after a stop of 5 s with a long queue; reading a question to drop it costs half of answering one.
     */
    @Test
    void afterAStopACrowdIsServedAgainWithinSeconds() {
        assertThat(servedAfterStop(loop)).isGreaterThan(1400);
    }

    @Test
    void withoutItNobodyIsServedForAsLongAsTheCrowdAsks() {
        assertThat(servedAfterStop(loop(new ReceiveControl(SETTINGS.unbounded(), counters, () -> now))))
                .isZero();
    }

    /** One loop that answers 2,000 a second, and 8,000 questions a second, for ten seconds after a stop: answers in time, in the last. */
    private int servedAfterStop(AnswerLoop asked) {
        ReceiveControl receive = asked.receive;
        Socket socket = new Socket(asked);
        receive.add(socket);
        now += TICK_MILLIS * MILLI;
        receive.tick(now);
        Deque<Long> queue = new ArrayDeque<>();
        int inTime = 0;
        double credit = 0;
        long begin = now;
        while (now - begin < 15_000 * MILLI) {
            now += MILLI;
            for (int i = 0; i < 8; i++) {
                if (queue.size() < socket.packets()) {
                    queue.add(now);
                } else {
                    counters.lost(1);
                }
            }
            boolean stopped = now - begin < 5000 * MILLI;
            if (stopped) {
                continue;
            }
            credit = Math.min(credit + 2, TransportLimits.UDP_BATCH);
            long oldest = -1;
            int taken = 0;
            while (credit >= 1 && !queue.isEmpty()) {
                long age = socket.queue.age(now - queue.remove(), now);
                oldest = Math.max(oldest, age);
                taken++;
                if (socket.queue.isStale(age, now)) {
                    counters.drop(DropReason.STALE);
                    credit -= 0.5;
                } else {
                    credit -= 1;
                    inTime += age < 900 * MILLI && now - begin > 14_000 * MILLI ? 1 : 0;
                }
            }
            if (taken > 0) {
                socket.reads += taken;
                receive.took(taken, oldest);
            }
            if (queue.isEmpty()) {
                socket.queue.seenEmpty(now);
            }
            if ((now - begin) / MILLI % TICK_MILLIS == 0) {
                receive.tick(now);
            }
        }
        return inTime;
    }

    private AnswerLoop loop(ReceiveControl receive) {
        QueryHandler handler = new QueryHandler(AnswerSource.plain(Catalog::new, 1232), counters);
        return new AnswerLoop(
                new EmbeddedChannel().eventLoop(),
                handler,
                counters,
                null,
                receive,
                new DetachedRequests(Duration.ofSeconds(1), Duration.ofSeconds(1)));
    }

    private Socket socket() {
        Socket socket = new Socket(loop);
        control.add(socket);
        return socket;
    }

    private void take(Socket socket, int count, long ageMillis) {
        socket.reads += count;
        control.took(count, ageMillis * MILLI);
    }

    private void tick() {
        now += TICK_MILLIS * MILLI;
        control.tick(now);
    }

    private void seconds(int count) {
        for (int i = 0; i < count * 1000 / TICK_MILLIS; i++) {
            tick();
        }
    }

    private final class Socket extends UdpListener {
        private int size;

        Socket(AnswerLoop loop) {
            super(new UdpBinding(
                    TestListeners.FOR_ALL,
                    Silence.UNREAD,
                    new InetSocketAddress(0),
                    loop,
                    new TransportCounters(),
                    false));
        }

        int packets() {
            return size / CHARGE;
        }

        @Override
        int queueBytes() {
            return size;
        }

        @Override
        void queueBytes(int asked) {
            size = (int) Math.min(kernelMost, 2L * asked);
        }

        @Override
        boolean knowsLosses() {
            return true;
        }

        @Override
        void share() throws IOException {
            throw new UnsupportedOperationException();
        }

        @Override
        Future<?> closeSocket() {
            throw new UnsupportedOperationException();
        }

        @Override
        void filter(boolean drop) {
            throw new UnsupportedOperationException();
        }

        @Override
        void read(boolean on) {
            throw new UnsupportedOperationException();
        }

        @Override
        boolean hasUnsent() {
            return false;
        }

        @Override
        boolean discard(ByteBuffer scratch) {
            throw new UnsupportedOperationException();
        }
    }
}
