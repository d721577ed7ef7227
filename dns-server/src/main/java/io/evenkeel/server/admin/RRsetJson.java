package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.zones.change.Change.Edit;
import io.evenkeel.zones.change.Change.RRsetEdit;
import io.evenkeel.zones.file.RecordReader;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TTL;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Reads {@code rrsets} of a PowerDNS zone object. Unknown fields are ignored as PowerDNS does; a field of a wrong type, and
 * what this server cannot keep, is a problem. All problems are found, not only the first. One use, one thread.
 */
final class RRsetJson {
    /** Of a TTL as text; no number of seconds has more. */
    private static final int MOST_DIGITS = 20;

    private final Name apex;
    private final boolean changes;
    private final List<String> problems = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();
    private final Set<String> shared = new HashSet<>();

    /** @param changes whether each RRset says what to do with it ({@code changetype}) */
    private RRsetJson(Name apex, boolean changes) {
        this.apex = apex;
        this.changes = changes;
    }

    /** Edits, for PATCH. */
    static List<RRsetEdit> edits(Name apex, JsonNode rrsets) throws ApiException {
        return read(new RRsetJson(apex, true), rrsets);
    }

    /** Contents, for POST and PUT. */
    static List<Record> records(Name apex, JsonNode rrsets) throws ApiException {
        return read(new RRsetJson(apex, false), rrsets).stream()
                .flatMap(edit -> edit.records().stream())
                .toList();
    }

    private static List<RRsetEdit> read(RRsetJson reader, JsonNode rrsets) throws ApiException {
        if (!rrsets.isArray()) {
            throw ApiException.invalid("'rrsets' is not an array");
        }
        if (rrsets.size() > AdminLimits.RRSETS) {
            throw new ApiException(
                    413,
                    rrsets.size() + " RRsets in one request, the limit is " + AdminLimits.RRSETS
                            + "; send a large zone as a master file: PUT /api/v1/evenkeel/zones/{id}");
        }
        List<RRsetEdit> edits = new ArrayList<>();
        for (JsonNode rrset : rrsets) {
            RRsetEdit edit = reader.rrset(rrset);
            if (edit != null) {
                edits.add(edit);
            }
        }
        if (!reader.problems.isEmpty()) {
            throw ApiException.invalid(reader.problems);
        }
        return edits;
    }

    /** Null after a problem. */
    private @Nullable RRsetEdit rrset(JsonNode rrset) {
        if (!rrset.isObject()) {
            problem("an element of 'rrsets' is not an object");
            return null;
        }
        JsonNode nameNode = rrset.path("name");
        JsonNode typeNode = rrset.path("type");
        if (!nameNode.isTextual() || !typeNode.isTextual()) {
            problem("an RRset without a 'name' or a 'type' that is a string");
            return null;
        }
        String label = "RRset " + nameNode.textValue() + " IN " + typeNode.textValue() + ": ";
        Name owner;
        try {
            owner = ZoneIds.canonical(nameNode.textValue());
        } catch (TextParseException e) {
            problem(label + e.getMessage());
            return null;
        }
        int type = RecordReader.type(typeNode.textValue());
        if (type <= 0 || !Type.isRR(type)) {
            problem(label + "unknown type given");
            return null;
        }
        if (!owner.subdomain(apex)) {
            problem(label + "Name is out of zone");
            return null;
        }
        Edit edit = changes ? changeType(rrset, label) : Edit.REPLACE;
        if (edit == null || !once(owner, type, edit, label) || !commentsAreFine(rrset, label)) {
            return null;
        }
        if (edit == Edit.DELETE) {
            return new RRsetEdit(owner, type, edit, 0, List.of());
        }
        return withRecords(rrset, owner, type, edit, label);
    }

