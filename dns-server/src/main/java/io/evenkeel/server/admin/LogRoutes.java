package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.server.log.JournalFiles;
import io.evenkeel.server.log.LogLevels;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The journal of the node, and how much its log says. */
final class LogRoutes {
    private static final String EVENTS = EvenkeelRoutes.BASE + "/events";
    private static final String LEVELS = EvenkeelRoutes.BASE + "/log-levels";

    private final String node;
    private final JournalFiles journal;
    private final LogLevels levels;

    LogRoutes(String node, JournalFiles journal, LogLevels levels) {
        this.node = node;
        this.journal = journal;
        this.levels = levels;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", EVENTS, Access.KEYED, this::events),
                new Route("GET", LEVELS, Access.KEYED, _ -> levels()),
                new Route("PUT", LEVELS + "/{package}", Access.KEYED, this::set),
                new Route("DELETE", LEVELS + "/{package}", Access.KEYED, this::end));
    }

    private Reply events(Call call) throws ApiException, IOException, InterruptedException {
        long after = number(call, "after", 0, Long.MAX_VALUE, 0);
        int limit = (int) number(call, "limit", 1, JournalFiles.MOST_EVENTS, AdminLimits.EVENTS);
        Instant since = instant(call.query("since").orElse(null));
        call.memory().growTo((long) limit * AdminLimits.EVENT_BYTES);
        ObjectNode json = Reply.JSON.createObjectNode().put("node", node);
        ArrayNode events = json.putArray("events");
        journal.read(after, since, limit).forEach(events::add);
        return Reply.json(200, json);
    }

    private static long number(Call call, String name, long least, long most, long usual) throws ApiException {
        String text = call.query(name).orElse(String.valueOf(usual));
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw ApiException.invalid(name + " is no whole number; allowed: " + least + " to " + most);
        }
        throw ApiException.invalid(name + " is out of range; allowed: " + least + " to " + most);
    }

    private static @Nullable Instant instant(@Nullable String text) throws ApiException {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            throw ApiException.invalid("since is no time; write it in UTC, as in 2026-01-31T23:59:59Z");
        }
    }

    private Reply levels() {
        ObjectNode json = Reply.JSON.createObjectNode().put("node", node).put("configured", levels.configured());
        ArrayNode set = json.putArray("set");
        levels.views()
                .forEach(view -> set.addObject()
                        .put("package", view.place())
                        .put("level", view.level())
                        .put("secondsLeft", view.left().toSeconds()));
        return Reply.json(200, json);
    }

    private Reply set(Call call) throws ApiException, IOException, InterruptedException {
        JsonNode body = Call.object(call.smallBody());
        JsonNode seconds = body.path("seconds");
        if (!seconds.isMissingNode() && !seconds.isInt()) {
            throw ApiException.invalid("seconds is no whole number; allowed: " + LogLevels.LEAST.toSeconds() + " to "
                    + LogLevels.MOST.toSeconds());
        }
        try {
            levels.set(
                    call.path("package"),
                    body.path("level").asText(""),
                    seconds.isInt() ? Duration.ofSeconds(seconds.asInt()) : LogLevels.USUAL);
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(String.valueOf(e.getMessage()));
        }
        return levels();
    }

    private Reply end(Call call) throws ApiException {
        if (!levels.end(call.path("package"))) {
            throw new ApiException(404, "no level is set for this package: it is at the one that is configured");
        }
        return levels();
    }
}
