package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneDifference;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.Judgement;
import io.evenkeel.zones.change.Rollback;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.state.ChangeHistory;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.Recorded;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneChange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * The way back in the history of changes: a zone to an earlier version, and one that was deleted. Both are ordinary changes, which this
 * node makes of what it has applied; the leader makes them only if the zone is still as this node has seen it.
 */
final class UndoRoutes {
    private final StateRoot root;
    private final Changes changes;

    UndoRoutes(StateRoot root, Changes changes) {
        this.root = root;
        this.changes = changes;
    }

    List<Route> routes() {
        String zone = EvenkeelRoutes.BASE + "/zones/{zone_id}";
        return List.of(
                new Route("POST", zone + "/rollback", Access.KEYED, this::rollBack).ofState(),
                new Route("POST", zone + "/undelete", Access.KEYED, this::undelete).ofState());
    }

    /** What was done under that id already is not made again of a zone that it has changed. */
    private @Nullable Reply done(Name apex, RequestId id, int status) {
        Recorded recorded = root.get().state().recorded(id);
        if (recorded == null) {
            return null;
        }
        Accepted accepted = new Accepted(recorded.index(), recorded.version(), recorded.serial(), true);
        ObjectNode json = json(apex, accepted);
        Zone zone = changes.zone(apex);
        if (zone != null) {
            json.put("records", zone.records());
        }
        return changes.reply(Reply.json(status, json), id, accepted, true);
    }

    private static ObjectNode json(Name apex, Accepted accepted) {
        return Reply.JSON
                .createObjectNode()
                .put("zone", apex.toString())
                .put("serial", accepted.serial())
                .put("changed", accepted.changed());
    }

    private Reply rollBack(Call call) throws ApiException, IOException, InterruptedException {
        byte[] bytes = call.smallBody();
        JsonNode asked = bytes.length == 0 ? Reply.JSON.createObjectNode() : Call.object(bytes);
        JsonNode named = asked.path("version");
        if (!named.isMissingNode()
                && !(named.isIntegralNumber() && named.canConvertToLong() && named.longValue() > 0)) {
            throw ApiException.invalid("'version' is no number of a version, as GET .../versions has them");
        }
        Name apex = ZoneIds.parse(call.path("zone_id"));
        ReplicatedState state = root.get().state();
        HistoryRoutes.require(state);
        RequestId id = changes.requestId(call, Sha256.of(bytes));
        Reply done = done(apex, id, 200);
        if (done != null) {
            return done;
        }
        Zone zone = changes.required(apex);
        ZoneVersion seen = Changes.ifMatch(call);
        if (seen != null && !seen.equals(zone.version())) {
            throw new ApiException(412, "the zone is at version " + Changes.etag(zone.version()) + " on this node");
        }
        if (zone.isSigned()) {
            throw ApiException.invalid(apex + " is signed and changes as a whole only, since nothing here can sign:"
                    + " sign the version that you want with a later serial, and import it (`evenkeel zone import`)");
        }
        return rollBack(
                call,
                id,
                zone,
                HistoryRoutes.way(call, state, zone, named.isMissingNode() ? null : named.longValue())
                        .back());
    }

    private Reply rollBack(Call call, RequestId id, Zone zone, Rollback rollback)
            throws ApiException, IOException, InterruptedException {
        Name apex = zone.apex();
        if (!rollback.changes()) {
            Accepted same = new Accepted(root.get().index(), zone.version(), zone.serial(), false);
            return changes.reply(Reply.json(200, json(apex, same, rollback)), id, same, true);
        }
        List<Change.RRsetEdit> edits = rollback.edits();
        if (edits.size() <= AdminLimits.UNDONE_RRSETS && rollback.octets() <= AdminLimits.UNDONE_BYTES) {
            Accepted accepted = changes.makeMeant(id, call, new Change.EditRRsets(apex, edits, zone.version()));
            return changes.reply(Reply.json(200, json(apex, accepted, rollback)), id, accepted, true);
        }
        call.memory()
                .growTo(AdminLimits.ANSWER_BYTES
                        + AdminLimits.UNDONE_GROWTH * rollback.octets()
                        + AdminLimits.PUT_GROWTH * zone.octets());
        List<Record> records = judged(apex, rollback.records());
        return changes.put(id, call.origin(), apex, () -> {
            Change replace =
                    new Change.ReplaceZone(apex, changes.contents(id, call.origin(), apex, records), zone.version());
            Accepted accepted = changes.makeMeant(id, call, replace);
            return changes.reply(Reply.json(200, json(apex, accepted, rollback)), id, accepted, true);
        });
    }

