package io.evenkeel.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The counts of what is most frequent. */
final class SpaceSavingTest {
    @Test
    void fewKeysAreCountedExactly() {
        SpaceSaving<String> counted = new SpaceSaving<>(3);
        counted.add("a", 1);
        counted.add("b", 5);
        counted.add("a", 1);
        assertThat(counted.first(10))
                .containsExactly(new SpaceSaving.Frequent<>("b", 5, 0), new SpaceSaving.Frequent<>("a", 2, 0));
        assertThat(counted.first(1)).hasSize(1);
    }

    @Test
    void moreKeysThanCountersTakeThatOfTheLeastAndTellTheError() {
        SpaceSaving<String> counted = new SpaceSaving<>(2);
        counted.add("a", 5);
        counted.add("b", 2);
        counted.add("c", 1);
        assertThat(counted.first(10))
                .containsExactly(new SpaceSaving.Frequent<>("a", 5, 0), new SpaceSaving.Frequent<>("c", 3, 2));
    }

    @Test
    void frequentKeyIsFoundAndItsCountIsWithinItsError() {
        long seed = Long.getLong("seed", new Random().nextLong());
        Random random = new Random(seed);
        SpaceSaving<Integer> counted = new SpaceSaving<>(32);
        Map<Integer, Long> truth = new HashMap<>();
        long all = 0;
        for (int i = 0; i < 50_000; i++) {
            int key = random.nextInt(10) == 0 ? 7 : random.nextInt(5_000);
            long weight = 1L << random.nextInt(4);
            counted.add(key, weight);
            truth.merge(key, weight, Long::sum);
            all += weight;
        }
        assertThat(counted.first(1).getFirst().key()).as("seed %d", seed).isEqualTo(7);
        for (SpaceSaving.Frequent<Integer> one : counted.first(32)) {
            long real = truth.getOrDefault(one.key(), 0L);
            assertThat(real).as("seed %d", seed).isBetween(one.count() - one.error(), one.count());
            assertThat(one.error()).as("seed %d", seed).isLessThanOrEqualTo(all / 32);
        }
    }
}
