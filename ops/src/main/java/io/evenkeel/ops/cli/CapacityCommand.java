package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code capacity}: whether the members can carry the load. */
@Command(
        name = "capacity",
        description = {
            "What each member can answer for good and is asked, as one of them knows it, and in words what to change.",
            "LASTING is what a member can answer at 70 %% of its processors; UDP and TCP say how it answered the last question of the node asked."
        },
        subcommands = CapacityCommand.Plan.class)
public final class CapacityCommand extends NodeVerb {
    private static final String PATH = AdminClient.EVENKEEL + "/capacity";

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        JsonNode said = target.connect().get(PATH);
        output.result(said, text(said));
        return 0;
    }

    private String text(JsonNode said) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("MEMBER", "OPEN", "ASKED/S", "DROPPED/S", "LASTING/S", "WAIT", "DISK FREE", "UDP", "TCP", ""));
        said.path("members").forEach(member -> rows.add(row(member)));
        List<String> lines = new ArrayList<>();
        lines.add(output.table(rows));
        lines.add(
                "load %s/s, the worst of 30 days %s/s; skew %s; seen by %s, which could carry %s times the worst load alone"
                        .formatted(
                                rate(said.path("loadQps")),
                                rate(said.path("worstLoadQps")),
                                number(said.path("skew"), "%.2f"),
                                said.path("node").asText(),
                                number(said.path("headroomWorst"), "%.1f")));
        lines.add("members that may be lost: " + number(said.path("lossesSurvivable"), "%.0f")
                + "; headroom for a storm of the fleet: " + number(said.path("stormHeadroom"), "%.1f"));
        if (said.path("advice").isEmpty()) {
            lines.add("nothing to change");
        }
        said.path("advice").forEach(line -> lines.add("- " + line.asText()));
        return String.join(System.lineSeparator(), lines);
    }

    private static List<String> row(JsonNode member) {
        String contact = member.path("contact").asText();
        return List.of(
                member.path("name").asText(),
                member.path("open").isBoolean() ? (member.path("open").asBoolean() ? "yes" : "no") : "-",
                rate(member.path("loadQps")),
                rate(member.path("droppedQps")),
                rate(member.path("capacityQps")),
                member.path("queueDelaySeconds").isNumber()
                        ? "%.0f ms"
                                .formatted(
                                        1e3 * member.path("queueDelaySeconds").asDouble())
                        : "-",
                member.path("diskFree").isNumber()
                        ? "%.0f %%".formatted(100 * member.path("diskFree").asDouble())
                        : "-",
                member.path("udp").asText(),
                member.path("tcp").asText(),
                switch (contact) {
                    case "heard" -> "";
                    case "older" -> "its release tells no vitals";
                    default -> "does not tell its vitals";
                });
    }

    private static String rate(JsonNode value) {
        return number(value, "%,.0f");
    }

    private static String number(JsonNode value, String form) {
        return value.isNumber() ? String.format(Locale.ROOT, form, value.asDouble()) : "?";
    }

    /** {@code capacity plan}: what a resize would do, before it is done. */
    @Command(
            name = "plan",
            description = {
                "Whether the load would still be carried as safely as now if a member (--node) had so many times its processors.",
                "Exit code 0 if it would; 1 if fewer members could be lost than now, or none, or that cannot be told."
            })
    static final class Plan extends NodeVerb {
        @Spec
        private @Nullable CommandSpec spec;

        @Option(
                names = "--factor",
                required = true,
                paramLabel = "FACTOR",
                description = "How many times its processors the member would have, 0.01 to 100: 0.5 for half of them.")
        private double factor;

        @Override
        public Integer call() throws CommandFailure, IOException, InterruptedException {
            String member = target.node();
            if (member == null) {
                throw new ParameterException(
                        Objects.requireNonNull(spec).commandLine(), "--node is missing: the member to resize");
            }
            JsonNode said =
                    target.connectToAny().get(PATH + "/plan?node=" + AdminClient.segment(member) + "&factor=" + factor);
            List<String> lines = new ArrayList<>();
            said.path("lines").forEach(line -> lines.add(line.asText()));
            output.result(said, String.join(System.lineSeparator(), lines));
            return said.path("fine").asBoolean() ? 0 : CommandFailure.FAILED;
        }
    }
}
