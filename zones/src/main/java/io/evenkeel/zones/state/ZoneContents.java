package io.evenkeel.zones.state;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.store.PackedRecords;
import java.util.List;
import org.xbill.DNS.Record;

/** All records of a zone: small enough to travel in one command, or staged before in several. */
public sealed interface ZoneContents {
    /** @param records in any order, class IN, no duplicates; packed ones are not to be written to from now on */
    record Inline(List<Record> records) implements ZoneContents {
        public Inline {
            records = records instanceof PackedRecords ? records : List.copyOf(records);
        }
    }

    /**
     * Sent ahead by {@link ZoneCommand.StageChunk}.
     *
     * @param stage its name
     * @param chunks how many chunks make it up
     * @param sha256 of the chunks' record bytes, before compression, in their order
     */
    record Staged(RequestId stage, int chunks, byte[] sha256) implements ZoneContents {}
}
