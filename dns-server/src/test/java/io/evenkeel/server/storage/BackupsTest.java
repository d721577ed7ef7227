package io.evenkeel.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.consensus.snapshot.Backup;
import io.evenkeel.server.config.BackupSchedule;
import io.evenkeel.zones.state.ReplicatedState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class BackupsTest {
    private static final Published ZONES = new Published(3, 41, ReplicatedState.empty(), 0);

    @TempDir
    private Path folder = Path.of("");

    private final VirtualTime time = new VirtualTime();
    private Instant now = Instant.parse("2026-12-01T03:00:00Z");
    private @Nullable Published zones = ZONES;
    private long free = 1L << 40;

    private Backups backups(BackupSchedule schedule, int keep, @Nullable Path hook) {
        StorageKeeper keeper = new StorageKeeper(
                new StorageKeeper.Settings(folder, null, 0, 0, 1L << 32), () -> null, time, new StorageKeeper.Volume() {
                    @Override
                    public long total() {
                        return 1L << 41;
                    }

                    @Override
                    public long free() {
                        return free;
                    }
                });
        return new Backups(
                new Backups.Settings(folder.resolve("backups"), schedule, keep, hook, "test", "n1"),
                () -> zones,
                keeper,
                () -> now,
                time);
    }

    private void passes(Duration length) throws InterruptedException {
        now = now.plus(length);
        time.advance(length);
    }

    private List<String> made() throws IOException {
        if (Files.notExists(folder.resolve("backups"))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder.resolve("backups"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void eachIsVerifiedAndSomeAreKept() throws Exception {
        Backups backups = backups(BackupSchedule.every(Duration.ofHours(6)), 2, null);
        for (int i = 0; i < 4; i++) {
            backups.look();
            passes(Duration.ofHours(6));
        }
        assertThat(made()).containsExactly("zones-20261201T150000Z.backup", "zones-20261201T210000Z.backup");
        Backup.Summary summary = Backup.verify(folder.resolve("backups").resolve(made().getLast()));
        assertThat(summary.head())
                .isEqualTo(new Backup.Head("test", "n1", 3, 41, Instant.parse("2026-12-01T21:00:00Z")));
        assertThat(backups.last()).isEqualTo(Instant.parse("2026-12-01T21:00:00Z"));
        assertThat(Files.getPosixFilePermissions(folder.resolve("backups").resolve(made().getLast())))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void aProcessGoesOnWhereTheOneBeforeWas() throws Exception {
        backups(BackupSchedule.daily(LocalTime.of(3, 30)), 7, null).look();
        assertThat(made()).as("the first one is due at once").hasSize(1);
        Backups next = backups(BackupSchedule.daily(LocalTime.of(3, 30)), 7, null);
        passes(Duration.ofMinutes(29));
        next.look();
        assertThat(made()).hasSize(1);
        assertThat(next.last()).isEqualTo(Instant.parse("2026-12-01T03:00:00Z"));
        passes(Duration.ofMinutes(2));
        next.look();
        next.look();
        assertThat(made()).containsExactly("zones-20261201T030000Z.backup", "zones-20261201T033100Z.backup");
        passes(Duration.ofHours(23));
        next.look();
        assertThat(made()).hasSize(2);
        passes(Duration.ofHours(1));
        next.look();
        assertThat(made()).hasSize(3);
    }

    @Test
    void aNodeThatHasNotAllZonesMakesNone() throws Exception {
        zones = null;
        Backups backups = backups(BackupSchedule.every(Duration.ofHours(6)), 2, null);
        backups.look();
        assertThat(made()).isEmpty();
        assertThat(backups.failures(Backups.Step.WRITE)).isZero();
    }

    @Test
    void withoutRoomNoneIsMadeAndItIsTriedAgainLater() throws Exception {
        free = 1 << 20;
        Backups backups = backups(BackupSchedule.every(Duration.ofHours(6)), 2, null);
        backups.look();
        backups.look();
        assertThat(made()).isEmpty();
        assertThat(backups.failures(Backups.Step.WRITE)).isOne();
        free = 1L << 40;
        passes(Duration.ofMinutes(10));
        backups.look();
        assertThat(made()).hasSize(1);
    }

    @Test
    void whatAProcessLeftUnfinishedGoes() throws Exception {
        Files.createDirectory(folder.resolve("backups"));
        Files.createFile(folder.resolve("backups/zones-20261130T033000Z.backup.partial"));
        backups(BackupSchedule.every(Duration.ofHours(6)), 2, null).look();
        assertThat(made()).containsExactly("zones-20261201T030000Z.backup");
    }

    private Path hook(String script) throws IOException {
        Path hook = folder.resolve("hook");
        Files.writeString(hook, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwx------"));
        return hook;
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aHookIsCalledWithItsPath() throws Exception {
        Backups backups = backups(
                BackupSchedule.every(Duration.ofHours(6)),
                2,
                hook("yes | head -c 1000000; cp \"$1\" " + folder.resolve("shipped")));
        backups.look();
        assertThat(folder.resolve("shipped"))
                .hasSameBinaryContentAs(folder.resolve("backups").resolve(made().getFirst()));
        assertThat(backups.failures(Backups.Step.HOOK)).isZero();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aHookThatFailsIsCountedAndTheBackupIsThere() throws Exception {
        Backups backups = backups(BackupSchedule.every(Duration.ofHours(6)), 2, hook("echo no way out >&2; exit 3"));
        backups.look();
        assertThat(made()).hasSize(1);
        assertThat(backups.failures(Backups.Step.HOOK)).isOne();
        assertThat(backups.last()).isEqualTo(now);
    }
}