    private static ObjectNode json(Name apex, Accepted accepted, Rollback rollback) {
        return json(apex, accepted)
                .put("previousSerial", rollback.zone().serial())
                .put("removedRecords", rollback.removed().size())
                .put("addedRecords", rollback.added().size());
    }

    private static List<Record> judged(Name apex, List<Record> records) throws ApiException {
        Judgement judgement = Judgement.of(apex, records);
        if (!judgement.accepted()) {
            throw ApiException.invalid(judgement.problems());
        }
        return judgement.records();
    }

    private Reply undelete(Call call) throws ApiException, IOException, InterruptedException {
        // Zones have their names in lower case, however these were typed.
        Name apex = ZoneIds.parse(call.path("zone_id")).canonicalize();
        ReplicatedState state = root.get().state();
        HistoryRoutes.require(state);
        RequestId id = changes.requestId(call, new byte[0]);
        Reply done = done(apex, id, 201);
        if (done != null) {
            return done;
        }
        if (state.catalog().zone(apex) != null) {
            throw new ApiException(
                    409,
                    "Conflict: there is a zone " + apex + "; `evenkeel zone rollback` leads to its earlier versions");
        }
        ChangeHistory.Entry last = last(state, apex);
        if (last == null) {
            throw notDeleted(apex);
        }
        call.memory().growTo(AdminLimits.ANSWER_BYTES + (long) AdminLimits.PUT_GROWTH * last.size());
        ZoneChange deletion = last.read();
        if (deletion.kind() != ZoneChange.Kind.DELETED) {
            throw notDeleted(apex);
        }
        List<Record> records = judged(apex, requireKept(deletion, state).removed());
        return changes.put(id, call.origin(), apex, () -> {
            Change create = new Change.CreateZone(apex, changes.contents(id, call.origin(), apex, records));
            Accepted accepted = changes.makeMeant(id, call, create);
            ObjectNode json =
                    json(apex, accepted).put("records", records.size()).put("deletedAt", deletion.index());
            return changes.reply(Reply.json(201, json), id, accepted, true);
        });
    }

    /** The last change of a zone that the history has; null if it has none. */
    static ChangeHistory.@Nullable Entry last(ReplicatedState state, Name apex) {
        List<ChangeHistory.Entry> last = new ArrayList<>();
        state.history().forEachBack(apex, entry -> {
            last.add(entry);
            return false;
        });
        return last.isEmpty() ? null : last.getFirst();
    }

    private static ApiException notDeleted(Name apex) {
        return new ApiException(
                404,
                "the history knows of no zone " + apex + " that was deleted: `evenkeel zone restore` takes a zone out"
                        + " of a backup");
    }

    /**
     * The records with which a zone was deleted.
     *
     * @throws ApiException 410 if it cannot be brought back any more
     */
    static ZoneDifference requireKept(ZoneChange deletion, ReplicatedState state) throws ApiException {
        ZoneDifference difference = deletion.difference();
        boolean late = state.ticks() - deletion.ticks() > ZoneLimits.UNDELETE_TICKS;
        if (difference == null || late) {
            throw new ApiException(
                    410,
                    deletion.apex()
                            + (late
                                    ? " was deleted more than a week ago"
                                    : " had " + deletion.records()
                                            + " records, more than the history keeps of a deletion")
                            + ": `evenkeel zone restore` takes it out of a backup");
        }
        return difference;
    }
}
