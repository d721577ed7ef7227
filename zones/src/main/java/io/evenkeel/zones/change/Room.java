package io.evenkeel.zones.change;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.state.MemoryLimits;
import io.evenkeel.zones.state.MemoryLimits.Limit;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.StageWriter;
import io.evenkeel.zones.state.ZoneContents;

/**
 * The memory that a state leaves on the members, and what changes need of it at their peak: beside the present zones the new
 * one, its contents as they are staged, and these unpacked. The smallest member decides on imports. Small changes have all of
 * the limit that a majority has: no single member with little memory keeps a certificate from being renewed, and none of these
 * changes is one that a majority cannot hold. Pure.
 *
 * @param smallest of the members that can hold what is there, or the largest if none can; of no name: no member has told a limit,
 *     and everything fits
 * @param majority the largest that a majority of the members has
 * @param taken octets of the state, with what is set aside for contents on their way in
 * @param staged octets of these that are set aside, or taken, for such contents: they pass
 */
public record Room(Limit smallest, Limit majority, long taken, long staged) {
    /** Of a limit, for small changes: certificates are renewed and services moved while imports are refused. */
    private static final int KEPT_PERCENT = 5;

    private static final int MEBIBYTE = 1 << 20;

    private static final Limit UNTOLD = new Limit("", Long.MAX_VALUE);

    /** Of the state as it is now. */
    public static Room of(ReplicatedState state) {
        return new Room(
                MemoryLimits.smallest(state).orElse(UNTOLD),
                MemoryLimits.ofMajority(state).orElse(UNTOLD),
                state.octets(),
                state.staging().octets());
    }

    /**
     * What something needs.
     *
     * @param octets of heap at its peak, beside what is set aside for it already; 0 always fits
     * @param small whether it is among those changes for which the last of a limit is kept
     */
    public record Need(long octets, boolean small) {
        /** Of a change that grows nothing. */
        private static final Need NONE = new Need(0, true);

        /** With so much more, unless it grows nothing. */
        private Need with(long more) {
            return octets == 0 ? this : new Need(octets + more, small);
        }

        /**
         * Of a whole zone.
         *
         * @param octets of its records in wire form
         * @param records that it has
         */
        public static Need ofZone(long octets, long records) {
            return StageWriter.fitsInline(octets)
                    ? ofInline(octets, records)
                    : new Need(StageWriter.needs(octets, records), false);
        }

        private static Need ofInline(long octets, long records) {
            return new Need(3 * octets + ZoneLimits.ZONE_OCTETS, records <= ZoneLimits.SMALL_CHANGE_RECORDS);
        }
    }

    /**
     * What a change needs.
     *
     * @param size of the change in octets, as it travels
     */
    public static Need need(ReplicatedState state, Change change, int size) {
        return switch (change) {
            case Change.Stage stage ->
                isFirst(state, stage)
                        ? new Need(stage.needs(), false).with(kept(state, stage.needs() + present(state, stage)))
                        : Need.NONE;
            case Change.CreateZone create ->
                need(create.contents(), size).with(kept(state, Math.min(size, ZoneLimits.HISTORY_CREATION_OCTETS)));
            case Change.ReplaceZone replace ->
                need(replace.contents(), size).with(kept(state, size + present(state, replace)));
            case Change.EditRRsets edit -> need(edit, size).with(kept(state, size));
            case Change.DeleteZone _, Change.SetGuard _ -> Need.NONE;
        };
    }

    /** Of what is removed and added, the octets that the history of changes may keep. What goes with a zone or a record had its room there. */
    private static long kept(ReplicatedState state, long octets) {
        return Math.min(octets, state.mostKept());
    }

    private static long present(ReplicatedState state, Change change) {
        Zone zone = state.catalog().zone(change.apex());
        return zone == null ? 0 : zone.octets();
    }

    /** Whether contents begin with that chunk, and so set aside what all of them need. */
    public static boolean isFirst(ReplicatedState state, Change.Stage stage) {
        return stage.number() == 0 && !state.staging().has(stage.stage());
    }

    private static Need need(ZoneContents contents, int size) {
        return switch (contents) {
            case ZoneContents.Inline inline ->
                Need.ofInline(size, inline.records().size());
            case ZoneContents.Staged _ -> Need.NONE;
        };
    }

    private static Need need(Change.EditRRsets edit, int size) {
        if (edit.edits().stream().allMatch(each -> each.records().isEmpty() || each.edit() == Change.Edit.PRUNE)) {
            return Need.NONE;
        }
        long records = edit.edits().stream()
                .mapToLong(each -> Math.max(1, each.records().size()))
                .sum();
        return new Need(2L * size, records <= ZoneLimits.SMALL_CHANGE_RECORDS);
    }

    private Limit limit(boolean small) {
        return small ? majority : smallest;
    }

    /** Octets that are left; below 0: more is taken than may be. */
    public long left(boolean small) {
        long octets = limit(small).octets();
        return (small ? octets : octets - octets / 100 * KEPT_PERCENT) - taken;
    }

    /** @param beside octets that other changes need that are under way */
    public boolean fits(Need need, long beside) {
        return need.octets <= 0 || need.octets <= left(need.small) - beside;
    }

    /** Whether it fits once other changes and imports have ended that are under way; if not, it cannot fit at all. */
    public boolean fitsLater(Need need) {
        return need.octets <= left(need.small) + staged;
    }

    /**
     * Why something does not fit, for people.
     *
     * @param what it is
     * @param beside octets that other changes need that are under way
     */
    public String problem(String what, Need need, long beside) {
        Limit limit = limit(need.small);
        String node = limit.node();
        String problem = what + " needs " + mebibytes(need.octets) + " MiB of memory at its peak, and " + node + " has "
                + Math.max(0, left(need.small) - beside) / MEBIBYTE + " MiB left: of its " + limit.octets() / MEBIBYTE
                + " MiB for zones " + mebibytes(taken + beside) + " MiB are taken"
                + (need.small ? "" : " and " + KEPT_PERCENT + " % are kept for small changes");
        return fitsLater(need)
                ? problem + ", " + mebibytes(staged + beside)
                        + " MiB of these by imports and changes that are under way; come again when they have ended"
                : problem + "; give " + node + " a larger -Xmx, delete zones, or bring fewer records";
    }

    private static long mebibytes(long octets) {
        return (octets + MEBIBYTE - 1) / MEBIBYTE;
    }
}
