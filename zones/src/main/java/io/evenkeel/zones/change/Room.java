package io.evenkeel.zones.change;

import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.ChangeOutcome.Refused;
import io.evenkeel.zones.state.MemoryLimits;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneContents;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory that a state leaves on the smallest member, and what changes need of it at their peak: beside the present zones the
 * new one, its contents as they are staged, and these unpacked. Pure.
 *
 * @param node whose limit it is; empty: no member has told one, and everything fits
 * @param limit octets of its heap for the state
 * @param taken octets of the state, with what is set aside for contents on their way in
 */
public record Room(String node, long limit, long taken) {
    /** Of a limit, for small changes: certificates are renewed and services moved while imports are refused. */
    private static final int KEPT_PERCENT = 5;

    private static final int MEBIBYTE = 1 << 20;

    /** Of the state as it is now. */
    public static Room of(ReplicatedState state) {
        return MemoryLimits.smallest(state)
                .map(smallest -> new Room(smallest.node(), smallest.octets(), state.octets()))
                .orElse(new Room("", Long.MAX_VALUE, state.octets()));
    }

    /**
     * Octets of heap that a change needs at its peak, beside what is set aside for it already.
     *
     * @param size of the change in octets, as it travels
     */
    public static long needs(ReplicatedState state, Change change, int size) {
        return switch (change) {
            case Change.Stage stage -> stage.number() == 0 && !state.staging().has(stage.stage()) ? stage.needs() : 0;
            case Change.CreateZone create -> needs(create.contents(), size);
            case Change.ReplaceZone replace -> needs(replace.contents(), size);
            case Change.EditRRsets edit ->
                edit.edits().stream().allMatch(each -> each.records().isEmpty() || each.edit() == Change.Edit.PRUNE)
                        ? 0
                        : 2L * size;
            case Change.DeleteZone _ -> 0;
        };
    }

    private static long needs(ZoneContents contents, int size) {
        return switch (contents) {
            case ZoneContents.Inline _ -> 3L * size + ZoneLimits.ZONE_OCTETS;
            case ZoneContents.Staged _ -> 0;
        };
    }

    /** Whether a change is among those for which the last of a limit is kept. */
    public static boolean isSmall(Change change) {
        return switch (change) {
            case Change.CreateZone create -> isSmall(create.contents());
            case Change.ReplaceZone replace -> isSmall(replace.contents());
            case Change.EditRRsets edit ->
                edit.edits().stream()
                                .mapToLong(each -> Math.max(1, each.records().size()))
                                .sum()
                        <= ZoneLimits.SMALL_CHANGE_RECORDS;
            case Change.DeleteZone _ -> true;
            case Change.Stage _ -> false;
        };
    }

    private static boolean isSmall(ZoneContents contents) {
        return contents instanceof ZoneContents.Inline inline
                && inline.records().size() <= ZoneLimits.SMALL_CHANGE_RECORDS;
    }

    /** Octets that are left; below 0: more is taken than may be. */
    public long left(boolean small) {
        return (small ? limit : limit - limit / 100 * KEPT_PERCENT) - taken;
    }

    /**
     * Why a change has no room; null if it has.
     *
     * @param needs octets of heap; 0 always fits
     * @param beside octets that other changes need that are under way
     */
    public @Nullable Refused refusal(long needs, long beside, boolean small) {
        return needs <= 0 || needs <= left(small) - beside
                ? null
                : new Refused(Reason.NO_ROOM, List.of(problem("the change", needs, beside, small)));
    }

    /** The same for people, of something that needs so much. */
    public String problem(String what, long needs, long beside, boolean small) {
        return what + " needs " + mebibytes(needs) + " MiB of memory at its peak, and " + node + " has "
                + Math.max(0, left(small) - beside) / MEBIBYTE + " MiB left: of its " + limit / MEBIBYTE
                + " MiB for zones "
                + mebibytes(taken + beside) + " MiB are taken"
                + (small ? "" : " and " + KEPT_PERCENT + " % are kept for small changes")
                + "; give " + node + " a larger -Xmx, delete zones, or bring fewer records";
    }

    private static long mebibytes(long octets) {
        return (octets + MEBIBYTE - 1) / MEBIBYTE;
    }
}
