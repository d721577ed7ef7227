package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Findings;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.zones.state.ReplicatedState;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class IntegrityTest {
    @TempDir
    Path directory;

    private StateRoot root = new StateRoot(ReplicatedState.empty());

    /** As a process that begins. */
    private Integrity begun() {
        root = new StateRoot(ReplicatedState.empty());
        return new Integrity(directory, root, new Findings());
    }

    private Path note() {
        return directory.resolve("doubt");
    }

    @ParameterizedTest
    @EnumSource
    void aDoubtOutlivesItsProcessUnlessItIsAboutItsMemory(Doubt.Kind kind) {
        Doubt found = new Doubt(kind, 7, "planted");
        Integrity before = begun();
        before.raise(found);
        assertThat(before.doubt()).isEqualTo(found);
        assertThat(note()).exists();

        Integrity after = begun();
        boolean lasts = kind != Doubt.Kind.DAMAGED;
        assertThat(after.doubt()).isEqualTo(lasts ? found : null);
        assertThat(root.isDoubted()).isEqualTo(lasts);
        assertThat(Files.exists(note()))
                .as("the note of a doubt that is over goes")
                .isEqualTo(lasts);
    }

    @Test
    void aNoteThatCannotBeReadIsADoubt() throws Exception {
        Files.writeString(note(), "DIVERG");
        assertThat(begun().doubt()).extracting(Doubt::kind).isEqualTo(Doubt.Kind.DIVERGED);
        assertThat(root.isDoubted()).isTrue();
    }

    @Test
    void onlyAMoreSeriousDoubtTakesThePlaceOfAnother() throws Exception {
        Integrity integrity = begun();
        Doubt damaged = new Doubt(Doubt.Kind.DAMAGED, -1, "planted");
        integrity.raise(damaged);
        integrity.raise(new Doubt(Doubt.Kind.DIVERGED, 7, "planted"));
        assertThat(integrity.doubt()).isEqualTo(damaged);
        Doubt conflict = new Doubt(Doubt.Kind.CONFLICT, 7, "planted");
        integrity.raise(conflict);
        assertThat(integrity.doubt()).isEqualTo(conflict);
        integrity.settle(7);
        assertThat(integrity.doubt()).isNull();
        assertThat(note()).doesNotExist();
        assertThat(root.isDoubted()).isFalse();
    }
}
