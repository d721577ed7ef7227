package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.server.capacity.CapacityWords;
import io.evenkeel.server.capacity.ClusterCapacity;
import io.evenkeel.server.capacity.ClusterCapacity.Member;
import io.evenkeel.server.peer.Vitals;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Whether the members can carry the load, now and after a change. */
final class CapacityRoutes {
    private static final String BASE = EvenkeelRoutes.BASE + "/capacity";

    /** Nobody makes a machine so much larger at once, and hardly so much smaller. */
    private static final double MOST_FACTOR = 100;

    private static final double LEAST_FACTOR = 0.01;

    private final Supplier<ClusterCapacity> capacity;

    CapacityRoutes(Supplier<ClusterCapacity> capacity) {
        this.capacity = capacity;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", BASE, Access.KEYED, _ -> Reply.json(200, json(capacity.get()))),
                new Route("GET", BASE + "/plan", Access.KEYED, this::plan));
    }

    private Reply plan(Call call) throws ApiException {
        ClusterCapacity cluster = capacity.get();
        String name = call.query("node").orElseThrow(() -> ApiException.invalid("node is missing: which member?"));
        if (cluster.members().stream().noneMatch(member -> member.name().equals(name))) {
            throw new ApiException(
                    404,
                    "there is no such member; members: "
                            + String.join(
                                    ", ",
                                    cluster.members().stream().map(Member::name).toList()));
        }
        double factor = factor(call.query("factor").orElse(""));
        CapacityWords.Plan plan = CapacityWords.plan(cluster, name, factor);
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put("node", name)
                .put("factor", factor)
                .put("fine", plan.fine());
        put(json, "lossesSurvivableNow", losses(cluster));
        put(json, "lossesSurvivable", plan.survivable());
        plan.lines().forEach(json.putArray("lines")::add);
        return Reply.json(200, json);
    }

    private static double factor(String text) throws ApiException {
        try {
            double factor = Double.parseDouble(text);
            if (factor >= LEAST_FACTOR && factor <= MOST_FACTOR) {
                return factor;
            }
        } catch (NumberFormatException e) {
            throw ApiException.invalid("factor is no number; allowed: 0.01 to 100, as 0.5 for half the processors");
        }
        throw ApiException.invalid("factor is out of range; allowed: 0.01 to 100, as 0.5 for half the processors");
    }

    /** Not known beside a member whose release tells nothing. */
    private static OptionalInt losses(ClusterCapacity cluster) {
        return cluster.isPartial() ? OptionalInt.empty() : cluster.lossesSurvivable();
    }

    private static ObjectNode json(ClusterCapacity cluster) {
        ObjectNode json = Reply.JSON.createObjectNode().put("node", cluster.self());
        put(json, "loadQps", cluster.loadQps());
        put(json, "worstLoadQps", cluster.worstQps());
        put(json, "ownShare", cluster.ownShare());
        put(json, "skew", cluster.skew());
        put(json, "headroom", cluster.headroom());
        put(json, "headroomWorst", cluster.headroomAtWorst());
        put(json, "lossesSurvivable", losses(cluster));
        put(json, "stormHeadroom", cluster.stormHeadroom());
        ArrayNode members = json.putArray("members");
        cluster.members().forEach(member -> members.add(json(member)));
        CapacityWords.advice(cluster).forEach(json.putArray("advice")::add);
        return json;
    }

    private static ObjectNode json(Member member) {
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put("name", member.name())
                .put("contact", lower(member.contact()))
                .put("udp", lower(member.udp()))
                .put("tcp", lower(member.tcp()));
        Vitals vitals = member.vitals();
        if (vitals != null) {
            json.put("role", vitals.role().name()).put("open", vitals.open());
            put(json, "loadQps", vitals.loadQps());
            put(json, "answeredQps", vitals.answeredQps());
            put(json, "droppedQps", vitals.droppedQps());
            put(json, "capacityQps", vitals.capacityQps());
            put(json, "capacityAgeSeconds", vitals.capacityAgeSeconds());
            put(json, "queueDelaySeconds", vitals.queueDelaySeconds());
            put(json, "diskFree", vitals.diskFree());
        }
        return json;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static void put(ObjectNode json, String field, double value) {
        if (Double.isFinite(value)) {
            json.put(field, Math.round(value * 1000) / 1000.0);
        } else {
            json.putNull(field);
        }
    }

    private static void put(ObjectNode json, String field, OptionalInt value) {
        if (value.isPresent()) {
            json.put(field, value.getAsInt());
        } else {
            json.putNull(field);
        }
    }
}
