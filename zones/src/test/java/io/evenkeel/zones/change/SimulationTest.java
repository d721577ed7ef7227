package io.evenkeel.zones.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Seeds;
import io.evenkeel.zones.change.Simulation.Planted;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Replicas at one index are identical, nothing acknowledged is lost, serials only advance. */
class SimulationTest {
    @Seeds
    void replicasAgreeWhateverHappensToThem(long seed) {
        SimulatedHistory history = new Simulation(seed, Planted.NOTHING).run();
        assertThat(history.acknowledged()).as("the cluster got somewhere").isGreaterThan(5);
    }

    /** Of the first seeds one at least must show each fault: a simulation that finds nothing proves nothing. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NOTHING")
    void plantedFaultsAreFound(Planted planted) {
        for (long seed = 1; seed <= 300; seed++) {
            try {
                new Simulation(seed, planted).run();
            } catch (AssertionError found) {
                assertThat(found).hasMessageNotContaining("has not caught up");
                return;
            }
        }
        throw new AssertionError(planted + " was not found");
    }
}
