package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.server.change.Zones;
import io.evenkeel.server.peer.PeerGates;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

final class GateTest {
    private static final Gate.Outcome DONE = new Gate.Outcome.Done(false);
    private static final Gate.Outcome ALREADY = new Gate.Outcome.Done(true);

    private final InMemoryReplica replica = new InMemoryReplica();
    private final NodeLife life = new NodeLife();
    private final List<String> ports = new ArrayList<>();

    private final Gate gate = new Gate(life, replica.root(), () -> ports.add("open"), () -> ports.add("shut"));

    private static Gate.Others others(PeerGates gates) {
        return () -> gates;
    }

    private void putZone() {
        replica.propose(
                        new ZoneCommand.PutZone(
                                Zones.APEX, null, new ZoneContents.Inline(Zones.records(Zones.APEX)), 1, List.of()),
                        Duration.ofSeconds(30))
                .join();
    }

    @Test
    void theLastOpenNodeIsClosedByForceOnly() throws Exception {
        putZone();
        Gate.Others others = others(new PeerGates(List.of(), List.of("n2 is not open", "n3 cannot be reached")));
        assertThat(gate.open(false)).isEqualTo(DONE);
        assertThat(gate.open(false)).isEqualTo(ALREADY);
        assertThat(gate.close(false, others))
                .isInstanceOfSatisfying(
                        Gate.Outcome.Refused.class,
                        refused -> assertThat(refused.why())
                                .contains("n2 is not open; n3 cannot be reached")
                                .contains("force"));
        assertThat(ports).containsExactly("open");
        assertThat(gate.countsAsOpen()).isTrue();
        assertThat(gate.close(true, others)).isEqualTo(DONE);
        assertThat(gate.close(false, others)).isEqualTo(ALREADY);
        assertThat(ports).containsExactly("open", "shut");
        assertThat(gate.isOpen()).isFalse();
    }

    @Test
    void aNodeByItselfIsTheLastOne() throws Exception {
        putZone();
        Gate.Others others = others(new PeerGates(List.of(), List.of()));
        gate.open(false);
        assertThat(gate.close(false, others))
                .isInstanceOfSatisfying(
                        Gate.Outcome.Refused.class,
                        refused -> assertThat(refused.why()).contains("this node is the only member"));
    }

    @Test
    void aNodeWithoutAZoneIsOpenedByForceOnlyAndClosedWithoutAsking() throws Exception {
        Gate.Others others = () -> {
            throw new AssertionError("a node that is not open takes nothing away");
        };
        assertThat(gate.open(false)).isInstanceOf(Gate.Outcome.Refused.class);
        assertThat(gate.close(false, others)).isEqualTo(DONE);
        assertThat(gate.open(false)).isInstanceOf(Gate.Outcome.Refused.class);
        assertThat(gate.open(true)).isEqualTo(DONE);
    }

    @Test
    void aNodeThatStopsIsNeitherOpenedNorClosed() throws Exception {
        putZone();
        Gate.Others others = others(new PeerGates(List.of("n2"), List.of()));
        gate.open(false);
        life.drain();
        assertThat(gate.isOpen()).as("it answers to the last").isTrue();
        assertThat(gate.countsAsOpen()).as("but nobody can rely on it").isFalse();
        assertThat(gate.open(true)).isInstanceOf(Gate.Outcome.Refused.class);
        assertThat(gate.close(true, others)).isInstanceOf(Gate.Outcome.Refused.class);
        assertThat(ports).containsExactly("open");
    }

    /** Both ask the other before either has closed: the two last nodes must not both take the other for the last one. */
    @Test
    void ofTwoThatAreClosedAtOnceOneStaysOpen() throws Exception {
        putZone();
        CyclicBarrier bothAsk = new CyclicBarrier(2);
        List<Gate> gates = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Gate one = new Gate(new NodeLife(), replica.root(), () -> {}, () -> {});
            one.open(false);
            gates.add(one);
        }
        List<CompletableFuture<Gate.Outcome>> closing = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Gate one = gates.get(i);
            Gate other = gates.get(1 - i);
            closing.add(CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            return one.close(false, () -> {
                                meet(bothAsk);
                                return other.countsAsOpen()
                                        ? new PeerGates(List.of("other"), List.of())
                                        : new PeerGates(List.of(), List.of("other is not open"));
                            });
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    task -> Thread.ofVirtual().start(task)));
        }
        closing.forEach(CompletableFuture::join);
        assertThat(gates).anyMatch(Gate::isOpen);
    }

    private static void meet(CyclicBarrier barrier) throws InterruptedException {
        try {
            barrier.await();
        } catch (BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }
}
