package io.evenkeel.ops.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DelayedWireTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;

    private final VirtualWire network = VirtualWire.silent();
    private final List<Long> inVain = new ArrayList<>();
    private final Wire.Receiver receiver = new Wire.Receiver() {
        @Override
        public void received(int socket, int node, ByteBuffer message) {
            throw new AssertionError("nothing is answered here");
        }

        @Override
        public void refused(int socket, int id) {
            throw new AssertionError("nothing is refused here");
        }

        @Override
        public void receivedTcp(long ticket, @Nullable ByteBuffer message) {
            assertThat(message).isNull();
            inVain.add(ticket);
        }
    };

    private long now;

    private final DelayedWire wire = new DelayedWire(network, farAway(1), () -> now);

    /** From 1 s to 2 s by 100 ms. */
    private static FleetPlan farAway(double seconds) {
        return VirtualWire.with(
                VirtualWire.plan(seconds, 1), List.of(), List.of(new FleetPlan.Delay(SECOND, 2 * SECOND, 100 * MILLI)));
    }

    private int sentBy(long nanos) throws Exception {
        now = nanos;
        wire.receive(0, receiver);
        return network.sent.size();
    }

    @Test
    void aDatagramArrivesLaterInADelayAndAsEverOutsideOfIt() throws Exception {
        ByteBuffer message = ByteBuffer.allocate(2).put(0, (byte) 7);
        assertThat(wire.send(1, 0, 0, message.rewind())).isTrue();
        assertThat(network.sent).hasSize(1);
        now = SECOND;
        assertThat(wire.send(2, 0, 0, message.rewind())).isTrue();
        message.put(0, (byte) 9); // its sender has it back at once
        assertThat(sentBy(SECOND + 99 * MILLI)).isEqualTo(1);
        assertThat(sentBy(SECOND + 100 * MILLI)).isEqualTo(2);
        assertThat(network.sent.getLast().socket()).isEqualTo(2);
        assertThat(network.sent.getLast().message()).containsExactly(7, 0);
        now = 2 * SECOND;
        assertThat(wire.send(3, 0, 0, message.rewind())).isTrue();
        assertThat(network.sent).hasSize(3);
    }

    @Test
    void overTcpTheConnectionTakesARoundTripToo() throws Exception {
        now = SECOND;
        assertThat(wire.sendTcp(5, 0, 0, ByteBuffer.allocate(2), SECOND)).isTrue();
        assertThat(sentBy(SECOND + 199 * MILLI)).isZero();
        assertThat(sentBy(SECOND + 200 * MILLI)).isEqualTo(1);
        assertThat(network.sent.getFirst().ticket()).isEqualTo(5);
    }

    @Test
    void aQueryOverTcpThatCannotArriveInTimeEndsWithItsTimeout() throws Exception {
        now = SECOND;
        assertThat(wire.sendTcp(5, 0, 0, ByteBuffer.allocate(2), 150 * MILLI)).isTrue();
        assertThat(sentBy(SECOND + 149 * MILLI)).isZero();
        assertThat(inVain).isEmpty();
        assertThat(sentBy(SECOND + 150 * MILLI)).isZero();
        assertThat(inVain).containsExactly(5L);
    }
}
