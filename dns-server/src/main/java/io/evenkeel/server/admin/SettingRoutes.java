package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.Guard;
import java.io.IOException;
import java.util.List;
import org.xbill.DNS.Name;

/** What can be set for a zone, for which PowerDNS has no place: from which share of its names on a change has to be meant. */
final class SettingRoutes {
    private static final String GUARD = "guard";
    private static final String OFF = "off";

    private final Changes changes;
    private final StateRoot root;

    SettingRoutes(Changes changes, StateRoot root) {
        this.changes = changes;
        this.root = root;
    }

    List<Route> routes() {
        String path = EvenkeelRoutes.BASE + "/zones/{zone_id}/settings";
        return List.of(
                new Route("GET", path, Access.KEYED, this::show).ofState(),
                new Route("PUT", path, Access.KEYED, this::set));
    }

    private Reply show(Call call) throws ApiException {
        Name apex = changes.required(ZoneIds.parse(call.path("zone_id"))).apex();
        return Reply.json(200, json(apex, Guard.of(root.get().state().settings(), apex)));
    }

    private static ObjectNode json(Name apex, Guard guard) {
        ObjectNode json = Reply.JSON.createObjectNode().put("zone", apex.toString());
        return guard.isOff() ? json.put(GUARD, OFF) : json.put(GUARD, guard.percent());
    }

    private Reply set(Call call) throws ApiException, IOException, InterruptedException {
        Name apex = ZoneIds.parse(call.path("zone_id"));
        byte[] bytes = call.smallBody();
        Guard guard = guard(Call.object(bytes));
        RequestId id = changes.requestId(call, Sha256.of(bytes));
        Accepted accepted = changes.make(id, call, new Change.SetGuard(apex, guard));
        return changes.reply(
                Reply.json(200, json(apex, guard).put("changed", accepted.changed())), id, accepted, false);
    }

    private static Guard guard(JsonNode body) throws ApiException {
        JsonNode given = body.path(GUARD);
        if (body.size() == 1 && given.isTextual() && given.textValue().equals(OFF)) {
            return Guard.OFF;
        }
        if (body.size() == 1 && given.isInt() && given.intValue() > 0 && given.intValue() <= Guard.ALL.percent()) {
            return new Guard(given.intValue());
        }
        throw ApiException.invalid("'guard' is wanted, and nothing else: \"off\", or a whole number from 1 to "
                + Guard.ALL.percent() + ", in percent of the names of the zone; " + Guard.USUAL.percent()
                + " is what every zone begins with");
    }
}
