package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.change.Judgement;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.check.ZoneProblem;
import io.evenkeel.zones.file.ZoneFile;
import io.evenkeel.zones.store.PackedRecords;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** All records of a zone out of a PowerDNS zone object: {@code rrsets}, {@code zone} (a master file), {@code nameservers}. */
final class NewZone {
    private static final int REFRESH_SECONDS = 10_800;
    private static final int RETRY_SECONDS = 3_600;
    private static final int EXPIRE_SECONDS = 604_800;
    private static final int NEGATIVE_SECONDS = 3_600;

    private NewZone() {}

    /** For a zone that is to be made. A missing SOA is made up as PowerDNS does it. */
    static List<Record> records(Name apex, JsonNode body, RecordMeter meter) throws ApiException, InterruptedException {
        String text = text(body);
        List<Record> nameServers = nameServers(apex, body.path("nameservers"));
        if (text != null && nameServers.isEmpty()) {
            return parse(apex, text, meter);
        }
        List<Record> records = rrsets(apex, body);
        if (!nameServers.isEmpty() && (text != null || at(records, apex, Type.NS) != null)) {
            throw ApiException.invalid("Nameservers list MUST NOT be mixed with zone-level NS in rrsets");
        }
        records.addAll(nameServers);
        if (at(records, apex, Type.SOA) == null) {
            records.addFirst(soa(apex, records, body.path("serial").asLong(0)));
        }
        return judged(apex, records);
    }

    /** For a zone that is there; null: no contents are given. A missing SOA is the present one. */
    static @Nullable List<Record> replacement(Zone zone, JsonNode body, RecordMeter meter)
            throws ApiException, InterruptedException {
        String text = text(body);
        if (text != null) {
            return parse(zone.apex(), text, meter);
        }
        if (!isGiven(body.path("rrsets"))) {
            return null;
        }
        List<Record> records = rrsets(zone.apex(), body);
        if (at(records, zone.apex(), Type.SOA) == null) {
            records.addFirst(zone.soa());
        }
        return judged(zone.apex(), records);
    }

    private static List<Record> judged(Name apex, List<Record> records) throws ApiException {
        Judgement judgement = Judgement.of(apex, records);
        if (!judgement.accepted()) {
            throw ApiException.invalid(judgement.problems());
        }
        return judgement.records();
    }

    /** The master file in it; null: none. */
    private static @Nullable String text(JsonNode body) throws ApiException {
        JsonNode text = body.path("zone");
        if (!isGiven(text)) {
            return null;
        }
        if (!text.isTextual()) {
            throw ApiException.invalid("'zone' is not a string");
        }
        if (text.textValue().isEmpty()) {
            return null;
        }
        if (!body.path("rrsets").isEmpty()) {
            throw ApiException.invalid("'zone' and 'rrsets' cannot both be given");
        }
        return text.textValue();
    }

    private static List<Record> rrsets(Name apex, JsonNode body) throws ApiException {
        JsonNode rrsets = body.path("rrsets");
        return isGiven(rrsets) ? new ArrayList<>(RRsetJson.records(apex, rrsets)) : new ArrayList<>();
    }

    private static boolean isGiven(JsonNode node) {
        return !node.isMissingNode() && !node.isNull();
    }

    private static List<Record> parse(Name apex, String text, RecordMeter meter)
            throws ApiException, InterruptedException {
        ZoneFile.Parsed parsed;
        try {
            parsed = ZoneFile.parse("zone", new StringReader(text), apex, meter);
        } catch (IOException e) {
            throw new IllegalStateException("a string can be read", e);
        }
        return checked(apex, parsed, meter).records();
    }

    /**
     * The records of a master file, with its warnings.
     *
     * @param meter by which it was read
     * @throws ApiException 422 with all its problems if it has an error
     */
    static ZoneBuilder.Checked checked(Name apex, ZoneFile.Parsed parsed, RecordMeter meter)
            throws ApiException, InterruptedException {
        meter.check();
        Name found = parsed.apex();
        if (found != null && !found.equals(apex)) {
            throw ApiException.invalid("the SOA record is that of " + found + ", the zone is " + apex);
        }
        ZoneBuilder.Checked checked = parsed.check();
        if (!checked.accepted()) {
            throw ApiException.invalid(
                    checked.problems().stream().map(ZoneProblem::toString).toList());
        }
        PackedRecords records = PackedRecords.of(checked.records());
        meter.take(records.size(), records.octets());
        return checked;
    }

    private static List<Record> nameServers(Name apex, JsonNode node) throws ApiException {
        List<Record> records = new ArrayList<>();
        if (node.isMissingNode() || node.isNull()) {
            return records;
        }
        if (!node.isArray()) {
            throw ApiException.invalid("'nameservers' is not an array");
        }
        for (JsonNode each : node) {
            if (!each.isTextual() || each.textValue().isEmpty()) {
                throw ApiException.invalid("Nameservers must be non-empty strings");
            }
            try {
                records.add(new NSRecord(
                        apex, DClass.IN, AdminLimits.DEFAULT_TTL_SECONDS, ZoneIds.canonical(each.textValue())));
            } catch (TextParseException e) {
                throw ApiException.invalid("Nameserver is not canonical: " + e.getMessage());
            }
        }
        return records;
    }

    private static @Nullable Record at(List<Record> records, Name owner, int type) {
        for (Record record : records) {
            if (record.getType() == type && record.getName().equals(owner)) {
                return record;
            }
        }
        return null;
    }

    private static Record soa(Name apex, List<Record> records, long serial) throws ApiException {
        Record ns = at(records, apex, Type.NS);
        Name primary = ns instanceof NSRecord first
                ? first.getTarget()
                : Name.fromConstantString("a.misconfigured.dns.server.invalid.");
        try {
            Name mailbox = Name.concatenate(Name.fromConstantString("hostmaster"), apex);
            return new SOARecord(
                    apex,
                    DClass.IN,
                    AdminLimits.DEFAULT_TTL_SECONDS,
                    primary,
                    mailbox,
                    serial > 0 && serial <= 0xFFFF_FFFFL ? serial : 1,
                    REFRESH_SECONDS,
                    RETRY_SECONDS,
                    EXPIRE_SECONDS,
                    NEGATIVE_SECONDS);
        } catch (NameTooLongException e) {
            throw ApiException.invalid("no SOA record is given, and none can be made up for so long a name");
        }
    }

    /** What can be said of a zone that is committed and not served here yet. */
    static ObjectNode pending(Name apex, long serial) {
        String id = ZoneIds.of(apex);
        return Reply.JSON
                .createObjectNode()
                .put("id", id)
                .put("kind", ZoneSettings.KIND)
                .put("name", apex.toString())
                .put("serial", serial)
                .put("url", ServerRoutes.BASE + "/zones/" + id);
    }
}
