package io.evenkeel.zones;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.change.Samples;
import io.evenkeel.zones.store.PackedRecords;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ZoneDifferenceTest {
    private static final ZoneVersion VERSION = new ZoneVersion(1, 1);
    private static final long PLENTY = 1 << 20;

    @Seeds
    void oneVersionBecomesTheOtherByIt(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Zone before = Zone.load(Samples.APEX, VERSION, records(random, 1));
        Zone after = Zone.load(Samples.APEX, VERSION, records(random, 2));
        ZoneDifference difference = between(before, after);

        assertThat(octets(difference.removed()))
                .as("none goes and comes again")
                .doesNotContainAnyElementsOf(octets(difference.added()));
        Zone made = before.with(new ZoneVersion(1, 2), difference.removed(), difference.added());
        assertThat(made.hash()).isEqualTo(after.hash());
        ZoneDifference back = between(made, before);
        assertThat(octets(back.added())).isEqualTo(octets(difference.removed()));
        assertThat(octets(back.removed())).isEqualTo(octets(difference.added()));
    }

    private static List<Record> records(SplittableRandom random, long serial) {
        List<Record> records = new ArrayList<>(Samples.zone(serial));
        for (int i = 0; i < 60; i++) {
            if (random.nextInt(3) > 0) {
                records.add(Samples.record("h" + i + ".example.", 60, Type.A, "192.0.2." + random.nextInt(2)));
            }
            if (random.nextInt(6) == 0) {
                String host = random.nextBoolean() ? "Ns.Other." : "ns.other.";
                records.add(Samples.record("cut" + i % 7 + "-" + i + ".example.", 60, Type.NS, host));
            }
        }
        return records;
    }

    @Test
    void aTtlAndTheCaseOfANameInRdataMakeADifference() {
        Zone before = with("m.example.", 60, "10 mail.example.");
        assertThat(between(before, with("m.example.", 61, "10 mail.example.")).added())
                .hasSize(1);
        assertThat(between(before, with("m.example.", 60, "10 Mail.example.")).added())
                .hasSize(1);
        assertThat(between(before, with("M.example.", 60, "10 mail.example.")).added())
                .isEmpty();
    }

    private static Zone with(String owner, long ttl, String exchange) {
        List<Record> records = new ArrayList<>(Samples.zone(1));
        records.add(Samples.record(owner, ttl, Type.MX, exchange));
        return Zone.load(Samples.APEX, VERSION, records);
    }

    @Test
    void aZoneThatComesOrGoesIsAllOfIt() {
        Zone zone = Zone.load(Samples.APEX, VERSION, Samples.zone(1));
        assertThat(octets(Objects.requireNonNull(ZoneDifference.between(null, zone, PLENTY))
                        .added()))
                .isEqualTo(octets(PackedRecords.of(Samples.zone(1))));
        assertThat(octets(Objects.requireNonNull(ZoneDifference.between(zone, null, PLENTY))
                        .removed()))
                .isEqualTo(octets(PackedRecords.of(Samples.zone(1))));
    }

    @Test
    void whatIsLargerThanItMayBeIsNone() {
        Zone zone = Zone.load(Samples.APEX, VERSION, Samples.zone(1));
        long size = between(null, zone).added().octets();
        assertThat(ZoneDifference.between(null, zone, size)).isNotNull();
        assertThat(ZoneDifference.between(null, zone, size - 1)).isNull();
        assertThat(ZoneDifference.between(zone, null, size - 1)).isNull();
        assertThat(ZoneDifference.between(zone, null, 1)).isNull();
        Zone other = Zone.load(Samples.APEX, VERSION, Samples.zone(2));
        ZoneDifference ofSoa = between(zone, other);
        assertThat(ofSoa.removed()).hasSize(1);
        long both = ofSoa.removed().octets() + ofSoa.added().octets();
        assertThat(ZoneDifference.between(zone, other, both)).isNotNull();
        assertThat(ZoneDifference.between(zone, other, both - 1)).isNull();
    }

    private static ZoneDifference between(@Nullable Zone before, Zone after) {
        return Objects.requireNonNull(ZoneDifference.between(before, after, PLENTY));
    }

    private static Set<String> octets(List<Record> records) {
        Set<String> octets = new TreeSet<>();
        records.forEach(record -> octets.add(HexFormat.of().formatHex(record.toWire(Section.ANSWER))));
        return octets;
    }
}
