package io.evenkeel.zones.state;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneDifference;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.store.PackedRecords;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * One committed change of a zone, as the history keeps it: one entry of the log, which may have fulfilled several requests.
 *
 * @param index of the entry
 * @param apex of the zone, in lower case
 * @param zoneId of the zone; with the index it is the version that the change led to
 * @param before index of the change that led to the version before it; 0: there was no zone
 * @param ticks replicated time of the change
 * @param by when and for whom, as the leader told
 * @param requests that it fulfilled
 * @param serialFrom before it; {@link #NO_SERIAL}: there was no zone
 * @param serialTo after it; {@link #NO_SERIAL}: the zone is gone
 * @param records of the zone after it, or before it if the zone is gone
 * @param difference what was removed and added; null: it was too large to be kept
 */
public record ZoneChange(
        long index,
        Name apex,
        Kind kind,
        long zoneId,
        long before,
        long ticks,
        Attribution by,
        List<RequestId> requests,
        long serialFrom,
        long serialTo,
        long records,
        @Nullable ZoneDifference difference) {
    /** In place of a serial. */
    public static final long NO_SERIAL = -1;

    private static final int FORM = 1;

    /** Numbers in the octets; a constant's place in its enum may change. */
    private static final List<Kind> KINDS = List.of(Kind.CREATED, Kind.REPLACED, Kind.CHANGED, Kind.DELETED);

    public ZoneChange {
        requests = List.copyOf(requests);
    }

    /** What a change is. */
    public enum Kind {
        /** The zone was made. */
        CREATED,
        /** All of it was put anew. */
        REPLACED,
        /** Records of it were changed. */
        CHANGED,
        /** It is gone. */
        DELETED
    }

    /** The version of the zone after it; of a zone that is gone, no zone ever has it. */
    public ZoneVersion version() {
        return new ZoneVersion(zoneId, index);
    }

    /** The same without what was removed and added. */
    public ZoneChange withoutDifference() {
        return new ZoneChange(
                index, apex, kind, zoneId, before, ticks, by, requests, serialFrom, serialTo, records, null);
    }

    /**
     * What an entry has made of one version of a zone.
     *
     * @param diff what the entry says that it removes and adds; null: the versions are compared
     * @param mostOctets of removed and added records that are kept
     */
    static ZoneChange of(
            long index,
            long ticks,
            Attribution by,
            List<RequestId> requests,
            @Nullable Zone before,
            @Nullable Zone after,
            @Nullable ZoneDiff diff,
            long mostOctets) {
        Zone one = after == null ? before : after;
        if (one == null) {
            throw new IllegalArgumentException("a change of no zone");
        }
        Kind kind = before == null
                ? Kind.CREATED
                : after == null ? Kind.DELETED : diff == null ? Kind.REPLACED : Kind.CHANGED;
        long most = kind == Kind.CREATED ? Math.min(mostOctets, ZoneLimits.HISTORY_CREATION_OCTETS) : mostOctets;
        return new ZoneChange(
                index,
                one.apex(),
                kind,
                one.version().zoneId(),
                before == null ? 0 : before.version().change(),
                ticks,
                by,
                requests,
                before == null ? NO_SERIAL : before.serial(),
                after == null ? NO_SERIAL : after.serial(),
                one.records(),
                diff == null ? ZoneDifference.between(before, after, most) : difference(diff, most));
    }

    private static @Nullable ZoneDifference difference(ZoneDiff diff, long mostOctets) {
        PackedRecords removed = PackedRecords.of(diff.removed());
        PackedRecords added = PackedRecords.of(diff.added());
        return removed.octets() + added.octets() <= mostOctets ? new ZoneDifference(removed, added) : null;
    }

    /** As it stands in the history and in a snapshot: what it is found by comes first. */
    byte[] encode() {
        WireWriter out = new WireWriter().i64(index).raw(apex.toWireCanonical());
        out.u8(FORM).u8(KINDS.indexOf(kind)).i64(zoneId).i64(before).i64(ticks);
        by.write(out);
        out.requestIds(requests);
        serial(out, serialFrom);
        serial(out, serialTo);
        out.i64(records).flag(difference != null);
        if (difference != null) {
            out.records(difference.removed()).records(difference.added());
        }
        return out.toBytes();
    }

    private static void serial(WireWriter out, long serial) {
        out.flag(serial != NO_SERIAL);
        if (serial != NO_SERIAL) {
            out.u32(serial);
        }
    }

    /** @throws CodecException if they are no change, or a newer program's */
    static ZoneChange decode(byte[] octets) throws CodecException {
        WireReader in = new WireReader(octets);
        long index = in.i64();
        Name apex = in.name();
        int form = in.u8();
        if (form != FORM) {
            throw new UnsupportedCommandException("a change of form " + form + " in the history; known is " + FORM);
        }
        int kind = in.u8();
        if (kind >= KINDS.size()) {
            throw new UnsupportedCommandException("a change of kind " + kind + " in the history");
        }
        ZoneChange change = new ZoneChange(
                index,
                apex,
                KINDS.get(kind),
                in.i64(),
                in.i64(),
                in.i64(),
                Attribution.read(in),
                in.requestIds(),
                in.flag() ? in.u32() : NO_SERIAL,
                in.flag() ? in.u32() : NO_SERIAL,
                in.i64(),
                in.flag() ? new ZoneDifference(in.packedRecords(), in.packedRecords()) : null);
        in.expectEnd();
        return change;
    }
}
