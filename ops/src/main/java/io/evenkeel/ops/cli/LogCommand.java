package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code log}: who has changed what, and when. */
@Command(
        name = "log",
        description = {
            "The history of changes of all zones, or of one: the number of each in the cluster, its time in UTC, serials, by whom, and the",
            "records that it removed (-) and added (+). All nodes have the same; the oldest changes go when it is full.",
            "A program that keeps them elsewhere asks with --output json for what came after the last one: `next` is its --since of the",
            "next time, and if `droppedThrough` is above what it asked with, changes may have gone meanwhile."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  evenkeel log",
            "  evenkeel log example.org --last 5",
            "  evenkeel log --since 1204 --output json",
            "  evenkeel log --follow"
        })
public final class LogCommand extends NodeVerb {
    private static final String PATH = AdminClient.EVENKEEL + "/history";
    /** Records of a change that are asked for where people read them. */
    private static final int RECORDS = 100;

    @Parameters(
            paramLabel = "ZONE",
            arity = "0..1",
            description = "Only changes of this zone, also before it was deleted.")
    private @Nullable String zone;

    @Option(names = "--since", paramLabel = "INDEX", description = "Only changes after the one of that number.")
    private @Nullable Long since;

    @Option(
            names = "--last",
            paramLabel = "N",
            description = "The newest N, 1 to 1000 (default: 50); with --since the first N after it (default: 1000).")
    private @Nullable Integer last;

    @Option(names = "--follow", description = "Go on with those that come, until this is ended (Ctrl-C).")
    private boolean follow;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        int limit = Last.of(last, since != null, ClientLimits.CHANGES);
        if (since != null && since < 0) {
            throw new CommandFailure(CommandFailure.USAGE, "--since wants the number of a change, not " + since);
        }
        AdminClient node = target.connect();
        JsonNode page = page(node, since == null ? 0 : since, limit, since == null);
        if (!page.path("kept").asBoolean()) {
            throw CommandFailure.failed(page.path("note").asText());
        }
        if (!follow) {
            output.result(page, text(page));
            return 0;
        }
        long next = tell(page);
        while (true) {
            if (!page.path("more").asBoolean()) {
                Thread.sleep(ClientLimits.LOOK_AGAIN);
            }
            page = page(node, next, ClientLimits.CHANGES, false);
            next = tell(page);
        }
    }

    private JsonNode page(AdminClient node, long after, int limit, boolean latest)
            throws CommandFailure, IOException, InterruptedException {
        String of = zone == null
                ? ""
                : "&zone=" + URLEncoder.encode(RecordArguments.zone(zone).toString(), StandardCharsets.UTF_8);
        return node.get(PATH + "?since=" + after + "&limit=" + limit + "&latest=" + latest + of
                + (output.json() ? "" : "&records=" + RECORDS));
    }

    /** Each as it comes; the number of the last one. */
    private long tell(JsonNode page) {
        page.path("changes")
                .forEach(
                        change -> output.result(change, String.join(System.lineSeparator(), ChangeText.lines(change))));
        return page.path("next").asLong();
    }

    private String text(JsonNode page) {
        List<String> lines = new ArrayList<>();
        page.path("changes").forEach(change -> lines.addAll(ChangeText.lines(change)));
        if (lines.isEmpty()) {
            lines.add(since == null ? "no changes are kept" : "no changes after " + since);
        }
        if (page.path("more").asBoolean()) {
            lines.add("more: --since " + page.path("next").asLong());
        }
        if (since != null && page.path("droppedThrough").asLong() > since) {
            lines.add("changes up to %d may have gone: the history is full"
                    .formatted(page.path("droppedThrough").asLong()));
        }
        return String.join(System.lineSeparator(), lines);
    }
}
