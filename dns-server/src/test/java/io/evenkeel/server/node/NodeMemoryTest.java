package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.state.ReplicatedState;
import org.junit.jupiter.api.Test;

class NodeMemoryTest {
    private static final long MEBIBYTE = 1 << 20;
    private static final long GIBIBYTE = 1 << 30;

    @Test
    void heapDecidesWhereTheMachineHasEnough() {
        assertThat(NodeMemory.of(GIBIBYTE, 4 * GIBIBYTE).heap()).isEqualTo(GIBIBYTE);
    }

    @Test
    void containerDecidesWhereItHasLess() {
        assertThat(NodeMemory.of(4 * GIBIBYTE, GIBIBYTE).heap()).isEqualTo(624 * MEBIBYTE);
        assertThat(NodeMemory.of(GIBIBYTE, 300 * MEBIBYTE).heap()).isZero();
    }

    @Test
    void nodeWithoutAnyRoomStillTellsALimit() {
        assertThat(NodeMemory.of(GIBIBYTE, 300 * MEBIBYTE).zones()).isEqualTo(MEBIBYTE);
        assertThat(NodeMemory.of(GIBIBYTE, 4 * GIBIBYTE).zones())
                .isBetween(700 * MEBIBYTE, GIBIBYTE * 8 / 10)
                .matches(octets -> octets % MEBIBYTE == 0);
    }

    @Test
    void heapThatIsNamedAsRemedyIsEnough() {
        for (long state = MEBIBYTE; state < GIBIBYTE; state += 37 * MEBIBYTE) {
            long heap = NodeMemory.heapFor(state) * MEBIBYTE;
            assertThat(NodeMemory.of(heap, 8 * GIBIBYTE).zones()).isGreaterThanOrEqualTo(state - MEBIBYTE);
        }
    }

    @Test
    void nodeThatIsTooSmallSaysSoAndNamesTheHeapThatItNeeds() {
        NodeMemory small = NodeMemory.of(0, 8 * GIBIBYTE);
        ReplicatedState empty = ReplicatedState.empty();
        assertThat(small.isTooSmall(empty)).isFalse();
        assertThat(NodeMemory.of(GIBIBYTE, 8 * GIBIBYTE).reasons(empty)).noneMatch(reason -> reason.contains("-Xmx"));
    }
}
