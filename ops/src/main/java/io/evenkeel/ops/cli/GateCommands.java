package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Confirmation;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.VerbGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gate}: whether a node answers on its DNS ports, and the operator's hand on that. */
@Command(
        name = "gate",
        description = {
            "Whether a node answers on its DNS ports. By itself it is silent until its zones are loaded, up to date and warm,",
            "then opens and stays open. What is said here holds until something else is said or the node is restarted."
        })
public final class GateCommands extends VerbGroup {
    private static final String PATH = AdminClient.EVENKEEL + "/gate";

    /** For picocli. */
    public GateCommands() {
        super("a gate");
    }

    @Command(
            name = "status",
            description = "The gate of each node. Exit code 0 if all are open, 1 if one is not or does not answer.")
    int status(@Mixin Target target, @Mixin Output output) throws CommandFailure, IOException, InterruptedException {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NODE", "GATE", "STATE", "SINCE", "CAPACITY", ""));
        List<ObjectNode> gates = new ArrayList<>(target.askEach(node -> node.get(PATH)));
        Set<String> asked = new HashSet<>();
        gates.forEach(gate -> asked.add(gate.path("node").asText()));
        for (ObjectNode member : target.unasked(asked)) {
            String state = member.path("state").asText();
            gates.add(member.put("open", state.equals("OPEN") || state.equals("DRAINING")));
        }
        gates.forEach(gate -> rows.add(row(gate)));
        output.result(Json.MAPPER.createArrayNode().addAll(gates), output.table(rows));
        return gates.stream().allMatch(gate -> gate.path("open").asBoolean()) ? 0 : CommandFailure.FAILED;
    }

    @Command(
            name = "open",
            description = {
                "Let a node answer from what it has, though it still waits for the cluster, or was closed.",
                "Refused for a node without a zone, which would answer REFUSED to everything."
            })
    void open(
            @Mixin Target target,
            @Option(names = "--force", description = "Also without a zone.") boolean force,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        AdminClient node = target.single();
        ObjectNode asked = Json.MAPPER.createObjectNode().put("force", force);
        JsonNode gate = node.change("POST", PATH + "/open", asked).json();
        output.result(gate, node.name() + " is open" + note(gate));
    }

    @Command(
            name = "close",
            description = {
                "Make a node silent: it answers what it has been asked, ends TCP connections in order, and then nothing leaves it.",
                "Clients get no answer and turn to the other nodes. It takes part in the cluster as before.",
                "Refused if no other member is known to be open."
            })
    void close(
            @Mixin Target target,
            @Option(names = "--force", description = "Also if no other member is open: nobody answers then.")
                    boolean force,
            @Mixin Confirmation confirmation,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        AdminClient node = target.single();
        String name = node.get(PATH).path("node").asText();
        confirmation.require(
                "closing the gate of " + name + " makes it silent for its clients",
                "The clients of %s get no answer from it any more%s."
                        .formatted(name, force ? ", and perhaps from nobody" : ""),
                name);
        ObjectNode asked = Json.MAPPER.createObjectNode().put("confirm", name).put("force", force);
        JsonNode gate = node.change("POST", PATH + "/close", asked).json();
        output.result(gate, name + " is closed; `gate open` or a restart opens it");
    }

    private static List<String> row(ObjectNode value) {
        String state = value.path("state").asText("");
        JsonNode entered = value.path("reachedSeconds").path(state);
        String since =
                entered.isNumber() ? seconds(value.path("ageSeconds").asDouble() - entered.asDouble()) + " ago" : "-";
        List<String> notes = new ArrayList<>();
        value.path("reasons").forEach(reason -> notes.add(reason.asText()));
        return List.of(
                value.path("name").asText(),
                state.isEmpty() ? "-" : value.path("open").asBoolean() ? "open" : "closed",
                state.isEmpty() ? "-" : state.toLowerCase(Locale.ROOT),
                since,
                capacity(value.path("capacity")),
                value.path(Target.PROBLEM).asText(String.join("; ", notes)));
    }

    private static String capacity(JsonNode capacity) {
        if (!capacity.isObject()) {
            return "-";
        }
        String rate = capacity.path("qps").asLong() + "/s";
        return switch (capacity.path("origin").asText()) {
            case "KEPT" -> rate + " (kept)";
            case "UNDER_LOAD" -> rate + " (at least)";
            default -> rate;
        };
    }

    private static String note(JsonNode gate) {
        String reason = gate.path("reasons").path(0).asText("");
        String age = gate.path("dataAge").asText("");
        return reason.isEmpty() ? "" : " (" + reason + (age.isEmpty() ? "" : ", zones of age " + age) + ")";
    }

    private static String seconds(double seconds) {
        return seconds < 120 ? "%.1f s".formatted(seconds) : "%.0f min".formatted(seconds / 60);
    }
}
