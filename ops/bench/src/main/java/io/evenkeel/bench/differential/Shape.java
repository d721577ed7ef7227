package io.evenkeel.bench.differential;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What kind of reply one is, in words, so that disagreements of one kind come together: how the name leads on
 * ({@code cname}, {@code dname}, {@code loop}, {@code long}), then what is at the end ({@code answer}, {@code nodata},
 * {@code referral}, {@code out} of the zones, or an RCODE).
 */
final class Shape {
    /** Links of a chain that this server follows. */
    private static final int MAX_LINKS = 16;

    private static final Pattern APEX = Pattern.compile("(sub(\\d+)\\.z\\2|[yz]\\d+)\\.test\\.");

    private static final Pattern USUAL = Pattern.compile("([A-Za-z0-9*_.-]|\\\\[.\\\\])*");

    private Shape() {}

    static String of(Question question, ComparedReply reply) {
        String end = end(question, reply);
        String way = way(reply, question);
        return way.isEmpty() ? end : way + ">" + end;
    }

    private static String way(ComparedReply reply, Question question) {
        Set<Name> owners = new HashSet<>();
        int links = 0;
        boolean redirected = false;
        boolean loop = false;
        for (ComparedReply.RRsetKey key : reply.answer().keySet()) {
            redirected |= key.type() == Type.DNAME
                    && question.name().labels() > key.owner().labels();
            if (key.type() == Type.CNAME) {
                links++;
                owners.add(key.owner());
            }
        }
        if (question.type() == Type.CNAME || question.type() == Type.ANY) {
            return redirected ? "dname" : "";
        }
        for (ComparedReply.RRsetKey key : reply.answer().keySet()) {
            Name target = key.type() == Type.CNAME
                    ? ComparedReply.target(reply.answer().get(key))
                    : null;
            loop |= target != null && owners.contains(target) && links > 0 && leadsTo(reply, target, key.owner());
        }
        return loop ? "loop" : links >= MAX_LINKS ? "long" : redirected ? "dname" : links > 0 ? "cname" : "";
    }

    /** Whether the chain from this name comes by that one. */
    private static boolean leadsTo(ComparedReply reply, Name from, Name to) {
        @Nullable Name at = from;
        for (int i = 0; at != null && i <= reply.answer().size(); i++) {
            if (at.equals(to)) {
                return true;
            }
            ComparedReply.RRset next = reply.answer().get(new ComparedReply.RRsetKey(at, Type.CNAME, 0));
            at = next == null ? null : ComparedReply.target(next);
        }
        return false;
    }

    private static String end(Question question, ComparedReply reply) {
        if (reply.rcode() != Rcode.NOERROR) {
            return Rcode.string(reply.rcode());
        }
        boolean soa = reply.authority().keySet().stream().anyMatch(key -> key.type() == Type.SOA);
        boolean ns = reply.authority().keySet().stream().anyMatch(key -> key.type() == Type.NS);
        boolean answered = reply.answer().keySet().stream()
                .anyMatch(key -> question.type() == Type.ANY || key.type() == question.type());
        if (soa) {
            return "nodata";
        }
        if (ns) {
            return "referral"; // our answers have no NS beside them
        }
        return answered ? "answer" : "out";
    }

    /**
     * What servers differ in. Of the question's name and those of our answer: {@code nul} for an octet 0, {@code odd} for others
     * that are not usual, {@code across} for a chain that leads out of the question's zone, {@code nested} for a name at or below
     * two cuts or DNAMEs, {@code asterisk} for a name with such a label, {@code empty-wildcard} for one below the parent of a
     * wildcard that is an empty non-terminal (RFC 4592 §2.2.2), {@code chain6} for a chain of six links or more, {@code occluded}
     * for a name, also of a server in a referral, below a DNAME that has data below it. Of the zones in which these names are:
     * {@code dname-children} for such data,
     * {@code recut} for an NS RRset below a cut, {@code listed} for an opt-out chain that insecure delegations are in.
     */
    static String traits(Exchange exchange) {
        Set<String> traits = new TreeSet<>();
        Name asked = exchange.question().name();
        Map<Name, GeneratedZone> zones = new LinkedHashMap<>();
        for (Name name : names(exchange)) {
            String text = name.toString();
            if (text.contains("\\000")) {
                traits.add("nul");
            }
            if (!USUAL.matcher(text.replace("\\000", "")).matches()) {
                traits.add("odd");
            }
            if (hasAsterisk(name)) {
                traits.add("asterisk");
            }
            if (!name.equals(asked) && !zone(name).equals(zone(asked))) {
                traits.add("across");
            }
            exchange.family().stream()
                    .filter(zone -> zone.apex().equals(zone(name)))
                    .forEach(zone -> zones.put(zone.apex(), zone));
        }
        if (names(exchange).stream().distinct().count() > 6) {
            traits.add("chain6");
        }
        zones.values().forEach(zone -> traits(exchange, zone, traits));
        return String.join(" ", traits);
    }

