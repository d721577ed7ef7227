package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Durations;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code events}: what has changed on the nodes, and when. */
@Command(
        name = "events",
        description = {
            "Changes of state that the nodes have noted, in the order of their clocks, over their restarts: who leads, majority, gate,",
            "stale zones, storms, limits, members, configuration, damage and its healing, start and end. Times are UTC.",
            "Exit code 0 if every node answers, 1 if one does not."
        })
public final class EventsCommand extends NodeVerb {
    private static final String PATH = AdminClient.EVENKEEL + "/events";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Only events since then: a time in UTC (2026-01-31T23:59:59Z), or how long ago (30m, 2h).")
    private @Nullable String since;

    @Option(
            names = "--last",
            paramLabel = "N",
            description = "The newest N of each node, 1 to 1000 (default: 50, with --since 1000).")
    private @Nullable Integer last;

    @Option(names = "--follow", description = "Go on with those that come, until this is ended (Ctrl-C).")
    private boolean follow;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        int limit = Last.of(last, since != null, ClientLimits.EVENTS);
        String from = since == null ? "" : "&since=" + begin(since);
        List<ObjectNode> answers = target.askEach(node -> node.get(PATH + "?limit=" + limit + from));
        List<JsonNode> events = merged(answers);
        int nodeColumn = answers.stream()
                .mapToInt(answer -> answer.path("node").asText().length())
                .max()
                .orElse(0);
        if (!follow) {
            output.result(Json.MAPPER.createArrayNode().addAll(answers), text(events, nodeColumn));
        } else {
            events.forEach(event -> tell(event, nodeColumn));
        }
        Map<String, String> silent = new HashMap<>();
        answers.forEach(answer -> tellSilent(answer, silent));
        if (follow) {
            follow(answers, from, nodeColumn, silent);
        }
        return silent.isEmpty() ? 0 : CommandFailure.FAILED;
    }

    private void follow(List<ObjectNode> answers, String from, int nodeColumn, Map<String, String> silent)
            throws CommandFailure, IOException, InterruptedException {
        Map<String, Long> seen = new HashMap<>();
        answers.forEach(answer -> note(answer, seen));
        while (true) {
            Thread.sleep(ClientLimits.LOOK_AGAIN);
            List<ObjectNode> more = target.askEach(node -> node.get(
                    PATH + "?limit=" + ClientLimits.EVENTS + from + "&after=" + seen.getOrDefault(node.name(), 0L)));
            more.forEach(answer -> {
                note(answer, seen);
                if (answer.has(Target.PROBLEM)) {
                    tellSilent(answer, silent);
                } else {
                    silent.remove(answer.path("name").asText());
                }
            });
            merged(more).forEach(event -> tell(event, nodeColumn));
        }
    }

    private static void note(ObjectNode answer, Map<String, Long> seen) {
        answer.path("events")
                .forEach(event -> seen.put(
                        answer.path("name").asText(), event.path("number").asLong()));
    }

    private void tellSilent(ObjectNode answer, Map<String, String> silent) {
        if (answer.has(Target.PROBLEM)
                && silent.put(
                                answer.path("name").asText(),
                                answer.path(Target.PROBLEM).asText())
                        == null) {
            output.progress("evenkeel: " + answer.path(Target.PROBLEM).asText());
        }
    }

    private void tell(JsonNode event, int nodeColumn) {
        output.result(event, output.untitled(List.of(row(event, nodeColumn))));
    }

    /** Each with its node, by their clocks. */
    private static List<JsonNode> merged(List<ObjectNode> answers) {
        List<JsonNode> events = new ArrayList<>();
        for (ObjectNode answer : answers) {
            answer.path("events").forEach(event -> {
                if (event instanceof ObjectNode one) {
                    one.put("node", answer.path("node").asText());
                }
                events.add(event);
            });
        }
        events.sort(Comparator.comparing(event -> event.path("time").asText()));
        return events;
    }

    private String text(List<JsonNode> events, int nodeColumn) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(row("TIME", "NODE", "KIND", "WHAT", nodeColumn));
        events.forEach(event -> rows.add(row(event, nodeColumn)));
        return output.table(rows);
    }

    private static List<String> row(JsonNode event, int nodeColumn) {
        return row(
                time(event.path("time").asText()),
                event.path("node").asText(),
                event.path("kind").asText(),
                event.path("text").asText(),
                nodeColumn);
    }

    /** As wide as others: those that come later stand below the first ones. */
    private static List<String> row(String time, String node, String kind, String text, int nodeColumn) {
        return List.of(
                "%-14s".formatted(time),
                ("%-" + Math.max(4, nodeColumn) + "s").formatted(node),
                "%-13s".formatted(kind),
                text);
    }

    private static String time(String text) {
        try {
            return TIME.format(Instant.parse(text));
        } catch (DateTimeException e) {
            return text; // of a later release
        }
    }

    private static Instant begin(String text) throws CommandFailure {
        try {
            return text.contains("T") ? Instant.parse(text) : Instant.now().minus(new Durations().convert(text));
        } catch (DateTimeException | TypeConversionException e) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "--since wants a time in UTC, as in 2026-01-31T23:59:59Z, or how long ago, as in 30m or 2h, not "
                            + text);
        }
    }
}
