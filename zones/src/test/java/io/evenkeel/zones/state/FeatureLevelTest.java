package io.evenkeel.zones.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.zones.codec.UnsupportedCommandException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FeatureLevelTest {
    private ReplicatedState state = ReplicatedState.empty();
    private long index;

    @Test
    void aStateThatSaysNothingIsAtLevelOne() {
        assertThat(FeatureLevel.of(state.settings())).isEqualTo(1);
    }

    @Test
    void numbersFollowEachOtherFromOne() {
        assertThat(Arrays.stream(FeatureLevel.values()).mapToInt(FeatureLevel::number))
                .containsExactly(1, 2, 3);
        assertThat(FeatureLevel.lowest()).isEqualTo(1);
        assertThat(FeatureLevel.highest()).isEqualTo(2);
        assertThat(FeatureLevel.ofNewClusters()).isEqualTo(2);
    }

    @Test
    void aRaiseGoesUpByOneAndTakesEffectOnce() {
        ZoneCommand.PutSetting raise = FeatureLevel.raise(state.settings());
        assertThat(raise.value()).containsExactly(2);
        assertThat(apply(raise)).isInstanceOf(CommandResult.Applied.class);
        assertThat(FeatureLevel.of(state.settings())).isEqualTo(2);
        assertThat(apply(raise)).isEqualTo(new CommandResult.Stale());
        assertThat(apply(FeatureLevel.raise(state.settings()))).isInstanceOf(CommandResult.Applied.class);
        assertThat(FeatureLevel.of(state.settings())).isEqualTo(3);
    }

    @Test
    void nothingElseChangesALevel() {
        assertRefused("cluster", new byte[] {3});
        assertRefused("cluster", new byte[] {1});
        assertRefused("cluster", new byte[] {0, 2});
        assertRefused("cluster", new byte[0]);
        assertRefused("another", new byte[] {2});
        apply(FeatureLevel.raise(state.settings()));
        assertRefused("cluster", new byte[] {2});
        assertRefused("cluster", new byte[] {1});
        assertRefused("cluster", null);
    }

    @Test
    void aCommandOfALevelThatIsNotSpokenHereIsOneOfALaterRelease() {
        apply(FeatureLevel.raise(state.settings()));
        byte[] raise = CommandCodec.encode(FeatureLevel.raise(state.settings()));
        assertThatThrownBy(() -> CommandCodec.decode(raise))
                .isInstanceOf(UnsupportedCommandException.class)
                .hasMessageContaining("at level 3")
                .hasMessageContaining("speaks level 2 at most");
    }

    @Test
    void aSnapshotOfALevelThatIsNotSpokenHereIsOneOfALaterRelease() throws IOException {
        apply(FeatureLevel.raise(state.settings()));
        apply(FeatureLevel.raise(state.settings()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        state.writeSnapshot(out);
        assertThatThrownBy(() -> ReplicatedState.readSnapshot(new ByteArrayInputStream(out.toByteArray())))
                .isInstanceOf(UnsupportedCommandException.class)
                .hasMessageContaining("at level 3");
    }

    private void assertRefused(String name, byte @Nullable [] value) {
        Settings.Setting present = state.settings().find(FeatureLevel.KIND, name);
        long base = present == null ? 0 : present.revision();
        assertThat(apply(new ZoneCommand.PutSetting(FeatureLevel.KIND, name, value, base)))
                .isInstanceOf(CommandResult.Refused.class);
    }

    private CommandResult apply(ZoneCommand command) {
        ReplicatedState.Transition transition = state.apply(++index, command);
        state = transition.next();
        return transition.result();
    }
}
