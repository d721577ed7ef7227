package io.evenkeel.zones;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

public class ZoneTest {
    private static final Name APEX = Name.fromConstantString("example.");
    private static final ZoneVersion V1 = new ZoneVersion(1, 1);
    private static final ZoneVersion V2 = new ZoneVersion(1, 2);
    private static final String SOA = "@ 3600 SOA ns1 Admin 7 3600 600 86400 60\n";
    private static final String SOA8 = "@ 3600 SOA ns1 Admin 8 3600 600 86400 60\n";

    public static List<Record> records(String text) {
        List<Record> records = new ArrayList<>();
        try (Master master = new Master(
                new java.io.ByteArrayInputStream(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)), APEX, 300)) {
            for (Record record = master.nextRecord(); record != null; record = master.nextRecord()) {
                records.add(record);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return records;
    }

    private static Zone zone(String text) {
        return Zone.load(APEX, V1, records(SOA + text));
    }

    private static List<String> contents(Zone zone) {
        List<String> contents = new ArrayList<>();
        zone.forEach(r -> contents.add(
                r.getName() + " " + r.getTTL() + " " + Type.string(r.getType()) + " " + r.rdataToString()));
        return contents;
    }

    @Test
    void recordsComeBackInCanonicalOrderWithTheSoaFirst() {
        Zone zone = zone("""
                b A 192.0.2.2
                A.b TXT "Text"
                @ NS Ns1
                a 60 A 192.0.2.9
                a 60 A 192.0.2.1
                a\\000 A 192.0.2.3
                """);
        assertThat(contents(zone))
                .containsExactly(
                        "example. 3600 SOA ns1.example. Admin.example. 7 3600 600 86400 60",
                        "example. 300 NS Ns1.example.",
                        "a.example. 60 A 192.0.2.1",
                        "a.example. 60 A 192.0.2.9",
                        "a\\000.example. 300 A 192.0.2.3",
                        "b.example. 300 A 192.0.2.2",
                        "a.b.example. 300 TXT \"Text\"");
        assertThat(zone.records()).isEqualTo(7);
        assertThat(zone.serial()).isEqualTo(7);
        assertThat(zone.soa().rdataToString()).startsWith("ns1.example. Admin.example. 7");
        assertThat(zone.version()).isEqualTo(V1);
    }

    @Test
    void sampleComesFromAllOverTheZoneAndMakesNoObjectsOfTheRest() {
        StringBuilder text = new StringBuilder(SOA);
        int names = 20_000;
        for (int i = 0; i < names; i++) {
            text.append("n%05d A 192.0.2.1%n".formatted(i));
        }
        Zone zone = Zone.load(APEX, V1, records(text.toString()));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        List<Record> sample = zone.sample(100);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1_000_000);
        assertThat(sample).hasSizeBetween(90, 100).doesNotHaveDuplicates();
        for (int quarter = 0; quarter < 4; quarter++) {
            String from = "n%05d".formatted(quarter * names / 4);
            String to = "n%05d".formatted((quarter + 1) * names / 4);
            assertThat(sample)
                    .filteredOn(record -> record.getName().toString().compareTo(from) >= 0
                            && record.getName().toString().compareTo(to) < 0)
                    .hasSizeGreaterThan(20);
        }
    }

    @Test
    void sampleOfASmallZoneIsAllOfIt() {
        Zone zone = zone("@ NS ns1\nns1 A 192.0.2.1\nns1 AAAA 2001:db8::1\n");
        List<Record> all = new ArrayList<>();
        zone.forEach(all::add);
        assertThat(zone.sample(100)).containsExactlyInAnyOrderElementsOf(all);
        assertThat(zone.sample(1)).hasSize(1);
    }

    @Test
    void rrsetsAndOwnersAreFoundWithoutRegardToCase() {
        Zone zone = zone("w A 192.0.2.1\nw AAAA 2001:db8::1\n");
        assertThat(zone.rrset(Name.fromConstantString("W.EXAMPLE."), Type.A)).hasSize(1);
        assertThat(zone.rrset(Name.fromConstantString("w.example."), Type.MX)).isEmpty();
        assertThat(zone.at(Name.fromConstantString("w.example."))).hasSize(2);
        assertThat(zone.at(Name.fromConstantString("x.example."))).isEmpty();
        assertThat(zone.at(Name.fromConstantString("w.example.org."))).isEmpty();
    }

