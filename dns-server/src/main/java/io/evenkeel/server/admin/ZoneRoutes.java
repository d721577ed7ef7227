package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.file.RecordReader;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Zones and RRsets as PowerDNS' HTTP API has them. */
final class ZoneRoutes {
    private static final String ZONES = ServerRoutes.BASE + "/zones";
    private static final String ZONE = ZONES + "/{zone_id}";

    private final Changes changes;
    private final StateRoot root;

    ZoneRoutes(Changes changes, StateRoot root) {
        this.changes = changes;
        this.root = root;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", ZONES, Access.KEYED, this::list).ofState(),
                new Route("POST", ZONES, Access.KEYED, this::create),
                new Route("GET", ZONE, Access.KEYED, this::show).ofState(),
                new Route("PUT", ZONE, Access.KEYED, this::replace).ofState(),
                new Route("PATCH", ZONE, Access.KEYED, this::patch),
                new Route("DELETE", ZONE, Access.KEYED, this::delete),
                new Route("GET", ZONE + "/export", Access.KEYED, this::export).ofState(),
                new Route("PUT", ZONE + "/notify", Access.KEYED, this::notified),
                new Route("PUT", ZONE + "/rectify", Access.KEYED, this::rectified),
                new Route("PUT", ZONE + "/axfr-retrieve", Access.KEYED, this::retrieved),
                new Route("PUT", ServerRoutes.BASE + "/cache/flush", Access.KEYED, ZoneRoutes::flushed));
    }

    private Reply list(Call call) throws ApiException, InterruptedException {
        Optional<String> name = call.query("zone");
        Collection<Zone> zones;
        if (name.isPresent()) {
            Zone zone = changes.zone(ZoneIds.parse(name.get()));
            zones = zone == null ? List.of() : List.of(zone);
        } else {
            Catalog catalog = root.get().state().catalog();
            call.lists(catalog.size());
            zones = catalog.zones();
        }
        boolean dnssec = call.wants("dnssec");
        return Reply.asPowerDns(200, json -> {
            json.writeStartArray();
            for (Zone zone : zones) {
                ZoneJson.writeEntry(json, zone, dnssec);
            }
            json.writeEndArray();
        });
    }

    private Reply show(Call call) throws ApiException, InterruptedException {
        Zone zone = changes.required(ZoneIds.parse(call.path("zone_id")));
        if (call.wants("rrsets")) {
            Optional<String> name = call.query("rrset_name");
            call.answers(name.isEmpty() ? zone.octets() : zone.octetsAt(owner(name.get())));
        }
        return body(200, zone, call).with("ETag", Changes.etag(zone.version()));
    }

    private static Reply body(int status, Zone zone, Call call) throws ApiException {
        if (!call.wants("rrsets")) {
            return Reply.asPowerDns(status, json -> ZoneJson.write(json, zone, null));
        }
        Consumer<Consumer<Record>> records = records(zone, call.query("rrset_name"), call.query("rrset_type"));
        return Reply.asPowerDns(status, json -> ZoneJson.write(json, zone, records));
    }

    /**
     * The records that are asked for; a name without walking the zone.
     *
     * @throws ApiException 4xx if the name is none
     */
    static Consumer<Consumer<Record>> records(Zone zone, Optional<String> name, Optional<String> type)
            throws ApiException {
        if (name.isEmpty()) {
            return zone::forEach;
        }
        Name owner = owner(name.get());
        int wanted = type.map(RecordReader::type).orElse(Type.ANY);
        return visitor -> zone.forEachAt(owner, record -> {
            if (type.isEmpty() || record.getType() == wanted) {
                visitor.accept(record);
            }
        });
    }

    private static Name owner(String name) throws ApiException {
        return ZoneIds.parse(name).canonicalize();
    }

    private Reply create(Call call) throws ApiException, IOException, InterruptedException {
        byte[] bytes = call.smallBody();
        JsonNode body = Call.object(bytes);
        if (!body.path("name").isTextual()) {
            throw ApiException.invalid("'name' is missing or not a string");
        }
        Name apex;
        try {
            apex = ZoneIds.canonical(body.path("name").textValue());
        } catch (TextParseException e) {
            throw ApiException.invalid(String.valueOf(e.getMessage()));
        }
        ZoneSettings.check(body, false);
        RequestId id = changes.requestId(call, Sha256.of(bytes));
        List<Record> records = NewZone.records(apex, body, meter(call, id, bytes));
        if (call.wants("rrsets")) {
            // Before the change is made: 503 says that it was not.
            call.answers(Math.max(bytes.length, (long) AdminLimits.RECORD_BYTES * records.size()));
        }
        return changes.put(id, call.origin(), apex, () -> create(call, id, apex, records));
    }

    /** For a master file in a body. */
    private RecordMeter meter(Call call, RequestId id, byte[] body) {
        return new RecordMeter(
                changes, call.memory(), (long) AdminLimits.TEXT_GROWTH * body.length, changes.isBegun(id));
    }

    private Reply create(Call call, RequestId id, Name apex, List<Record> records)
            throws ApiException, InterruptedException {
        Zone present = changes.zone(apex);
        Outcome<Accepted> outcome = changes.outcome(
                id, call, new Change.CreateZone(apex, changes.contents(id, call.origin(), apex, records)));
        Accepted accepted = Changes.done(id, outcome);
        Zone zone = changes.zone(apex);
        Reply reply = zone == null || zone == present
                ? Reply.asPowerDns(201, NewZone.pending(apex, accepted.serial()))
                : body(201, zone, call);
        return changes.reply(reply, id, accepted, true).with("Location", ZONES + "/" + ZoneIds.of(apex));
    }

    /** With contents it replaces them; without, there is nothing that this server keeps. */
    private Reply replace(Call call) throws ApiException, IOException, InterruptedException {
        byte[] bytes = call.smallBody();
        JsonNode body = Call.object(bytes);
        Name apex = ZoneIds.parse(call.path("zone_id"));
        Zone zone = changes.required(apex);
        ZoneSettings.check(body, zone.isSigned());
        RequestId id = changes.requestId(call, Sha256.of(bytes));
        List<Record> records = NewZone.replacement(zone, body, meter(call, id, bytes));
        if (records == null) {
            return Reply.empty(204).with("ETag", Changes.etag(zone.version()));
        }
        return changes.put(
                id,
                call.origin(),
                apex,
                () -> changed(
                        call,
                        id,
                        new Change.ReplaceZone(
                                apex, changes.contents(id, call.origin(), apex, records), Changes.ifMatch(call))));
    }

    private Reply patch(Call call) throws ApiException, IOException, InterruptedException {
        byte[] bytes = call.smallBody();
        JsonNode body = Call.object(bytes);
        Name apex = ZoneIds.parse(call.path("zone_id"));
        if (!body.has("rrsets")) {
            throw ApiException.invalid("No rrsets given in update request");
        }
        List<Change.RRsetEdit> edits = RRsetJson.edits(apex, body.path("rrsets"));
        RequestId id = changes.requestId(call, Sha256.of(bytes));
        return changed(call, id, new Change.EditRRsets(apex, edits, Changes.ifMatch(call)));
    }

    private Reply changed(Call call, RequestId id, Change change) throws ApiException, InterruptedException {
        return changes.reply(Reply.empty(204), id, changes.make(id, call, change), true);
    }

    private Reply delete(Call call) throws ApiException, InterruptedException {
        Name apex = ZoneIds.parse(call.path("zone_id"));
        RequestId id = changes.requestId(call, new byte[0]);
        Accepted accepted = changes.make(id, call, new Change.DeleteZone(apex, Changes.ifMatch(call)));
        return changes.reply(Reply.empty(204), id, accepted, false);
    }

    /** There are no secondaries that fetch zones from here; what a client asks for is done when the change is. */
    private Reply notified(Call call) throws ApiException {
        changes.required(ZoneIds.parse(call.path("zone_id")));
        return result("Notification queued");
    }

    /** NSEC and NSEC3 records come with a signed zone, or there are none. */
    private Reply rectified(Call call) throws ApiException {
        changes.required(ZoneIds.parse(call.path("zone_id")));
        return result("Rectified");
    }

    private Reply retrieved(Call call) throws ApiException {
        Name apex = changes.required(ZoneIds.parse(call.path("zone_id"))).apex();
        throw ApiException.invalid("Zone '" + apex + "' is not a secondary zone");
    }

    private static Reply result(String text) {
        return Reply.asPowerDns(200, Reply.JSON.createObjectNode().put("result", text));
    }

    /** Answers come from the zones themselves: there is nothing to flush. */
    private static Reply flushed(Call call) throws ApiException {
        try {
            ZoneIds.canonical(call.query("domain").orElse(""));
        } catch (TextParseException e) {
            throw ApiException.invalid("'domain': " + e.getMessage());
        }
        return Reply.asPowerDns(
                200, Reply.JSON.createObjectNode().put("count", 0).put("result", "Flushed cache."));
    }

    private Reply export(Call call) throws ApiException, InterruptedException {
        Zone zone = changes.required(ZoneIds.parse(call.path("zone_id")));
        call.answers(zone.octets());
        return MasterText.reply(zone::forEach, call.header("Accept").orElse("").contains("application/json"))
                .with("ETag", Changes.etag(zone.version()));
    }
}
