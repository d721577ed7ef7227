package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Type;

/**
 * What looks wrong about an RRset as it is stored after a change, though DNS allows it. It is found by questions to the node
 * that made the change: of the owner, of the names above it and of the name servers in the RRset. One use, one thread.
 */
final class ChangeWarnings {
    /** Name servers of one RRset that are looked at; 13 fit into an answer of 512 octets. */
    private static final int MOST_SERVERS = 20;

    private static final Pattern ADDRESS_AS_NAME = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}\\.");
    private static final List<String> ADDRESSES = List.of("A", "AAAA");

    private final ServedZone zone;
    private final Name owner;
    private final int type;
    private final JsonNode before;
    private final JsonNode after;
    private final Set<String> warnings = new LinkedHashSet<>();

    /**
     * @param before the RRsets of the owner before the change, and the serial
     * @param after the same after it
     */
    ChangeWarnings(ServedZone zone, Name owner, int type, JsonNode before, JsonNode after) {
        this.zone = zone;
        this.owner = owner;
        this.type = type;
        this.before = before;
        this.after = after;
    }

    /**
     * All there is to say.
     *
     * @param adds whether the change was to leave the records that were there
     * @param given contents that were sent
     */
    List<String> find(boolean adds, List<String> given) throws CommandFailure, IOException, InterruptedException {
        JsonNode stored = ServedZone.rrset(after, owner, Type.string(type));
        if (!stored.isMissingNode()) {
            twice("the owner " + owner, owner);
            for (String content : ServedZone.contents(stored)) {
                for (Name target : RecordArguments.targets(type, content)) {
                    target(target);
                }
            }
            cut();
        } else if (type == Type.A || type == Type.AAAA) {
            addressless();
        }
        if (type == Type.NS) {
            servers(stored);
        }
        if (adds) {
            ttl(ServedZone.rrset(before, owner, Type.string(type)), stored);
        }
        if (type == Type.SOA && !given.isEmpty()) {
            serial(given.getFirst(), stored);
        }
        return List.copyOf(warnings);
    }

    private void target(Name target) {
        twice("the target " + target, target);
        if (ADDRESS_AS_NAME.matcher(target.toString()).matches()) {
            warnings.add("the target %s is an address written as a name: %s records point to names"
                    .formatted(target, Type.string(type)));
        }
    }

    private void twice(String what, Name name) {
        Name apex = zone.apex();
        try {
            if (apex.labels() > 1 && name.subdomain(Name.concatenate(apex.relativize(Name.root), apex))) {
                warnings.add("%s ends in the name of the zone twice".formatted(what));
            }
        } catch (NameTooLongException none) {
            return; // no name can end in it
        }
    }

    /** A zone cut at the owner or above it: the zone below answers there. */
    private void cut() throws CommandFailure, IOException, InterruptedException {
        for (Name name = owner; !name.equals(zone.apex()); name = new Name(name, 1)) {
            if (name.equals(owner) && (type == Type.NS || type == Type.DS)) {
                continue;
            }
            List<Name> servers = servers(name);
            boolean glue = (type == Type.A || type == Type.AAAA) && servers.contains(owner);
            if (!servers.isEmpty() && !glue) {
                warnings.add("%s is %s the delegation %s: no question is answered with these records"
                        .formatted(owner, name.equals(owner) ? "at" : "below", name));
                return;
            }
        }
    }

    private List<Name> servers(Name name) throws CommandFailure, IOException, InterruptedException {
        JsonNode at = name.equals(owner) ? after : zone.at(name);
        List<Name> servers = new ArrayList<>();
        for (String content : ServedZone.contents(ServedZone.rrset(at, name, "NS"))) {
            servers.addAll(RecordArguments.targets(Type.NS, content));
        }
        return servers;
    }

    private void servers(JsonNode stored) throws CommandFailure, IOException, InterruptedException {
        int looked = 0;
        for (String content : ServedZone.contents(stored)) {
            Name server = RecordArguments.targets(Type.NS, content).getFirst();
            if (!server.subdomain(zone.apex()) || ++looked > MOST_SERVERS) {
                continue;
            }
            JsonNode at = server.equals(owner) || hasAddress(after, server) ? after : zone.at(server);
            if (!ServedZone.rrset(at, server, "CNAME").isMissingNode()) {
                warnings.add("the name server %s is an alias, which it must not be (RFC 2181 §10.3)".formatted(server));
            } else if (!hasAddress(at, server)) {
                warnings.add("the name server %s has no address (A or AAAA) in the zone now".formatted(server));
            }
        }
    }

    /** Addresses of the owner were deleted, and none is left. */
    private void addressless() throws CommandFailure, IOException, InterruptedException {
        if (!hasAddress(before, owner) || hasAddress(after, owner)) {
            return;
        }
        Name name = owner;
        while (true) {
            if (servers(name).contains(owner)) {
                warnings.add("%s is a name server of %s, and has no address now".formatted(owner, name));
            }
            if (name.equals(zone.apex())) {
                return;
            }
            name = new Name(name, 1);
        }
    }

    private static boolean hasAddress(JsonNode at, Name name) {
        return ADDRESSES.stream()
                .anyMatch(each -> !ServedZone.rrset(at, name, each).isMissingNode());
    }

    /** All records of an RRset have one TTL (RFC 2181 §5.2). */
    private void ttl(JsonNode present, JsonNode stored) {
        int others = present.path("records").size();
        long was = present.path("ttl").asLong();
        long is = stored.path("ttl").asLong();
        if (others > 0 && was != is) {
            warnings.add("the TTL of the %s that %s there was %d and is %d now, too"
                    .formatted(others == 1 ? "record" : others + " records", others == 1 ? "was" : "were", was, is));
        }
    }

    private void serial(String given, JsonNode stored) {
        String wanted = serialOf(given);
        String is = ServedZone.contents(stored).stream()
                .map(ChangeWarnings::serialOf)
                .findFirst()
                .orElse("");
        if (!wanted.equals(is)) {
            warnings.add("serial %s ignored: not newer than %s"
                    .formatted(wanted, before.path("serial").asText()));
        }
    }

    private static String serialOf(String soa) {
        String[] fields = soa.split(" ", -1);
        return fields.length > 2 ? fields[2] : "";
    }
}
