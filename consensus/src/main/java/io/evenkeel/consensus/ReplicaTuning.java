package io.evenkeel.consensus;

import java.time.Duration;

/**
 * Times and sizes of a replica; the same on all members.
 *
 * @param electionMin a follower that has heard nothing for so long may stand for election; half of it is the heartbeat
 * @param electionMax the longest wait of that kind. Ratis looks only when a random wait between the two is over, and then waits
 *     another one in full: a dead leader is noticed after up to twice as long, and where in its wait a follower was already
 *     keeps two from standing at once
 * @param firstElectionMin the same after the start, when nobody is known to lead
 * @param firstElectionMax the same after the start
 * @param stepDown a leader without a majority steps down after so long
 * @param snapshotEntries a snapshot is taken after so many entries
 * @param snapshotBytes or after so many octets of applied commands
 * @param snapshotInterval or after so long, if there was any entry
 * @param preservedEntries entries kept behind a snapshot, so that a short absence needs no snapshot
 * @param preservedBytes octets of log files that are kept behind one at most, however few entries that are
 * @param segmentBytes size of a log file; whole files are purged
 * @param minimumFreeBytes free space below which a server is not (re)built
 * @param supervision how often the supervisor looks
 * @param rebuildMin wait before the first rebuild, doubled with each
 * @param rebuildMax longest wait
 */
public record ReplicaTuning(
        Duration electionMin,
        Duration electionMax,
        Duration firstElectionMin,
        Duration firstElectionMax,
        Duration stepDown,
        long snapshotEntries,
        long snapshotBytes,
        Duration snapshotInterval,
        long preservedEntries,
        long preservedBytes,
        int segmentBytes,
        long minimumFreeBytes,
        Duration supervision,
        Duration rebuildMin,
        Duration rebuildMax) {
    /**
     * What a node runs with: collector pauses and noisy neighbours must not cause elections. With a heartbeat every 500 ms a
     * leader may fall silent for 500 ms at any time and for a second most of the time; a pause beyond that costs one election
     * and loses nothing. The upper bound only says how late a dead leader is noticed: 1.3 s in the median, 2.5 s at worst.
     */
    public static final ReplicaTuning STANDARD = new ReplicaTuning(
            Duration.ofMillis(1000),
            Duration.ofMillis(1400),
            Duration.ofMillis(500),
            Duration.ofMillis(1000),
            Duration.ofSeconds(3),
            50_000,
            64 << 20,
            Duration.ofMinutes(15),
            20_000,
            64 << 20,
            16 << 20,
            64 << 20,
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofMinutes(5));

    /** For tests: elections within a second. */
    public static final ReplicaTuning BRISK = new ReplicaTuning(
            Duration.ofMillis(300),
            Duration.ofMillis(600),
            Duration.ofMillis(150),
            Duration.ofMillis(300),
            Duration.ofSeconds(1),
            50_000,
            64 << 20,
            Duration.ofMinutes(15),
            20_000,
            64 << 20,
            4 << 20,
            1 << 20,
            Duration.ofMillis(100),
            Duration.ofMillis(100),
            Duration.ofSeconds(2));

    /** The same with other times that a leader may be silent. */
    public ReplicaTuning withElections(Duration min, Duration max) {
        return with(
                min,
                max,
                snapshotEntries,
                snapshotBytes,
                snapshotInterval,
                preservedEntries,
                preservedBytes,
                segmentBytes);
    }

    /** The same with other thresholds for snapshots, and none for octets or time. */
    public ReplicaTuning withSnapshots(long everyEntries, long preserved, int segments) {
        return with(
                electionMin,
                electionMax,
                everyEntries,
                Long.MAX_VALUE / 2,
                Duration.ofDays(365),
                preserved,
                preservedBytes,
                segments);
    }

    /** The same with another bound on the octets that are kept behind a snapshot. */
    public ReplicaTuning withPreservedBytes(long octets) {
        return with(
                electionMin,
                electionMax,
                snapshotEntries,
                snapshotBytes,
                snapshotInterval,
                preservedEntries,
                octets,
                segmentBytes);
    }

    private ReplicaTuning with(
            Duration silenceMin,
            Duration silenceMax,
            long everyEntries,
            long everyBytes,
            Duration everyInterval,
            long keptEntries,
            long keptBytes,
            int segments) {
        return new ReplicaTuning(
                silenceMin,
                silenceMax,
                firstElectionMin,
                firstElectionMax,
                stepDown,
                everyEntries,
                everyBytes,
                everyInterval,
                keptEntries,
                keptBytes,
                segments,
                minimumFreeBytes,
                supervision,
                rebuildMin,
                rebuildMax);
    }
}
