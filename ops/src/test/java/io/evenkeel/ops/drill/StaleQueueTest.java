package io.evenkeel.ops.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.fleet.Delays;
import io.evenkeel.ops.fleet.FleetCounts;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StaleQueueTest {
    private static final Criterion.Result STALE = new Criterion.Result("stale", "0/s", true);
    private static final Criterion.Result NOT_STALE = new Criterion.Result("stale", "900/s", false);

    private static Criterion.Result after(long accepted, long late) {
        StaleQueue queue = new StaleQueue(2, 5, 0.1);
        for (int second = 1; second <= 6; second++) {
            boolean counts = second > 2 && second < 6;
            queue.second(second(second, counts ? accepted : 1_000_000, counts ? late : 0));
        }
        return queue.result(1000);
    }

    /** @param accepted answers in time */
    static FleetCounts.Part part(String name, long accepted, long late) {
        return new FleetCounts.Part(
                name,
                0,
                0,
                0,
                0,
                0,
                0,
                accepted,
                0,
                Map.of(),
                late,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                Map.of(),
                Map.of(),
                new Delays());
    }

    private static FleetCounts second(double end, long accepted, long late) {
        return new FleetCounts(end, part("all", accepted, late), List.of(), List.of(), Map.of(), 0);
    }

    @Test
    void aQueueIsStaleIfLittleComesInTimeAndMoreComesLate() {
        assertThat(after(99, 3000)).extracting("figure", "passed").containsExactly("99/s in time, 3,000/s late", true);
        assertThat(after(100, 3000).passed()).as("a tenth of what is wanted").isFalse();
        assertThat(after(99, 99).passed())
                .as("nodes that are gone have no queue")
                .isFalse();
        assertThat(new StaleQueue(2, 5, 0.1).result(1000).passed())
                .as("nothing to look at")
                .isFalse();
    }

    private static Verdict both(Verdict.Kind ours, Verdict.Kind old, Criterion.@Nullable Result staleQueue) {
        return Verdict.ofBoth(
                new DrillRun.Outcome(Design.EVENKEEL, new Verdict(ours, List.of("ours"), List.of()), null, false),
                new DrillRun.Outcome(Design.OF_2020, new Verdict(old, List.of("old"), List.of()), staleQueue, false));
    }

    @Test
    void bothPassIfOursDoesAndTheOtherFailsByItsStaleQueue() {
        assertThat(both(Verdict.Kind.PASSED, Verdict.Kind.FAILED, STALE))
                .isEqualTo(new Verdict(Verdict.Kind.PASSED, List.of("the design of 2020 fails stale: 0/s"), List.of()));
        assertThat(both(Verdict.Kind.FAILED, Verdict.Kind.FAILED, STALE))
                .isEqualTo(new Verdict(Verdict.Kind.FAILED, List.of("ours"), List.of()));
        assertThat(both(Verdict.Kind.PASSED, Verdict.Kind.FAILED, NOT_STALE).reasons())
                .containsExactly("the design of 2020 does not fail as it should: stale: 900/s");
        assertThat(both(Verdict.Kind.FAILED, Verdict.Kind.VOID, STALE))
                .isEqualTo(new Verdict(Verdict.Kind.VOID, List.of("The design of 2020: old"), List.of()));
    }
}
