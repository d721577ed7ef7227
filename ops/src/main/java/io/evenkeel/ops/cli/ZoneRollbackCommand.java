package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code zone rollback}: a zone with the records of an earlier version. */
@Command(
        name = "rollback",
        description = {
            "Give a zone the records of an earlier version again, under a new serial. That is a change like others: it is in the history,",
            "and can be rolled back. A signed zone changes as a whole only: sign the version that you want, and import it."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  evenkeel zone rollback example.org", "  evenkeel zone rollback example.org 1204"})
public final class ZoneRollbackCommand extends NodeVerb {
    @Parameters(index = "0", paramLabel = "ZONE")
    private String zone = "";

    @Parameters(
            index = "1",
            paramLabel = "VERSION",
            arity = "0..1",
            description = "As `zone versions` shows it (default: the one before the present one).")
    private @Nullable Long version;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        ObjectNode body = Json.MAPPER.createObjectNode();
        if (version != null) {
            body.put("version", version);
        }
        AdminClient node = target.connect();
        JsonNode answer = node.change("POST", AdminClient.evenkeelZonePath(apex.toString()) + "/rollback", body)
                .json();
        boolean changed = answer.path("changed").asBoolean(true);
        long serial = ZoneCommands.serial(node, apex);
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", apex.toString());
        value.put("changed", changed);
        value.put("serial", serial);
        value.put("removedRecords", answer.path("removedRecords").asLong());
        value.put("addedRecords", answer.path("addedRecords").asLong());
        value.put("node", node.name());
        output.result(
                value,
                changed
                        ? "rolled back %s: %d records removed, %d added; serial %d, served by %s"
                                .formatted(
                                        apex,
                                        answer.path("removedRecords").asLong(),
                                        answer.path("addedRecords").asLong(),
                                        serial,
                                        node.name())
                        : "nothing to change in %s: it has the records of that version; serial %d"
                                .formatted(apex, serial));
        return 0;
    }
}
