package io.evenkeel.consensus.process;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DaemonTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final VirtualTime time = new VirtualTime();
    private final CompletableFuture<Throwable> ended = new CompletableFuture<>();
    private final Daemons daemons = new Daemons(time, ended::complete);

    private final TestLog log = TestLog.of(Daemons.class, Level.ERROR);

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    void anErrorInTheWorkIsCountedLoggedOnceAndTheWorkGoesOn() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch goesOn = new CountDownLatch(1);
        Daemon daemon = daemons.platform("tested work", Daemon.OnFault.RESTART, () -> {
            if (runs.incrementAndGet() == 1) {
                throw new StackOverflowError("deep");
            }
            goesOn.countDown();
            time.sleep(LONG);
        });
        assertThat(daemons.faults()).as("known before any fault").containsEntry("tested work", 0L);
        daemon.start();
        time.awaitWaiting(1);
        assertThat(goesOn.getCount()).as("not at once").isEqualTo(1);
        time.advance(Daemon.SHORTEST_WAIT);
        goesOn.await();
        assertThat(daemons.faults()).containsEntry("tested work", 1L);
        assertThat(errors()).hasSize(1);
        assertThat(daemon.stop(LONG)).isTrue();
        assertThat(ended).isNotDone();
    }

    @Test
    void faultsThatGoOnAreTriedMoreRarelyAndLoggedAtEachDoubling() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Daemon daemon = daemons.virtual("tested work", Daemon.OnFault.RESTART, () -> {
            throw new IllegalStateException("fault " + runs.incrementAndGet());
        });
        daemon.start();
        Duration wait = Daemon.SHORTEST_WAIT;
        for (int fault = 1; fault <= 9; fault++) {
            time.awaitWaiting(1);
            assertThat(runs).hasValue(fault);
            time.advance(wait.minusNanos(1));
            assertThat(runs).hasValue(fault);
            time.advance(Duration.ofNanos(1));
            wait = wait.multipliedBy(2);
            wait = wait.compareTo(Daemon.LONGEST_WAIT) < 0 ? wait : Daemon.LONGEST_WAIT;
        }
        time.awaitWaiting(1);
        assertThat(daemons.faults()).containsEntry("tested work", 10L);
        assertThat(errors()).as("faults 1, 2, 4 and 8").hasSize(4);
        assertThat(daemon.stop(LONG)).isTrue();
    }

    @Test
    void workThatWentOnForLongIsTriedSoonAgain() throws Exception {
        BlockingQueue<Long> begins = new LinkedBlockingQueue<>();
        Daemon daemon = daemons.virtual("tested work", Daemon.OnFault.RESTART, () -> {
            begins.add(time.nanos());
            if (begins.size() == 4) {
                time.sleep(Daemon.LONGEST_WAIT);
            }
            throw new IllegalStateException("a fault");
        });
        daemon.start();
        for (int fault = 0; fault < 3; fault++) {
            time.awaitWaiting(1);
            time.advance(Daemon.SHORTEST_WAIT.multipliedBy(1L << fault));
        }
        time.awaitWaiting(1);
        time.advance(Daemon.LONGEST_WAIT);
        time.awaitWaiting(1);
        time.advance(Daemon.SHORTEST_WAIT);
        time.awaitWaiting(1);
        assertThat(begins).hasSize(5);
        assertThat(daemon.stop(LONG)).isTrue();
    }

    @Test
    void anErrorInWorkThatTheProcessNeedsIsHandedOverAndEndsTheThread() throws Exception {
        Error fault = new OutOfMemoryError("planted");
        Daemon daemon = daemons.platform("tested work", Daemon.OnFault.END, () -> {
            throw fault;
        });
        daemon.start();
        assertThat(ended.get(30, TimeUnit.SECONDS)).isSameAs(fault);
        assertThat(daemon.finish(LONG)).isTrue();
        assertThat(daemons.faults()).containsEntry("tested work", 1L);
    }

    @Test
    void anErrorInOneOfManyIsCountedWithThoseOfTheOthersAndEndsItsThreadAlone() throws Exception {
        BlockingQueue<String> begun = new LinkedBlockingQueue<>();
        for (String peer : List.of("a", "b")) {
            Daemon connection = daemons.virtual("tested work", "tested-" + peer, Daemon.OnFault.GIVE_UP, () -> {
                begun.add(Thread.currentThread().getName());
                throw new StackOverflowError("planted");
            });
            connection.start();
            assertThat(begun.take()).isEqualTo("tested-" + peer);
            assertThat(connection.finish(LONG)).isTrue();
        }
        assertThat(daemons.faults()).containsOnlyKeys("tested work").containsEntry("tested work", 2L);
        assertThat(ended).isNotDone();
    }

    @Test
    void finishingWaitsForTheWorkAndStoppingInterruptsIt() throws Exception {
        CountDownLatch begun = new CountDownLatch(2);
        Daemon daemon = daemons.platform("tested work", Daemon.OnFault.RESTART, () -> {
            begun.countDown();
            new CountDownLatch(1).await();
        });
        Daemon other = daemons.virtual("other", Daemon.OnFault.RESTART, () -> {
            begun.countDown();
            throw new IllegalStateException("a fault");
        });
        daemon.start();
        other.start();
        begun.await();
        assertThat(daemon.finish(Duration.ofMillis(50))).isFalse();
        assertThat(daemon.stop(LONG)).isTrue();
        assertThat(other.finish(LONG)).as("while it waits to begin anew").isTrue();
        assertThat(daemons.faults()).containsEntry("tested work", 0L);
    }

    @Test
    void aTaskThatFailsHasItsNextTurnAndSoHaveTheOthers() throws Exception {
        BlockingQueue<String> turns = new LinkedBlockingQueue<>();
        Ticker ticker = Ticker.start(
                daemons,
                "ticker",
                List.of(
                        new Ticker.Task("failing", SECOND, () -> {
                            turns.add("failing");
                            throw new LinkageError("planted");
                        }),
                        new Ticker.Task("sound", SECOND, () -> turns.add("sound")),
                        new Ticker.Task("rare", SECOND.multipliedBy(3), () -> turns.add("rare"))));
        for (int turn = 0; turn < 3; turn++) {
            time.awaitWaiting(1);
            time.advance(SECOND);
        }
        time.awaitWaiting(1);
        assertThat(turns).containsExactly("failing", "sound", "failing", "sound", "failing", "sound", "rare");
        assertThat(daemons.faults())
                .containsEntry("failing", 3L)
                .containsEntry("sound", 0L)
                .containsEntry("ticker", 0L);
        ticker.close();
    }

    /** As a disk that does not answer: the two tickers of a node share nothing. */
    @Test
    void aTaskThatHangsKeepsNoOtherTickerFromItsTurns() throws Exception {
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        AtomicInteger turns = new AtomicInteger();
        Ticker disk = Ticker.start(daemons, "disk", List.of(new Ticker.Task("note", SECOND, () -> {
            hanging.countDown();
            answer.await();
        })));
        time.awaitWaiting(1);
        time.advance(SECOND);
        hanging.await();
        try (Ticker memory =
                Ticker.start(daemons, "memory", List.of(new Ticker.Task("age", SECOND, turns::incrementAndGet)))) {
            assertThat(memory).isNotNull();
            for (int turn = 0; turn < 5; turn++) {
                time.awaitWaiting(1);
                time.advance(SECOND);
            }
            time.awaitWaiting(1);
            assertThat(turns).hasValue(5);
        }
        disk.close();
    }

    /** Other tests run beside this one, whose work is called otherwise. */
    private List<String> errors() {
        return log.lines().stream().filter(line -> line.contains("tested work")).toList();
    }
}
