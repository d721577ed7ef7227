package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code cluster status}: all members, asked through one. */
@Command(
        name = "status",
        description = {
            "The members of the cluster, asked through one of them: who leads, how far each has come, who is missing.",
            "Exit code 0 if changes are possible: a majority takes part, and has a leader that trusts its zones. 1 if not."
        })
final class ClusterStatusCommand extends NodeVerb {
    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        AdminClient node = target.connect();
        JsonNode cluster = node.get(AdminClient.CLUSTER);
        output.result(cluster, text(cluster));
        return cluster.path("quorum").path("healthy").asBoolean() ? 0 : CommandFailure.FAILED;
    }

    private String text(JsonNode cluster) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("MEMBER", "ROLE", "TERM", "COMMIT", "APPLIED", "LAG", "HEARD", "STATE", "RAFT", "PEER", ""));
        cluster.path("members").forEach(member -> rows.add(row(member)));
        cluster.path("admitted").forEach(member -> rows.add(row(member, "may join, is not in")));
        List<String> lines = new ArrayList<>();
        lines.add(output.table(rows));
        JsonNode quorum = cluster.path("quorum");
        int reached = quorum.path("reached").asInt();
        int needed = quorum.path("needed").asInt();
        lines.add("%d of %d members take part, %d are needed: %s"
                .formatted(reached, quorum.path("members").asInt(), needed, verdict(cluster, reached - needed)));
        lines.add(ClusterLevelCommand.text(cluster));
        if (!cluster.path("removed").isEmpty()) {
            List<String> removed = new ArrayList<>();
            cluster.path("removed").forEach(name -> removed.add(name.asText()));
            lines.add("removed: " + String.join(", ", removed));
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static String verdict(JsonNode cluster, int spare) {
        if (spare < 0) {
            return "no change is possible";
        }
        if (cluster.path("leader").isNull()) {
            return "no leader yet";
        }
        if (cluster.path("quorum").path("stopped").isTextual()) {
            return "no change is possible; "
                    + cluster.path("quorum").path("stopped").asText();
        }
        return spare == 0
                ? "changes are possible, and no member may be lost"
                : "changes are possible; " + spare + " may be lost";
    }

    private static List<String> row(JsonNode member) {
        if (!member.path("answers").asBoolean()) {
            return row(member, "does not answer");
        }
        if (member.path("runsAs").asInt() != member.path("incarnation").asInt()) {
            return row(
                    member,
                    "runs as %s-%d"
                            .formatted(
                                    member.path("name").asText(),
                                    member.path("runsAs").asInt()));
        }
        return row(member, "");
    }

    private static List<String> row(JsonNode member, String note) {
        List<String> notes = new ArrayList<>();
        if (!note.isEmpty()) {
            notes.add(note);
        }
        member.path("reasons").forEach(reason -> notes.add(reason.asText()));
        return List.of(
                "%s-%d"
                        .formatted(
                                member.path("name").asText(),
                                member.path("incarnation").asInt()),
                member.path("role").asText("-").toLowerCase(Locale.ROOT),
                member.path("term").asText("-"),
                member.path("commitIndex").asText("-"),
                member.path("appliedIndex").asText("-"),
                member.path("lag").asText("-"),
                member.path("heardMillisAgo").isNumber()
                        ? "%.1f s".formatted(member.path("heardMillisAgo").asLong() / 1000.0)
                        : "-",
                member.path("state").asText("-").toLowerCase(Locale.ROOT),
                member.path("raft").asText(),
                member.path("peer").asText(),
                String.join("; ", notes));
    }
}
