package io.evenkeel.server.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.file.RecordWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Writes zones as PowerDNS' zone objects, record by record. */
final class ZoneJson {
    private final JsonGenerator json;
    private @Nullable Record open;

    private ZoneJson(JsonGenerator json) {
        this.json = json;
    }

    /** Without its RRsets. */
    static void write(JsonGenerator json, Zone zone) throws IOException {
        json.writeStartObject();
        head(json, zone);
        json.writeEndObject();
    }

    /** @param records hands over what it is to hold, one RRset after the other */
    static void write(JsonGenerator json, Zone zone, Consumer<Consumer<Record>> records) throws IOException {
        json.writeStartObject();
        head(json, zone);
        json.writeArrayFieldStart("rrsets");
        ZoneJson writer = new ZoneJson(json);
        try {
            records.accept(writer::record);
            writer.closeRRset();
        } catch (UncheckedIOException e) {
            throw new IOException("the client went away", e);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void head(JsonGenerator json, Zone zone) throws IOException {
        String id = ZoneIds.of(zone.apex());
        json.writeStringField("id", id);
        json.writeStringField("name", zone.apex().toString());
        json.writeStringField("type", "Zone");
        json.writeStringField("url", ServerRoutes.BASE + "/zones/" + id);
        json.writeStringField("kind", "Native");
        json.writeNumberField("serial", zone.serial());
        json.writeNumberField("edited_serial", zone.serial());
        json.writeNumberField("notified_serial", 0);
        json.writeNumberField("last_check", 0);
        json.writeBooleanField("dnssec", false);
        json.writeBooleanField("presigned", false);
        json.writeStringField("account", "");
        json.writeStringField("catalog", "");
        json.writeArrayFieldStart("masters");
        json.writeEndArray();
        json.writeStringField("soa_edit", "");
        json.writeStringField("soa_edit_api", "");
        json.writeBooleanField("api_rectify", false);
        json.writeStringField("nsec3param", "");
        json.writeBooleanField("nsec3narrow", false);
    }

    private void record(Record record) {
        try {
            Record present = open;
            if (present == null
                    || present.getType() != record.getType()
                    || !present.getName().equals(record.getName())) {
                closeRRset();
                open = record;
                json.writeStartObject();
                json.writeStringField("name", record.getName().toString());
                json.writeStringField("type", Type.string(record.getType()));
                json.writeNumberField("ttl", record.getTTL());
                json.writeArrayFieldStart("comments");
                json.writeEndArray();
                json.writeArrayFieldStart("records");
            }
            json.writeStartObject();
            json.writeStringField("content", RecordWriter.rdata(record));
            json.writeBooleanField("disabled", false);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void closeRRset() {
        try {
            if (open != null) {
                json.writeEndArray();
                json.writeEndObject();
                open = null;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
