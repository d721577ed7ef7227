package io.evenkeel.bench.differential;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Questions around each boundary of a zone: at, above, below and beside its owners, and where its aliases lead. */
final class QuestionGenerator {
    private static final int[] TYPES = {
        Type.A,
        Type.A,
        Type.A,
        Type.AAAA,
        Type.TXT,
        Type.MX,
        Type.NS,
        Type.NS,
        Type.SOA,
        Type.CNAME,
        Type.DNAME,
        Type.DS,
        Type.DS,
        Type.ANY,
        Type.SRV,
        Type.DNSKEY,
        Type.SVCB,
        Type.HTTPS,
        Type.NSEC,
        Type.RRSIG,
        Type.NSEC3PARAM,
        Type.NSEC3,
        Type.CDS,
        65_280,
        65_282
    };

    private final GeneratedZone zone;
    private final SplittableRandom random;
    private final List<Name> names;

    QuestionGenerator(GeneratedZone zone, SplittableRandom random) {
        this.zone = zone;
        this.random = random;
        Set<Name> boundary = new LinkedHashSet<>();
        for (Record record : zone.records()) {
            if (record.getType() != Type.RRSIG && record.getType() != Type.NSEC3) {
                around(record.getName(), boundary);
                if (record instanceof CNAMERecord alias) {
                    boundary.add(alias.getTarget());
                } else if (record instanceof DNAMERecord redirection) {
                    below(redirection.getName(), boundary);
                }
            }
        }
        names = List.copyOf(boundary);
    }

    Question next() {
        Name name = names.get(random.nextInt(names.size()));
        int type = chance(40) ? typeAt(name) : TYPES[random.nextInt(TYPES.length)];
        int edns = random.nextInt(100);
        int payload = edns < 25 ? 0 : edns < 30 ? 512 : edns < 90 ? 1232 : 4096;
        return new Question(
                chance(20) ? otherCase(name) : name, type, payload, payload > 0 && chance(75), chance(10), chance(15));
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /** A type that the name's own node has, if it has one. */
    private int typeAt(Name name) {
        List<Integer> types = new ArrayList<>();
        for (Record record : zone.records()) {
            if (record.getName().equals(name) && record.getType() != Type.RRSIG) {
                types.add(record.getType());
            }
        }
        return types.isEmpty() ? Type.A : types.get(random.nextInt(types.size()));
    }

    private void around(Name owner, Set<Name> to) {
        to.add(owner);
        below(owner, to);
        add(to, "*", owner);
        for (Name name = owner; name.labels() > zone.apex().labels(); name = new Name(name, 1)) {
            Name parent = new Name(name, 1);
            String label = name.getLabelString(0);
            add(to, label + "0", parent);
            add(to, label + "\\000", parent);
            if (label.length() > 1 && !label.contains("\\")) {
                add(to, label.substring(0, label.length() - 1), parent);
            }
            add(to, "x" + random.nextInt(1000), parent);
            to.add(parent);
        }
    }

    private void below(Name owner, Set<Name> to) {
        add(to, "x", owner);
        add(to, "x.Y", owner);
        add(to, "\\000", owner);
        add(to, "*.x", owner);
        if (chance(20)) {
            add(to, "n".repeat(63), owner);
            add(to, "m".repeat(40) + "." + "n".repeat(40), owner);
        }
    }

    /** Unless it is no name. */
    private static void add(Set<Name> to, String labels, Name parent) {
        try {
            to.add(Name.concatenate(Name.fromString(labels), parent));
        } catch (NameTooLongException | TextParseException tooLong) {
            // a label beside one of 63 octets, or a name below one of 255: such a name cannot be asked
        }
    }

    private Name otherCase(Name name) {
        String text = name.toString();
        StringBuilder out = new StringBuilder();
        for (char c : text.toCharArray()) {
            out.append(random.nextBoolean() ? Character.toString(c).toUpperCase(Locale.ROOT) : c);
        }
        return Name.fromConstantString(out.toString());
    }
}
