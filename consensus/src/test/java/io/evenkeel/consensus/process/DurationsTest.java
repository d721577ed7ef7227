package io.evenkeel.consensus.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class DurationsTest {
    private final Durations durations = new Durations();

    @Test
    void eachBoundBelongsToItsClassAndMoreToTheNext() {
        double[] bounds = Durations.bounds();
        for (int i = 0; i < bounds.length - 1; i++) {
            long nanos = Math.round(bounds[i] * 1e9);
            long[] before = durations.counts();
            durations.add(nanos);
            assertThat(durations.counts()[i]).as("%s s", bounds[i]).isEqualTo(before[i] + 1);
            durations.add(nanos + 1);
            assertThat(durations.counts()[i + 1])
                    .as("a little more than %s s", bounds[i])
                    .isEqualTo(before[i + 1] + 1);
        }
        assertThat(bounds[bounds.length - 1]).isInfinite();
        assertThat(bounds).isSorted();
    }

    @Test
    void allIsInTheSumAndNothingIsLessThanZero() {
        durations.add(Duration.ofMillis(1500).toNanos());
        durations.add(Duration.ofHours(1).toNanos());
        durations.add(-1);
        assertThat(durations.sumSeconds()).isEqualTo(3601.5);
        assertThat(LongStream.of(durations.counts()).sum()).isEqualTo(3);
        assertThat(durations.counts()[0]).isEqualTo(1);
        assertThat(durations.counts()[durations.counts().length - 1]).isEqualTo(1);
    }
}
