package io.evenkeel.server.admin;

import io.evenkeel.zones.change.Room;
import io.evenkeel.zones.file.ZoneFile;
import org.jspecify.annotations.Nullable;

/**
 * Has a request hold the memory that the records of a master file take while they are read, and looks whether the cluster has
 * room for them: a few lines of {@code $GENERATE} are as many records as a large file. One thread.
 */
final class RecordMeter implements ZoneFile.Growth {
    private final Changes changes;
    private final WorkMemory.Share memory;
    private final long before;
    private final boolean admitted;
    private @Nullable Exception stopped;

    /**
     * @param before octets of heap that the request holds beside its records
     * @param admitted whether the leader has set aside what they need
     */
    RecordMeter(Changes changes, WorkMemory.Share memory, long before, boolean admitted) {
        this.changes = changes;
        this.memory = memory;
        this.before = before;
        this.admitted = admitted;
    }

    /**
     * For so many records.
     *
     * @param octets of these in wire form
     */
    void take(int records, long octets) throws ApiException, InterruptedException {
        if (!admitted) {
            changes.requireRoom("a zone of " + records + " records or more", Room.Need.ofZone(octets, records));
        }
        memory.growTo(before + octets + (long) AdminLimits.RECORD_BYTES * records);
    }

    @Override
    public boolean goesOn(int records, long octets) {
        try {
            take(records + STEP, octets + STEP_OCTETS);
            return true;
        } catch (ApiException | InterruptedException e) {
            stopped = e; // thrown by check(), once the reader has returned
            return false;
        }
    }

    /** Why the reader had to stop, if it had to. */
    void check() throws ApiException, InterruptedException {
        if (stopped instanceof ApiException refused) {
            throw refused;
        }
        if (stopped instanceof InterruptedException stopping) {
            throw stopping;
        }
    }
}