    private static void traits(Exchange exchange, GeneratedZone zone, Set<String> traits) {
        if (names(exchange).stream().anyMatch(name -> enclosing(zone, name) >= 2)) {
            traits.add("nested");
        }
        if (names(exchange).stream().anyMatch(name -> emptyWildcard(zone, name))) {
            traits.add("empty-wildcard");
        }
        List<Name> parents = dnamesWithChildren(zone);
        if (!parents.isEmpty()) {
            traits.add("dname-children");
        }
        if (namesAndServers(exchange).anyMatch(name -> parents.stream().anyMatch(dname -> isBelow(name, dname)))) {
            traits.add("occluded");
        }
        if (zone.records().stream()
                .anyMatch(record -> record.getType() == Type.NS && enclosing(zone, record.getName()) >= 2)) {
            traits.add("recut");
        }
        if (zone.records().stream().anyMatch(Shape::listsInsecureDelegation)) {
            traits.add("listed");
        }
    }

    private static boolean hasAsterisk(Name name) {
        for (Name at = name; at.labels() > 1; at = new Name(at, 1)) {
            if (at.isWild()) {
                return true;
            }
        }
        return false;
    }

    /** Null if there is no room for it. */
    private static @Nullable Name wildcardBelow(Name parent) {
        try {
            return Name.concatenate(Name.fromConstantString("*"), parent);
        } catch (NameTooLongException none) {
            return null;
        }
    }

    private static boolean emptyWildcard(GeneratedZone zone, Name name) {
        for (Name at = name; at.subdomain(zone.apex()); at = new Name(at, 1)) {
            Name wildcard = wildcardBelow(at);
            if (wildcard != null
                    && zone.records().stream().anyMatch(record -> isBelow(record.getName(), wildcard))
                    && zone.records().stream()
                            .noneMatch(record -> record.getName().equals(wildcard))) {
                return true;
            }
        }
        return false;
    }

    /** RFC 5155 §6: in an opt-out chain it may be left out. */
    private static boolean listsInsecureDelegation(Record record) {
        return record instanceof NSEC3Record proof
                && (proof.getFlags() & 1) != 0
                && proof.hasType(Type.NS)
                && !proof.hasType(Type.DS)
                && !proof.hasType(Type.SOA);
    }

    private static List<Name> names(Exchange exchange) {
        List<Name> names = new ArrayList<>(List.of(exchange.question().name()));
        Exchange.Replies ours = exchange.replies().get("evenkeel");
        if (ours != null) {
            ours.complete().answer().forEach((key, rrset) -> {
                names.add(key.owner());
                if (key.type() == Type.CNAME) {
                    names.add(ComparedReply.target(rrset));
                }
            });
        }
        return names;
    }

    /** How many owners of cuts and DNAMEs are at or above the name. */
    private static long enclosing(GeneratedZone zone, Name name) {
        return zone.records().stream()
                .filter(record -> ends(zone, record) && name.subdomain(record.getName()))
                .map(Record::getName)
                .distinct()
                .count();
    }

    private static boolean ends(GeneratedZone zone, Record record) {
        return record.getType() == Type.DNAME
                || (record.getType() == Type.NS && !record.getName().equals(zone.apex()));
    }

    /** DNAMEs that have data below them, against RFC 6672 §2.4. */
    private static List<Name> dnamesWithChildren(GeneratedZone zone) {
        return zone.records().stream()
                .filter(record -> record.getType() == Type.DNAME)
                .map(Record::getName)
                .filter(dname -> zone.records().stream().anyMatch(record -> isBelow(record.getName(), dname)))
                .toList();
    }

    private static boolean isBelow(Name name, Name dname) {
        return name.subdomain(dname) && !name.equals(dname);
    }

    /** The names, and those of the name servers that our reply refers to. */
    private static Stream<Name> namesAndServers(Exchange exchange) {
        Exchange.Replies ours = exchange.replies().get("evenkeel");
        Stream<Name> servers = ours == null
                ? Stream.empty()
                : ours.complete().authority().entrySet().stream()
                        .filter(entry -> entry.getKey().type() == Type.NS)
                        .flatMap(entry -> ComparedReply.targets(entry.getValue()).stream());
        return Stream.concat(names(exchange).stream(), servers);
    }

    /** The apex in a family of zones that encloses the name, or what stands in its place outside. */
    private static Name zone(Name name) {
        for (Name apex = name; apex.labels() > 2; apex = new Name(apex, 1)) {
            if (APEX.matcher(apex.canonicalize().toString()).matches()) {
                return apex;
            }
        }
        return Name.root;
    }

    /** Types of ordinary data are one to the lookup. */
    static String typeClass(int type) {
        return switch (type) {
            case Type.NS,
                    Type.MX,
                    Type.SRV,
                    Type.NAPTR,
                    Type.SVCB,
                    Type.HTTPS,
                    Type.SOA,
                    Type.CNAME,
                    Type.DNAME,
                    Type.DS,
                    Type.ANY,
                    Type.RRSIG,
                    Type.NSEC,
                    Type.NSEC3,
                    Type.NSEC3PARAM,
                    Type.DNSKEY,
                    Type.CDS -> Type.string(type);
            default -> "data";
        };
    }
}
