package io.evenkeel.server.metrics;

import io.evenkeel.server.storage.Backups;
import io.evenkeel.server.storage.Storage;
import io.evenkeel.server.storage.StorageClass;
import io.evenkeel.server.storage.StorageKeeper;
import io.evenkeel.server.traffic.Capture;
import io.evenkeel.server.traffic.Captures;
import io.micrometer.core.instrument.Tags;
import java.time.Instant;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The disk of a node: its use, its room, its speed, its backups, and captures to it. */
final class StorageMetrics {
    private StorageMetrics() {}

    static void register(Metrics metrics, Storage storage, Captures captures) {
        StorageKeeper keeper = storage.keeper();
        for (StorageClass kind : StorageClass.values()) {
            Tags tags = Tags.of("class", kind.toString());
            metrics.gauge(
                    "evenkeel.storage.bytes",
                    "Octets of the files below the data folder, by what they are; NaN while unknown",
                    tags,
                    () -> seen(keeper, last -> last.octets().getOrDefault(kind, 0L)));
            metrics.count(
                    "evenkeel.budget.evicted.bytes",
                    "Octets of files that were given up for want of room, by what they were",
                    tags,
                    () -> keeper.evicted(kind));
        }
        metrics.gauge(
                "evenkeel.storage.budget.bytes",
                "Octets that all files of the node may take",
                Tags.empty(),
                keeper::budget);
        metrics.gauge(
                "evenkeel.storage.needed.bytes",
                "Octets that the node needs for snapshots, the log of changes and the ballast; NaN while unknown",
                Tags.empty(),
                () -> seen(keeper, StorageKeeper.Seen::needed));
        metrics.gauge(
                "evenkeel.storage.refused.files",
                "Files and folders below the data folder that the node may not read or delete; NaN while unknown",
                Tags.empty(),
                () -> seen(keeper, StorageKeeper.Seen::refused));
        metrics.gauge(
                "evenkeel.storage.volume.bytes",
                "Octets of the file system with the data folder; NaN while unknown",
                Tags.empty(),
                () -> seen(keeper, StorageKeeper.Seen::total));
        metrics.gauge(
                "evenkeel.storage.volume.free.bytes",
                "Octets of it that the node may still take; NaN while unknown",
                Tags.empty(),
                () -> seen(keeper, StorageKeeper.Seen::free));
        metrics.gauge(
                "evenkeel.storage.full.seconds",
                "Until that file system is full, at the rate of the last minute; NaN while it does not fill",
                Tags.empty(),
                () -> Double.isFinite(keeper.secondsToFull()) ? keeper.secondsToFull() : Double.NaN);
        metrics.gauge(
                "evenkeel.storage.level",
                "How short of room that file system is: 0 not, 1 warn, 2 high, 3 critical, 4 emergency",
                Tags.empty(),
                () -> keeper.level().step());
        metrics.gauge(
                "evenkeel.storage.crowded",
                "1 on a node that knows a majority to be short of room, so that changes that grow are refused",
                Tags.empty(),
                () -> Metrics.is(!storage.duty().crowded().isEmpty()));
        metrics.gauge(
                "evenkeel.disk.write.seconds",
                "How long the disk took to force a small write, once a second; so far, if it takes longer",
                Tags.empty(),
                storage.duty()::seconds);
        metrics.gauge(
                "evenkeel.disk.slow",
                "1 while such a write takes more than 3 s, and for half a minute after: the node hands leadership over",
                Tags.empty(),
                () -> Metrics.is(storage.duty().isSlow()));
        metrics.gauge(
                "evenkeel.capture.active",
                "1 while the node writes a capture of its traffic",
                Tags.empty(),
                () -> Metrics.is(captures.status().stream().anyMatch(Capture.Status::isRunning)));
        metrics.count(
                "evenkeel.capture.bytes",
                "Octets that captures have written since the start",
                Tags.empty(),
                captures::octets);
        metrics.count(
                "evenkeel.capture.lost",
                "Messages that are in no capture though they were to be, since the disk was too slow",
                Tags.empty(),
                captures::lost);
        Backups backups = storage.backups();
        metrics.gauge(
                "evenkeel.backup.scheduled",
                "1 on a node that makes backups by a schedule",
                Tags.empty(),
                () -> Metrics.is(backups != null));
        metrics.gauge(
                "evenkeel.backup.last.verified.timestamp.seconds",
                "When the newest scheduled backup was made that was read back and verified, since 1970; 0: there is none",
                Tags.empty(),
                () -> backups == null ? 0 : seconds(backups.last()));
        for (Backups.Step step : Backups.Step.values()) {
            metrics.count(
                    "evenkeel.backup.failures",
                    "Scheduled backups that failed, by the step",
                    Tags.of("step", step.toString()),
                    () -> backups == null ? 0 : backups.failures(step));
        }
    }

    private static double seen(StorageKeeper keeper, ToDoubleFunction<StorageKeeper.Seen> value) {
        StorageKeeper.Seen last = keeper.seen();
        return last == null ? Double.NaN : value.applyAsDouble(last);
    }

    private static double seconds(@Nullable Instant instant) {
        return instant == null ? 0 : instant.getEpochSecond();
    }
}
