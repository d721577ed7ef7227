package io.evenkeel.zones;

import io.evenkeel.zones.store.Lookup;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** A zone as RFC 1034 §4.3.2 describes it, over sorted maps of records: slow, and plain to see. */
final class ZoneTwin {
    final Name apex;
    final TreeMap<Name, TreeMap<Integer, TreeSet<Record>>> names = new TreeMap<>();

    ZoneTwin(Name apex) {
        this.apex = apex;
    }

    ZoneTwin copy() {
        ZoneTwin copy = new ZoneTwin(apex);
        records().forEach(copy::add);
        return copy;
    }

    void add(Record record) {
        names.computeIfAbsent(record.getName(), n -> new TreeMap<>())
                .computeIfAbsent(record.getType(), t -> new TreeSet<>())
                .add(record);
    }

    void remove(Record record) {
        names.computeIfPresent(record.getName(), (owner, rrsets) -> {
            rrsets.computeIfPresent(record.getType(), (type, rrs) -> {
                rrs.remove(record);
                return rrs.isEmpty() ? null : rrs;
            });
            return rrsets.isEmpty() ? null : rrsets;
        });
    }

    List<Record> rrset(Name owner, int type) {
        return List.copyOf(names.getOrDefault(owner, new TreeMap<>()).getOrDefault(type, new TreeSet<>()));
    }

    /** The SOA first, then by owner, type and RDATA. */
    List<Record> records() {
        List<Record> records = new ArrayList<>();
        names.forEach((owner, rrsets) -> records.addAll(at(owner)));
        return records;
    }

    List<Record> at(Name owner) {
        List<Record> records = new ArrayList<>(rrset(owner, Type.SOA));
        names.getOrDefault(owner, new TreeMap<>()).forEach((type, rrs) -> {
            if (type != Type.SOA) {
                records.addAll(rrs);
            }
        });
        return records;
    }

    /** What {@link Lookup#find} should say: kind, depth, and the owner of the node, if there is one. */
    record Found(Lookup.Kind kind, int depth, @Nullable Name owner) {}

    Found find(Name name) {
        int below = name.labels() - apex.labels();
        int encloser = 0;
        for (int depth = 1; depth <= below; depth++) {
            Name ancestor = new Name(name, below - depth);
            if (!rrset(ancestor, Type.NS).isEmpty()
                    || !rrset(ancestor, Type.DNAME).isEmpty()) {
                return new Found(Lookup.Kind.CUT, depth, ancestor);
            }
            Name next = names.ceilingKey(ancestor);
            if (next == null || !next.subdomain(ancestor)) {
                break;
            }
            encloser = depth;
        }
        if (encloser == below) {
            return names.containsKey(name)
                    ? new Found(Lookup.Kind.NAME, below, name)
                    : new Found(Lookup.Kind.EMPTY_NON_TERMINAL, below, null);
        }
        Name wildcard = new Name(name, below - encloser - 1).wild(1);
        Name atOrBelow = names.ceilingKey(wildcard);
        if (atOrBelow != null && !atOrBelow.equals(wildcard) && atOrBelow.subdomain(wildcard)) {
            return new Found(Lookup.Kind.EMPTY_SOURCE, encloser, null);
        }
        return new Found(Lookup.Kind.NO_NAME, encloser, names.containsKey(wildcard) ? wildcard : null);
    }
}
