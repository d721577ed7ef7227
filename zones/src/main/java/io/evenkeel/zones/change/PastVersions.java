package io.evenkeel.zones.change;

import io.evenkeel.zones.Zone;
import io.evenkeel.zones.state.ChangeHistory;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ZoneChange;
import io.evenkeel.zones.state.ZoneChange.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * The versions that a zone has had, as far as the history of changes goes back without a gap, the present one first. Pure.
 *
 * @param versions at least the present one
 */
public record PastVersions(List<Version> versions) {
    /** Changes of records with one key this close to each other are shown as one. */
    private static final long FOLDED_MILLIS = 60_000;

    public PastVersions {
        versions = List.copyOf(versions);
    }

    /**
     * One version.
     *
     * @param index of the change that led to it, by which it is named
     * @param madeBy that change without what it removed and added; null: it is not in the history any more
     * @param reachable whether all is kept that has been removed and added since
     * @param changes how many changes are shown as this one
     */
    public record Version(long index, long serial, @Nullable ZoneChange madeBy, boolean reachable, int changes) {}

    /** Of a zone that is there. */
    public static PastVersions of(ChangeHistory history, Zone zone) {
        return of(history, zone.apex(), zone.version().change(), zone.serial());
    }

    /**
     * Of a zone that was deleted, the one that it had then first. Its versions begin anew when it is brought back, so only that one can be
     * come back to.
     */
    public static PastVersions before(ChangeHistory history, ZoneChange deletion) {
        List<Version> versions = new ArrayList<>();
        for (Version each : of(history, deletion.apex(), deletion.before(), deletion.serialFrom()).versions) {
            versions.add(new Version(each.index, each.serial, each.madeBy, versions.isEmpty(), 1));
        }
        return new PastVersions(versions);
    }

    private static PastVersions of(ChangeHistory history, Name apex, long latest, long serial) {
        List<Version> versions = new ArrayList<>();
        boolean[] reachable = {true};
        ZoneChange[] oldest = new ZoneChange[1];
        forEachBack(history, apex, latest, change -> {
            versions.add(new Version(change.index(), change.serialTo(), change.withoutDifference(), reachable[0], 1));
            reachable[0] &= change.difference() != null;
            oldest[0] = change;
            return true;
        });
        ZoneChange first = oldest[0];
        if (first == null) {
            versions.add(new Version(latest, serial, null, true, 1));
        } else if (first.kind() != Kind.CREATED) {
            versions.add(new Version(first.before(), first.serialFrom(), null, reachable[0], 1));
        }
        return new PastVersions(versions);
    }

    /** Takes a change; says whether it wants the one before it. */
    interface Visitor {
        boolean visit(ZoneChange change);
    }

    /** The changes of the zone that is there now, the latest first, up to a gap. */
    static void forEachBack(ChangeHistory history, Zone zone, Visitor visitor) {
        forEachBack(history, zone.apex(), zone.version().change(), visitor);
    }

    /** Those up to the one of that index. */
    private static void forEachBack(ChangeHistory history, Name apex, long latest, Visitor visitor) {
        long[] next = {latest};
        history.forEachBack(apex, entry -> {
            if (entry.index() != next[0]) {
                return entry.index() > latest;
            }
            ZoneChange change = entry.read();
            next[0] = change.before();
            return visitor.visit(change) && change.kind() != Kind.CREATED;
        });
    }

    /** With small changes of one key within a minute as one version, the latest of them. */
    public PastVersions folded() {
        List<Version> folded = new ArrayList<>();
        Version first = null; // the earliest of those that are one
        for (Version version : versions.reversed()) {
            Version last = folded.isEmpty() ? null : folded.getLast();
            if (first != null && last != null && isOneWith(first, version) && last.reachable() == version.reachable()) {
                folded.removeLast();
                folded.add(new Version(
                        version.index(), version.serial(), version.madeBy(), version.reachable(), last.changes() + 1));
            } else {
                folded.add(version);
                first = version;
            }
        }
        return new PastVersions(folded.reversed());
    }

    private static boolean isOneWith(Version first, Version version) {
        ZoneChange one = first.madeBy();
        ZoneChange other = version.madeBy();
        if (one == null || other == null || one.kind() != Kind.CHANGED || other.kind() != Kind.CHANGED) {
            return false;
        }
        long apart = other.by().wallMillis() - one.by().wallMillis();
        Set<String> keys = keys(one);
        return keys.size() == 1 && keys.equals(keys(other)) && apart >= 0 && apart < FOLDED_MILLIS;
    }

    private static Set<String> keys(ZoneChange change) {
        return change.by().origins().stream().map(Origin::key).collect(Collectors.toSet());
    }

    /** The one of that index; null if it is not among these. */
    public @Nullable Version find(long index) {
        return versions.stream()
                .filter(version -> version.index() == index)
                .findFirst()
                .orElse(null);
    }

    /** The one before the present one; null if there is none. */
    public @Nullable Version previous() {
        return versions.size() < 2 ? null : Objects.requireNonNull(versions.get(1));
    }
}
