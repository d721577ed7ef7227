package io.evenkeel.zones.change;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Soa;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.Recorded;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/**
 * What must hold in the simulation, and a second account of what the zones should contain: each change's intent, applied
 * to plain sets of markers in the order of the log.
 */
final class SimulatedHistory {
    /** What a client meant, told in markers: TXT records at one owner, a different one for each change. */
    record Intent(
            Name apex, Kind kind, String marker, @Nullable ZoneVersion ifVersion) {}

    enum Kind {
        CREATE,
        REPLACE,
        DELETE,
        ADD,
        REMOVE,
        /** Removes what is not there. */
        NOTHING,
        STAGE,
        INVALID
    }

    private record Content(Set<String> markers, long serial) {}

    private final Map<RequestId, Intent> intents = new HashMap<>();
    private final Map<RequestId, Long> askedAfter = new HashMap<>();
    private final Map<RequestId, Recorded> took = new HashMap<>();
    private final Set<RequestId> refused = new HashSet<>();
    private final TreeMap<Long, Hash256> digests = new TreeMap<>();
    private final Map<RequestId, Recorded> acknowledged = new HashMap<>();
    private final Map<Name, Set<String>> expected = new HashMap<>();
    private final Map<Name, ZoneVersion> versions = new HashMap<>();
    private final Map<ZoneVersion, Content> contents = new HashMap<>();
    private long lastAcknowledged;
    private final List<Zone> held = new ArrayList<>();
    private final List<SimulatedReplica> replicas;

    SimulatedHistory(List<SimulatedReplica> replicas) {
        this.replicas = replicas;
        digests.put(0L, ReplicatedState.empty().digest());
    }

    void asked(RequestId id, Intent intent) {
        intents.put(id, intent);
        askedAfter.put(id, lastAcknowledged);
    }

    int acknowledged() {
        return acknowledged.size();
    }

    int refused() {
        return refused.size();
    }

    /** A client was told what was judged. */
    void answered(RequestId id, ChangeOutcome outcome) {
        switch (outcome) {
            case ChangeOutcome.Accepted accepted
            when accepted.changed() && accepted.version().zoneId() != 0 -> {
                Recorded told = new Recorded(accepted.index(), accepted.version(), accepted.serial());
                check(told.equals(took.get(id)), id + " was acknowledged as " + told + " and is " + took.get(id));
                acknowledged.put(id, told);
                lastAcknowledged = Math.max(lastAcknowledged, told.index());
                replicas.forEach(this::knowsAcknowledged);
            }
            case ChangeOutcome.Refused no -> {
                check(!took.containsKey(id), id + " was refused, " + no + ", and took effect: " + took.get(id));
                refused.add(id);
            }
            case ChangeOutcome.Accepted same ->
                check(
                        same.changed() || same.index() >= askedAfter.getOrDefault(id, 0L),
                        id + " was judged at index " + same.index()
                                + ", before what was acknowledged when it was asked");
        }
    }

    void applied(
            SimulatedReplica replica, ReplicatedState before, long index, ZoneCommand command, CommandResult result) {
        boolean first = digests.lastKey() < index;
        sameAsOthers(replica, index);
        check(!(result instanceof CommandResult.Faulted), "a fault: " + result);
        check(!(result instanceof CommandResult.Diverged), "replicas that are the same are said to differ: " + result);
        serialsAdvance(before, replica.state());
        if (first && result instanceof CommandResult.Applied applied) {
            tookEffect(replica.state(), index, command, applied);
        }
        knowsAcknowledged(replica);
    }

    /** A replica has its state from a snapshot. */
    void restored(SimulatedReplica replica) {
        Hash256 digest = replica.state().digest();
        Map.Entry<Long, Hash256> expectedDigest = digests.floorEntry(replica.applied());
        check(
                expectedDigest != null && digest.equals(expectedDigest.getValue()),
                "the snapshot at " + replica.applied() + " is another state");
        knowsAcknowledged(replica);
    }

    /** A reader takes a version and keeps it for a while; it must stay what it is, whatever comes after it. */
    void read(Zone zone) {
        isOneVersion(zone);
        held.add(zone);
        if (held.size() > 20) {
            isOneVersion(held.removeFirst());
        }
    }

    private void isOneVersion(Zone zone) {
        Content content = contents.get(zone.version());
        check(
                content != null && content.serial == zone.serial() && content.markers.equals(markers(zone)),
                "an answer from " + zone + " is not from one version");
    }

    private void sameAsOthers(SimulatedReplica replica, long index) {
        Hash256 digest = replica.state().digest();
        Hash256 other = digests.putIfAbsent(index, digest);
        check(other == null || other.equals(digest), "replica " + replica.number + " differs at index " + index);
        check(digest.equals(anew(replica.state())), "the digest at " + index + " is not that of what is held");
    }

