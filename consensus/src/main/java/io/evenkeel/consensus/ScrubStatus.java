package io.evenkeel.consensus;

import java.time.Duration;
import java.util.List;

/**
 * What is known of the rounds in which a replica reads its zones and its history of changes anew.
 *
 * @param rounds that have ended, which is the number of the last one
 * @param age since the end of the last one; since the process began if none has ended
 * @param zones that the last one read
 * @param records in these
 * @param changes that it read of the history
 * @param findings zones, or the history, that were found damaged, over all rounds, one of them again in each
 * @param damaged of the last round, what is wrong with which of them; the first few of them
 */
public record ScrubStatus(
        long rounds, Duration age, long zones, long records, long changes, long findings, List<String> damaged) {
    public ScrubStatus {
        damaged = List.copyOf(damaged);
    }
}
