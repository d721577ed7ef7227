package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.node.Renewal;
import io.evenkeel.server.peer.PeerGates;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.zones.Catalog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class LoopWatchTest {
    private final Clock clock = new Clock();
    private final Planted loop = new Planted();
    private final LoopWatch watch = new LoopWatch(List.of(loop), clock);

    /** A loop that does as it is told. */
    private static final class Planted implements LoopWatch.Watched {
        private long cpu;
        private boolean takes = true;
        private boolean asked;

        @Override
        public long cpuNanos() {
            return cpu;
        }

        @Override
        public boolean hasTurned() {
            return takes || !asked;
        }

        @Override
        public void ask() {
            asked = true;
        }
    }

    /** Moves when it is told to. */
    private static final class Clock implements Time {
        private long nanos = Long.MAX_VALUE - 1; // wraps around in all of these tests

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void sleep(Duration length) {
            throw new UnsupportedOperationException("the watch does not wait");
        }

        @Override
        public <T> T await(CompletableFuture<T> future, Duration atMost) {
            throw new UnsupportedOperationException("the watch does not wait");
        }
    }

    private void lookFor(Duration length, Duration every) {
        for (long passed = 0; passed < length.toNanos(); passed += every.toNanos()) {
            clock.nanos += every.toNanos();
            watch.look();
        }
    }

    @Test
    void aLoopThatTakesNothingAndUsesNoCpuHangsAfterFiveSeconds() {
        lookFor(Duration.ofSeconds(1), LoopWatch.EVERY);
        loop.takes = false;
        lookFor(LoopWatch.HUNG.minus(LoopWatch.EVERY), LoopWatch.EVERY);
        assertThat(watch.hung()).isEmpty();
        lookFor(LoopWatch.EVERY.multipliedBy(2), LoopWatch.EVERY);
        assertThat(watch.hung()).containsExactly(0);
        loop.takes = true;
        lookFor(LoopWatch.EVERY, LoopWatch.EVERY);
        assertThat(watch.hung()).isEmpty();
    }

    @Test
    void nobodyReliesOnALoopThatHasBeenStillForASecond() {
        lookFor(Duration.ofSeconds(1), LoopWatch.EVERY);
        assertThat(watch.isSound()).isTrue();
        loop.takes = false;
        lookFor(LoopWatch.SOUND.minus(LoopWatch.EVERY), LoopWatch.EVERY);
        assertThat(watch.isSound()).isTrue();
        lookFor(LoopWatch.EVERY.multipliedBy(2), LoopWatch.EVERY);
        assertThat(watch.isSound()).isFalse();
        assertThat(watch.hung()).isEmpty();
        assertThat(watch.reasons()).isEmpty();
        lookFor(LoopWatch.HUNG, LoopWatch.EVERY);
        assertThat(watch.isSound()).isFalse();
        assertThat(watch.reasons()).singleElement().asString().contains("answering loop 0 hangs");
        loop.takes = true;
        lookFor(LoopWatch.EVERY, LoopWatch.EVERY);
        assertThat(watch.isSound()).isTrue();
    }

    /** The same cause comes to both: the clients of one ask the other next. */
    @Test
    void ofTwoNodesWhoseLoopsHangNotBothEndHoweverLittleLiesBetween() throws Exception {
        for (int apart = 0; apart <= 12_000; apart += 100) {
            List<String> ended = new ArrayList<>();
            Planted first = new Planted();
            Planted second = new Planted();
            LoopWatch ofFirst = new LoopWatch(List.of(first), clock);
            LoopWatch ofSecond = new LoopWatch(List.of(second), clock);
            Renewal firstEnds = new Renewal(ofFirst::reasons, () -> says("n2", ended, ofSecond), _ -> ended.add("n1"));
            Renewal secondEnds = new Renewal(ofSecond::reasons, () -> says("n1", ended, ofFirst), _ -> ended.add("n2"));
            for (int millis = 0; millis < 30_000; millis += 100) {
                clock.nanos += LoopWatch.EVERY.toNanos();
                first.takes = millis < 1_000;
                second.takes = millis < 1_000 + apart;
                ofFirst.look();
                ofSecond.look();
                if (millis % 1_000 == 0 && !ended.contains("n1")) {
                    firstEnds.look();
                }
                if (millis % 1_000 == 300 && !ended.contains("n2")) {
                    secondEnds.look();
                }
            }
            if (apart >= 6_000) {
                assertThat(ended).as("%s ms apart", apart).containsExactly("n1");
            } else {
                assertThat(ended).as("%s ms apart", apart).hasSizeLessThanOrEqualTo(1);
            }
        }
    }

    /** What a node says of itself; one that has ended says nothing. */
    private static PeerGates says(String name, List<String> ended, LoopWatch watch) {
        return !ended.contains(name) && watch.isSound()
                ? new PeerGates(List.of(name), List.of())
                : new PeerGates(List.of(), List.of(name + " is not open"));
    }

    @Test
    void aLoopThatUsesCpuIsAtWork() {
        lookFor(LoopWatch.EVERY, LoopWatch.EVERY);
        loop.takes = false;
        for (int second = 0; second < 20; second++) {
            loop.cpu++; // of a nanosecond in each second
            lookFor(Duration.ofSeconds(1), LoopWatch.EVERY);
            assertThat(watch.hung()).isEmpty();
        }
    }

    @Test
    void aProcessThatStoodStillSaysNothingAboutItsLoops() {
        lookFor(LoopWatch.EVERY, LoopWatch.EVERY);
        loop.takes = false;
        lookFor(Duration.ofSeconds(60), LoopWatch.LATE.plusMillis(1));
        assertThat(watch.hung()).isEmpty();
        lookFor(LoopWatch.HUNG.minusSeconds(1), LoopWatch.EVERY);
        clock.nanos += Duration.ofSeconds(14).toNanos(); // SIGSTOP
        watch.look();
        lookFor(LoopWatch.HUNG.minusSeconds(1), LoopWatch.EVERY);
        assertThat(watch.hung()).isEmpty();
    }

    @Test
    void aLoopOfWhichNoCpuTimeIsKnownNeverHangs() {
        loop.cpu = -1;
        lookFor(LoopWatch.EVERY, LoopWatch.EVERY);
        loop.takes = false;
        lookFor(Duration.ofSeconds(60), LoopWatch.EVERY);
        assertThat(watch.hung()).isEmpty();
    }

    @Test
    void aRealLoopThatWaitsForALockHangs() throws Exception {
        Catalog noZones = new Catalog();
        CountDownLatch stuck = new CountDownLatch(1);
        try (AnswerLoops loops = AnswerLoops.start(
                Sockets.best(true), "hangs", 2, AnswerSource.plain(() -> noZones, 1232), TestListeners.PATIENT)) {
            LoopWatch real =
                    new LoopWatch(loops.all().stream().map(LoopWatch.Sign::new).toList(), clock);
            loops.all().get(1).eventLoop.execute(() -> {
                try {
                    stuck.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            try {
                Awaitility.await().atMost(60, TimeUnit.SECONDS).untilAsserted(() -> {
                    clock.nanos += LoopWatch.EVERY.toNanos();
                    real.look();
                    assertThat(real.hung()).containsExactly(1);
                });
            } finally {
                stuck.countDown();
            }
            Awaitility.await().atMost(60, TimeUnit.SECONDS).untilAsserted(() -> {
                clock.nanos += LoopWatch.EVERY.toNanos();
                real.look();
                assertThat(real.hung()).isEmpty();
            });
            assertThat(loops.ended()).isNotDone();
        }
    }
}
