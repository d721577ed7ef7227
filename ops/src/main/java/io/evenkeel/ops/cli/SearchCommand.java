package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code search}: records of all zones. */
@Command(
        name = "search",
        description = {
            "Find records in all zones: by owner, by address, or by what is in their data.",
            "An address, and a name with its last dot, are found where all of the owner or of the data is that. Any other"
                    + " text is found anywhere in them, unless it has * (any characters) or ? (one). Case does not count."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  evenkeel search 192.0.2.1",
            "  evenkeel search mail.example.org",
            "  evenkeel search 'v=spf1'",
            "  evenkeel search '*.dev.example.org.' --limit 1000"
        })
public final class SearchCommand extends NodeVerb {
    private static final Pattern ADDRESS = Pattern.compile(
            "\\d{1,3}(\\.\\d{1,3}){3}|[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){2,7}(\\d{0,3}(\\.\\d{1,3}){3})?");

    @Parameters(paramLabel = "NAME|ADDRESS|TEXT", description = "What to look for.")
    private String text = "";

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "100",
            description = "Records at most (default: ${DEFAULT-VALUE}, at most " + (ClientLimits.HITS - 1) + ").")
    private int limit;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        if (limit < 1 || limit >= ClientLimits.HITS) {
            throw usage("--limit wants 1 to %d, not %d".formatted(ClientLimits.HITS - 1, limit));
        }
        JsonNode found = target.connect()
                .get("%s/search-data?object_type=record&max=%d&q=%s"
                        .formatted(
                                AdminClient.SERVER, limit + 1, URLEncoder.encode(pattern(), StandardCharsets.UTF_8)));
        List<JsonNode> hits = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>(List.of(List.of("ZONE", "OWNER", "TTL", "TYPE", "DATA")));
        for (JsonNode hit : found) {
            if (hits.size() < limit) {
                hits.add(hit);
                rows.add(row(hit));
            }
        }
        boolean more = found.size() > limit;
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("records", hits);
        value.put("more", more);
        output.result(value, hits.isEmpty() ? "nothing found" : output.table(rows));
        if (more) {
            output.warn(List.of(
                    "more than %d records are like that: say more of it, or give a larger --limit".formatted(limit)));
        }
        return 0;
    }

    private String pattern() throws CommandFailure {
        if (text.isBlank()) {
            throw usage("there is nothing to look for: give a name, an address or a text");
        }
        if (!text.chars().allMatch(c -> c < 0x80)) {
            throw usage(
                    "%s: names are stored in A-labels (xn--...), and texts with \\DDD for each octet beyond ASCII: look for those, or for another part"
                            .formatted(text));
        }
        boolean whole = text.contains("*")
                || text.contains("?")
                || text.endsWith(".")
                || ADDRESS.matcher(text).matches();
        return whole ? text : "*" + text + "*";
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(CommandFailure.USAGE, message);
    }

    private static List<String> row(JsonNode hit) {
        String zone = hit.path("zone").asText();
        String owner = hit.path("name").asText();
        String below = zone.equals(".") ? "." : "." + zone;
        String relative = owner.equals(zone)
                ? "@"
                : owner.endsWith(below) ? owner.substring(0, owner.length() - below.length()) : owner;
        return List.of(
                zone,
                relative,
                hit.path("ttl").asText(),
                hit.path("type").asText(),
                hit.path("content").asText());
    }
}
