package io.evenkeel.zones.change;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.Guard;
import io.evenkeel.zones.state.ZoneContents;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** A change as it was asked for, before the leader has judged it. Travels from the receiving node to the leader. */
public sealed interface Change {
    /** Absolute. */
    Name apex();

    /** The zone must not exist; its serial is the one in the contents. */
    record CreateZone(Name apex, ZoneContents contents) implements Change {}

    /**
     * All of the zone anew, the zone must exist. The serial is that of the contents if it is ahead of the present one
     * (RFC 1982), else the present one plus one.
     *
     * @param ifVersion refused with {@link ChangeOutcome.Reason#CONFLICT} if the zone has another one; null: any
     */
    record ReplaceZone(
            Name apex, ZoneContents contents, @Nullable ZoneVersion ifVersion) implements Change {}

    /** The zone must exist. */
    record DeleteZone(Name apex, @Nullable ZoneVersion ifVersion) implements Change {}

    /** All of the edits or none, in order. The serial advances by one unless an edit of the SOA sets it further ahead. */
    record EditRRsets(
            Name apex, List<RRsetEdit> edits, @Nullable ZoneVersion ifVersion) implements Change {
        public EditRRsets {
            edits = List.copyOf(edits);
        }
    }

    /**
     * Part of large contents; proposed as it is.
     *
     * @param needs octets of heap for all of the contents, as {@code StageWriter.needs} has them
     */
    record Stage(Name apex, RequestId stage, int number, byte[] records, long needs) implements Change {}

    /**
     * From which share of its names on a change of the zone has to be meant; for a zone that is gone, only back to the usual one. No
     * version of the zone comes of it.
     */
    record SetGuard(Name apex, Guard guard) implements Change {}

    /** What to do with one RRset. */
    enum Edit {
        /** It becomes these records. */
        REPLACE,
        /** It goes, if it is there. */
        DELETE,
        /** These records are added to it; those that it has already stay. */
        EXTEND,
        /** These records are taken out of it; those that it has not are ignored. */
        PRUNE
    }

    /**
     * @param owner absolute, at or below the apex
     * @param type of the RRset
     * @param ttlSeconds of the RRset after it (RFC 2181 §5.2: one for all); ignored by {@code DELETE} and {@code PRUNE}
     * @param records empty for {@code DELETE}; their owner and type are those of the edit
     */
    record RRsetEdit(Name owner, int type, Edit edit, long ttlSeconds, List<Record> records) {
        public RRsetEdit {
            records = List.copyOf(records);
        }
    }
}
