package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.consensus.Published;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.StageWriter;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Entries that are applied once more, beside the state that they have led to. */
class ReplayTest {
    private static final long MEBIBYTE = 1 << 20;
    private static final RequestId STAGE = new RequestId(7, 7);

    private final List<ZoneCommand> log = new ArrayList<>();

    private Published held() {
        ReplicatedState state = ReplicatedState.empty();
        for (ZoneCommand command : log) {
            state = state.apply(state.index() + 1, command).next();
        }
        return new Published(1, state.index(), state, 0);
    }

    private void stage(long reserves) throws Exception {
        ZoneContents.Inline inline = (ZoneContents.Inline) ((ZoneCommand.PutZone) TestZone.create(20)).contents();
        ZoneContents.Staged staged = StageWriter.<RuntimeException>write(
                STAGE,
                inline.records(),
                (number, chunk) -> log.add(new ZoneCommand.StageChunk(STAGE, number, chunk, reserves)));
        log.add(new ZoneCommand.PutZone(TestZone.APEX, null, staged, 1, List.of(new RequestId(1, 1))));
    }

    private ReplicatedState replayed(Published held, Replay replay) {
        ReplicatedState state = ReplicatedState.empty();
        for (ZoneCommand command : log) {
            long index = state.index() + 1;
            assertThat(Replay.has(held, index)).isTrue();
            replay.requireRoom(held, state, command);
            ReplicatedState.Transition transition = state.apply(index, command);
            state = replay.shared(held, transition.next(), command, transition.result());
        }
        return state;
    }

    private static Zone zone(ReplicatedState state) {
        return Objects.requireNonNull(state.catalog().zone(TestZone.APEX));
    }

    @Test
    void zoneThatIsThereInTheSameVersionIsTakenFromThere() throws Exception {
        stage(MEBIBYTE);
        Published held = held();
        ReplicatedState again = replayed(held, new Replay(Long.MAX_VALUE));
        assertThat(zone(again)).isSameAs(zone(held.state()));
        assertThat(again.digest()).isEqualTo(held.state().digest());
        assertThat(Replay.has(held, held.index() + 1)).isFalse();
        assertThat(Replay.has(new Published(1, 9, ReplicatedState.empty(), 0), 1))
                .as("a process that holds no zones begins")
                .isFalse();
    }

    @Test
    void zoneThatHasChangedSinceIsMadeAnew() throws Exception {
        stage(MEBIBYTE);
        log.add(TestZone.addHost(zone(held().state()).version(), 1, 99));
        Published held = held();
        ReplicatedState again = replayed(held, new Replay(Long.MAX_VALUE));
        assertThat(zone(again)).isNotSameAs(zone(held.state()));
        assertThat(again.digest()).isEqualTo(held.state().digest());
    }

    @Test
    void contentsThatDoNotFitBesideAreNotUnpacked() throws Exception {
        stage(50 * MEBIBYTE);
        Published held = held();
        assertThatCode(() -> replayed(held, new Replay(90 * MEBIBYTE))).doesNotThrowAnyException();
        assertThatThrownBy(() -> replayed(held, new Replay(70 * MEBIBYTE)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("too little memory to read the log anew")
                .hasMessageContaining("start this node anew");
    }
}
