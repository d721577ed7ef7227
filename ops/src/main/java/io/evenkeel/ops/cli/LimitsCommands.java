package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.VerbGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code limits}: the limits on clients, of the cluster and of one node alone. */
@Command(
        name = "limits",
        description = {
            "The limits on clients: how many questions a second each may ask of a node that has no more to give.",
            "What is said here holds for the whole cluster; with --node, for that node alone, until it is restarted."
        },
        subcommands = {LimitsSetCommand.class, LimitsNftCommand.class})
public final class LimitsCommands extends VerbGroup {
    static final String PATH = AdminClient.EVENKEEL + "/limits";
    private static final String LOCAL = PATH + "/local";

    private static final String OFF = "off";
    private static final String DRY_RUN = "dry-run";
    private static final String ENFORCE = "enforce";

    /** Others that change the limits at the same time are people: so many of them in a row are none. */
    private static final int TRIES = 10;

    /** For picocli. */
    public LimitsCommands() {
        super("the limits");
    }

    @Command(
            name = "show",
            description =
                    "The limits that are in force on each node, and why. Exit code 0 if every node answers, 1 if one does not.")
    int show(@Mixin Target target, @Mixin Output output) throws CommandFailure, IOException, InterruptedException {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NODE", "IN FORCE", "CLUSTER", "RATE", "BURST", "ALLOWED", "RESPONSES", "REVISION", ""));
        List<ObjectNode> limits = target.askEach(node -> node.get(PATH));
        limits.forEach(one -> rows.add(row(one)));
        StringBuilder text = new StringBuilder(output.table(rows));
        limits.stream()
                .map(one -> allowed(one.path("inForce")))
                .filter(prefixes -> !prefixes.isEmpty())
                .distinct()
                .forEach(prefixes -> text.append(System.lineSeparator())
                        .append("allowed more: ")
                        .append(prefixes));
        output.result(Json.MAPPER.createArrayNode().addAll(limits), text.toString());
        return Target.exitCode(limits);
    }

    @Command(
            name = OFF,
            description = {
                "Put the limits off: nothing is counted and nothing dropped by any of them.",
                "With --node on that node alone: at once, without a leader or a majority, until it is restarted or told to follow."
            })
    void off(@Mixin Target target, @Mixin Output output) throws CommandFailure, IOException, InterruptedException {
        mode(target, output, OFF);
    }

    @Command(
            name = DRY_RUN,
            description = {
                "Have the limits count what they would drop, and drop nothing.",
                "With --node on that node alone: at once, without a leader or a majority, until it is restarted or told to follow."
            })
    void dryRun(@Mixin Target target, @Mixin Output output) throws CommandFailure, IOException, InterruptedException {
        mode(target, output, DRY_RUN);
    }

    @Command(
            name = ENFORCE,
            description = {
                "Have the limits drop what is above them.",
                "With --node: that node follows its cluster again; refused if the cluster does not enforce, as no node can alone."
            })
    void enforce(@Mixin Target target, @Mixin Output output) throws CommandFailure, IOException, InterruptedException {
        if (target.node() == null) {
            mode(target, output, ENFORCE);
            return;
        }
        AdminClient node = named(target);
        String cluster = node.get(PATH).path("agreed").path("mode").asText("nothing");
        if (!cluster.equals(ENFORCE)) {
            throw CommandFailure.failed(
                    "the cluster has agreed on %s, and no node enforces alone: `evenkeel limits enforce` says it to all, `evenkeel limits follow --node %s` takes back what was said of this one"
                            .formatted(cluster, target.node()));
        }
        follow(node, output);
    }

    @Command(
            name = "follow",
            description = "Take back what was said of one node alone (--node): it follows its cluster again.")
    void follow(@Mixin Target target, @Mixin Output output) throws CommandFailure, IOException, InterruptedException {
        if (target.node() == null) {
            throw new CommandFailure(CommandFailure.USAGE, "which node? Name it with --node");
        }
        follow(named(target), output);
    }

    private static void follow(AdminClient node, Output output)
            throws CommandFailure, IOException, InterruptedException {
        JsonNode now = node.change("DELETE", LOCAL, null).json();
        output.result(
                now,
                "%s follows its cluster: %s"
                        .formatted(
                                now.path("node").asText(),
                                now.path("inForce").path("mode").asText()));
    }

