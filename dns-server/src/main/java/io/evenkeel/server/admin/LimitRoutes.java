package io.evenkeel.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.server.cluster.ClusterService;
import io.evenkeel.server.cluster.LimitControl;
import io.evenkeel.server.cluster.LimitsSetting;
import io.evenkeel.server.limits.LimitMode;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.limits.LimitSettings.Allowance;
import io.evenkeel.server.peer.Outcome;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The limits on clients: those of the cluster, set through any node, and the mode of this node alone. */
final class LimitRoutes {
    private static final String PATH = EvenkeelRoutes.BASE + "/limits";

    private static final String MODE = "mode";
    private static final String RATE = "rate";
    private static final String BURST = "burst";
    private static final String ALLOW = "allow";
    private static final String RESPONSES = "responses";
    private static final String RESPONSE_RATE = "responseRate";
    private static final Set<String> FIELDS = Set.of(MODE, RATE, BURST, ALLOW, RESPONSES, RESPONSE_RATE);

    private static final Pattern ETAG = Pattern.compile("\"(\\d{1,18})\"");

    // Only what InetAddress takes as a literal: without a zone, and an IPv4 address with all of its four numbers.
    private static final Pattern PREFIX =
            Pattern.compile("(\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)(?:/(\\d{1,3}))?");

    private final String node;
    private final LimitControl limits;
    private final ClusterService cluster;
    private final StateRoot root;
    private final Supplier<List<DnsAddress>> dnsAddresses;

    LimitRoutes(
            String node,
            LimitControl limits,
            ClusterService cluster,
            StateRoot root,
            Supplier<List<DnsAddress>> dnsAddresses) {
        this.node = node;
        this.limits = limits;
        this.cluster = cluster;
        this.root = root;
        this.dnsAddresses = dnsAddresses;
    }

    List<Route> routes() {
        return List.of(
                new Route("GET", PATH, Access.KEYED, _ -> reply(limits.view())),
                new Route("PUT", PATH, Access.KEYED, this::set),
                new Route("PUT", PATH + "/local", Access.KEYED, this::setLocal),
                new Route("DELETE", PATH + "/local", Access.KEYED, _ -> reply(limits.local(null))));
    }

    private Reply set(Call call) throws ApiException, IOException, InterruptedException {
        LimitSettings asked = read(Call.object(call.smallBody()));
        Long base = ifMatch(call);
        long index = done(cluster.setLimits(asked, base));
        Reply reply = root.await(index, AdminLimits.LIMITS_SHOWN)
                ? reply(limits.view())
                : reply(limits.view())
                        .with(
                                "Evenkeel-Note",
                                "committed at " + index + "; this node is at "
                                        + root.get().index() + " and will follow later");
        return reply.with("ETag", etag(index));
    }

    private Reply setLocal(Call call) throws ApiException, IOException, InterruptedException {
        JsonNode body = Call.object(call.smallBody());
        List<String> problems = new ArrayList<>(unknown(body, Set.of(MODE)));
        LimitMode mode = mode(body, MODE, problems);
        if (mode == LimitMode.ENFORCE) {
            problems.add("a node alone cannot enforce limits, only be milder than its cluster: set them for all by PUT "
                    + PATH + ", or have this node follow these again by DELETE " + PATH + "/local");
        }
        if (mode == null || !problems.isEmpty()) {
            throw ApiException.invalid(problems);
        }
        return reply(limits.local(mode));
    }

    /** @return the revision that the caller has seen; null: any */
    private static @Nullable Long ifMatch(Call call) throws ApiException {
        String header = call.header("If-Match").map(String::strip).orElse("*");
        if (header.equals("*")) {
            return null;
        }
        Matcher matcher = ETAG.matcher(header);
        if (!matcher.matches()) {
            throw new ApiException(412, "If-Match: " + header + " is not the ETag of the limits");
        }
        return Long.valueOf(matcher.group(1));
    }

    private static String etag(long revision) {
        return "\"" + revision + "\"";
    }

    private static long done(Outcome<Long> outcome) throws ApiException {
        return switch (outcome) {
            case Outcome.Done<Long>(Long revision) -> revision;
            case Outcome.Refused<Long> refused ->
                throw new ApiException(
                        switch (refused.reason()) {
                            case CONFLICT -> 412;
                            case INVALID, TOO_LARGE -> 422;
                            // A leader of an earlier release does not know the request.
                            case FAULT -> 409;
                            case ZONE_EXISTS, NO_SUCH_ZONE, GUARDED, NO_ROOM ->
                                throw new IllegalStateException("of zones alone: " + refused);
                        },
                        refused.why());
            case Outcome.NotDone<Long> not -> throw notDone(not.why());
            case Outcome.NotLeader<Long> not -> throw notDone("the leader is " + not.leader());
            case Outcome.Unknown<Long> unknown ->
                throw new ApiException(
                        504,
                        "not known to be done: " + unknown.why() + "; asking again does no harm",
                        List.of(),
                        retry());
        };
    }

    private static ApiException notDone(String why) {
        return new ApiException(
                503,
                "not done: " + why + "; a node alone can be milder without a leader: PUT " + PATH + "/local",
                List.of(),
                retry());
    }

    private static Map<String, String> retry() {
        return Map.of("Retry-After", String.valueOf(AdminLimits.RETRY_AFTER_SECONDS));
    }

