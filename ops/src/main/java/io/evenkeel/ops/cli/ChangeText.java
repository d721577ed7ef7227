package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/** Changes of the history, as people read them. Pure functions. */
final class ChangeText {
    /** Records that one change removes and adds, which are shown of it. */
    private static final int SHOWN = 20;

    private static final int SERIAL_FIELD = 2;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);

    private ChangeText() {}

    /** A line for the change, and one for each record that it removes or adds. */
    static List<String> lines(JsonNode change) {
        List<String> lines = new ArrayList<>();
        lines.add("%d  %s  %s  %s%s"
                .formatted(
                        change.path("index").asLong(),
                        time(change),
                        change.path("zone").asText(),
                        what(change),
                        by(change)));
        lines.addAll(records(change));
        return lines;
    }

    /** In UTC; of a change that does not tell it, nothing. */
    static String time(JsonNode change) {
        String time = change.path("time").asText("");
        try {
            return time.isEmpty() ? "-" : TIME.format(Instant.parse(time));
        } catch (DateTimeException e) {
            return time; // of a later release
        }
    }

    private static String what(JsonNode change) {
        long from = change.path("serialFrom").asLong();
        long to = change.path("serialTo").asLong();
        long records = change.path("records").asLong();
        return switch (change.path("kind").asText()) {
            case "created" -> "created with %d records, serial %d".formatted(records, to);
            case "replaced" -> "replaced, serial %d -> %d, %d records".formatted(from, to, records);
            case "deleted" -> "deleted with %d records, serial %d".formatted(records, from);
            default -> "serial %d -> %d".formatted(from, to);
        };
    }

    private static String by(JsonNode change) {
        String by = who(change);
        int more = change.path("requests").size() - 1;
        return (by.isEmpty() ? "" : ", by " + by) + (more > 0 ? ", and %d more requests".formatted(more) : "");
    }

    /** Key, client and node; an empty text if that is not told. */
    static String who(JsonNode change) {
        String key = change.path("key").asText("");
        String client = change.path("client").asText("");
        String node = change.path("node").asText("");
        return key.isEmpty()
                ? ""
                : key + (client.isEmpty() ? "" : " from " + client) + (node.isEmpty() ? "" : " through " + node);
    }

    /** All of a zone is said with the number of its records. */
    private static List<String> records(JsonNode change) {
        List<String> lines = new ArrayList<>();
        String kind = change.path("kind").asText();
        if (!change.path("differenceKept").asBoolean()) {
            lines.add(
                    kind.equals("created")
                            ? "    its records are not kept here"
                            : "    what it removed and added is too much to be kept");
        } else if (!kind.equals("created") && !kind.equals("deleted")) {
            boolean serialAlone = isOnlySerial(change);
            change.path("removed").forEach(record -> add(lines, "    - ", record, serialAlone));
            change.path("added").forEach(record -> add(lines, "    + ", record, serialAlone));
            if (lines.size() > SHOWN) {
                lines.subList(SHOWN, lines.size()).clear();
            }
            long more = change.path("removedRecords").asLong()
                    + change.path("addedRecords").asLong()
                    - (serialAlone ? 2 : 0)
                    - lines.size();
            if (more > 0) {
                lines.add("    and %d more; --output json has them".formatted(more));
            }
        }
        return lines;
    }

    private static void add(List<String> lines, String sign, JsonNode record, boolean serialAlone) {
        if (!serialAlone || !record.path("type").asText().equals("SOA")) {
            lines.add(sign + record.path("name").asText() + " "
                    + record.path("ttl").asText() + " " + record.path("type").asText() + " "
                    + record.path("content").asText());
        }
    }

    /** Whether of the SOA record nothing but the serial has changed, which stands in the first line. */
    private static boolean isOnlySerial(JsonNode change) {
        return soa(change.path("removed")).equals(soa(change.path("added")));
    }

    private static String soa(JsonNode records) {
        for (JsonNode record : records) {
            if (record.path("type").asText().equals("SOA")) {
                List<String> fields =
                        new ArrayList<>(List.of(record.path("content").asText().split(" ", -1)));
                if (fields.size() > SERIAL_FIELD) {
                    fields.remove(SERIAL_FIELD);
                }
                return record.path("ttl").asText() + " " + String.join(" ", fields);
            }
        }
        return "";
    }
}
