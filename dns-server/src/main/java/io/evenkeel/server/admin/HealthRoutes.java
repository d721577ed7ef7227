package io.evenkeel.server.admin;

import io.evenkeel.server.node.Readiness;
import java.util.List;

/** What supervisors, load balancers and monitoring ask, without a key, on both ports. */
final class HealthRoutes {
    private HealthRoutes() {}

    static List<Route> of(NodeView node) {
        return List.of(
                new Route("GET", "/livez", Access.OPEN, _ -> Reply.text(200, "text/plain; charset=utf-8", "ok\n")),
                new Route("GET", "/readyz", Access.OPEN, call -> ready(node, call)),
                new Route(
                        "GET",
                        "/metrics",
                        Access.OPEN,
                        _ -> Reply.text(
                                200,
                                "text/plain; version=0.0.4; charset=utf-8",
                                node.metrics().get())));
    }

    private static Reply ready(NodeView node, Call call) throws ApiException {
        Readiness.Verdict readiness = node.readiness().get();
        String purpose = call.query("for").orElse("questions");
        return switch (purpose) {
            case "questions" -> ready(node, readiness.ready(), "ready", readiness.reasons());
            case "changes" ->
                ready(node, readiness.hindrances().isEmpty(), "ready for changes", readiness.hindrances());
            default -> throw new ApiException(400, "for=" + purpose + " is neither questions nor changes");
        };
    }

    private static Reply ready(NodeView node, boolean ready, String what, List<String> reasons) {
        StringBuilder body = new StringBuilder(ready ? what : "not " + what).append('\n');
        reasons.forEach(reason -> body.append(reason).append('\n'));
        body.append("data age: ").append(node.dataAge().get()).append('\n');
        return Reply.text(ready ? 200 : 503, "text/plain; charset=utf-8", body.toString());
    }
}
