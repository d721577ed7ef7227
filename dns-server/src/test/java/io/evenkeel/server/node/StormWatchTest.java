package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.server.limits.DistinctClients;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StormWatchTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final long MILLI = 1_000_000;
    private static final int RATE = 200;

    @TempDir
    private Path folder = Path.of("");

    private final QueryCounters counters = new QueryCounters();
    private final DistinctClients clients = new DistinctClients();
    private long nanos = -5_000_000_000L;
    private CalmShare calm = new CalmShare(Path.of("absent"));
    private StormWatch watch = watch();

    @BeforeEach
    void begin() {
        calm = new CalmShare(folder);
        watch = watch();
    }

    private StormWatch watch() {
        return new StormWatch(() -> QueryCounters.sum(List.of(counters)), TIMEOUT, clients, calm, () -> nanos);
    }

    /** A second with questions of which so many in a hundred are asked again, each of which has waited so long. */
    private void second(int repeated, long waitedNanos) {
        for (int i = 0; i < RATE; i++) {
            counters.counted(i % 100 < repeated);
            counters.waited(waitedNanos);
        }
        nanos += 1_000 * MILLI;
        watch.observe();
    }

    private void seconds(int count, int repeated, long waitedNanos) {
        for (int i = 0; i < count; i++) {
            second(repeated, waitedNanos);
        }
    }

    @Test
    void repeatsWithAQueueAreAStorm() {
        seconds(2, 60, 200 * MILLI);
        assertThat(watch.state().storm()).isFalse();
        second(60, 200 * MILLI);
        assertThat(watch.state().storm()).isTrue();
        assertThat(watch.state().repeated()).isCloseTo(0.6, within(0.001));
        assertThat(watch.reason()).isEqualTo("storm: 60.0 % of the questions are asked again, in calm times 10.0 %");
    }

    @Test
    void repeatsAloneAreNone() {
        seconds(120, 60, 20 * MILLI);
        assertThat(watch.state().storm()).isFalse();
        assertThat(watch.reason()).isEmpty();
    }

    @Test
    void aQueueAloneIsNone() {
        seconds(120, 2, 400 * MILLI);
        assertThat(watch.state().storm()).isFalse();
    }

    @Test
    void dropsCountAsAQueue() {
        for (int i = 0; i < 3; i++) {
            counters.drop(DropReason.STALE);
            second(60, MILLI);
        }
        assertThat(watch.state().storm()).isTrue();
    }

    @Test
    void lossesOfTheKernelCountAsAQueue() {
        for (int i = 0; i < 3; i++) {
            counters.lost(1);
            second(60, MILLI);
        }
        assertThat(watch.state().storm()).isTrue();
    }

    @Test
    void withoutStampsTheOldestOfEachReadTells() {
        for (int i = 0; i < 3; i++) {
            for (int question = 0; question < RATE; question++) {
                counters.counted(true);
            }
            counters.oldest(300 * MILLI);
            nanos += 1_000 * MILLI;
            watch.observe();
        }
        assertThat(watch.state().storm()).isTrue();
    }

    @Test
    void fewQuestionsTellNothing() {
        for (int i = 0; i < 60; i++) {
            counters.counted(true);
            counters.lost(1);
            nanos += 1_000 * MILLI;
            watch.observe();
        }
        assertThat(watch.state().storm()).isFalse();
        assertThat(watch.state().repeated()).isZero();
    }

    @Test
    void endsOnlyWhenItHasBeenCalmForLong() {
        seconds(20, 60, 200 * MILLI);
        for (int i = 0; i < 4; i++) {
            seconds(20, 60, MILLI);
            seconds(5, 60, 200 * MILLI);
        }
        assertThat(watch.state().storm()).isTrue();
        seconds(29, 60, MILLI);
        assertThat(watch.state().storm()).isTrue();
        second(60, MILLI);
        assertThat(watch.state().storm()).isFalse();
    }

    /** A site behind NAT, all of whose devices ask one name: 60 of a hundred are repeats when nothing is wrong. */
    @Test
    void itsOwnCalmIsTheMeasure() {
        seconds(61 * 60, 60, MILLI);
        assertThat(calm.share()).isCloseTo(0.6, within(0.01));
        seconds(30, 62, 300 * MILLI);
        assertThat(watch.state().storm()).isFalse();
        seconds(15, 70, 300 * MILLI);
        assertThat(watch.state().storm()).isTrue();
    }

    @Test
    void aStormIsNoCalm() {
        seconds(61 * 60, 10, MILLI);
        seconds(300 * 60, 90, 300 * MILLI);
        assertThat(watch.state().storm()).isTrue();
        assertThat(calm.share()).isCloseTo(0.1, within(0.01));
    }

    @Test
    void countsTheClientsOfAMinute() {
        for (int client = 0; client < 5_000; client++) {
            clients.saw(new SplittableRandom(client).nextLong());
        }
        seconds(60, 0, MILLI);
        assertThat((double) watch.state().clients()).isCloseTo(5_000, within(400.0));
        seconds(30, 0, MILLI);
        assertThat((double) watch.state().clients()).isCloseTo(5_000, within(400.0));
        seconds(31, 0, MILLI);
        assertThat(watch.state().clients()).isZero();
    }

    @Test
    void knowsCalmAgainAfterARestart() {
        for (int i = 0; i < 100; i++) {
            calm.add(0.4);
        }
        calm.keep();
        assertThat(new CalmShare(folder).share()).isCloseTo(0.4, within(0.01));
    }

    @Test
    void forgetsWhatIsOlderThanAWeek() {
        for (int i = 0; i < 1_440; i++) {
            calm.add(0.9);
        }
        for (int i = 0; i < 6 * 1_440; i++) {
            calm.add(0.2);
        }
        assertThat(calm.share()).isCloseTo(0.9, within(0.01));
        calm.add(0.2);
        assertThat(calm.share()).isCloseTo(0.2, within(0.01));
    }

    @Test
    void leavesADamagedFileAside() throws Exception {
        for (String text :
                new String[] {"", "evenkeel calm share 1\n", "evenkeel calm share 2\n0\n", "x".repeat(20_000)}) {
            Files.writeString(folder.resolve(CalmShare.FILE), text);
            CalmShare read = new CalmShare(folder);
            assertThat(read.share()).isEqualTo(CalmShare.ASSUMED);
            read.add(0.3);
            read.keep();
            assertThat(Files.readString(folder.resolve(CalmShare.FILE))).startsWith("evenkeel calm share 1\n0 0 ");
        }
    }
}
