package io.evenkeel.server.config;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * When backups are made: at a time of each day, UTC, or so long after the last one.
 *
 * @param at null: by {@code every}
 * @param every at least a minute; a day if {@code at} is given
 */
public record BackupSchedule(@Nullable LocalTime at, Duration every) {
    /** Each day at that time. */
    public static BackupSchedule daily(LocalTime at) {
        return new BackupSchedule(at, Duration.ofDays(1));
    }

    /** So long after the last one. */
    public static BackupSchedule every(Duration length) {
        return new BackupSchedule(null, length);
    }

    /** @param last when the last one was made; null: there is none, and one is due at once */
    public boolean isDue(@Nullable Instant last, Instant now) {
        if (last == null || last.isAfter(now)) { // the clock was put back: better one too many
            return true;
        }
        if (at == null) {
            return Duration.between(last, now).compareTo(every) >= 0;
        }
        OffsetDateTime today = now.atOffset(ZoneOffset.UTC).with(at);
        Instant turn = (today.toInstant().isAfter(now) ? today.minusDays(1) : today).toInstant();
        return last.isBefore(turn);
    }
}