    /** Of a state that came about in another way: out of its records, requests, settings and chunks. */
    private static Hash256 anew(ReplicatedState state) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            state.writeSnapshot(out);
            return ReplicatedState.readSnapshot(new ByteArrayInputStream(out.toByteArray()))
                    .digest();
        } catch (IOException bad) {
            throw new UncheckedIOException(bad);
        }
    }

    private static void serialsAdvance(ReplicatedState before, ReplicatedState after) {
        for (Zone zone : after.catalog().zones()) {
            Zone earlier = before.catalog().zone(zone.apex());
            if (earlier != null && earlier.version().zoneId() == zone.version().zoneId()) {
                int ahead = Soa.ahead(zone.serial(), earlier.serial());
                boolean changed = !zone.version().equals(earlier.version());
                check(changed ? ahead > 0 : ahead == 0, "the serial went from " + earlier + " to " + zone);
            }
        }
    }

    private void knowsAcknowledged(SimulatedReplica replica) {
        acknowledged.forEach((id, told) -> {
            if (replica.applied() >= told.index()) {
                check(
                        told.equals(replica.state().recorded(id)),
                        "replica " + replica.number + " at " + replica.applied() + " does not know acknowledged " + id);
            }
        });
    }

    private void tookEffect(ReplicatedState state, long index, ZoneCommand command, CommandResult.Applied applied) {
        List<RequestId> ids = switch (command.plain()) {
            case ZoneCommand.PutZone put -> put.requests();
            case ZoneCommand.ApplyDiff diff -> diff.requests();
            case ZoneCommand.DeleteZone delete -> delete.requests();
            case ZoneCommand.Attributed _,
                    ZoneCommand.StageChunk _,
                    ZoneCommand.DropStage _,
                    ZoneCommand.Tick _,
                    ZoneCommand.PutSetting _ -> List.of();
        };
        for (RequestId id : ids) {
            check(!refused.contains(id), id + " took effect after it was refused");
            check(
                    took.put(id, new Recorded(index, applied.version(), applied.serial())) == null,
                    id + " took effect twice");
            Intent intent = intents.get(id);
            check(intent != null, id + " was never asked");
            if (intent != null) {
                carryOut(intent);
            }
        }
        for (RequestId id : ids) {
            Intent intent = intents.get(id);
            if (intent != null) {
                compare(state, intent.apex);
            }
        }
    }

    private void carryOut(Intent intent) {
        Set<String> markers = expected.get(intent.apex);
        check((markers == null) == (intent.kind == Kind.CREATE), intent + " with the zone holding " + markers);
        check(
                intent.ifVersion == null || intent.ifVersion.equals(versions.get(intent.apex)),
                intent + " with the zone at " + versions.get(intent.apex));
        switch (intent.kind) {
            case CREATE, REPLACE -> expected.put(intent.apex, new TreeSet<>(Set.of(intent.marker)));
            case DELETE -> expected.remove(intent.apex);
            case ADD -> of(markers).add(intent.marker);
            case REMOVE -> of(markers).remove(intent.marker);
            case NOTHING -> {}
            case STAGE, INVALID -> throw new AssertionError(intent + " took effect");
        }
    }

    private static Set<String> of(@Nullable Set<String> markers) {
        return markers == null ? Set.of() : markers;
    }

    private void compare(ReplicatedState state, Name apex) {
        Zone zone = state.catalog().zone(apex);
        Set<String> markers = expected.get(apex);
        if (zone == null) {
            check(markers == null, apex + " is gone");
            versions.remove(apex);
            return;
        }
        check(markers(zone).equals(markers), apex + " holds " + markers(zone) + " and not " + markers);
        versions.put(apex, zone.version());
        contents.put(zone.version(), new Content(new TreeSet<>(of(markers)), zone.serial()));
    }

    private static Set<String> markers(Zone zone) {
        Set<String> markers = new TreeSet<>();
        for (Record record : zone.rrset(Simulation.markerOwner(zone.apex()), Type.TXT)) {
            markers.add(((TXTRecord) record).getStrings().getFirst());
        }
        return markers;
    }

    /** All quiet, all reachable: every replica has come to the same. */
    void end() {
        SimulatedReplica one = replicas.getFirst();
        for (SimulatedReplica replica : replicas) {
            check(replica.applied() == one.applied(), "replica " + replica.number + " has not caught up");
            check(
                    replica.state().digest().equals(one.state().digest()),
                    "replica " + replica.number + " differs at the end");
        }
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
