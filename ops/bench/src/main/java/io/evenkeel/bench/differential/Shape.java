package io.evenkeel.bench.differential;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
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
    private static final int MAX_LINKS = 8;

    private static final Pattern APEX = Pattern.compile("(sub(\\d+)\\.z\\2|[yz]\\d+)\\.test\\.");

    private static final Pattern USUAL = Pattern.compile("([A-Za-z0-9*_.-]|\\\\[.\\\\])*");

    private Shape() {}

    static String of(Question question, Reply reply) {
        String end = end(question, reply);
        String way = way(reply, question);
        return way.isEmpty() ? end : way + ">" + end;
    }

    private static String way(Reply reply, Question question) {
        Set<Name> owners = new HashSet<>();
        int links = 0;
        boolean redirected = false;
        boolean loop = false;
        for (Reply.RRsetKey key : reply.answer().keySet()) {
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
        for (Reply.RRsetKey key : reply.answer().keySet()) {
            Name target = key.type() == Type.CNAME ? Reply.target(reply.answer().get(key)) : null;
            loop |= target != null && owners.contains(target) && links > 0 && leadsTo(reply, target, key.owner());
        }
        return loop ? "loop" : links >= MAX_LINKS ? "long" : redirected ? "dname" : links > 0 ? "cname" : "";
    }

    /** Whether the chain from this name comes by that one. */
    private static boolean leadsTo(Reply reply, Name from, Name to) {
        @Nullable Name at = from;
        for (int i = 0; at != null && i <= reply.answer().size(); i++) {
            if (at.equals(to)) {
                return true;
            }
            Reply.RRset next = reply.answer().get(new Reply.RRsetKey(at, Type.CNAME, 0));
            at = next == null ? null : Reply.target(next);
        }
        return false;
    }

    private static String end(Question question, Reply reply) {
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
        if (answered) {
            return "answer";
        }
        return ns ? "referral" : "out";
    }

    /**
     * What the names of a question and of our answer have that servers differ in: {@code nul} for an octet 0, {@code odd} for
     * others that are not usual, {@code across} for a chain that leads out of the question's zone, {@code nested} for a name at
     * or below two cuts or DNAMEs of the question's zone, {@code chain6} for a chain of six links or more, {@code small} for a reply of at most 512 octets, {@code dname-children} for a zone with data below a DNAME.
     */
    static String traits(Exchange exchange) {
        Set<String> traits = new TreeSet<>();
        Name asked = exchange.question().name();
        for (Name name : names(exchange)) {
            String text = name.toString();
            if (text.contains("\\000")) {
                traits.add("nul");
            }
            if (!USUAL.matcher(text.replace("\\000", "")).matches()) {
                traits.add("odd");
            }
            if (!name.equals(asked) && !zone(name).equals(zone(asked))) {
                traits.add("across");
            }
            if (enclosing(exchange.zone(), name) >= 2) {
                traits.add("nested");
            }
        }
        if (names(exchange).stream().distinct().count() > 6) {
            traits.add("chain6");
        }
        if (!exchange.question().tcp() && exchange.question().payload() <= 512) {
            traits.add("small");
        }
        if (hasDnameChildren(exchange.zone())) {
            traits.add("dname-children");
        }
        return String.join(" ", traits);
    }

    private static List<Name> names(Exchange exchange) {
        List<Name> names = new ArrayList<>(List.of(exchange.question().name()));
        Exchange.Replies ours = exchange.replies().get("evenkeel");
        if (ours != null) {
            ours.complete().answer().forEach((key, rrset) -> {
                names.add(key.owner());
                if (key.type() == Type.CNAME) {
                    names.add(Reply.target(rrset));
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

    private static boolean hasDnameChildren(GeneratedZone zone) {
        List<Name> dnames = zone.records().stream()
                .filter(record -> record.getType() == Type.DNAME)
                .map(Record::getName)
                .toList();
        return zone.records().stream()
                .map(Record::getName)
                .anyMatch(name -> dnames.stream().anyMatch(dname -> !name.equals(dname) && name.subdomain(dname)));
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
