package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code top}: what is asked most, and by whom. */
@Command(
        name = "top",
        description = {
            "What each node is asked most, by a sample of its questions: names, types, clients and RCODEs.",
            "All numbers are estimates. Exit code 0 if every node answers, 1 if one does not."
        })
public final class TopCommand extends NodeVerb {
    @Option(
            names = "--seconds",
            defaultValue = "60",
            paramLabel = "S",
            description = "How far to look back, 1 to 3600, as far as the sample goes (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--rows",
            defaultValue = "10",
            paramLabel = "N",
            description = "Rows of each table, 1 to 100 (default: ${DEFAULT-VALUE}).")
    private int rows;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        String path = "%s/top?seconds=%d&rows=%d".formatted(AdminClient.EVENKEEL, seconds, rows);
        List<ObjectNode> nodes = target.askEach(node -> node.get(path));
        List<String> texts = nodes.stream().map(this::text).toList();
        output.result(
                Json.MAPPER.createArrayNode().addAll(nodes),
                String.join(System.lineSeparator() + System.lineSeparator(), texts));
        return Target.exitCode(nodes);
    }

    private String text(JsonNode node) {
        String name = node.path("name").asText();
        if (node.has(Target.PROBLEM)) {
            return name + ": " + node.path(Target.PROBLEM).asText();
        }
        long questions = node.path("questions").asLong();
        List<String> lines = new ArrayList<>();
        lines.add("%s: %s%,d questions in %.0f s"
                .formatted(
                        name,
                        node.path("estimate").asBoolean() ? "about " : "",
                        questions,
                        node.path("spanSeconds").asDouble()));
        if (questions == 0) {
            return lines.getFirst();
        }
        if (node.path("estimate").asBoolean()) {
            lines.add("estimates by %,d samples, %s: a share may be off by %.1f points"
                    .formatted(
                            node.path("samples").asLong(),
                            ratio(node),
                            100 * node.path("plusMinusShare").asDouble()));
        }
        List<List<String>> table = new ArrayList<>();
        rows(table, "NAME", node.path("names"), questions);
        rows(table, "TYPE", node.path("types"), questions);
        if (node.has("clients")) {
            rows(table, "CLIENT", node.path("clients"), questions);
        }
        rows(table, "RCODE", node.path("rcodes"), questions);
        lines.add(output.table(table));
        if (!node.has("clients")) {
            lines.add("no clients: privacy.client-addresses of this node is none");
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static String ratio(JsonNode node) {
        long least = node.path("leastOneOf").asLong();
        long most = node.path("mostOneOf").asLong();
        return least == most ? "1 of " + most : "1 of " + least + " to " + most;
    }

    private static void rows(List<List<String>> table, String title, JsonNode rows, long questions) {
        table.add(List.of(title, "QUESTIONS", "SHARE", ""));
        for (JsonNode row : rows) {
            long count = row.path("questions").asLong();
            long error = row.path("error").asLong();
            table.add(List.of(
                    row.path("key").asText(),
                    String.valueOf(count),
                    String.format(Locale.ROOT, "%.1f %%", 100.0 * count / questions),
                    error > 0 ? "-" + error : ""));
        }
    }
}
