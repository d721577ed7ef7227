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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code capture}: the messages of a node in a file, for a time. */
@Command(
        name = "capture",
        description = {
            "Write the questions and answers of a node to a file on its machine, in the form of dnstap.",
            "A capture ends by itself, after a time or at a size; a node has one at a time, and keeps the last eight files."
        })
public final class CaptureCommands extends VerbGroup {
    private static final String PATH = AdminClient.EVENKEEL + "/capture";
    private static final long MIB = 1 << 20;

    /** For picocli. */
    public CaptureCommands() {
        super("captures");
    }

    @Command(
            name = "start",
            description = {
                "Begin a capture on one node. What the disk is too slow for is left out and counted; answers never wait.",
                "Read the file with `dnstap-ldns -r FILE` or another tool for dnstap."
            })
    void start(
            @Mixin Target target,
            @Option(
                            names = "--seconds",
                            defaultValue = "60",
                            paramLabel = "S",
                            description = "For how long, 1 to 3600 (default: ${DEFAULT-VALUE}).")
                    long seconds,
            @Option(
                            names = "--size",
                            defaultValue = "64",
                            paramLabel = "MIB",
                            description = "How large the file may get, 1 to 1024 MiB (default: ${DEFAULT-VALUE}).")
                    long size,
            @Option(
                            names = "--name",
                            paramLabel = "NAME",
                            description = "Only questions for this name and those below it.")
                    @Nullable
                    String name,
            @Option(
                            names = "--client",
                            paramLabel = "PREFIX",
                            description = "Only messages of clients in it, as in 192.0.2.0/24 or 2001:db8::7.")
                    @Nullable
                    String client,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        ObjectNode asked =
                Json.MAPPER.createObjectNode().put("seconds", seconds).put("bytes", size * MIB);
        if (name != null) {
            asked.put("name", name);
        }
        if (client != null) {
            asked.put("client", client);
        }
        JsonNode begun = target.single().change("POST", PATH, asked).json();
        output.result(
                begun,
                "%s writes %s to %s, for %d s and %d MiB at most"
                        .formatted(
                                begun.path("node").asText(),
                                begun.path("filter").asText(),
                                begun.path("file").asText(),
                                begun.path("mostSeconds").asLong(),
                                begun.path("mostBytes").asLong() / MIB));
    }

    @Command(name = "stop", description = "End the capture of one node; what it has written stays.")
    void stop(@Mixin Target target, @Mixin Output output) throws CommandFailure, IOException, InterruptedException {
        JsonNode ended = target.single().change("DELETE", PATH, null).json();
        String node = ended.path("node").asText();
        if (ended.path("running").asBoolean()) {
            throw CommandFailure.failed("the capture of %s does not end: its disk does not take what is written to %s"
                    .formatted(node, ended.path("file").asText()));
        }
        output.result(
                ended,
                ended.has("file")
                        ? "%s has ended its capture (%s): %s in %s"
                                .formatted(
                                        node,
                                        ended.path("ended").asText(),
                                        counts(ended),
                                        ended.path("file").asText())
                        : node + " has had no capture since its start");
    }

    @Command(
            name = "status",
            description =
                    "The capture of each node, or its last one. Exit code 0 if every node answers, 1 if one does not.")
    int status(@Mixin Target target, @Mixin Output output) throws CommandFailure, IOException, InterruptedException {
        List<ObjectNode> captures = target.askEach(node -> node.get(PATH));
        List<String> lines = new ArrayList<>();
        captures.forEach(capture -> lines.add(line(capture)));
        output.result(Json.MAPPER.createArrayNode().addAll(captures), String.join(System.lineSeparator(), lines));
        return Target.exitCode(captures);
    }

    private static String line(JsonNode capture) {
        String name = capture.path("name").asText();
        if (capture.has(Target.PROBLEM)) {
            return name + ": " + capture.path(Target.PROBLEM).asText();
        }
        if (!capture.has("file")) {
            return name + ": none since its start";
        }
        String state = capture.path("running").asBoolean()
                ? "running, %.0f of %d s"
                        .formatted(
                                capture.path("seconds").asDouble(),
                                capture.path("mostSeconds").asLong())
                : "ended (" + capture.path("ended").asText() + ")";
        return "%s: %s, %s; %s%n  %s"
                .formatted(
                        name,
                        state,
                        counts(capture),
                        capture.path("filter").asText(),
                        capture.path("file").asText());
    }

    private static String counts(JsonNode capture) {
        return "%,d messages, %.1f MiB, %,d lost"
                .formatted(
                        capture.path("messages").asLong(),
                        capture.path("bytes").asDouble() / MIB,
                        capture.path("lost").asLong());
    }
}
