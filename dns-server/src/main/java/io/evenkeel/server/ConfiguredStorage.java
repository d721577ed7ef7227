package io.evenkeel.server;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.server.config.BackupSchedule;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.server.config.ServerConfig.BackupConfig;
import io.evenkeel.server.config.ServerConfig.DrillConfig.Defence;
import io.evenkeel.server.config.ServerConfig.LogConfig;
import io.evenkeel.server.peer.Vitals;
import io.evenkeel.server.storage.Backups;
import io.evenkeel.server.storage.Storage;
import io.evenkeel.server.storage.StorageKeeper;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The disk of a node as the configuration has it. */
final class ConfiguredStorage {
    private ConfiguredStorage() {}

    static Storage of(
            ServerConfig config,
            Supplier<@Nullable Published> zones,
            Supplier<Map<String, Vitals.Disk>> disks,
            Supplier<@Nullable Replica> replica,
            InstantSource clock,
            Daemons daemons) {
        Path data = config.node().data();
        LogConfig log = config.log();
        return new Storage(
                config.node().name(),
                new StorageKeeper.Settings(
                        data,
                        log.file(),
                        log.maxSize(),
                        log.files() + 1,
                        config.storage().budget()),
                config.drill().has(Defence.STORAGE_KEEPER),
                backups(config, data),
                zones,
                disks,
                replica,
                clock,
                daemons);
    }

    private static Backups.@Nullable Settings backups(ServerConfig config, Path data) {
        BackupConfig backup = config.backup();
        BackupSchedule schedule = backup.schedule();
        return schedule == null
                ? null
                : new Backups.Settings(
                        Backups.folder(data),
                        schedule,
                        backup.keep(),
                        backup.hook(),
                        config.cluster().name(),
                        config.node().name());
    }
}
