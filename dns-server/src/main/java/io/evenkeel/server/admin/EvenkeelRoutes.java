package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.ScrubStatus;
import io.evenkeel.consensus.SnapshotStatus;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.snapshot.Backup;
import io.evenkeel.server.cluster.LimitControl;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.change.Room;
import io.evenkeel.zones.state.MemoryLimits;
import io.evenkeel.zones.state.Recorded;
import io.evenkeel.zones.state.ReplicatedState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What PowerDNS' API has no place for: the node, the cluster, what became of a request. */
final class EvenkeelRoutes {
    static final String BASE = "/api/v1/evenkeel";

    private final AdminSettings settings;
    private final NodeView node;
    private final StateRoot root;
    private final Supplier<@Nullable Replica> replica;
    private final LimitControl limits;

    EvenkeelRoutes(
            AdminSettings settings,
            NodeView node,
            StateRoot root,
            Supplier<@Nullable Replica> replica,
            LimitControl limits) {
        this.settings = settings;
        this.node = node;
        this.root = root;
        this.replica = replica;
        this.limits = limits;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", BASE + "/status", Access.KEYED, this::status),
                new Route("GET", BASE + "/requests/{request_id}", Access.KEYED, this::request).ofState(),
                new Route("GET", BASE + "/digest", Access.KEYED, _ -> digest()).ofState(),
                new Route("GET", BASE + "/backup", Access.KEYED, this::backup).ofState(),
                new Route("POST", BASE + "/snapshot", Access.KEYED, _ -> snapshot()),
                new Route("GET", BASE + "/scrub", Access.KEYED, _ -> scrub()),
                new Route("POST", BASE + "/scrub", Access.KEYED, _ -> beginScrub()));
    }

    /** From one reference, so it is the state after one entry; changes and answers go on, and no quorum is needed. */
    private Reply backup(Call call) throws ApiException, InterruptedException {
        Published published = root.get();
        if (published.index() == 0) {
            throw new ApiException(503, "this node has no data yet");
        }
        call.memory().growTo(AdminLimits.ANSWER_BYTES); // a block at a time, and the list of all zones
        return new Reply(
                200,
                Map.of("Content-Type", "application/octet-stream", "Evenkeel-Index", String.valueOf(published.index())),
                out -> Backup.write(published, settings.clusterName(), settings.node(), Instant.now(), out));
    }

    private Reply snapshot() throws ApiException, InterruptedException {
        Replica present = present();
        long begin = System.nanoTime();
        try {
            SnapshotStatus taken = present.takeSnapshot().get(AdminLimits.SNAPSHOT.toNanos(), TimeUnit.NANOSECONDS);
            ObjectNode json = Reply.JSON.createObjectNode();
            snapshot(json, taken);
            return Reply.json(200, json.put("millis", (System.nanoTime() - begin) / 1_000_000));
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw new ApiException(503, String.valueOf(cause == null ? e.getMessage() : cause.getMessage()));
        } catch (TimeoutException e) {
            throw new ApiException(
                    503, "no snapshot within " + AdminLimits.SNAPSHOT.toSeconds() + " s; it is being written still");
        }
    }

    private Reply scrub() throws ApiException {
        ScrubStatus status = present().scrub().status();
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put("node", settings.node())
                .put("rounds", status.rounds())
                .put("ageSeconds", status.age().toSeconds())
                .put("zones", status.zones())
                .put("records", status.records())
                .put("changes", status.changes())
                .put("findings", status.findings());
        ArrayNode damaged = json.putArray("damaged");
        status.damaged().forEach(damaged::add);
        return Reply.json(200, json);
    }

    private Reply beginScrub() throws ApiException {
        long round = present().scrub().request();
        return Reply.json(
                200, Reply.JSON.createObjectNode().put("node", settings.node()).put("round", round));
    }

    private Replica present() throws ApiException {
        Replica present = replica.get();
        if (present == null) {
            throw new ApiException(503, "this node takes no part in a cluster at present");
        }
        return present;
    }

    private static void snapshot(ObjectNode json, SnapshotStatus status) {
        json.put("index", status.index())
                .put("bytes", status.bytes())
                .put("zones", status.zones())
                .put("records", status.records())
                .put("failures", status.failures())
                .put("fault", status.fault());
    }

    private Reply status(Call call) throws ApiException, InterruptedException {
        Published published = root.get();
        Catalog catalog = published.state().catalog();
        call.lists(catalog.size());
        ObjectNode head = head(published);
        return Reply.json(200, json -> {
            json.writeStartObject();
            for (Map.Entry<String, JsonNode> field : head.properties()) {
                json.writeFieldName(field.getKey());
                json.writeTree(field.getValue());
            }
            json.writeArrayFieldStart("zones");
            for (Zone zone : catalog.zones()) {
                json.writeStartObject();
                json.writeStringField("name", zone.apex().toString());
                json.writeNumberField("serial", zone.serial());
                json.writeNumberField("records", zone.records());
                json.writeStringField(
                        "version",
                        zone.version().zoneId() + "-" + zone.version().change());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /** All but the zones. */
    private ObjectNode head(Published published) {
        Readiness.Verdict readiness = node.readiness().get();
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put("node", settings.node())
                .put("cluster", settings.clusterName())
                .put("version", settings.version())
                .put("state", readiness.state().name())
                .put("ready", readiness.ready());
        ArrayNode reasons = json.putArray("reasons");
        readiness.reasons().forEach(reasons::add);
        Replica present = replica.get();
        ReplicaStatus status = present == null ? null : present.status();
        raft(json, status);
        json.put("appliedIndex", published.index());
        double age = node.dataAgeSeconds().get();
        if (Double.isFinite(age)) {
            json.put("dataAgeSeconds", Math.round(age * 1000) / 1000.0);
        } else {
            json.putNull("dataAgeSeconds");
        }
        json.put("stale", readiness.stale());
        if (present == null) {
            json.putNull("snapshot");
        } else {
            snapshot(json.putObject("snapshot"), present.snapshotStatus());
        }
        memory(json.putObject("memory"), published.state());
        LimitControl.View limit = limits.view();
        json.putObject("limits")
                .put("mode", limit.inForce().questions().label())
                .put("responses", limit.inForce().responses().label())
                .put("local", limit.local() == null ? null : limit.local().label())
                .put("note", limits.note());
        ArrayNode members = json.putArray("members");
        if (status != null) {
            for (Member member : status.members()) {
                members.addObject()
                        .put("name", member.name())
                        .put("incarnation", member.incarnation())
                        .put("raft", member.raftAddress())
                        .put("leads", member.name().equals(status.leader()));
            }
        }
        return json;
    }

    /** What the state takes, and what each member has for it. */
    private static void memory(ObjectNode json, ReplicatedState state) {
        Room room = Room.of(state);
        json.put("bytes", state.octets());
        String smallest = room.smallest().node();
        if (smallest.isEmpty()) {
            json.putNull("smallest").putNull("leftBytes");
        } else {
            json.put("smallest", smallest).put("leftBytes", room.left(false));
        }
        ArrayNode limits = json.putArray("limits");
        for (MemoryLimits.Limit limit : MemoryLimits.all(state.settings())) {
            limits.addObject()
                    .put("node", limit.node())
                    .put("bytes", limit.octets())
                    .put("counts", !limit.isBelow(state.octets()));
        }
    }

    private static void raft(ObjectNode json, @Nullable ReplicaStatus status) {
        if (status == null) {
            json.put("role", ReplicaStatus.Role.NONE.name()).put("term", 0).putNull("leader");
            json.put("leaderReady", false).put("commitIndex", 0).put("leaderCommitIndex", -1);
            json.put("divergedAt", -1).put("rebuilds", 0).putNull("fault");
            return;
        }
        json.put("role", status.role().name())
                .put("term", status.term())
                .put("leader", status.leader())
                .put("leaderReady", status.leaderReady())
                .put("commitIndex", status.commitIndex())
                .put("leaderCommitIndex", status.leaderCommitIndex())
                .put("divergedAt", status.divergedAt())
                .put("rebuilds", status.rebuilds())
                .put("fault", status.fault());
    }

    /** By this, replicas can be compared: at one index they are the same, record by record. */
    private Reply digest() {
        ReplicatedState state = root.get().state();
        return Reply.json(
                200,
                Reply.JSON
                        .createObjectNode()
                        .put("node", settings.node())
                        .put("index", state.index())
                        .put("sha256", state.digest().toString()));
    }

    private Reply request(Call call) throws ApiException {
        RequestId id;
        try {
            id = RequestId.parse(call.path("request_id"));
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid(String.valueOf(e.getMessage()));
        }
        Published published = root.get();
        Recorded recorded = published.state().recorded(id);
        if (recorded == null) {
            throw new ApiException(
                    404,
                    "not among the last " + ZoneLimits.REQUEST_RING + " accepted requests at index " + published.index()
                            + ": not accepted so far, or long ago");
        }
        return Reply.json(
                200,
                Reply.JSON
                        .createObjectNode()
                        .put("requestId", id.toString())
                        .put("outcome", "accepted")
                        .put("index", recorded.index())
                        .put(
                                "version",
                                recorded.version().zoneId() + "-"
                                        + recorded.version().change())
                        .put("serial", recorded.serial()));
    }
}
