package io.evenkeel.consensus.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.zones.Golden;
import io.evenkeel.zones.change.Samples;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Later versions read the files of earlier ones in a data directory, and the octets before a command in the log. */
final class PersistentFilesTest {
    private static final UUID CLUSTER = new UUID(0x0102030405060708L, 0x1112131415161718L);

    @TempDir
    private Path directory = Path.of("");

    @Test
    void aBackupIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = golden("backup-1.hex");
        Instant now = Instant.parse("2026-01-02T03:04:05Z");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Backup.write(published(), "c", "n2", now, out);
        golden.assertWritten("backup", out.toByteArray());
        Path file = Files.write(directory.resolve("b"), golden.octets("backup"));
        Backup.Summary summary = Backup.verify(file);
        assertThat(summary.head()).isEqualTo(new Backup.Head("c", "n2", 3, 41, now));
        assertThat(summary.records()).isEqualTo(3);
        assertThat(Backup.load(file).state().digest())
                .isEqualTo(published().state().digest());
    }

    @Test
    void aSnapshotDirectoryIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = golden("snapshot-directory-1.hex");
        Path made = directory.resolve("made");
        SnapshotManifest manifest =
                SnapshotDirectory.write(made, CLUSTER, published(), null, (channel, bytes) -> {}, step -> {});
        golden.assertWritten("MANIFEST", Files.readAllBytes(made.resolve(SnapshotManifest.FILE)));
        Files.write(made.resolve(SnapshotManifest.FILE), golden.octets("MANIFEST"));
        assertThat(SnapshotManifest.read(made)).isEqualTo(manifest);
        assertThat(SnapshotDirectory.load(made, CLUSTER).state().digest())
                .isEqualTo(published().state().digest());
    }

    @Test
    void theIdentityIsWrittenAndReadAsItWas() throws Exception {
        Golden golden = golden("identity-2.hex");
        NodeIdentity identity = new NodeIdentity("Größe", CLUSTER, "n2", 3, NodeIdentity.Phase.MEMBER);
        identity.store(directory);
        Path file = directory.resolve(NodeIdentity.FILE);
        golden.assertWritten(NodeIdentity.FILE, Files.readAllBytes(file));
        assertThat(NodeIdentity.parse(Files.write(file, golden.octets(NodeIdentity.FILE))))
                .isEqualTo(identity);
        Path raft = directory.resolve(NodeIdentity.RAFT_DIRECTORY);
        identity.claim(raft);
        Path owner = raft.resolve("owner.properties");
        golden.assertWritten("owner.properties", Files.readAllBytes(owner));
        Files.write(owner, golden.octets("owner.properties"));
        assertThat(NodeIdentity.owner(raft)).isEqualTo(identity);
        assertThat(identity.flaw(raft)).isEqualTo("raft-meta is missing"); // so the owner fits
    }

    @Test
    void aCommandIsSealedAndOpenedAsItWas() throws Exception {
        Golden golden = golden("sealed-command-1.hex");
        ClusterKeys keys = ClusterKeys.load(Files.write(directory.resolve("key"), golden.octets("key-file")));
        byte[] tick = CommandCodec.encode(new ZoneCommand.Tick());
        golden.assertWritten("sealed-tick", keys.seal(tick));
        assertThat(keys.open(golden.octets("sealed-tick"))).isEqualTo(tick);
        golden.assertWritten("secret", keys.secrets("evenkeel test v1", 32).getFirst());
    }

    private static Golden golden(String file) throws IOException {
        return Golden.read(PersistentFilesTest.class, file);
    }

    private static Published published() {
        ZoneCommand create =
                new ZoneCommand.PutZone(Samples.APEX, null, new ZoneContents.Inline(Samples.zone(7)), 7, List.of());
        return new Published(3, 41, ReplicatedState.empty().apply(41, create).next(), 0);
    }
}
