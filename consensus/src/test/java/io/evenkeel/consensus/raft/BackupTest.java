package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.identity.DataDirectoryException;
import io.evenkeel.consensus.identity.DataDirectoryException.Kind;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.snapshot.Backup;
import io.evenkeel.consensus.snapshot.BackupException;
import io.evenkeel.zones.state.FeatureLevel;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backup files, and data directories that a cluster is founded from. */
final class BackupTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    Path directory;

    private ReplicatedState state = ReplicatedState.empty();
    private Path file = Path.of("");

    @BeforeEach
    void write() throws Exception {
        state = state.apply(1, TestZone.create(50)).next();
        state = state.apply(2, new ZoneCommand.Tick()).next();
        file = directory.resolve("b.backup");
        try (OutputStream out = Files.newOutputStream(file)) {
            Backup.write(new Published(3, 7, state, 0), "c", "n2", NOW, out);
        }
    }

    @Test
    void isReadAsItWasWritten() throws Exception {
        Backup.Summary summary = Backup.verify(file);
        assertThat(summary.head()).isEqualTo(new Backup.Head("c", "n2", 3, 7, NOW));
        assertThat(summary.zones()).isEqualTo(1);
        assertThat(summary.records()).isEqualTo(52);
        assertThat(summary.bytes()).isEqualTo(Files.size(file));
        Published loaded = Backup.load(file);
        assertThat(loaded.state().digest()).isEqualTo(state.digest());
        assertThat(loaded.index()).isEqualTo(7);
    }

    @Test
    void oneZoneIsTakenOutOfIt() throws Exception {
        Backup.OfZone found = Backup.zone(file, "Example.");
        assertThat(found.head().written()).isEqualTo(NOW);
        assertThat(found.zone()).isNotNull();
        assertThat(Objects.requireNonNull(found.zone()).hash())
                .isEqualTo(Objects.requireNonNull(state.catalog().zone(TestZone.APEX))
                        .hash());
        assertThat(Backup.zone(file, "other.").zone()).isNull();
        byte[] damaged = Files.readAllBytes(file);
        damaged[damaged.length - 100] ^= 1;
        Files.write(file, damaged);
        assertThatThrownBy(() -> Backup.zone(file, "other.")).isInstanceOf(BackupException.class);
    }

    @Test
    void itHoldsTheHistoryOfChanges() throws Exception {
        ReplicatedState raised = ReplicatedState.empty();
        raised = raised.apply(1, FeatureLevel.raise(raised.settings())).next();
        raised = raised.apply(2, TestZone.create(50)).next();
        try (OutputStream out = Files.newOutputStream(file)) {
            Backup.write(new Published(3, 7, raised, 0), "c", "n2", NOW, out);
        }
        assertThat(Backup.verify(file).zones()).isEqualTo(1);
        assertThat(Backup.load(file).state().history().count()).isEqualTo(1);
        assertThat(Backup.zone(file, "Example.").zone()).isNotNull();
    }

    @Test
    void everyDamageIsFoundAndNothingIsTouched() throws Exception {
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(1);
        Path target = directory.resolve("n1");
        for (int i = 0; i < 200; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, i % 2 == 0 ? damaged : Arrays.copyOf(whole, random.nextInt(whole.length)));
            assertThatThrownBy(() -> FoundingState.restore(file, target, "c", "n1"))
                    .isInstanceOf(BackupException.class)
                    .message()
                    .startsWith(file + ": ")
                    .doesNotContain("\n");
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertThatThrownBy(() -> Backup.verify(file)).hasMessageContaining("damaged");
        assertThat(target).doesNotExist();
    }

    @Test
    void otherFilesAndLaterFormatsAreToldApart() throws Exception {
        byte[] whole = Files.readAllBytes(file);
        whole[9]++;
        Files.write(file, whole);
        assertThatThrownBy(() -> Backup.verify(file)).hasMessageContaining("format 2, this version reads format 1");
        Files.writeString(file, "$ORIGIN example.\n");
        assertThatThrownBy(() -> Backup.verify(file)).hasMessage(file + ": this is no backup of Evenkeel");
        Files.writeString(file, "");
        assertThatThrownBy(() -> Backup.verify(file)).hasMessage(file + ": this is no backup of Evenkeel");
    }

    @Test
    void restoringMakesAFoundingDirectoryOfANewCluster() throws Exception {
        Path target = directory.resolve("n1");
        assertThat(FoundingState.restore(file, target, "other", "n1").zones()).isEqualTo(1);
        NodeIdentity identity = NodeIdentity.load(target, "other", "n1").orElseThrow();
        assertThat(identity.phase()).isEqualTo(NodeIdentity.Phase.FOUNDING);
        assertThat(names(target)).containsExactly(FoundingState.FILE, NodeIdentity.FILE);

        assertThatThrownBy(() -> FoundingState.restore(file, target, "other", "n1"))
                .isInstanceOfSatisfying(
                        DataDirectoryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_EMPTY))
                .hasMessageContaining("holds the data of a node");
        assertThat(NodeIdentity.load(target, "other", "n1")).contains(identity);
    }

    @Test
    void thereIsNothingToRecoverInOtherFolders() throws Exception {
        assertThatThrownBy(() -> Recovery.examine(directory)).hasMessageContaining("is no data folder of a node");
        FoundingState.restore(file, directory.resolve("n1"), "c", "n1");
        assertThatThrownBy(() -> Recovery.examine(directory.resolve("n1")))
                .hasMessageContaining("about to found a cluster already");
        NodeIdentity.joining("c", new java.util.UUID(1, 2), "n1", 1).store(directory.resolve("n2"));
        assertThatThrownBy(() -> Recovery.examine(directory.resolve("n2")))
                .hasMessageContaining("nothing to recover from");
    }

    private static Stream<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> String.valueOf(path.getFileName())).sorted().toList().stream();
        }
    }

    @Test
    void textOfTheHeadIsPlain() throws Exception {
        String head = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        assertThat(head).contains("cluster=c\nnode=n2\nterm=3\nindex=7\nwritten=2026-01-02T03:04:05Z\n");
    }
}
