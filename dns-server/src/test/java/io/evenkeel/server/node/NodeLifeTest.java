package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class NodeLifeTest {
    private static final List<NodeState> ORDER =
            List.of(NodeState.STARTING, NodeState.CATCHING_UP, NodeState.WARMING, NodeState.OPEN);

    private static final Map<NodeState, Set<NodeState>> LEGAL = Map.of(
            NodeState.STARTING, Set.of(NodeState.CATCHING_UP),
            NodeState.CATCHING_UP, Set.of(NodeState.WARMING),
            NodeState.WARMING, Set.of(NodeState.OPEN),
            NodeState.OPEN, Set.of());

    @Test
    void statesFollowEachOtherInOneOrderOnly() {
        for (NodeState from : ORDER) {
            for (NodeState to : EnumSet.allOf(NodeState.class)) {
                NodeLife life = at(from);
                if (Objects.requireNonNull(LEGAL.get(from)).contains(to)) {
                    assertThat(life.advance(to)).isTrue();
                    assertThat(life.state()).isEqualTo(to);
                } else {
                    assertThatThrownBy(() -> life.advance(to)).isInstanceOf(IllegalStateException.class);
                    assertThat(life.state()).isEqualTo(from);
                }
            }
        }
    }

    @Test
    void anyStateMayEndAndThenItStaysSo() {
        for (NodeState from : ORDER) {
            NodeLife life = at(from);
            assertThat(life.drain()).isEqualTo(from);
            assertThat(life.drain()).isEqualTo(NodeState.DRAINING);
            assertThat(life.advance(NodeState.OPEN)).isFalse();
            assertThat(life.state()).isEqualTo(NodeState.DRAINING);
        }
    }

    @Test
    void whatAnOperatorSaysHoldsAgainstWhatTheNodeDoesByItself() {
        for (NodeState from : ORDER) {
            for (NodeState said : List.of(NodeState.OPEN, NodeState.CLOSED)) {
                NodeLife life = at(from);
                assertThat(life.command(said)).isTrue();
                for (NodeState next : ORDER.subList(Math.min(3, ORDER.indexOf(from) + 1), ORDER.size())) {
                    if (life.state() != said) {
                        assertThat(life.state())
                                .as("what it was doing goes on")
                                .isEqualTo(ORDER.get(ORDER.indexOf(next) - 1));
                        assertThat(life.isShut()).isTrue();
                    }
                    assertThat(life.advance(next)).isTrue();
                }
                assertThat(life.state()).isEqualTo(said);
                assertThat(life.isShut()).isEqualTo(said == NodeState.CLOSED);
                assertThat(life.reached(said)).isNotNull();
            }
            NodeLife life = at(from);
            life.drain();
            assertThat(life.command(NodeState.OPEN)).isFalse();
            assertThat(life.state()).isEqualTo(NodeState.DRAINING);
        }
        NodeLife closed = at(NodeState.OPEN);
        closed.command(NodeState.CLOSED);
        assertThat(closed.isShut()).isTrue();
    }

    @Test
    void whoeverWaitsForAStateIsWokenByItOrByTheEnd() throws Exception {
        NodeLife life = at(NodeState.WARMING);
        assertThat(life.await(NodeState.OPEN, Duration.ZERO)).isFalse();
        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return life.await(NodeState.OPEN, Duration.ofSeconds(60));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        life.drain();
        assertThat(waiting.get()).isTrue();
    }

    private static NodeLife at(NodeState state) {
        NodeLife life = new NodeLife();
        for (NodeState next : ORDER.subList(1, ORDER.indexOf(state) + 1)) {
            life.advance(next);
        }
        return life;
    }
}