    private Reply reply(LimitControl.View view) {
        LimitSettings agreed = view.agreed().limits();
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put("node", node)
                .put("revision", view.agreed().revision());
        if (agreed == null) {
            json.putNull("agreed");
        } else {
            json.set("agreed", json(agreed));
        }
        json.put("local", view.local() == null ? null : view.local().label());
        json.set("inForce", json(view.inForce()));
        ArrayNode reasons = json.putArray("reasons");
        limits.complaints().forEach(reasons::add);
        if (!limits.note().isEmpty()) {
            reasons.add(limits.note());
        }
        ArrayNode dns = json.putArray("dns");
        ArrayNode listen = json.putArray("listen");
        for (DnsAddress each : dnsAddresses.get()) {
            dns.add(AddressText.show(each.address()));
            ObjectNode entry = listen.addObject()
                    .put("address", AddressText.show(each.address()))
                    .put("lane", each.infrastructure() ? "infrastructure" : "device")
                    .put("proxy", each.proxied());
            each.sources().forEach(source -> entry.withArray("sources").add(source.toString()));
        }
        return Reply.json(200, json).with("ETag", etag(view.agreed().revision()));
    }

    private static ObjectNode json(LimitSettings settings) {
        ObjectNode json = Reply.JSON
                .createObjectNode()
                .put(MODE, settings.questions().label())
                .put(RATE, settings.rate())
                .put(BURST, settings.burst());
        ArrayNode allowed = json.putArray(ALLOW);
        for (Allowance each : settings.allowed()) {
            allowed.addObject()
                    .put("prefix", NetUtil.toAddressString(each.network()) + "/" + each.bits())
                    .put("factor", each.factor());
        }
        return json.put(RESPONSES, settings.responses().label()).put(RESPONSE_RATE, settings.responseRate());
    }

    /** All of them: what is left out would be taken for a wish to change it. */
    private static LimitSettings read(JsonNode body) throws ApiException {
        List<String> problems = new ArrayList<>(unknown(body, FIELDS));
        LimitMode mode = mode(body, MODE, problems);
        int rate = number(body, RATE, problems);
        int burst = number(body, BURST, problems);
        List<Allowance> allowed = allowances(body.path(ALLOW), problems);
        LimitMode responses = mode(body, RESPONSES, problems);
        int responseRate = number(body, RESPONSE_RATE, problems);
        if (mode == null || responses == null || !problems.isEmpty()) {
            throw ApiException.invalid(problems);
        }
        LimitSettings settings = new LimitSettings(mode, rate, burst, allowed, responses, responseRate);
        problems.addAll(LimitsSetting.problems(settings));
        if (!problems.isEmpty()) {
            throw ApiException.invalid(problems);
        }
        return settings;
    }

    private static List<String> unknown(JsonNode body, Set<String> known) {
        Set<String> names = new TreeSet<>();
        body.fieldNames().forEachRemaining(names::add);
        names.removeAll(known);
        return names.stream()
                .limit(AdminLimits.PROBLEMS)
                .map(name -> ApiException.shown(name) + " is no field here; there are: "
                        + String.join(", ", new TreeSet<>(known)))
                .toList();
    }

    private static @Nullable LimitMode mode(JsonNode body, String field, List<String> problems) {
        for (LimitMode mode : LimitMode.values()) {
            if (body.path(field).asText("").equals(mode.label())) {
                return mode;
            }
        }
        problems.add(field + " is "
                + (body.has(field) ? ApiException.shown(body.path(field).asText()) : "missing") + "; allowed: "
                + Arrays.stream(LimitMode.values()).map(LimitMode::label).collect(Collectors.joining(", ")));
        return null;
    }

    private static int number(JsonNode body, String field, List<String> problems) {
        JsonNode value = body.path(field);
        if (!value.isInt()) {
            problems.add(field
                    + (body.has(field)
                            ? " is no whole number of this size: " + ApiException.shown(value.asText())
                            : " is missing")
                    + "; allowed: 1 to " + LimitSettings.MOST_RATE);
        }
        return value.asInt();
    }

    private static List<Allowance> allowances(JsonNode list, List<String> problems) {
        List<Allowance> allowed = new ArrayList<>();
        if (!list.isArray()) {
            problems.add(ALLOW + " is no list; write [{\"prefix\": \"192.0.2.0/24\", \"factor\": 10}], or []");
        } else if (list.size() > LimitSettings.MOST_ALLOWANCES) {
            problems.add(ALLOW + " has " + list.size() + " prefixes; at most " + LimitSettings.MOST_ALLOWANCES
                    + ", so join neighbours to shorter ones");
        } else {
            for (JsonNode each : list) {
                Allowance one = allowance(each);
                if (one == null) {
                    problems.add(ALLOW + " has " + ApiException.shown(each.toString())
                            + "; write {\"prefix\": \"192.0.2.0/24\", \"factor\": 10}, an IPv6 one as 2001:db8::/32");
                } else {
                    allowed.add(one);
                }
            }
        }
        return allowed;
    }

    private static @Nullable Allowance allowance(JsonNode json) {
        String text = json.path("prefix").asText("");
        Matcher matcher = PREFIX.matcher(text.length() > AdminLimits.PREFIX_CHARS ? "" : text);
        if (json.size() != 2 || !json.path("factor").isInt() || !matcher.matches()) {
            return null;
        }
        try {
            InetAddress network = InetAddress.ofLiteral(matcher.group(1));
            int most = network.getAddress().length * Byte.SIZE;
            int bits = matcher.group(2) == null ? most : Integer.parseInt(matcher.group(2));
            return new Allowance(network, bits, json.path("factor").asInt());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
