package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code limits set}: the numbers of the limits, for the whole cluster. */
@Command(
        name = "set",
        description = {
            "Change the limits on clients of the whole cluster; what no option names stays as it is.",
            "A client is an IPv4 address or an IPv6 /64. Limits act only on a node that is busy."
        })
final class LimitsSetCommand extends NodeVerb {
    @Option(names = "--rate", paramLabel = "N", description = "Questions a second of one client.")
    private @Nullable Integer rate;

    @Option(names = "--burst", paramLabel = "N", description = "Questions of one client at once, beyond its rate.")
    private @Nullable Integer burst;

    @Option(
            names = "--allow",
            paramLabel = "PREFIX=FACTOR",
            description =
                    "Allow clients of a prefix so many times as much, for instance 192.0.2.0/24=10; again for more.")
    private Map<String, Integer> allow = new TreeMap<>();

    @Option(
            names = "--disallow",
            paramLabel = "PREFIX",
            description = "Allow clients of that prefix no more than others; again for more.")
    private List<String> disallow = new ArrayList<>();

    @Option(
            names = "--responses",
            paramLabel = "off|dry-run|enforce",
            description =
                    "What becomes of large answers above --response-rate; never more than the mode of all limits.")
    private @Nullable String responses;

    @Option(
            names = "--response-rate",
            paramLabel = "N",
            description = "Answers a second of more than twice their question, to one client.")
    private @Nullable Integer responseRate;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        if (rate == null
                && burst == null
                && allow.isEmpty()
                && disallow.isEmpty()
                && responses == null
                && responseRate == null) {
            throw new CommandFailure(CommandFailure.USAGE, "set what? `evenkeel limits set --help` lists the options");
        }
        Map<Prefix, Integer> more = new TreeMap<>();
        for (Map.Entry<String, Integer> entry : allow.entrySet()) {
            more.put(Prefix.parse(entry.getKey()), entry.getValue());
        }
        List<Prefix> less = new ArrayList<>();
        for (String prefix : disallow) {
            less.add(Prefix.parse(prefix));
        }
        JsonNode now = LimitsCommands.set(target, limits -> edit(limits, more, less));
        output.result(now, LimitsCommands.text(now));
        return 0;
    }

    private void edit(ObjectNode limits, Map<Prefix, Integer> more, List<Prefix> less) throws CommandFailure {
        if (rate != null) {
            limits.put("rate", rate);
        }
        if (burst != null) {
            limits.put("burst", burst);
        }
        if (responses != null) {
            limits.put("responses", responses);
        }
        if (responseRate != null) {
            limits.put("responseRate", responseRate);
        }
        Map<Prefix, Integer> allowed = new TreeMap<>();
        for (JsonNode one : limits.path("allow")) {
            allowed.put(
                    Prefix.parse(one.path("prefix").asText()),
                    one.path("factor").asInt());
        }
        for (Prefix prefix : less) {
            if (allowed.remove(prefix) == null) {
                throw CommandFailure.failed(prefix + " is not allowed more than others; those that are: "
                        + (allowed.isEmpty() ? "none" : allowed.keySet()));
            }
        }
        allowed.putAll(more);
        ArrayNode list = Json.MAPPER.createArrayNode();
        allowed.forEach((prefix, factor) ->
                list.addObject().put("prefix", prefix.toString()).put("factor", factor));
        limits.set("allow", list);
    }
}
