package io.evenkeel.server.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.server.capacity.ServiceCost.Sample;
import io.evenkeel.server.capacity.ServiceCost.Window;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The cost of an answer in service. */
class ServiceCostTest {
    private static final long SECOND = 1_000_000_000L;

    private long nanos = 77;
    private long cpu;
    private long softirq;
    private long answered;
    private long dropped;

    private final ServiceCost cost = new ServiceCost(2);

    /** One window of looks every three seconds; what the last of them says. */
    private double window(double qps, double costNanos, double constantCpu, double dropShare) {
        double said = Double.NaN;
        for (int i = 0; i < 100; i++) {
            nanos += 3 * SECOND;
            answered += (long) (3 * qps);
            cpu += (long) (3 * (qps * costNanos + constantCpu));
            dropped += (long) (3 * qps * dropShare);
            double now = cost.look(new Sample(nanos, cpu, softirq, answered, dropped));
            said = Double.isNaN(now) ? said : now;
        }
        return said;
    }

    private void begin() {
        assertThat(cost.look(new Sample(nanos, cpu, softirq, answered, dropped)))
                .isNaN();
    }

    @Test
    void aBusyWindowTellsTheMeanAndAnIdleOneNothing() {
        begin();
        assertThat(window(50_000, 5_000, 0, 0))
                .as("an eighth of two processors")
                .isNaN();
        assertThat(window(100_000, 5_000, 0, 0)).as("a quarter").isCloseTo(5_000, within(1.0));
    }

    @Test
    void aWindowWithManyDropsTellsNothing() {
        begin();
        assertThat(window(100_000, 5_000, 0, 0.02)).isNaN();
        assertThat(window(100_000, 5_000, 0, 0.005)).isCloseTo(5_000, within(1.0));
    }

    @Test
    void theConstantPartFallsOutOnceTheLoadHasGoneUpAndDown() {
        begin();
        double constant = 0.1 * SECOND;
        assertThat(window(100_000, 5_000, constant, 0)).isCloseTo(6_000, within(1.0));
        double last = 0;
        for (double qps : new double[] {110_000, 150_000, 160_000, 120_000, 180_000}) {
            last = window(qps, 5_000, constant, 0);
        }
        assertThat(last).isCloseTo(5_000, within(1.0));
    }

    @Test
    void aPauseOfTheMachineIsNoPartOfAWindow() {
        begin();
        assertThat(window(100_000, 5_000, 0, 0)).isNotNaN();
        nanos += 3_600 * SECOND;
        cpu += 3_600L * SECOND;
        assertThat(cost.look(new Sample(nanos, cpu, softirq, answered, dropped)))
                .isNaN();
        assertThat(window(100_000, 5_000, 0, 0)).isCloseTo(5_000, within(1.0));
    }

    @Test
    void theInterruptsOfAnswersCountAndThoseOfOthersDoNot() {
        Deque<Window> windows = new ArrayDeque<>();
        for (int i = 0; i < 6; i++) {
            double qps = 100_000 + 20_000 * i;
            windows.add(new Window(qps, qps * 5_000, qps * 1_000 + 3e9));
        }
        assertThat(ServiceCost.perAnswer(windows)).isCloseTo(6_000, within(1.0));
        windows.add(new Window(240_000, 240_000 * 5_000.0, Double.NaN));
        assertThat(ServiceCost.perAnswer(windows)).as("nobody knows").isCloseTo(5_000, within(1.0));
    }

    @Test
    void noiseNeverMakesAnAnswerMuchCheaperThanTheMean() {
        Random random = new Random(7);
        for (int round = 0; round < 100; round++) {
            Deque<Window> windows = new ArrayDeque<>();
            double used = 0;
            double answers = 0;
            for (int i = 0; i < 6; i++) {
                Window window = new Window(100_000 + 100_000 * random.nextDouble(), 1e9 * random.nextDouble(), 0);
                windows.add(window);
                used += window.cpu();
                answers += window.qps();
            }
            assertThat(ServiceCost.perAnswer(windows)).isBetween(used / answers / 2 - 1e-6, used / answers + 1e-6);
        }
    }
}
