package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zone set}: what can be set for a zone. */
@Command(
        name = "set",
        description = {
            "Set from which share of its names on a change of a zone needs --force, on all nodes. It belongs to the name of the zone:",
            "a zone that is deleted and brought back, or made anew, has it still. `zone show` shows it."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  evenkeel zone set example.org --guard 80", "  evenkeel zone set dyn.example.org --guard off"})
public final class ZoneSetCommand extends NodeVerb {
    private static final String OFF = "off";
    private static final Pattern PERCENT = Pattern.compile("([1-9][0-9]?|100)%?");

    @Parameters(paramLabel = "ZONE")
    private String zone = "";

    @Option(
            names = "--guard",
            paramLabel = "PERCENT|off",
            required = true,
            description =
                    "A change needs --force that takes more than so many percent of 50 names or more, 1 to 100, or leaves"
                            + " nothing but SOA, NS and their addresses (50 in a new zone). off: no change needs it.")
    private String guard = "";

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        ObjectNode body = Json.MAPPER.createObjectNode();
        Matcher percent = PERCENT.matcher(guard);
        if (percent.matches()) {
            body.put("guard", Integer.parseInt(percent.group(1)));
        } else if (guard.equals(OFF)) {
            body.put("guard", OFF);
        } else {
            throw new CommandFailure(
                    CommandFailure.USAGE, "--guard wants 1 to 100, in percent, or off, not \"" + guard + "\"");
        }
        AdminClient node = target.connect();
        JsonNode answer = node.change("PUT", path(apex), body).json();
        boolean changed = answer.path("changed").asBoolean(true);
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", apex.toString());
        value.put("guard", body.path("guard"));
        value.put("changed", changed);
        value.put("node", node.name());
        output.result(
                value,
                "%s: guard %s%s, through %s".formatted(apex, words(body), changed ? "" : " as before", node.name()));
        return 0;
    }

    static String path(Name apex) {
        return AdminClient.evenkeelZonePath(apex.toString()) + "/settings";
    }

    /** The guard of settings, for people. */
    static String words(JsonNode settings) {
        JsonNode guard = settings.path("guard");
        return guard.isInt() ? guard.asInt() + " %" : guard.asText();
    }
}
