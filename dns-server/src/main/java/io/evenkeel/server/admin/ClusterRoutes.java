package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.server.capacity.CapacityWords;
import io.evenkeel.server.capacity.ClusterCapacity;
import io.evenkeel.server.cluster.ClusterReport;
import io.evenkeel.server.cluster.ClusterService;
import io.evenkeel.server.cluster.RollingRules;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.Outcome.Nothing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** The members: who they are and how they do, letting one in, taking one out, making one lead. */
final class ClusterRoutes {
    private static final String BASE = EvenkeelRoutes.BASE + "/cluster";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?");

    /** Beyond any IP address with a port. */
    private static final int ADDRESS_CHARS = 100;

    private final AdminSettings settings;
    private final ClusterService cluster;
    private final Supplier<ClusterCapacity> capacity;

    ClusterRoutes(AdminSettings settings, ClusterService cluster, Supplier<ClusterCapacity> capacity) {
        this.settings = settings;
        this.cluster = cluster;
        this.capacity = capacity;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", BASE, Access.KEYED, _ -> Reply.json(200, json(cluster.report()))),
                new Route("POST", BASE + "/members", Access.KEYED, this::add),
                new Route("DELETE", BASE + "/members/{name}", Access.KEYED, this::remove),
                new Route("GET", BASE + "/members/{name}/safe-to-stop", Access.KEYED, this::safeToStop),
                new Route("PUT", BASE + "/leader", Access.KEYED, this::transfer),
                new Route("PUT", BASE + "/level", Access.KEYED, this::raise));
    }

    private Reply add(Call call) throws ApiException, IOException, InterruptedException {
        JsonNode body = Call.object(call.smallBody());
        String name = text(body, "name");
        requireName(name);
        return reply(name, cluster.add(name, text(body, "raft"), text(body, "peer")));
    }

    private Reply remove(Call call) throws ApiException, InterruptedException {
        String name = call.path("name");
        requireName(name);
        return reply(name, cluster.remove(name));
    }

    private Reply transfer(Call call) throws ApiException, IOException, InterruptedException {
        String name = text(Call.object(call.smallBody()), "name");
        requireName(name);
        return reply(name, cluster.transfer(name));
    }

    private Reply raise(Call call) throws ApiException, IOException, InterruptedException {
        JsonNode level = Call.object(call.smallBody()).path("level");
        if (!level.isInt() || level.asInt() < 1) {
            throw ApiException.invalid("level is missing, or is no level");
        }
        return reply(
                cluster.raiseLevel(level.asInt()), Reply.JSON.createObjectNode().put("level", level.asInt()));
    }

    private Reply safeToStop(Call call) throws ApiException, InterruptedException {
        String name = call.path("name");
        requireName(name);
        ClusterReport report = cluster.report();
        List<String> members =
                report.members().stream().map(entry -> entry.member().name()).toList();
        if (!members.contains(name)) {
            throw new ApiException(404, "there is no member " + name + "; members: " + String.join(", ", members));
        }
        List<String> obstacles = new ArrayList<>(RollingRules.obstaclesToStop(report, name));
        obstacles.addAll(CapacityWords.obstaclesToStop(capacity.get(), name));
        ObjectNode json = Reply.JSON.createObjectNode().put("name", name).put("safe", obstacles.isEmpty());
        obstacles.forEach(json.putArray("reasons")::add);
        return Reply.json(200, json);
    }

    private static String text(JsonNode body, String field) throws ApiException {
        JsonNode value = body.path(field);
        if (!value.isTextual() || value.asText().isEmpty() || value.asText().length() > ADDRESS_CHARS) {
            throw ApiException.invalid(field + " is missing, or is no short text");
        }
        return value.asText();
    }

    private static void requireName(String name) throws ApiException {
        if (!NAME.matcher(name).matches()) {
            throw ApiException.invalid(
                    "\"" + name + "\" is not a name; allowed: 1 to 63 letters, digits and inner hyphens");
        }
    }

    private static Reply reply(String name, Outcome<Nothing> outcome) throws ApiException {
        return reply(outcome, Reply.JSON.createObjectNode().put("name", name));
    }

    private static Reply reply(Outcome<Nothing> outcome, ObjectNode done) throws ApiException {
        return switch (outcome) {
            case Outcome.Done<Nothing> _ -> Reply.json(200, done);
            case Outcome.Refused<Nothing> refused -> throw new ApiException(409, refused.why());
            case Outcome.NotDone<Nothing> not -> throw notKnown(not.why());
            case Outcome.NotLeader<Nothing> not -> throw notKnown("the leader is " + not.leader());
            case Outcome.Unknown<Nothing> unknown -> throw notKnown(unknown.why());
        };
    }

    /** Not 503, which says that nothing of it will appear: a change of the members has several steps. */
    private static ApiException notKnown(String why) {
        return new ApiException(
                504,
                "not known to be done: " + why + "; asking again does no harm",
                List.of(),
                Map.of("Retry-After", String.valueOf(AdminLimits.RETRY_AFTER_SECONDS)));
    }

    private ObjectNode json(ClusterReport report) {
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put("cluster", settings.clusterName())
                .put("clusterId", report.clusterId() == null ? null : Objects.toString(report.clusterId()))
                .put("leader", report.leader())
                .put("term", report.term())
                .put("commitIndex", report.commitIndex());
        json.putObject("quorum")
                .put("members", report.members().size())
                .put("needed", report.needed())
                .put("reached", report.reached())
                .put("healthy", report.healthy())
                .put("stopped", report.stopped());
        List<String> obstacles = RollingRules.obstaclesToRaise(report);
        ObjectNode level = json.putObject("level")
                .put("cluster", report.level())
                .put("next", report.level() + 1)
                .put("raisable", obstacles.isEmpty());
        obstacles.forEach(level.putArray("reasons")::add);
        ArrayNode members = json.putArray("members");
        report.members().forEach(entry -> members.add(json(report, entry)));
        ArrayNode admitted = json.putArray("admitted");
        report.admitted().forEach(entry -> admitted.add(json(report, entry)));
        ArrayNode removed = json.putArray("removed");
        report.removed().forEach(removed::add);
        return json;
    }

    private static ObjectNode json(ClusterReport report, ClusterReport.Entry entry) {
        Duration heard = entry.sinceHeard();
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put("name", entry.member().name())
                .put("incarnation", entry.member().incarnation())
                .put("raft", entry.member().raftAddress())
                .put("peer", entry.member().peerAddress())
                .put("leads", entry.member().name().equals(report.leader()))
                .put("heardMillisAgo", heard == null ? null : heard.toMillis())
                .put("answers", entry.view() != null);
        ClusterReport.View view = entry.view();
        if (view != null) {
            json.put("runsAs", view.incarnation())
                    .put("role", view.role().name())
                    .put("term", view.term())
                    .put("commitIndex", view.commitIndex())
                    .put("appliedIndex", view.appliedIndex())
                    .put("lag", Math.max(0, report.commitIndex() - view.appliedIndex()))
                    .put("state", view.state())
                    .put("ready", view.ready());
            ArrayNode reasons = json.putArray("reasons");
            view.reasons().forEach(reasons::add);
            Build build = view.build();
            if (build != null) {
                json.put("version", build.software())
                        .put("lowestLevel", build.lowest())
                        .put("highestLevel", build.highest());
            }
        }
        return json;
    }
}
