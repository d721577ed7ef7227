package io.evenkeel.zones;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.store.Lookup;
import io.evenkeel.zones.store.NameKey;
import io.evenkeel.zones.store.Node;
import io.evenkeel.zones.store.QName;
import io.evenkeel.zones.store.Records;
import io.evenkeel.zones.store.TrieNodes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** The store against a naive twin: random zones, changes and questions from seeds. */
class ZoneTwinTest {
    private static final int[] PAGE_BYTES = {64, 128, 200, 512, 1024, 4096, 32768};
    private static final int[] TYPES = {Type.A, Type.A, Type.A, Type.AAAA, 65281, Type.MX, Type.NS, Type.DNAME, 65280};

    private final NameKey key = new NameKey();
    private final Lookup lookup = new Lookup();
    private Random random = new Random(1);
    private int letters;

    @Seeds(oneIn = 2)
    void zoneAndTwinAgreeAfterEveryChange(long seed) {
        random = new Random(seed);
        letters = 2 + random.nextInt(4);
        ZoneTwin twin = new ZoneTwin(random.nextInt(10) == 0 ? Name.root : Name.fromConstantString("Example."));
        twin.add(soa(twin, 1));
        for (int i = random.nextInt(400); i >= 0; i--) {
            change(twin);
        }
        List<Record> records = new ArrayList<>(twin.records());
        Collections.shuffle(records, random);
        int pageBytes = PAGE_BYTES[(int) (seed % PAGE_BYTES.length)];
        Zone zone = Zone.load(twin.apex, new ZoneVersion(1, 1), records, pageBytes);
        compare(zone, twin);
        for (int round = 2; round < 12; round++) {
            ZoneTwin next = twin.copy();
            next.remove(next.rrset(next.apex, Type.SOA).getFirst());
            next.add(soa(next, round));
            for (int i = random.nextInt(3) == 0 ? random.nextInt(200) : 1; i > 0; i--) {
                change(next);
            }
            List<Record> removed = minus(twin, next);
            List<Record> added = minus(next, twin);
            Zone after = zone.with(new ZoneVersion(1, round), removed, added);
            compare(after, next);
            compare(zone, twin); // the old version is as it was
            difference(zone, after, removed, added);
            difference(after, zone, added, removed);
            zone = after;
            twin = next;
        }
    }

    /** Hundreds of names, each the parent of the next: as deep as the trie can be. */
    @Test
    void namesNestedAsDeepAsTheyCanBeStayFast() throws Exception {
        ZoneTwin twin = new ZoneTwin(Name.root);
        twin.add(soa(twin, 1));
        Name name = Name.root;
        for (int i = 0; i < 127; i++) {
            name = Name.concatenate(Name.fromString(i % 3 == 0 ? "\\001" : "a"), name);
            twin.add(record(name, Type.A, 1));
            twin.add(record(name, Type.AAAA, 1));
        }
        Zone zone = Zone.load(twin.apex, new ZoneVersion(1, 1), twin.records(), 64);
        compare(zone, twin);
        ZoneTwin next = new ZoneTwin(Name.root);
        twin.records().stream().filter(r -> r.getType() != Type.AAAA).forEach(next::add);
        Zone after = zone.with(new ZoneVersion(1, 2), minus(twin, next), List.of());
        compare(after, next);
        difference(zone, after, minus(twin, next), List.of());
    }

    /** One change among many names copies a path and leaves the rest where it is. */
    @Test
    void versionsShareWhatTheyHaveInCommon() throws Exception {
        List<Record> records = new ArrayList<>();
        ZoneTwin twin = new ZoneTwin(Name.fromConstantString("example."));
        records.add(soa(twin, 1));
        for (int i = 0; i < 20_000; i++) {
            records.add(record(Name.fromString("host-" + i, twin.apex), Type.A, i));
        }
        Zone zone = Zone.load(twin.apex, new ZoneVersion(1, 1), records);
        Zone next = zone.with(
                new ZoneVersion(1, 2),
                List.of(records.get(777)),
                List.of(record(records.get(777).getName(), Type.A, 5)));
        Set<Object> before = TrieNodes.of(zone.names);
        Set<Object> after = TrieNodes.of(next.names);
        int total = after.size();
        after.removeAll(before);
        assertThat(total).isGreaterThan(300);
        assertThat(after).hasSizeLessThan(12);
    }

    private static List<Record> minus(ZoneTwin twin, ZoneTwin other) {
        return twin.records().stream()
                .filter(r -> other.rrset(r.getName(), r.getType()).stream()
                        .noneMatch(o -> o.equals(r) && o.getTTL() == r.getTTL()))
                .toList();
    }

    private static void difference(Zone older, Zone newer, List<Record> removed, List<Record> added) {
        List<Record> gone = new ArrayList<>();
        List<Record> come = new ArrayList<>();
        Zone.difference(older, newer, gone::add, come::add);
        assertThat(gone).containsExactlyElementsOf(removed);
        assertThat(come).containsExactlyElementsOf(added);
    }

