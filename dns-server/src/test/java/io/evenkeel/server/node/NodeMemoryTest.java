package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.util.Arrays;
import java.util.zip.Deflater;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class NodeMemoryTest {
    private static final long MEBIBYTE = 1 << 20;
    private static final long GIBIBYTE = 1 << 30;
    /** As they are staged. */
    private static final byte[] NO_RECORDS = deflated();

    private static byte[] deflated() {
        Deflater deflater = new Deflater();
        deflater.finish();
        byte[] octets = new byte[64];
        int length = deflater.deflate(octets);
        deflater.end();
        return Arrays.copyOf(octets, length);
    }

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
        assertThat(small.reasons(empty)).noneMatch(reason -> reason.startsWith("too little memory"));

        long taken = 300 * MEBIBYTE;
        ReplicatedState full = empty.apply(1, new ZoneCommand.StageChunk(new RequestId(1, 1), 0, NO_RECORDS, taken))
                .next();
        assertThat(full.octets()).isGreaterThanOrEqualTo(taken);
        assertThat(small.isTooSmall(full)).isTrue();
        assertThat(small.reasons(full))
                .first(InstanceOfAssertFactories.STRING)
                .contains(
                        "the zones take 300 MiB, and this node has 1 MiB for them",
                        "does not count any more",
                        "-Xmx" + NodeMemory.heapFor(full.octets()) + "m");
        assertThat(NodeMemory.of(NodeMemory.heapFor(full.octets()) * MEBIBYTE, 8 * GIBIBYTE)
                        .isTooSmall(full))
                .isFalse();
    }
}
