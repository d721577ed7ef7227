package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code cluster level}: which features the members use with each other. */
@Command(
        name = "level",
        description = {
            "The level of the cluster, the levels that each member's release speaks, and whether the cluster can be raised.",
            "A level stays until it is raised by `evenkeel cluster level raise`, when all members run a release that speaks the"
                    + " next one."
        },
        subcommands = ClusterLevelCommand.Raise.class)
final class ClusterLevelCommand extends NodeVerb {
    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        JsonNode cluster = target.connect().get(AdminClient.CLUSTER);
        ObjectNode result = Json.MAPPER.createObjectNode();
        result.set("level", cluster.path("level"));
        ArrayNode members = result.putArray("members");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("MEMBER", "RELEASE", "LEVELS"));
        for (JsonNode member : cluster.path("members")) {
            String name = member.path("name").asText();
            rows.add(List.of(name, member.path("version").asText("-"), levels(member)));
            ObjectNode shown = members.addObject().put("name", name);
            for (String field : List.of("version", "lowestLevel", "highestLevel")) {
                if (member.has(field)) {
                    shown.set(field, member.get(field));
                }
            }
        }
        output.result(result, output.table(rows) + System.lineSeparator() + text(cluster));
        return 0;
    }

    private static String levels(JsonNode member) {
        if (!member.has("highestLevel")) {
            return "-";
        }
        int lowest = member.path("lowestLevel").asInt();
        int highest = member.path("highestLevel").asInt();
        return lowest == highest ? String.valueOf(highest) : lowest + " to " + highest;
    }

    /** The level of a cluster and what speaks against the next, for people. */
    static String text(JsonNode cluster) {
        JsonNode level = cluster.path("level");
        List<String> reasons = new ArrayList<>();
        level.path("reasons").forEach(reason -> reasons.add(reason.asText()));
        String next = "level " + level.path("next").asInt();
        return "the cluster is at level %d, and %s"
                .formatted(
                        level.path("cluster").asInt(),
                        level.path("raisable").asBoolean()
                                ? "can be raised to " + next
                                : "cannot be raised to " + next + ": " + String.join("; ", reasons));
    }

    /** {@code cluster level raise}. */
    @Command(
            name = "raise",
            description = {
                "Raise the cluster to its next level; there is no way back.",
                "Refused unless every member is reached and runs a release that speaks that level. From then on no member can be"
                        + " started with an older release."
            })
    static final class Raise extends NodeVerb {
        @Override
        public Integer call() throws CommandFailure, IOException, InterruptedException {
            AdminClient node = target.connect();
            int next = node.get(AdminClient.CLUSTER).path("level").path("next").asInt();
            AdminClient.Answer answer = node.settle(
                    "PUT",
                    AdminClient.CLUSTER + "/level",
                    Json.MAPPER.createObjectNode().put("level", next));
            output.result(answer.json(), "the cluster is at level " + next);
            return 0;
        }
    }
}
