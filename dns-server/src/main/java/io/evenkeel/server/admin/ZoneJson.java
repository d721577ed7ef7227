package io.evenkeel.server.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.file.RecordWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Writes zones as PowerDNS' zone objects, RRset by RRset, with all keys in byte order. */
final class ZoneJson {
    private final JsonGenerator json;
    private @Nullable Record open;
    /** Of the RRset that is open. */
    private final List<String> contents = new ArrayList<>();

    private ZoneJson(JsonGenerator json) {
        this.json = json;
    }

    /**
     * As an entry of a list.
     *
     * @param dnssec whether to tell if it is signed, and the serial that is served
     */
    static void writeEntry(JsonGenerator json, Zone zone, boolean dnssec) throws IOException {
        json.writeStartObject();
        json.writeStringField("account", ZoneSettings.NONE);
        json.writeStringField("catalog", ZoneSettings.NONE);
        if (dnssec) {
            json.writeBooleanField("dnssec", zone.isSigned());
            json.writeNumberField("edited_serial", zone.serial());
        }
        writeIdToLastCheck(json, zone);
        writeEmptyArray(json, "masters");
        json.writeStringField("name", zone.apex().toString());
        json.writeNumberField("notified_serial", 0);
        json.writeNumberField("serial", zone.serial());
        json.writeStringField("url", url(zone));
        json.writeEndObject();
    }

    /** @param records hands over what it is to hold, one RRset after the other; null: the zone alone */
    static void write(JsonGenerator json, Zone zone, @Nullable Consumer<Consumer<Record>> records) throws IOException {
        json.writeStartObject();
        json.writeStringField("account", ZoneSettings.NONE);
        json.writeBooleanField("api_rectify", false);
        json.writeStringField("catalog", ZoneSettings.NONE);
        json.writeBooleanField("dnssec", zone.isSigned());
        json.writeNumberField("edited_serial", zone.serial());
        writeIdToLastCheck(json, zone);
        writeEmptyArray(json, "master_tsig_key_ids");
        writeEmptyArray(json, "masters");
        json.writeStringField("name", zone.apex().toString());
        json.writeNumberField("notified_serial", 0);
        json.writeBooleanField("nsec3narrow", false);
        json.writeStringField("nsec3param", ZoneSettings.NONE);
        if (records != null) {
            writeRRsets(json, records);
        }
        json.writeNumberField("serial", zone.serial());
        writeEmptyArray(json, "slave_tsig_key_ids");
        json.writeStringField("soa_edit", ZoneSettings.NONE);
        json.writeStringField("soa_edit_api", ZoneSettings.SERIAL_GROWS);
        json.writeStringField("url", url(zone));
        json.writeEndObject();
    }

    private static void writeIdToLastCheck(JsonGenerator json, Zone zone) throws IOException {
        json.writeStringField("id", ZoneIds.of(zone.apex()));
        json.writeStringField("kind", ZoneSettings.KIND);
        json.writeNumberField("last_check", 0);
    }

    private static void writeEmptyArray(JsonGenerator json, String name) throws IOException {
        json.writeArrayFieldStart(name);
        json.writeEndArray();
    }

    private static String url(Zone zone) {
        return ServerRoutes.BASE + "/zones/" + ZoneIds.of(zone.apex());
    }

    private static void writeRRsets(JsonGenerator json, Consumer<Consumer<Record>> records) throws IOException {
        json.writeArrayFieldStart("rrsets");
        ZoneJson writer = new ZoneJson(json);
        try {
            records.accept(writer::record);
            writer.closeRRset();
        } catch (UncheckedIOException e) {
            throw new IOException("the client went away", e);
        }
        json.writeEndArray();
    }

    private void record(Record record) {
        Record present = open;
        if (present == null
                || present.getType() != record.getType()
                || !present.getName().equals(record.getName())) {
            closeRRset();
            open = record;
        }
        contents.add(RecordWriter.rdataUncut(record));
    }

    private void closeRRset() {
        Record present = open;
        if (present == null) {
            return;
        }
        Collections.sort(contents);
        try {
            json.writeStartObject();
            writeEmptyArray(json, "comments");
            json.writeStringField("name", present.getName().toString());
            json.writeArrayFieldStart("records");
            for (String content : contents) {
                json.writeStartObject();
                json.writeStringField("content", content);
                json.writeBooleanField("disabled", false);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeNumberField("ttl", present.getTTL());
            json.writeStringField("type", Type.string(present.getType()));
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open = null;
        contents.clear();
    }
}
