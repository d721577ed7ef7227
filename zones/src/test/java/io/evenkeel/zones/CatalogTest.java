package io.evenkeel.zones;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.store.QName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.SOARecord;

class CatalogTest {
    private static Zone zone(Name apex, int serial) {
        return Zone.load(
                apex,
                new ZoneVersion(1, serial),
                List.of(new SOARecord(apex, DClass.IN, 60, apex, apex, serial, 60, 60, 60, 60)));
    }

    private static Name name(String text) {
        return Name.fromConstantString(text);
    }

    @Test
    void longestApexIsFound() {
        Catalog catalog = new Catalog()
                .with(zone(name("example."), 1))
                .with(zone(name("b.Example."), 2))
                .with(zone(name("org."), 3));
        assertThat(found(catalog, "a.b.EXAMPLE.")).isEqualTo(2);
        assertThat(found(catalog, "b.example.")).isEqualTo(2);
        assertThat(found(catalog, "bb.example.")).isEqualTo(1);
        assertThat(found(catalog, "a.c.example.")).isEqualTo(1);
        assertThat(found(catalog, "example.org.")).isEqualTo(3);
        assertThat(found(catalog, "example.com.")).isEqualTo(-1);
        assertThat(found(catalog, ".")).isEqualTo(-1);
        assertThat(found(catalog.with(zone(Name.root, 4)), "com.")).isEqualTo(4);
        assertThat(found(new Catalog(), "com.")).isEqualTo(-1);
    }

    private static long found(Catalog catalog, String text) {
        Zone zone = catalog.find(QName.of(name(text)));
        return zone == null ? -1 : zone.serial();
    }

    @Test
    void catalogOfManyIsThatWithOneAfterTheOther() {
        List<Zone> zones = new ArrayList<>();
        Catalog grown = new Catalog();
        for (int i = 0; i < 300; i++) {
            Zone zone = zone(name("zone" + i % 290 + ".test."), i);
            zones.add(zone);
            grown = grown.with(zone);
        }
        Catalog made = Catalog.of(zones);
        assertThat(made.zones()).containsExactlyElementsOf(grown.zones());
        assertThat(made.unordered()).containsExactlyInAnyOrderElementsOf(grown.zones());
        assertThat(made.size()).isEqualTo(290).isEqualTo(grown.size());
        assertThat(made.sum()).isEqualTo(grown.sum());
        assertThat(made.octets()).isEqualTo(grown.octets());
        assertThat(found(made, "www.zone7.test.")).isEqualTo(297);
        assertThat(made.isEmpty()).isFalse();
        assertThat(Catalog.of(List.of()).isEmpty()).isTrue();
    }

    @Seeds(oneIn = 5)
    void catalogAgreesWithSortedMapAndOldVersionsStay(long seed) {
        Random random = new Random(seed);
        int names = 1 + random.nextInt(400);
        TreeMap<Name, Zone> twin = new TreeMap<>();
        Catalog catalog = new Catalog();
        for (int i = 0; i < 300; i++) {
            Name apex = name((random.nextInt(3) == 0 ? "sub." : "") + "Zone" + random.nextInt(names) + ".test.");
            Catalog before = catalog;
            List<Zone> zonesBefore = new ArrayList<>(before.zones());
            if (random.nextInt(4) == 0) {
                catalog = catalog.without(apex);
                twin.remove(apex);
            } else {
                Zone zone = zone(apex, i);
                catalog = catalog.with(zone);
                twin.put(apex, zone);
            }
            assertThat(before.zones()).containsExactlyElementsOf(zonesBefore);
        }
        assertThat(catalog.zones()).containsExactlyElementsOf(twin.values());
        QName qname = new QName();
        for (int i = 0; i < names; i++) {
            Name parent = name("zone" + i + ".test.");
            Name child = name("sub.zone" + i + ".test.");
            qname.set(name("a.b.sub.zone" + i + ".test."));
            assertThat(catalog.zone(parent)).isSameAs(twin.get(parent));
            assertThat(catalog.find(qname)).isSameAs(twin.getOrDefault(child, twin.get(parent)));
        }
    }
}
