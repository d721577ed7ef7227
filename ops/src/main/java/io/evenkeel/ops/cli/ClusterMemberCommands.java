package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The verbs that change who belongs to the cluster and who leads it. */
final class ClusterMemberCommands {
    private ClusterMemberCommands() {}

    /** {@code cluster add}. */
    @Command(
            name = "add",
            description = {
                "Let one more node into the running cluster, and wait until it is open.",
                "Start the node before or after, with `evenkeel serve --config FILE`: its cluster.members lists itself, at the"
                        + " addresses given here, and at least one member; it has the cluster's name and key."
            })
    static final class Add extends NodeVerb {
        @Parameters(paramLabel = "NAME", description = "The new node's node.name.")
        private String name = "";

        @Option(
                names = "--raft",
                paramLabel = "ADDR",
                required = true,
                description = "Its Raft address, for instance 192.0.2.7:7400.")
        private String raft = "";

        @Option(
                names = "--peer",
                paramLabel = "ADDR",
                required = true,
                description = "Its address on the peer channel, for instance 192.0.2.7:7500.")
        private String peer = "";

        @Option(
                names = "--wait",
                paramLabel = "SECONDS",
                defaultValue = "120",
                description = "How long to wait until it is open; 0: do not wait (default: ${DEFAULT-VALUE}).")
        private int waitSeconds;

        @Override
        public Integer call() throws CommandFailure, IOException, InterruptedException {
            AdminClient node = target.connect();
            ObjectNode body = Json.MAPPER
                    .createObjectNode()
                    .put("name", name)
                    .put("raft", raft)
                    .put("peer", peer);
            node.settle("POST", AdminClient.CLUSTER + "/members", body);
            output.progress("%s at %s may join the cluster".formatted(name, raft));
            if (waitSeconds == 0) {
                output.result(body, name + " may join; `evenkeel cluster status` shows when it is in");
                return 0;
            }
            JsonNode joined = await(node);
            output.result(
                    joined,
                    "%s is in as %s-%d, open and up to date"
                            .formatted(name, name, joined.path("incarnation").asInt()));
            return 0;
        }

        private JsonNode await(AdminClient node) throws CommandFailure, IOException, InterruptedException {
            long end = System.nanoTime() + Duration.ofSeconds(waitSeconds).toNanos();
            String said = "";
            while (true) {
                JsonNode cluster = node.get(AdminClient.CLUSTER);
                Optional<JsonNode> member = named(cluster, "members");
                if (member.isPresent() && isIn(member.get())) {
                    return member.get();
                }
                String doing = doing(member, named(cluster, "admitted"));
                if (!doing.equals(said)) {
                    said = doing;
                    output.progress(doing);
                }
                if (System.nanoTime() - end >= 0) {
                    throw CommandFailure.failed(
                            "%s may join, and was not open within %d s: %s. It is let in whenever it comes; `evenkeel cluster remove %s` takes that back"
                                    .formatted(name, waitSeconds, doing, name));
                }
                Thread.sleep(ClientLimits.LOOK_AGAIN);
            }
        }

        private Optional<JsonNode> named(JsonNode cluster, String list) {
            return StreamSupport.stream(cluster.path(list).spliterator(), false)
                    .filter(one -> one.path("name").asText().equals(name))
                    .findFirst();
        }

        private static boolean isIn(JsonNode member) {
            return member.path("ready").asBoolean()
                    && member.path("runsAs").asInt()
                            == member.path("incarnation").asInt();
        }

        private String doing(Optional<JsonNode> member, Optional<JsonNode> admitted) {
            JsonNode seen = member.or(() -> admitted).orElse(Json.MAPPER.missingNode());
            if (!seen.path("answers").asBoolean()) {
                return "waiting for %s to answer at %s: start it with `evenkeel serve --config FILE`"
                        .formatted(name, peer);
            }
            String reason =
                    seen.path("reasons").path(0).asText(seen.path("state").asText());
            return member.isPresent()
                    ? "%s is a member, %d entries behind: %s"
                            .formatted(name, seen.path("lag").asLong(), reason)
                    : "%s runs and is not in yet: %s".formatted(name, reason);
        }
    }

    /** {@code cluster remove}. */
    @Command(
            name = "remove",
            description = {
                "Take one member out of the running cluster; if it leads, another takes over first.",
                "Refused if the others would have no majority that is reached, and for the last member. The removed node stops"
                        + " taking part, answers from what it has until it is stopped, and stays out until it is added again."
            })
    static final class Remove extends NodeVerb {
        @Parameters(paramLabel = "NAME", description = "The member to take out.")
        private String name = "";

        @Override
        public Integer call() throws CommandFailure, IOException, InterruptedException {
            AdminClient node = target.connect();
            AdminClient.Answer answer =
                    node.settle("DELETE", AdminClient.CLUSTER + "/members/" + AdminClient.segment(name), null);
            output.result(answer.json(), name + " is out of the cluster; stop it when nobody asks it any more");
            return 0;
        }
    }

    /** {@code cluster transfer}. */
    @Command(
            name = "transfer",
            description =
                    "Make one member the leader. Refused if it is not reached or lags; changes wait for a moment.")
    static final class Transfer extends NodeVerb {
        @Parameters(paramLabel = "NAME", description = "The member that is to lead.")
        private String name = "";

        @Override
        public Integer call() throws CommandFailure, IOException, InterruptedException {
            AdminClient node = target.connect();
            AdminClient.Answer answer = node.settle(
                    "PUT",
                    AdminClient.CLUSTER + "/leader",
                    Json.MAPPER.createObjectNode().put("name", name));
            output.result(answer.json(), name + " leads");
            return 0;
        }
    }
}
