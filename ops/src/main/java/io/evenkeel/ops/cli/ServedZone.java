package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Name;

/** A zone as one node serves it, in the JSON of the API. One thread. */
final class ServedZone {
    private final AdminClient node;
    private final Name apex;

    ServedZone(AdminClient node, Name apex) {
        this.node = node;
        this.apex = apex;
    }

    Name apex() {
        return apex;
    }

    /** All of it. */
    JsonNode all() throws CommandFailure, IOException, InterruptedException {
        return node.get(AdminClient.zonePath(apex.toString()));
    }

    /** Which version it is; empty if the node tells none. */
    String etag() throws CommandFailure, IOException, InterruptedException {
        AdminClient.Version version = node.openVersion(AdminClient.zonePath(apex.toString()) + "?rrsets=false");
        version.body().close();
        return version.etag();
    }

    /**
     * Its serial.
     *
     * @param what would be done with the whole zone, as in "edited"
     * @throws CommandFailure if there is no such zone, or it arrived signed
     */
    long unsigned(String what) throws CommandFailure, IOException, InterruptedException {
        JsonNode zone = node.get(AdminClient.zonePath(apex.toString()) + "?rrsets=false");
        if (zone.path("dnssec").asBoolean()) {
            throw CommandFailure.failed(
                    "%s is signed, and nothing here can sign it anew: it is not %s; export it, sign the other text with your signer, and import that"
                            .formatted(apex, what));
        }
        return zone.path("serial").asLong();
    }

    /** Its serial, and the RRsets of one owner. */
    JsonNode at(Name owner) throws CommandFailure, IOException, InterruptedException {
        return node.get(AdminClient.zonePath(apex.toString()) + "?rrset_name="
                + URLEncoder.encode(owner.toString(), StandardCharsets.UTF_8));
    }

    /** The RRset of that owner and type; a missing node if there is none. */
    static JsonNode rrset(JsonNode zone, Name owner, String type) {
        for (JsonNode rrset : zone.path("rrsets")) {
            if (rrset.path("type").asText().equals(type) && isOf(rrset, owner)) {
                return rrset;
            }
        }
        return MissingNode.getInstance();
    }

    static boolean isOf(JsonNode rrset, Name owner) {
        return owner.toString().equalsIgnoreCase(rrset.path("name").asText());
    }

    /** The contents of its records, in the order that the node gives them. */
    static List<String> contents(JsonNode rrset) {
        List<String> contents = new ArrayList<>();
        rrset.path("records")
                .forEach(record -> contents.add(record.path("content").asText()));
        return contents;
    }

    /** A row of a table for each record: owner, TTL, type, data. */
    static List<List<String>> rows(Iterable<JsonNode> rrsets) {
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode rrset : rrsets) {
            for (String content : contents(rrset)) {
                rows.add(List.of(
                        rrset.path("name").asText(),
                        rrset.path("ttl").asText(),
                        rrset.path("type").asText(),
                        content));
            }
        }
        return rows;
    }
}