    private @Nullable Edit changeType(JsonNode rrset, String label) {
        JsonNode node = rrset.path("changetype");
        if (!node.isTextual()) {
            problem(label + "'changetype' is missing or not a string");
            return null;
        }
        for (Edit edit : Edit.values()) {
            if (edit.name().equalsIgnoreCase(node.textValue())) {
                return edit;
            }
        }
        problem(label + "changetype '" + node.textValue() + "' is not REPLACE, DELETE, EXTEND or PRUNE");
        return null;
    }

    /** Only what adds and takes away may name an RRset more than once. */
    private boolean once(Name owner, int type, Edit edit, String label) {
        String key = owner.toString().toLowerCase(Locale.ROOT) + " " + type;
        boolean additive = edit == Edit.EXTEND || edit == Edit.PRUNE;
        if (!seen.add(key) && !(additive && shared.contains(key))) {
            problem(label + "Duplicate RRset");
            return false;
        }
        if (additive) {
            shared.add(key);
        }
        return true;
    }

    private boolean commentsAreFine(JsonNode rrset, String label) {
        if (ZoneSettings.hasComments(rrset)) {
            problem(label + ZoneSettings.NO_COMMENTS);
            return false;
        }
        return true;
    }

    private @Nullable RRsetEdit withRecords(JsonNode rrset, Name owner, int type, Edit edit, String label) {
        JsonNode records = rrset.path("records");
        if (!records.isArray()) {
            problem(label + "'records' is missing or not an array");
            return null;
        }
        if (records.isEmpty() && edit == Edit.REPLACE) {
            return new RRsetEdit(owner, type, Edit.DELETE, 0, List.of());
        }
        Long given = edit == Edit.PRUNE ? Long.valueOf(0) : ttl(rrset.path("ttl"), label);
        if (given == null) {
            return null;
        }
        long ttl = given;
        List<Record> parsed = new ArrayList<>();
        for (JsonNode record : records) {
            Record one = record(record, owner, type, ttl, label);
            if (one == null) {
                continue;
            }
            if (parsed.contains(one)) {
                problem(label + "duplicate record with content '"
                        + record.path("content").textValue() + "'");
            }
            parsed.add(one);
        }
        return new RRsetEdit(owner, type, edit, ttl, parsed);
    }

    /** Null after a problem. Clients in shell send digits in a string, and some in other languages all numbers with a point. */
    private @Nullable Long ttl(JsonNode node, String label) {
        String text = node.isTextual() ? node.textValue() : node.isNumber() ? node.asText() : "";
        BigDecimal number;
        try {
            number = new BigDecimal(text.length() > MOST_DIGITS ? "" : text);
        } catch (NumberFormatException e) {
            problem(label + "'ttl' is missing or not a number");
            return null;
        }
        boolean isWhole = number.stripTrailingZeros().scale() <= 0;
        if (!isWhole || number.signum() < 0 || number.compareTo(BigDecimal.valueOf(TTL.MAX_VALUE)) > 0) {
            problem(label + "'ttl' " + text + " is no whole number between 0 and " + TTL.MAX_VALUE + " (RFC 2181 §8)");
            return null;
        }
        return number.longValueExact();
    }

    private @Nullable Record record(JsonNode record, Name owner, int type, long ttl, String label) {
        JsonNode content = record.path("content");
        if (!content.isTextual()) {
            problem(label + "a record without a 'content' that is a string");
            return null;
        }
        JsonNode disabled = record.path("disabled");
        if (!disabled.isMissingNode() && !disabled.isNull() && !disabled.isBoolean()) {
            problem(label + "'disabled' is not a boolean");
            return null;
        }
        if (disabled.booleanValue()) {
            problem(label + "disabled records are not kept by this server; leave the record out");
            return null;
        }
        try {
            return RecordText.parse(owner, type, ttl, content.textValue());
        } catch (TextParseException e) {
            problem(label + "'" + content.textValue() + "': " + e.getMessage());
            return null;
        }
    }

    private void problem(String problem) {
        problems.add(problem);
    }
}
