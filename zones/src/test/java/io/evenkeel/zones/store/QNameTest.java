package io.evenkeel.zones.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Seeds;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;

class QNameTest {
    @Seeds(oneIn = 5)
    void parsedNameIsLowerCasedWithItsSuffixes(long seed) throws Exception {
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            byte[] wire = new byte[300];
            int at = random.nextInt(20);
            int end = at;
            while (random.nextInt(5) != 0 && end - at < 180) {
                int octets = 1 + random.nextInt(random.nextInt(5) == 0 ? 63 : 12);
                wire[end++] = (byte) octets;
                for (int j = 0; j < octets; j++) {
                    wire[end++] = (byte) (random.nextBoolean() ? 'A' + random.nextInt(60) : random.nextInt());
                }
            }
            wire[end++] = 0;
            Name name = new Name(Arrays.copyOfRange(wire, at, end));
            QName qname = new QName();
            assertThat(qname.parse(wire, at, end)).isEqualTo(end);
            assertThat(qname.parse(wire, at, end - 1)).isEqualTo(-1);
            assertThat(qname.parse(wire, at, wire.length)).isEqualTo(end);
            assertThat(qname.toBytes()).isEqualTo(name.toWireCanonical());
            assertThat(qname.labels()).isEqualTo(name.labels() - 1);
            for (int skipped = 0; skipped <= qname.labels(); skipped++) {
                QName suffix = QName.of(new Name(name, skipped));
                assertThat(qname.hash(skipped)).isEqualTo(suffix.hash(0));
                assertThat(qname.endsIn(suffix.toBytes(), skipped)).isTrue();
            }
        }
    }

    @Test
    void longestNamesAreReadAndLongerOnesNot() {
        byte[] wire = new byte[300];
        for (int i = 0; i < 254; i += 2) {
            wire[i] = 1;
            wire[i + 1] = 'x';
        }
        QName name = new QName();
        assertThat(name.parse(wire, 0, 300)).isEqualTo(255);
        assertThat(name.labels()).isEqualTo(127);
        wire[254] = 1;
        wire[255] = 'x';
        assertThat(name.parse(wire, 0, 300)).isEqualTo(-1);
        wire[252] = 2;
        assertThat(name.parse(wire, 0, 300)).isEqualTo(-1);
    }

    @Test
    void compressionAndOtherLabelTypesAreNotRead() {
        QName name = new QName();
        assertThat(name.parse(new byte[] {1, 'a', (byte) 0xC0, 0, 0}, 0, 5)).isEqualTo(-1);
        assertThat(name.parse(new byte[] {0x41, 'a', 0}, 0, 3)).isEqualTo(-1);
        assertThat(name.parse(new byte[] {(byte) 0x80, 'a', 0}, 0, 3)).isEqualTo(-1);
        assertThat(name.parse(new byte[] {}, 0, 0)).isEqualTo(-1);
    }
}
