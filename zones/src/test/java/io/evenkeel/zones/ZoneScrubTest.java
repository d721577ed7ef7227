package io.evenkeel.zones;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.store.NameKey;
import io.evenkeel.zones.store.NameTrie;
import io.evenkeel.zones.store.QName;
import io.evenkeel.zones.store.TrieNodes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ZoneScrubTest {
    private static final Name APEX = Name.fromConstantString("Example.");
    private static final String HASH = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";

    /** Of a zone with cuts, wildcards, names to be escaped, RRsets of many kinds, and an NSEC3 chain. */
    private static Zone zone() throws Exception {
        List<Record> records = new ArrayList<>();
        add(records, "example.", Type.SOA, "ns1.example. Admin.example. 7 3600 600 86400 60");
        add(records, "example.", Type.NS, "Ns1.example.");
        add(records, "example.", Type.RRSIG, "SOA 8 1 3600 20300101000000 20200101000000 1 example. MTIz");
        add(records, "example.", Type.NSEC3PARAM, "1 0 0 -");
        add(records, "cut.example.", Type.NS, "ns.cut.example.");
        add(records, "a.b.cut.example.", Type.NS, "ns.cut.example.");
        add(records, "ns.cut.example.", Type.A, "192.0.2.53");
        add(records, "d.example.", Type.DNAME, "example.net.");
        add(records, "*.w.example.", Type.TXT, "\"" + "x".repeat(200) + "\"");
        add(records, "\\000\\001.example.", Type.A, "192.0.2.1");
        add(
                records,
                "m".repeat(63) + "." + "n".repeat(63) + "." + "o".repeat(40) + ".example.",
                Type.MX,
                "10 Mail.Example.");
        for (int i = 0; i < 9; i++) {
            add(records, "h" + i + ".example.", Type.A, "192.0.2." + i);
            add(records, "h" + i + ".example.", Type.A, "192.0.3." + i);
            add(records, "h" + i + ".example.", Type.AAAA, "2001:db8::" + i);
        }
        for (int i = 0; i < 12; i++) {
            add(records, "many.example.", Type.TXT, "\"" + i + "\"");
        }
        add(records, HASH + ".example.", Type.NSEC3, "1 0 0 - " + HASH + " SOA NS RRSIG NSEC3PARAM");
        return Zone.load(APEX, new ZoneVersion(1, 1), records, 200);
    }

    private static void add(List<Record> records, String owner, int type, String rdata) throws Exception {
        long ttl = type == Type.SOA || type == Type.RRSIG ? 3600 : 300;
        records.add(Record.fromString(Name.fromString(owner), type, 1, ttl, rdata, Name.root));
    }

    private static @Nullable String damage(Zone zone) {
        ZoneScrub scrub = new ZoneScrub(zone);
        int steps = 0;
        while (scrub.step()) {
            steps++;
            assertThat(steps).isLessThan(1000);
        }
        return scrub.damage();
    }

    /** Every octet from which answers are made: the pages, and what negative answers carry. */
    private static List<byte[]> octets(Zone zone) {
        List<byte[]> octets = new ArrayList<>(List.of(zone.negativeSoa(), zone.negativeSoaSignatures()));
        for (NameTrie trie : List.of(zone.names(), zone.nsec3())) {
            TrieNodes.of(trie).stream()
                    .filter(byte[].class::isInstance)
                    .map(byte[].class::cast)
                    .forEach(octets::add);
        }
        return octets;
    }

    @Test
    void nothingIsWrongWithAZoneAsItWasMade() throws Exception {
        Zone zone = zone();
        assertThat(zone.isSigned()).isTrue();
        assertThat(octets(zone)).hasSizeGreaterThan(10);
        assertThat(damage(zone)).isNull();
    }

    @Test
    void anyBitThatFlipsIsFound() throws Exception {
        Zone zone = zone();
        for (byte[] array : octets(zone)) {
            for (int bit = 0; bit < 8 * array.length; bit++) {
                array[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(damage(zone))
                        .as("bit %s of %s octets", bit, array.length)
                        .isNotNull();
                array[bit / 8] ^= (byte) (1 << bit % 8);
            }
        }
        assertThat(damage(zone)).isNull();
    }

    @Test
    void oneOctetOfAnAddressIsFoundAndTheOtherVersionsShareIt() throws Exception {
        Zone zone = Zone.load(APEX, new ZoneVersion(1, 1), unsigned(), 200);
        Record soa = zone.soa();
        List<Record> next = new ArrayList<>();
        add(next, "example.", Type.SOA, "ns1.example. Admin.example. 8 3600 600 86400 60");
        Zone after = zone.with(new ZoneVersion(1, 2), List.of(soa), next);
        byte[] page = pageOf(zone, "h8.example.");
        page[page.length - 1] ^= 1;
        assertThat(damage(zone)).isEqualTo("its records are not those that were put there");
        assertThat(damage(after)).isEqualTo("its records are not those that were put there");
    }

    private static List<Record> unsigned() throws Exception {
        List<Record> records = new ArrayList<>();
        add(records, "example.", Type.SOA, "ns1.example. Admin.example. 7 3600 600 86400 60");
        for (int i = 0; i < 9; i++) {
            add(records, "h" + i + ".example.", Type.A, "192.0.2." + i);
        }
        return records;
    }

    private static byte[] pageOf(Zone zone, String owner) throws Exception {
        NameKey key = new NameKey();
        key.setName(QName.of(Name.fromString(owner)), zone.apexLabels());
        return zone.names().page(key);
    }

    @Test
    void theHashIsTheSumOverRecordsInLowerCaseOfOwner() throws Exception {
        Hash256.Sum sum = new Hash256.Sum(Hash256.ZERO);
        Zone zone = zone();
        zone.forEach(record -> sum.add(record.toWire(Section.ANSWER)));
        assertThat(zone.hash()).isEqualTo(sum.total());
        Hash256 hash = Hash256.of(new byte[] {1});
        assertThat(hash.plus(Hash256.of(new byte[] {2})).minus(hash)).isEqualTo(Hash256.of(new byte[] {2}));
        assertThat(Hash256.read(hash.toBytes())).isEqualTo(hash);
        assertThat(Hash256.of("abc".getBytes(StandardCharsets.US_ASCII)))
                .as("FIPS 180-4")
                .hasToString("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
