package io.evenkeel.zones.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

class PackedRecordsTest {
    private static final Comparator<Record> ORDER =
            Comparator.comparing(Record::getName).thenComparingInt(Record::getType);

    private static Record record(byte[] owner, int type, long ttl, byte[] rdata) throws IOException {
        return Record.newRecord(new Name(owner), type, DClass.IN, ttl, rdata.length, rdata);
    }

    /** Names of few different octets, so that many begin alike, some are equal, and some hold what keys escape. */
    private static byte[] name(Random random) {
        byte[] wire = new byte[80];
        int at = 0;
        for (int labels = random.nextInt(6); labels > 0; labels--) {
            int length = 1 + random.nextInt(random.nextInt(10) == 0 ? 12 : 3);
            wire[at++] = (byte) length;
            for (int i = 0; i < length; i++) {
                wire[at++] = new byte[] {0, 1, 2, 'a', 'A', 'b', 'Z', (byte) 0xFF}[random.nextInt(8)];
            }
        }
        return java.util.Arrays.copyOf(wire, at + 1);
    }

    private static PackedRecords some(Random random, int count) throws IOException {
        PackedRecords packed = new PackedRecords();
        for (int i = 0; i < count; i++) {
            byte[] rdata = new byte[random.nextInt(random.nextInt(50) == 0 ? 60_000 : 20)];
            random.nextBytes(rdata);
            packed.add(record(name(random), 65_280 + random.nextInt(3), i, rdata));
        }
        return packed;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void sortsAsDnsjavaDoes(long seed) throws Exception {
        PackedRecords packed = some(new Random(seed), 3000);
        List<Record> expected = new ArrayList<>(packed);
        expected.sort(ORDER);
        PackedRecords sorted = packed.sorted();
        assertThat(sorted).hasSize(packed.size());
        for (int i = 0; i < sorted.size(); i++) {
            // Their TTLs tell equal ones apart: the sort is stable.
            assertThat(sorted.get(i).toString()).isEqualTo(expected.get(i).toString());
            assertThat(packed.get(sorted.origin(i)).getTTL())
                    .isEqualTo(sorted.get(i).getTTL());
        }
        assertThat(sorted.sorted()).isSameAs(sorted);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void findsOwnersAndWhereTheyEnd(long seed) throws Exception {
        Random random = new Random(seed);
        PackedRecords sorted = some(random, 500).sorted();
        for (int i = 0; i < 2000; i++) {
            Name owner = new Name(name(random));
            long present =
                    sorted.stream().filter(r -> r.getName().equals(owner)).count();
            int found = sorted.find(owner);
            if (present == 0) {
                long before = sorted.stream()
                        .filter(r -> r.getName().compareTo(owner) < 0)
                        .count();
                assertThat(found).isEqualTo((int) -before - 1);
            } else {
                assertThat(sorted.owner(found)).isEqualTo(owner);
                assertThat(sorted.endOfOwner(found) - found).isEqualTo((int) present);
            }
        }
    }

    @Test
    void knowsWhatIsBelowAName() throws Exception {
        Random random = new Random(1);
        PackedRecords packed = some(random, 300);
        for (int i = 0; i < packed.size(); i++) {
            for (int j = 0; j < packed.size(); j += 7) {
                assertThat(packed.isAtOrBelow(i, packed.owner(j)))
                        .isEqualTo(packed.owner(i).subdomain(packed.owner(j)));
                assertThat(packed.sameOwner(i, j)).isEqualTo(packed.owner(i).equals(packed.owner(j)));
            }
        }
    }

    @Test
    void aRecordIsReplacedInItsPlaceOnly() throws Exception {
        byte[] owner = {1, 'a', 0};
        PackedRecords packed = new PackedRecords();
        packed.add(record(owner, Type.A, 1, new byte[] {1, 2, 3, 4}));
        packed.add(record(owner, Type.AAAA, 2, new byte[16]));
        PackedRecords sorted = packed.select(new int[] {1, 0}, 2);
        Record next = record(owner, Type.A, 7, new byte[] {5, 6, 7, 8});
        assertThat(sorted.set(1, next)).isEqualTo(packed.getFirst());
        assertThat(sorted.get(1).toString()).isEqualTo(next.toString());
        assertThat(sorted.origin(1)).isZero();
        assertThat(packed.getFirst().getTTL()).isOne();
        assertThatThrownBy(() -> sorted.set(0, next)).isInstanceOf(IllegalArgumentException.class);
    }
}
