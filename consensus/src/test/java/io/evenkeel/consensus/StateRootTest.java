package io.evenkeel.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.state.ReplicatedState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class StateRootTest {
    private final StateRoot root = new StateRoot(ReplicatedState.empty());

    private static Published at(long index) {
        return new Published(1, index, ReplicatedState.empty(), 0);
    }

    private void publish(long... indices) {
        for (long index : indices) {
            root.publish(at(index));
        }
    }

    @Test
    void neverGoesBack() {
        publish(5, 3, 5);
        assertThat(root.get().index()).isEqualTo(5);
        assertThat(root.isDoubted()).isFalse();
    }

    @Test
    void whatMayBeWrongIsTakenBackToTheLastGoodOneAndStaysThere() throws Exception {
        publish(5, 9);
        root.doubt(at(5));
        publish(10, 11);
        assertThat(root.get().index()).isEqualTo(5);
        assertThat(root.isDoubted()).isTrue();
        assertThat(root.await(9, Duration.ZERO)).isFalse();
        root.doubt(at(4));
        assertThat(root.get().index()).as("a second doubt changes nothing").isEqualTo(5);
    }

    @Test
    void whatTakesItsPlaceIsShownFromWhereTheWrongOneHadGotTo() throws Exception {
        publish(5, 9);
        root.doubt(at(5));
        root.trust();
        publish(6, 8);
        assertThat(root.get().index()).isEqualTo(5);
        assertThat(root.isDoubted()).as("still of before").isTrue();
        publish(9);
        assertThat(root.get().index()).as("an equal index will do").isEqualTo(9);
        assertThat(root.isDoubted()).isFalse();
        assertThat(root.await(9, Duration.ZERO)).isTrue();
        publish(9, 7);
        assertThat(root.get().index()).isEqualTo(9);
    }

    @Test
    void whatTakesThePlaceOfOneThatWasShownToTheEndIsShownFromAnEqualIndexOn() {
        publish(5);
        root.doubt(null);
        publish(6);
        root.replaced();
        assertThat(root.isDoubted()).as("the wrong one is still shown").isTrue();
        publish(5);
        assertThat(root.isDoubted()).isTrue();
        Published healed = at(6);
        root.publish(healed);
        assertThat(root.get()).isSameAs(healed);
        assertThat(root.isDoubted()).isFalse();
        root.replaced();
        root.doubt(null);
        publish(7);
        assertThat(root.isDoubted()).as("doubted anew meanwhile").isTrue();
    }

    @Test
    void whereNothingIsKnownToBeGoodItGoesOnAndSaysSo() {
        publish(5);
        root.doubt(null);
        publish(6);
        assertThat(root.get().index()).isEqualTo(6);
        assertThat(root.isDoubted()).isTrue();
        root.trust();
        assertThat(root.isDoubted()).isFalse();
    }
}
