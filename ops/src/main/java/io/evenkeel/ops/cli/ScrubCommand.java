package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code cluster scrub}: whether the zones in the memory of each node are what was put there. */
@Command(
        name = "scrub",
        description = {
            "Have each node read all its zones and its history of changes anew in its memory now, and say whether they are what was put there.",
            "Nodes do that by themselves once an hour. Exit code 0 if nothing is damaged, 1 if something is or a node does not"
                    + " answer."
        })
final class ScrubCommand extends NodeVerb {
    private static final String PATH = AdminClient.EVENKEEL + "/scrub";

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NODE", "ZONES", "RECORDS", "CHANGES", "DAMAGED"));
        List<ObjectNode> scrubbed = target.askEach(ScrubCommand::scrub);
        scrubbed.forEach(one -> rows.add(row(one)));
        output.result(Json.MAPPER.createArrayNode().addAll(scrubbed), output.table(rows));
        boolean good = scrubbed.stream()
                .allMatch(one -> !one.has(Target.PROBLEM) && one.path("damaged").isEmpty());
        return good ? 0 : CommandFailure.FAILED;
    }

    private static JsonNode scrub(AdminClient node) throws CommandFailure, IOException, InterruptedException {
        long round = node.change("POST", PATH, null).json().path("round").asLong();
        long end = System.nanoTime() + ClientLimits.SCRUB.toNanos();
        while (System.nanoTime() - end < 0) {
            JsonNode status = node.get(PATH);
            if (status.path("rounds").asLong() >= round) {
                return status;
            }
            Thread.sleep(ClientLimits.LOOK_AGAIN);
        }
        throw CommandFailure.failed("%s has not read all its zones within %d minutes; it goes on"
                .formatted(node.name(), ClientLimits.SCRUB.toMinutes()));
    }

    private static List<String> row(ObjectNode value) {
        List<String> damaged = new ArrayList<>();
        value.path("damaged").forEach(zone -> damaged.add(zone.asText()));
        String what = damaged.isEmpty() ? "none" : String.join("; ", damaged);
        return List.of(
                value.path("name").asText(),
                value.path("zones").asText("-"),
                value.path("records").asText("-"),
                value.path("changes").asText("-"),
                value.path(Target.PROBLEM).asText(what));
    }
}
