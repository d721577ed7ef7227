package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.VerbGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code storage}: what the files of each node take, and how much they may. */
@Command(
        name = "storage",
        description = {
            "The disk of each node: what its files take, how much they may, how much room is left.",
            "A node that is short of room gives up captures and full log files first, then older backups and snapshots; answers go on."
        })
public final class StorageCommands extends VerbGroup {
    private static final String PATH = AdminClient.EVENKEEL + "/storage";
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(MiB|GiB|TiB)");
    private static final Map<String, Integer> SHIFT = Map.of("MiB", 20, "GiB", 30, "TiB", 40);
    private static final double MEBIBYTE = 1 << 20;

    /** For picocli. */
    public StorageCommands() {
        super("the storage");
    }

    @Command(
            name = "show",
            description = {
                "Each node: use and budget, room on its volume, the time of a small write, the newest scheduled backup.",
                "Exit code 0 if every node answers and nothing is wrong, else 1."
            })
    int show(@Mixin Target target, @Mixin Output output) throws CommandFailure, IOException, InterruptedException {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NODE", "LEVEL", "USED", "BUDGET", "FREE", "OF", "WRITE", "LAST BACKUP", ""));
        List<ObjectNode> nodes = target.askEach(node -> node.get(PATH));
        nodes.forEach(one -> rows.add(row(one)));
        StringBuilder text = new StringBuilder(output.table(rows));
        for (ObjectNode node : nodes) {
            for (JsonNode reason : node.path("reasons")) {
                text.append(System.lineSeparator())
                        .append(node.path("node").asText())
                        .append(": ")
                        .append(reason.asText());
            }
        }
        output.result(Json.MAPPER.createArrayNode().addAll(nodes), text.toString());
        return nodes.stream()
                        .noneMatch(one ->
                                one.has(Target.PROBLEM) || !one.path("reasons").isEmpty())
                ? 0
                : CommandFailure.FAILED;
    }

    private static List<String> row(JsonNode node) {
        if (node.has(Target.PROBLEM)) {
            return List.of(
                    node.path("node").asText(),
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    "",
                    node.path(Target.PROBLEM).asText());
        }
        return List.of(
                node.path("node").asText(),
                node.path("level").asText(),
                size(node.path("usedBytes")),
                size(node.path("budgetBytes")),
                size(node.path("freeBytes")),
                size(node.path("volumeBytes")),
                "%.1f ms".formatted(1000 * node.path("writeSeconds").asDouble()),
                node.path("backups").asBoolean() ? node.path("lastBackup").asText("none yet") : "not scheduled",
                "");
    }

    private static String size(JsonNode octets) {
        if (!octets.isNumber()) {
            return "-";
        }
        double mebibytes = octets.asDouble() / MEBIBYTE;
        return mebibytes < 10_000
                ? String.format(Locale.ROOT, "%.0f MiB", mebibytes)
                : String.format(Locale.ROOT, "%.0f GiB", mebibytes / 1024);
    }

    @Command(
            name = "budget",
            description = {
                "Set how much the files of one node (--node) may take, from now on until its process ends.",
                "storage.budget in its configuration holds after that: change it as well."
            })
    void budget(
            @Parameters(paramLabel = "SIZE", description = "As in 512MiB or 4GiB.") String size,
            @Mixin Target target,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        Matcher matcher = SIZE.matcher(size);
        if (!matcher.matches()) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "\"%s\" is no size; write as in 512MiB or 4GiB".formatted(size));
        }
        long octets = Long.parseLong(matcher.group(1)) << Objects.requireNonNull(SHIFT.get(matcher.group(2)));
        ObjectNode asked = Json.MAPPER.createObjectNode().put("budgetBytes", octets);
        JsonNode now = target.single().change("PUT", PATH, asked).json();
        output.result(
                now,
                "%s may take %s until its process ends; storage.budget in its configuration holds after that"
                        .formatted(now.path("node").asText(), size(now.path("budgetBytes"))));
    }
}
