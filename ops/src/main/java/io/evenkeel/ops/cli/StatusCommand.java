package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import picocli.CommandLine.Command;

/** {@code status}: each node as it sees itself. */
@Command(
        name = "status",
        description = "How each node sees itself. Exit code 0 if all are ready, 1 if one is not or does not answer.")
public final class StatusCommand extends NodeVerb {
    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NODE", "STATE", "ROLE", "TERM", "APPLIED", "AGE", "ZONES", "DNS", "ADMIN", "PID", ""));
        ArrayNode values = Json.MAPPER.createArrayNode();
        boolean allReady = true;
        for (AdminClient node : target.candidates()) {
            ObjectNode value = ask(node);
            allReady &= value.path("ready").asBoolean();
            values.add(value);
            rows.add(row(value));
        }
        Set<String> asked = new TreeSet<>();
        values.forEach(value -> asked.add(value.path("name").asText()));
        for (ObjectNode member : target.unasked(asked)) {
            ObjectNode value = member(member);
            allReady &= value.path("ready").asBoolean();
            values.add(value);
            rows.add(row(value));
        }
        output.result(values, output.table(rows) + limits(values));
        return allReady ? 0 : CommandFailure.FAILED;
    }

    /** What is known of one by way of another. */
    private static ObjectNode member(ObjectNode member) {
        ObjectNode value = Json.MAPPER.createObjectNode();
        value.put("name", member.path("name").asText())
                .put(Target.THROUGH, member.path(Target.THROUGH).asText())
                .put("ready", member.path("ready").asBoolean());
        if (member.has(Target.PROBLEM)) {
            value.put(Target.PROBLEM, member.path(Target.PROBLEM).asText());
        }
        List<String> reasons = new ArrayList<>();
        member.path("reasons").forEach(reason -> reasons.add(reason.asText()));
        value.put("readiness", reasons.isEmpty() ? "ready" : String.join(", ", reasons));
        value.set("status", member);
        return value;
    }

    private static ObjectNode ask(AdminClient node) throws IOException, InterruptedException {
        ObjectNode value = Json.MAPPER.createObjectNode();
        value.put("name", node.name()).put("admin", node.base().toString());
        node.local().ifPresent(local -> {
            value.put("dns", local.dns());
            if (local.runs()) {
                value.put("pid", local.pid());
            }
        });
        try {
            AdminClient.Answer readiness = node.readiness();
            value.put("ready", readiness.status() == 200);
            value.put("readiness", readiness.reasons());
            JsonNode status = node.get(AdminClient.EVENKEEL + "/status");
            value.set("status", status);
            if (node.local().isEmpty()) {
                value.put("name", status.path("node").asText(node.name()));
            }
        } catch (IOException e) {
            boolean gone = node.local().isPresent() && !node.local().get().runs();
            value.put("ready", false).put("problem", gone ? "not running" : Output.reason(e));
        } catch (CommandFailure e) {
            value.put("problem", e.getMessage());
        }
        return value;
    }

    /** Which limits on clients are in force on which nodes, and what to know of them; nothing of nodes that tell none. */
    private static String limits(ArrayNode values) {
        Map<String, List<String>> nodes = new TreeMap<>();
        Set<String> notes = new TreeSet<>();
        for (JsonNode value : values) {
            JsonNode limits = value.at("/status/limits");
            if (limits.isObject()) {
                nodes.computeIfAbsent(limits.path("mode").asText(), _ -> new ArrayList<>())
                        .add(value.path("name").asText());
                notes.add(limits.path("note").asText());
            }
        }
        notes.remove("");
        StringBuilder text = new StringBuilder();
        if (!nodes.isEmpty()) {
            List<String> modes = new ArrayList<>();
            nodes.forEach(
                    (mode, names) -> modes.add(nodes.size() == 1 ? mode : mode + " on " + String.join(", ", names)));
            text.append(System.lineSeparator()).append("limits on clients: ").append(String.join("; ", modes));
        }
        notes.forEach(note -> text.append(System.lineSeparator()).append(note));
        return text.toString();
    }

    /** Of the data, in seconds. */
    private static String age(JsonNode seconds) {
        return seconds.isNumber()
                ? String.format(Locale.ROOT, "%.0fs", seconds.asDouble())
                : seconds.isNull() ? "?" : "-";
    }

    private static List<String> row(ObjectNode value) {
        JsonNode status = value.path("status");
        String note = value.path("problem").asText("");
        if (note.isEmpty() && !value.path("readiness").asText().equals("ready")) {
            note = value.path("readiness").asText(); // why it is not ready, or what to know about it although it is
        }
        return List.of(
                value.path("name").asText(),
                status.path("state").asText("-").toLowerCase(Locale.ROOT),
                status.path("role").asText("-").toLowerCase(Locale.ROOT),
                status.path("term").asText("-"),
                status.path("appliedIndex").asText("-"),
                age(status.path("dataAgeSeconds")),
                status.path("zones").isArray()
                        ? Integer.toString(status.path("zones").size())
                        : status.path("zones").asText("-"),
                value.path("dns").asText("-"),
                value.path("admin").asText("-"),
                value.path("pid").asText("-"),
                note);
    }
}