    @Test
    void nextVersionLeavesTheLastOneAsItWas() {
        Zone before = zone("w A 192.0.2.1\nv CNAME Old\n");
        List<String> contents = contents(before);
        Zone after = before.with(
                V2, records(SOA + "w A 192.0.2.1\nv CNAME old\n"), records(SOA8 + "w A 192.0.2.2\nx A 192.0.2.3\n"));
        assertThat(contents(before)).isEqualTo(contents);
        assertThat(contents(after))
                .containsExactly(
                        "example. 3600 SOA ns1.example. Admin.example. 8 3600 600 86400 60",
                        "w.example. 300 A 192.0.2.2",
                        "x.example. 300 A 192.0.2.3");
        assertThat(after.serial()).isEqualTo(8);
        assertThat(after.records()).isEqualTo(3);
        assertThat(after.version()).isEqualTo(V2);
    }

    @Test
    void differenceOfTwoVersionsIsWhatWasChanged() {
        Zone before = zone("w A 192.0.2.1\nw A 192.0.2.4\nv A 192.0.2.1\n");
        Zone after = before.with(V2, records(SOA + "w A 192.0.2.1\n"), records(SOA8 + "w A 192.0.2.2\n"));
        List<Record> removed = new ArrayList<>();
        List<Record> added = new ArrayList<>();
        Zone.difference(before, after, removed::add, added::add);
        assertThat(removed).containsExactlyElementsOf(records(SOA + "w A 192.0.2.1\n"));
        assertThat(added).containsExactlyElementsOf(records(SOA8 + "w A 192.0.2.2\n"));
    }

    @Test
    void changesThatDoNotFitAreRefused() {
        Zone zone = zone("w A 192.0.2.1\n");
        refused(zone, "w A 192.0.2.2\n", "", "not in the zone");
        refused(zone, "w 60 A 192.0.2.1\n", "", "not in the zone");
        refused(zone, "", "w A 192.0.2.1\n", "in the zone already");
        refused(zone, "", "w 60 A 192.0.2.2\n", "TTLs");
        refused(zone, SOA, "", "exactly one SOA");
        refused(zone, "", SOA8, "exactly one SOA");
        refused(zone, "", "w.example.org. A 192.0.2.1\n", "outside the zone");
        assertThatThrownBy(() -> Zone.load(APEX, V1, records("w A 192.0.2.1\n")))
                .hasMessageContaining("SOA");
    }

    private static void refused(Zone zone, String removed, String added, String why) {
        assertThatThrownBy(() -> zone.with(V2, records(removed), records(added)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void largestRRsetIsHeldAndALargerOneRefused() {
        List<Record> records = new ArrayList<>(records(SOA));
        int size = 0;
        for (int i = 0; size + 12 + 250 <= Zone.MAX_RRSET_BYTES; i++) {
            byte[] text = new byte[249];
            Arrays.fill(text, (byte) 'a');
            text[0] = (byte) (i >> 8);
            text[1] = (byte) i;
            records.add(new TXTRecord(Name.fromConstantString("w.example."), DClass.IN, 60, List.of(string(text))));
            size += 12 + 250;
        }
        Zone zone = Zone.load(APEX, V1, records);
        List<Record> found = zone.rrset(Name.fromConstantString("w.example."), Type.TXT);
        assertThat(found).hasSize(records.size() - 1);
        List<Record> more =
                List.of(new TXTRecord(Name.fromConstantString("w.example."), DClass.IN, 60, string(new byte[249])));
        assertThatThrownBy(() -> zone.with(V2, List.of(), more))
                .hasMessageContaining("at most " + Zone.MAX_RRSET_BYTES);
        Zone less = zone.with(V2, found.subList(1, found.size()), List.of());
        assertThat(less.rrset(Name.fromConstantString("w.example."), Type.TXT)).containsExactly(found.getFirst());
    }

    private static String string(byte[] text) {
        StringBuilder escaped = new StringBuilder();
        for (byte b : text) {
            escaped.append(String.format("\\%03d", b & 0xFF));
        }
        return escaped.toString();
    }

    @Test
    void rootCanBeAZone() {
        Zone zone = Zone.load(Name.root, V1, records(". SOA a. b. 1 2 3 4 5\nw.example. A 192.0.2.1\n"));
        assertThat(zone.at(Name.fromConstantString("w.example."))).hasSize(1);
        assertThat(contents(zone)).hasSize(2);
    }
}
