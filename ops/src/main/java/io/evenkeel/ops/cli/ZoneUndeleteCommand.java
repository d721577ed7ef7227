package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code zone undelete}: a zone that was deleted, as it was. */
@Command(
        name = "undelete",
        description = {
            "Bring back a zone that was deleted, with all its records and its serial, signed ones with their signatures. It can be done for",
            "a week, and as long as the history of changes keeps the records; `zone restore` takes a zone out of a backup."
        },
        footerHeading = "%nExamples:%n",
        footer = "  evenkeel zone undelete example.org")
public final class ZoneUndeleteCommand extends NodeVerb {
    @Parameters(paramLabel = "ZONE")
    private String zone = "";

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        AdminClient node = target.connect();
        JsonNode answer = node.change("POST", AdminClient.evenkeelZonePath(apex.toString()) + "/undelete", null)
                .json();
        long serial = ZoneCommands.serial(node, apex);
        long records = answer.path("records").asLong();
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", apex.toString());
        value.put("undeleted", true);
        value.put("records", records);
        value.put("serial", serial);
        value.put("node", node.name());
        output.result(
                value,
                "%s is back with %d records; serial %d, served by %s".formatted(apex, records, serial, node.name()));
        return 0;
    }
}