    private static void mode(Target target, Output output, String mode)
            throws CommandFailure, IOException, InterruptedException {
        if (target.node() != null) {
            AdminClient node = named(target);
            ObjectNode asked = Json.MAPPER.createObjectNode().put("mode", mode);
            JsonNode now = node.change("PUT", LOCAL, asked).json();
            String force = now.path("inForce").path("mode").asText();
            output.result(
                    now,
                    "limits on clients are %s on %s alone%s; `evenkeel limits follow --node %s` or its restart ends that"
                            .formatted(
                                    mode,
                                    target.node(),
                                    force.equals(mode) ? "" : ", and " + force + " by its cluster",
                                    target.node()));
            return;
        }
        JsonNode now;
        try {
            now = set(target, limits -> limits.put("mode", mode));
        } catch (CommandFailure e) {
            throw mode.equals(ENFORCE)
                    ? e
                    : new CommandFailure(
                            e.exitCode(),
                            e.getMessage(),
                            List.of("a node alone needs no leader: `evenkeel limits " + mode
                                    + " --node NAME`, for each"));
        }
        output.result(now, text(now));
    }

    /** Changes some of what the cluster has agreed on. */
    interface Edit {
        void of(ObjectNode limits) throws CommandFailure;
    }

    /**
     * Sets the limits of the cluster to what they are with a change, whoever else changes them.
     *
     * @return what the asked node says of them afterwards
     */
    static JsonNode set(Target target, Edit edit) throws CommandFailure, IOException, InterruptedException {
        AdminClient node = target.connect();
        for (int tried = 0; tried < TRIES; tried++) {
            JsonNode shown = node.get(PATH);
            if (shown.path("agreed").isNull() && shown.path("revision").asLong() != 0) {
                throw CommandFailure.failed("the limits were set by a later release than that of " + node.name()
                        + ": ask a node of that release (--server, --data)");
            }
            JsonNode present = shown.path(shown.path("agreed").isNull() ? "inForce" : "agreed");
            ObjectNode limits = present.deepCopy();
            edit.of(limits);
            Optional<AdminClient.Answer> answer =
                    node.settleIf("\"" + shown.path("revision").asLong() + "\"", "PUT", PATH, limits);
            if (answer.isPresent()) {
                return answer.get().json();
            }
            Thread.sleep(ClientLimits.LOOK_AGAIN);
        }
        throw CommandFailure.later("not done: the limits are changed by others again and again (" + node.name() + ")");
    }

    /** Of a cluster, in words. */
    static String text(JsonNode shown) {
        JsonNode agreed = shown.path("agreed");
        String local = shown.path("local").asText("");
        return "limits on clients of the cluster: %s, %d/s and %d at once%s; responses: %s above %d/s%s"
                .formatted(
                        agreed.path("mode").asText(),
                        agreed.path("rate").asLong(),
                        agreed.path("burst").asLong(),
                        agreed.path("allow").isEmpty() ? "" : ", allowed more: " + allowed(agreed),
                        agreed.path("responses").asText(),
                        agreed.path("responseRate").asLong(),
                        local.isEmpty() ? "" : " (" + shown.path("node").asText() + " alone: " + local + ")");
    }

    private static String allowed(JsonNode limits) {
        List<String> all = new ArrayList<>();
        limits.path("allow")
                .forEach(one -> all.add(
                        one.path("prefix").asText() + " x" + one.path("factor").asLong()));
        return String.join(", ", all);
    }

    /** By its name, whichever way it is reached: what is meant for one node is never said to another. */
    private static AdminClient named(Target target) throws CommandFailure, IOException, InterruptedException {
        AdminClient node = target.named();
        String name = node.get(PATH).path("node").asText();
        if (!name.equals(target.node())) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "the node at %s is %s, not %s: ask on the machine of %s, or name its address with --server"
                            .formatted(node.base(), name, target.node(), target.node()));
        }
        return node;
    }

    private static List<String> row(ObjectNode value) {
        JsonNode force = value.path("inForce");
        JsonNode agreed = value.path("agreed");
        List<String> notes = new ArrayList<>();
        value.path("reasons").forEach(reason -> notes.add(reason.asText()));
        boolean answers = force.isObject();
        return List.of(
                value.path("name").asText(),
                force.path("mode").asText("-"),
                answers ? agreed.path("mode").asText(value.path("revision").asLong() == 0 ? "nothing" : "?") : "-",
                answers ? force.path("rate").asLong() + "/s" : "-",
                force.path("burst").asText("-"),
                answers ? String.valueOf(force.path("allow").size()) : "-",
                answers
                        ? force.path("responses").asText() + " "
                                + force.path("responseRate").asLong() + "/s"
                        : "-",
                value.path("revision").asText("-"),
                value.path(Target.PROBLEM).asText(String.join("; ", notes)));
    }
}