    private void compare(Zone zone, ZoneTwin twin) {
        ZoneScrub scrub = new ZoneScrub(zone);
        while (scrub.step()) {
            assertThat(scrub.damage()).isNull();
        }
        assertThat(scrub.damage())
                .as("the hash that changes have updated, and all around records")
                .isNull();
        List<Record> records = new ArrayList<>();
        zone.forEach(records::add);
        assertThat(texts(records)).isEqualTo(texts(twin.records()));
        assertThat(zone.records()).isEqualTo(records.size());
        QName qname = new QName();
        for (int i = 0; i < 100; i++) {
            Name name = name(twin.apex);
            qname.set(name);
            key.setName(qname, zone.apex.labels());
            lookup.find(zone.names, key);
            ZoneTwin.Found expected = twin.find(name);
            assertThat(lookup.kind).as("%s", name).isEqualTo(expected.kind());
            assertThat(lookup.depth).as("%s", name).isEqualTo(expected.depth());
            assertThat(texts(found(expected.owner())))
                    .as("%s", name)
                    .isEqualTo(texts(expectedAt(twin, expected.owner())));
        }
        Name owner = name(twin.apex);
        assertThat(texts(zone.at(owner))).isEqualTo(texts(twin.at(owner)));
        assertThat(texts(zone.rrset(owner, Type.A))).isEqualTo(texts(twin.rrset(owner, Type.A)));
    }

    private static List<Record> expectedAt(ZoneTwin twin, @Nullable Name owner) {
        return owner == null ? List.of() : twin.at(owner);
    }

    /** The node that the lookup points to. */
    private List<Record> found(@Nullable Name owner) {
        List<Record> records = new ArrayList<>();
        byte[] array = lookup.array;
        if (array != null) {
            int first = Node.first(lookup.from);
            for (int rrset = first; rrset < lookup.to; rrset = Node.next(array, rrset)) {
                int end = Node.next(array, rrset);
                for (int rr = Node.rrs(array, rrset); rr < end; rr = Node.nextRr(array, rr)) {
                    records.add(Records.toRecord(owner == null ? Name.root : owner, array, rr));
                }
            }
            records.sort((a, b) -> Boolean.compare(b.getType() == Type.SOA, a.getType() == Type.SOA));
        }
        return records;
    }

    private static List<String> texts(List<Record> records) {
        return records.stream()
                .map(r -> r.getName().canonicalize() + " " + r.getTTL() + " " + r.getType() + " " + r.rdataToString())
                .toList();
    }

    // --- random zones

    private void change(ZoneTwin twin) {
        Name owner = name(twin.apex);
        int type = TYPES[random.nextInt(TYPES.length)];
        Name near = twin.names.floorKey(owner);
        if (near != null && !near.equals(twin.apex) && random.nextInt(3) == 0) {
            twin.names.remove(near);
        } else if (!owner.equals(twin.apex)) {
            List<Record> rrset = twin.rrset(owner, type);
            if (!rrset.isEmpty() && random.nextInt(3) == 0) {
                twin.remove(rrset.get(random.nextInt(rrset.size())));
            } else if (!rrset.isEmpty() && random.nextInt(6) == 0) {
                rrset.forEach(twin::remove);
                rrset.forEach(r -> twin.add(
                        Record.newRecord(r.getName(), type, DClass.IN, r.getTTL() + 1, r.rdataToWireCanonical())));
            } else {
                Record added = record(
                        owner, type, rrset.isEmpty() ? 60 : rrset.getFirst().getTTL(), random.nextInt());
                if (!rrset.contains(added)) {
                    twin.add(added);
                }
            }
        }
    }

    private Record record(Name owner, int type, int number) {
        return record(owner, type, 60, number);
    }

    private Record record(Name owner, int type, long ttl, int number) {
        try {
            byte[] address = {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number};
            Name name = Name.fromString((number & 1) == 0 ? "Mail" + (number & 7) + ".Example." : "m.test.");
            return switch (type) {
                case Type.A -> new ARecord(owner, DClass.IN, ttl, InetAddress.getByAddress(address));
                case Type.AAAA ->
                    new AAAARecord(
                            owner,
                            DClass.IN,
                            ttl,
                            InetAddress.getByName("2001:db8::" + Integer.toHexString(number & 0xFFFF)));
                case Type.MX -> new MXRecord(owner, DClass.IN, ttl, number & 0xFF, name);
                case Type.NS -> new NSRecord(owner, DClass.IN, ttl, name);
                case Type.DNAME -> new DNAMERecord(owner, DClass.IN, ttl, name);
                default -> {
                    byte[] rdata = new byte[random.nextInt(10) != 0 ? 6 : random.nextInt(10) != 0 ? 800 : 20_000];
                    random.nextBytes(rdata);
                    yield Record.newRecord(owner, type, DClass.IN, ttl, rdata);
                }
            };
        } catch (TextParseException | UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Record soa(ZoneTwin twin, int serial) {
        return new SOARecord(twin.apex, DClass.IN, 3600, twin.apex, twin.apex, serial, 60, 60, 60, 60);
    }

    /** Short names of few letters, so that they meet; some long labels, wildcards and octets that must be escaped. */
    private Name name(Name apex) {
        StringBuilder name = new StringBuilder();
        for (int label = random.nextInt(4); label >= 0; label--) {
            name.append(name.isEmpty() ? "" : ".");
            if (random.nextInt(12) == 0 && label > 0 && name.isEmpty()) {
                name.append('*');
            } else {
                for (int i = random.nextInt(6) == 0 ? 40 : random.nextInt(3); i >= 0; i--) {
                    int letter = random.nextInt(letters + 3);
                    name.append(letter < 3 ? "\\00" + letter : "aq\u00e93Zz".substring(letter % 6, letter % 6 + 1));
                }
            }
        }
        try {
            return Name.concatenate(Name.fromString(name.toString()), apex);
        } catch (TextParseException | NameTooLongException e) {
            throw new IllegalStateException(name.toString(), e);
        }
    }
}
