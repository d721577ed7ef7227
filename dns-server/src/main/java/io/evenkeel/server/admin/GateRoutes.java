package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.server.node.Capacity;
import io.evenkeel.server.node.Gate;
import io.evenkeel.server.node.NodeLife;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.node.Readiness;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** The operator's hand on the gate. */
final class GateRoutes {
    private static final String PATH = EvenkeelRoutes.BASE + "/gate";

    private final String node;
    private final NodeView view;
    private final Gate gate;
    private final Gate.Others others;

    GateRoutes(String node, NodeView view, Gate gate, Gate.Others others) {
        this.node = node;
        this.view = view;
        this.gate = gate;
        this.others = others;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", PATH, Access.KEYED, _ -> status()),
                new Route("POST", PATH + "/open", Access.KEYED, this::open),
                new Route("POST", PATH + "/close", Access.KEYED, this::close));
    }

    private Reply status() {
        NodeLife life = gate.life();
        Readiness.Verdict readiness = view.readiness().get();
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put("node", node)
                .put("open", gate.isOpen())
                .put("state", readiness.state().name())
                .put("ready", readiness.ready());
        ArrayNode reasons = json.putArray("reasons");
        readiness.reasons().forEach(reasons::add);
        json.put("dataAge", view.dataAge().get());
        json.put("ageSeconds", seconds(life.age()));
        ObjectNode reached = json.putObject("reachedSeconds");
        for (NodeState state : NodeState.values()) {
            Duration age = life.reached(state);
            if (age != null) {
                reached.put(state.name(), seconds(age));
            }
        }
        Capacity capacity = view.capacity().get();
        if (capacity == null) {
            json.putNull("capacity");
        } else {
            json.putObject("capacity")
                    .put("qps", Math.round(capacity.qps()))
                    .put("loopQps", Math.round(capacity.loopQps()))
                    .put("loops", capacity.loops())
                    .put("cpuNanosPerQuery", Math.round(capacity.cpuNanosPerQuery()))
                    .put("origin", capacity.origin().name());
        }
        return Reply.json(200, json);
    }

    private static double seconds(Duration age) {
        return age.toMillis() / 1000.0;
    }

    private Reply open(Call call) throws ApiException, IOException, InterruptedException {
        byte[] body = call.smallBody();
        boolean force = body.length > 0 && flag(Call.object(body), "force");
        return outcome(gate.open(force));
    }

    /** Asks twice: whoever meant another node, or did not mean it, finds out from the first answer. */
    private Reply close(Call call) throws ApiException, IOException, InterruptedException {
        byte[] body = call.smallBody();
        JsonNode asked = body.length == 0 ? Reply.JSON.createObjectNode() : Call.object(body);
        boolean force = flag(asked, "force");
        if (!asked.path("confirm").asText("").equals(node)) {
            throw ApiException.invalid("closing makes " + node
                    + " silent on its DNS ports until it is opened or restarted; to confirm, send" + " {\"confirm\": \""
                    + node + "\"}");
        }
        return outcome(gate.close(force, others));
    }

    private Reply outcome(Gate.Outcome outcome) throws ApiException {
        return switch (outcome) {
            case Gate.Outcome.Done _ -> status();
            case Gate.Outcome.Refused refused -> throw new ApiException(409, refused.why());
        };
    }

    private static boolean flag(JsonNode object, String name) throws ApiException {
        JsonNode value = object.path(name);
        if (value.isMissingNode() || value.isBoolean()) {
            return value.asBoolean();
        }
        throw ApiException.invalid("\"" + name + "\" is true or false, not " + value);
    }
}
