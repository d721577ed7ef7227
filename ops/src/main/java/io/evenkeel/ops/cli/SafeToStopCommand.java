package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cluster safe-to-stop}: what scripts and people ask before each restart. */
@Command(
        name = "safe-to-stop",
        description = {
            "Whether a member may be stopped for a restart now: exit code 0, or 1 and the reasons.",
            "It may if the others are a majority without it, each of them is ready and up to date, and one of them is open."
        })
final class SafeToStopCommand extends NodeVerb {
    @Parameters(paramLabel = "NAME", description = "The member that is to be stopped.")
    private String name = "";

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        JsonNode said =
                target.connect().get(AdminClient.CLUSTER + "/members/" + AdminClient.segment(name) + "/safe-to-stop");
        List<String> reasons = new ArrayList<>();
        said.path("reasons").forEach(reason -> reasons.add(reason.asText()));
        boolean safe = said.path("safe").asBoolean();
        output.result(
                said, safe ? name + " may be stopped" : name + " should not be stopped: " + String.join("; ", reasons));
        return safe ? 0 : CommandFailure.FAILED;
    }
}
