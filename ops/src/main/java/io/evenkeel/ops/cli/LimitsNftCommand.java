package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code limits nft}: the kernel's part. */
@Command(
        name = "nft",
        description = {
            "Print rules for nftables by which the kernel drops what is above 8 times the limits of the nodes, before it costs them.",
            "They leave out the allowed prefixes of the cluster, and where the node listens for infrastructure or behind proxies. They do not"
                    + " follow it: print and load them anew when its limits or addresses change.",
            "Printed only; load them with `nft -f FILE`."
        })
final class LimitsNftCommand extends NodeVerb {
    private static final int MOST_PORT = 65_535;
    private static final int MOST_SIZE = 1 << 24;

    @Option(
            names = "--defaults",
            description = "Ask no node: the limits of a new cluster, port 53 unless --port names another.")
    private boolean defaults;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Port of DNS, again for more (default: those of the node that are for devices).")
    private List<Integer> ports = new ArrayList<>();

    @Option(
            names = "--lane",
            paramLabel = "ADDRESS",
            description =
                    "An address of this machine whose questions are not metered, besides those that the node tells; again for more.")
    private List<String> lanes = new ArrayList<>();

    @Option(
            names = "--size",
            paramLabel = "N",
            defaultValue = NftRules.DEFAULT_SIZE,
            description = "Clients of each family that are metered at once; others pass (default: ${DEFAULT-VALUE}).")
    private int size;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        SortedSet<Integer> asked = new TreeSet<>(ports);
        if (!asked.isEmpty() && (asked.first() < 1 || asked.last() > MOST_PORT)) {
            throw new CommandFailure(CommandFailure.USAGE, "--port is 1 to " + MOST_PORT);
        }
        if (size < 1 || size > MOST_SIZE) {
            throw new CommandFailure(CommandFailure.USAGE, "--size is 1 to " + MOST_SIZE);
        }
        List<Prefix> left = new ArrayList<>();
        for (String lane : lanes) {
            left.add(Prefix.parse(lane));
        }
        NftRules rules = defaults ? ofDefaults(asked, left) : ofNode(asked, left);
        String text = rules.text();
        output.verbatim(Json.MAPPER.createObjectNode().put("rules", text), text.stripTrailing());
        return 0;
    }

    private NftRules ofDefaults(SortedSet<Integer> asked, List<Prefix> left) {
        if (asked.isEmpty()) {
            asked.add(NftRules.DEFAULT_PORT);
        }
        return new NftRules(
                "a new cluster",
                NftRules.DEFAULT_RATE,
                NftRules.DEFAULT_BURST,
                asked,
                List.of(),
                left,
                List.of(),
                size);
    }

    private NftRules ofNode(SortedSet<Integer> asked, List<Prefix> left)
            throws CommandFailure, IOException, InterruptedException {
        JsonNode shown = target.connect().get(LimitsCommands.PATH);
        JsonNode limits = shown.path("inForce");
        SortedSet<Integer> metered = new TreeSet<>();
        List<NftRules.Unmetered> unmetered = new ArrayList<>();
        for (JsonNode entry : listened(shown)) {
            String text = entry.path("address").asText();
            int port = Integer.parseInt(text.substring(text.lastIndexOf(':') + 1));
            if (entry.path("lane").asText().equals("infrastructure")
                    || entry.path("proxy").asBoolean()) {
                unmetered.add(new NftRules.Unmetered(host(text), port, prefixes(entry.path("sources"))));
            } else {
                metered.add(port);
            }
        }
        if (asked.isEmpty()) {
            asked.addAll(metered);
        }
        if (asked.isEmpty()) {
            throw CommandFailure.failed(shown.path("node").asText()
                    + (unmetered.isEmpty()
                            ? " listens on no address for DNS at present"
                            : " listens at present only for infrastructure and behind proxies, which these rules leave out")
                    + ": name the ports that are to be metered with --port");
        }
        unmetered.removeIf(place -> !asked.contains(place.port()));
        List<Prefix> allowed = new ArrayList<>();
        for (JsonNode one : limits.path("allow")) {
            allowed.add(Prefix.parse(one.path("prefix").asText()));
        }
        return new NftRules(
                "the cluster of " + shown.path("node").asText() + " at revision "
                        + shown.path("revision").asLong(),
                limits.path("rate").asLong(),
                limits.path("burst").asLong(),
                asked,
                allowed,
                left,
                unmetered,
                size);
    }

    /** A node of an earlier build tells addresses alone. */
    private static Iterable<JsonNode> listened(JsonNode shown) {
        if (shown.has("listen")) {
            return shown.path("listen");
        }
        List<JsonNode> plain = new ArrayList<>();
        shown.path("dns")
                .forEach(address -> plain.add(Json.MAPPER.createObjectNode().put("address", address.asText())));
        return plain;
    }

    /** Without the interface that a link-local address of IPv6 belongs to, which packets do not show. */
    private static Prefix host(String address) throws CommandFailure {
        return Prefix.parse(address.substring(0, address.lastIndexOf(':')).replaceAll("[\\[\\]]|%.*", ""));
    }

    private static List<Prefix> prefixes(JsonNode texts) throws CommandFailure {
        List<Prefix> prefixes = new ArrayList<>();
        for (JsonNode text : texts) {
            prefixes.add(Prefix.parse(text.asText()));
        }
        return prefixes;
    }
}
