package io.evenkeel.server.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneDifference;
import io.evenkeel.zones.change.PastVersions;
import io.evenkeel.zones.change.PastVersions.Version;
import io.evenkeel.zones.change.Rollback;
import io.evenkeel.zones.file.RecordWriter;
import io.evenkeel.zones.state.ChangeHistory;
import io.evenkeel.zones.state.FeatureLevel;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneChange;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The history of changes: page by page for those who look or keep it elsewhere, the versions of one zone, and the text of each. */
final class HistoryRoutes {
    private final String node;
    private final StateRoot root;

    HistoryRoutes(String node, StateRoot root) {
        this.node = node;
        this.root = root;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", EvenkeelRoutes.BASE + "/history", Access.KEYED, this::history).ofState(),
                new Route("GET", EvenkeelRoutes.BASE + "/zones/{zone_id}/versions", Access.KEYED, this::versions)
                        .ofState(),
                new Route("GET", EvenkeelRoutes.BASE + "/zones/{zone_id}/versions/{version}", Access.KEYED, this::text)
                        .ofState());
    }

    /** Why there is none, with the remedy; null if the cluster keeps one. */
    static @Nullable String missing(ReplicatedState state) {
        int level = FeatureLevel.of(state.settings());
        return FeatureLevel.HISTORY.isReached(state.settings())
                ? null
                : "the cluster is at level " + level + " and keeps a history of changes from level "
                        + FeatureLevel.HISTORY.number()
                        + " on: when all members run a release that speaks it, `evenkeel cluster level raise`";
    }

    /** @throws ApiException that says why there is none */
    static void require(ReplicatedState state) throws ApiException {
        String missing = missing(state);
        if (missing != null) {
            throw new ApiException(409, missing);
        }
    }

    /** Some changes in the order of the log. Their octets are those of the state: no more are held for them. */
    private record Page(List<ChangeHistory.Entry> entries, long next, boolean more) {}

    private Reply history(Call call) throws ApiException, InterruptedException {
        long since = number(call, "since", 0, Long.MAX_VALUE, 0);
        int limit = (int) number(call, "limit", 1, AdminLimits.CHANGES, AdminLimits.CHANGES_DEFAULT);
        boolean latest = call.query("latest").orElse("false").equalsIgnoreCase("true");
        String zone = call.query("zone").orElse(null);
        Name apex = zone == null ? null : ZoneIds.parse(zone);
        int records = (int) number(call, "records", 0, AdminLimits.CHANGE_RECORDS, AdminLimits.CHANGE_RECORDS_DEFAULT);
        Published published = root.get();
        ChangeHistory history = published.state().history();
        Page page = latest ? latest(history, since, apex, limit) : page(history, since, apex, limit);
        long largest =
                page.entries.stream().mapToLong(ChangeHistory.Entry::size).max().orElse(0);
        // Each is read by itself, and a record of it is text for a moment.
        call.memory().growTo(AdminLimits.ANSWER_BYTES + 2 * largest + (long) AdminLimits.CHANGE_BYTES * limit);
        String missing = missing(published.state());
        return Reply.json(200, json -> {
            json.writeStartObject();
            json.writeStringField("node", node);
            json.writeNumberField("index", published.index());
            json.writeBooleanField("kept", missing == null);
            if (missing != null) {
                json.writeStringField("note", missing);
            }
            json.writeNumberField("droppedThrough", history.droppedThrough());
            json.writeNumberField("next", page.next);
            json.writeBooleanField("more", page.more);
            json.writeArrayFieldStart("changes");
            for (ChangeHistory.Entry entry : page.entries) {
                write(json, entry.read(), records);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static Page page(ChangeHistory history, long since, @Nullable Name apex, int limit) {
        List<ChangeHistory.Entry> entries = new ArrayList<>();
        long[] octets = {0};
        boolean[] more = {false};
        history.forEachAfter(since, apex, entry -> {
            more[0] = entries.size() == limit
                    || (!entries.isEmpty() && octets[0] + entry.size() > AdminLimits.CHANGES_BYTES);
            if (!more[0]) {
                entries.add(entry);
                octets[0] += entry.size();
            }
            return !more[0];
        });
        return new Page(entries, entries.isEmpty() ? since : entries.getLast().index(), more[0]);
    }

    /** The last ones that fit, instead of the first. */
    private static Page latest(ChangeHistory history, long since, @Nullable Name apex, int limit) {
        List<ChangeHistory.Entry> entries = new ArrayList<>();
        history.forEachAfter(since, apex, entry -> {
            if (entries.size() == limit) {
                entries.removeFirst();
            }
            return entries.add(entry);
        });
        long octets = 0;
        int from = entries.size();
        while (from > 0
                && (from == entries.size() || octets + entries.get(from - 1).size() <= AdminLimits.CHANGES_BYTES)) {
            octets += entries.get(--from).size();
        }
        List<ChangeHistory.Entry> fitting = entries.subList(from, entries.size());
        return new Page(fitting, fitting.isEmpty() ? since : fitting.getLast().index(), false);
    }

    private static long number(Call call, String name, long least, long most, long usual) throws ApiException {
        String text = call.query(name).orElse(String.valueOf(usual));
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw ApiException.invalid("'" + name + "' is no whole number; allowed: " + least + " to " + most);
        }
        throw ApiException.invalid("'" + name + "' is out of range; allowed: " + least + " to " + most);
    }

    private static void write(JsonGenerator json, ZoneChange change, int mostRecords) throws IOException {
        json.writeStartObject();
        json.writeNumberField("index", change.index());
        json.writeStringField("zone", change.apex().toString());
        who(json, change);
        serial(json, "serialFrom", change.serialFrom());
        serial(json, "serialTo", change.serialTo());
        json.writeNumberField("records", change.records());
        json.writeArrayFieldStart("requests");
        for (int i = 0; i < change.requests().size(); i++) {
            json.writeStartObject();
            json.writeStringField("id", change.requests().get(i).toString());
            if (i < change.by().origins().size()) {
                origin(json, change.by().origins().get(i));
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        ZoneDifference difference = change.difference();
        json.writeBooleanField("differenceKept", difference != null);
        if (difference != null) {
            json.writeNumberField("removedRecords", difference.removed().size());
            json.writeNumberField("addedRecords", difference.added().size());
            if (mostRecords > 0) {
                records(json, "removed", difference.removed(), mostRecords);
                records(json, "added", difference.added(), mostRecords);
            }
        }
        json.writeEndObject();
    }

    /** Of what kind, when, and by whom first. */
    private static void who(JsonGenerator json, ZoneChange change) throws IOException {
        json.writeStringField("kind", change.kind().name().toLowerCase(Locale.ROOT));
        if (change.by().wallMillis() != 0) {
            json.writeStringField(
                    "time", Instant.ofEpochMilli(change.by().wallMillis()).toString());
        }
        if (!change.by().origins().isEmpty()) {
            origin(json, change.by().origins().getFirst());
        }
    }

    private static void origin(JsonGenerator json, Origin origin) throws IOException {
        json.writeStringField("key", origin.key());
        json.writeStringField("client", origin.client());
        json.writeStringField("node", origin.node());
    }

    private static void serial(JsonGenerator json, String name, long serial) throws IOException {
        if (serial != ZoneChange.NO_SERIAL) {
            json.writeNumberField(name, serial);
        }
    }

    private static void records(JsonGenerator json, String name, List<Record> records, int most) throws IOException {
        json.writeArrayFieldStart(name);
        for (Record record : records.subList(0, Math.min(most, records.size()))) {
            json.writeStartObject();
            json.writeStringField("name", record.getName().toString());
            json.writeNumberField("ttl", record.getTTL());
            json.writeStringField("type", Type.string(record.getType()));
            json.writeStringField("content", RecordWriter.rdataUncut(record));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    /** Octets of the largest change of a zone. */
    static long largest(ChangeHistory history, Name apex) {
        long[] octets = {0};
        history.forEachBack(apex, entry -> {
            octets[0] = Math.max(octets[0], entry.size());
            return true;
        });
        return octets[0];
    }

    /** From the present version of a zone to an earlier one. */
    record Way(Version to, Rollback back) {}

    /**
     * Finds the way to a version, with memory for it.
     *
     * @param index of that version; null: the one before the present one
     * @throws ApiException if the history does not lead back to it
     */
    static Way way(Call call, ReplicatedState state, Zone zone, @Nullable Long index)
            throws ApiException, InterruptedException {
        // Changes are read one at a time to find the way, and those that are undone are held as objects.
        long answer = AdminLimits.ANSWER_BYTES + 2 * largest(state.history(), zone.apex());
        call.memory().growTo(answer);
        PastVersions versions = PastVersions.of(state.history(), zone);
        Version to = index == null ? versions.previous() : versions.find(index);
        if (to == null) {
            throw new ApiException(
                    404,
                    index == null
                            ? "the history knows no version of " + zone.apex() + " before the present one"
                            : "the history does not lead back to a version " + index + " of " + zone.apex()
                                    + ": `evenkeel zone versions` shows those to which it does");
        }
        call.memory().growTo(answer + AdminLimits.UNDONE_GROWTH * keptSince(state.history(), zone, to.index()));
        Rollback rollback = Rollback.to(state.history(), zone, to.index());
        if (rollback == null) {
            throw new ApiException(
                    409,
                    "the history does not lead back to version " + to.index() + " of " + zone.apex()
                            + ", since a change after it was too large to be kept: `evenkeel zone restore` takes the"
                            + " zone out of a backup");
        }
        return new Way(to, rollback);
    }

    private static long keptSince(ChangeHistory history, Zone zone, long index) {
        long[] octets = {0};
        history.forEachBack(zone.apex(), entry -> {
            octets[0] += entry.index() > index ? entry.size() : 0;
            return entry.index() > index;
        });
        return octets[0];
    }

    private Reply text(Call call) throws ApiException, InterruptedException {
        Name apex = ZoneIds.parse(call.path("zone_id"));
        ReplicatedState state = root.get().state();
        require(state);
        Zone zone = state.catalog().zone(apex);
        if (zone == null) {
            throw new ApiException(404, "Could not find domain '" + apex + "'");
        }
        Way way = way(call, state, zone, index(call.path("version")));
        return MasterText.reply(visitor -> way.back().forEach(way.to().serial(), visitor), false);
    }

    private static long index(String text) throws ApiException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw ApiException.invalid("'" + text + "' is no number of a version, as GET .../versions has them");
        }
    }

    private Reply versions(Call call) throws ApiException, InterruptedException {
        Name apex = ZoneIds.parse(call.path("zone_id"));
        ReplicatedState state = root.get().state();
        Zone zone = state.catalog().zone(apex);
        int limit = (int) number(call, "limit", 1, AdminLimits.CHANGES, AdminLimits.CHANGES_DEFAULT);
        // One change of it at a time is read, and what is told of each is kept.
        call.memory().growTo(AdminLimits.ANSWER_BYTES + 2 * largest(state.history(), apex));
        ZoneChange deletion = zone == null ? deletion(state, apex) : null;
        List<Version> versions = zone != null
                ? PastVersions.of(state.history(), zone).folded().versions()
                : PastVersions.before(state.history(), Objects.requireNonNull(deletion))
                        .versions();
        boolean signed = zone != null && zone.isSigned();
        long present = zone == null ? 0 : zone.version().change();
        String missing = missing(state);
        Reply reply = Reply.json(200, json -> {
            json.writeStartObject();
            json.writeStringField("zone", apex.toString());
            json.writeBooleanField("signed", signed);
            json.writeBooleanField("kept", missing == null);
            if (missing != null) {
                json.writeStringField("note", missing);
            }
            if (deletion != null) {
                json.writeObjectFieldStart("deleted");
                json.writeNumberField("index", deletion.index());
                who(json, deletion);
                json.writeEndObject();
            }
            json.writeBooleanField("more", versions.size() > limit);
            json.writeArrayFieldStart("versions");
            for (Version version : versions.subList(0, Math.min(limit, versions.size()))) {
                json.writeStartObject();
                json.writeNumberField("version", version.index());
                json.writeNumberField("serial", version.serial());
                json.writeBooleanField("present", version.index() == present);
                json.writeBooleanField("reachable", version.reachable() && !signed);
                json.writeNumberField("changes", version.changes());
                ZoneChange madeBy = version.madeBy();
                if (madeBy != null) {
                    who(json, madeBy);
                    json.writeNumberField("records", madeBy.records());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
        return zone == null ? reply : reply.with("ETag", Changes.etag(zone.version()));
    }

    /** That of a zone which is gone and can be brought back. */
    private static ZoneChange deletion(ReplicatedState state, Name apex) throws ApiException {
        ChangeHistory.Entry last = UndoRoutes.last(state, apex);
        ZoneChange change = last == null ? null : last.read();
        if (change == null || change.kind() != ZoneChange.Kind.DELETED) {
            throw new ApiException(404, "Could not find domain '" + apex + "'");
        }
        UndoRoutes.requireKept(change, state);
        return change.withoutDifference();
    }
}
