package io.evenkeel.server.transport;

import static io.evenkeel.server.transport.ProxyHeaders.header;
import static io.evenkeel.server.transport.ProxyHeaders.local;
import static io.evenkeel.server.transport.ProxyHeaders.tlv;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** PROXY protocol v2, section 2.2. */
final class ProxyHeaderTest {
    private static final int ROUNDS = 200_000;

    private final ProxyHeader header = new ProxyHeader();

    @Test
    void theClientIsTheOneThatTheHeaderTellsOf() {
        for (String client : new String[] {"192.0.2.7", "2001:db8::7"}) {
            byte[] message = ProxyHeaders.of(client, 4711);
            assertThat(header.read(Arrays.copyOf(message, 600), 600)).isEqualTo(message.length);
            assertThat(client()).isEqualTo(InetAddress.ofLiteral(client).getAddress());
            assertThat(header.port()).isEqualTo(4711);
        }
    }

    @Test
    void whatTellsOfNobodyLeavesTheSenderAsItIs() {
        byte[][] headers = {
            local(), header(0x20, 0x12, new byte[12]), header(0x21, 0, new byte[0]), header(0x21, 0x31, new byte[216])
        };
        for (byte[] one : headers) {
            assertThat(header.read(ProxyHeaders.of("192.0.2.1", 1), 28)).isEqualTo(28);
            assertThat(header.read(one, one.length)).isEqualTo(one.length);
            assertThat(header.tells()).isFalse();
        }
    }

    @Test
    void valuesThatNobodyNeedsAreSkipped() {
        byte[] message = ProxyHeaders.of("192.0.2.7", 1, tlv(1, 5), tlv(0xE0, 0), tlv(4, 300));
        assertThat(header.read(message, message.length)).isEqualTo(message.length);
        assertThat(header.tells()).isTrue();
    }

    @Test
    void aChecksumThatIsThereMustBeRight() {
        byte[] message = ProxyHeaders.of("192.0.2.7", 1, tlv(4, 9), tlv(3, 4), tlv(5, 2));
        int at = message.length - 5 - 4;
        CRC32C crc = new CRC32C();
        crc.update(message);
        ByteBuffer.wrap(message).putInt(at, (int) crc.getValue());
        assertThat(header.read(message, message.length)).isEqualTo(message.length);
        int type = at - 3; // with another one it is no checksum
        for (int i = 16; i < message.length; i++) {
            if (i == type) {
                continue;
            }
            byte[] damaged = message.clone();
            damaged[i] ^= 1;
            assertThat(header.read(damaged, damaged.length)).as("octet %d", i).isEqualTo(ProxyHeader.NONE);
        }
        byte[] wrongLength = ProxyHeaders.of("192.0.2.7", 1, tlv(3, 3));
        assertThat(header.read(wrongLength, wrongLength.length)).isEqualTo(ProxyHeader.NONE);
    }

    @Test
    void eachPartOfAHeaderLeavesOpenWhetherItIsOne() {
        byte[] message = ProxyHeaders.of("2001:db8::7", 1, tlv(4, 20));
        for (int length = 0; length < message.length; length++) {
            assertThat(header.read(message, length)).isEqualTo(ProxyHeader.MORE);
            assertThat(header.tells()).isFalse();
        }
    }

    @Test
    void whatIsNoHeaderOfVersionTwoIsNone() {
        byte[][] others = {
            ListenersFixture.frame(ListenersFixture.QUESTION),
            "PROXY TCP4 192.0.2.7 192.0.2.1 1 53\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
            header(0x11, 0x12, new byte[12]),
            header(0x22, 0x12, new byte[12]),
            header(0x21, 0x42, new byte[12]),
            header(0x21, 0x13, new byte[12]),
            header(0x21, 0x12, new byte[11]),
            header(0x21, 0x22, new byte[35]),
            header(0x21, 0x31, new byte[215]),
            header(0x21, 0x12, new byte[14]),
            header(0x21, 0x12, new byte[ProxyHeader.MOST_BYTES - 15]),
            ProxyHeaders.of("192.0.2.7", 1, new byte[] {1, 0, 1}),
            ProxyHeaders.of("192.0.2.7", 1, new byte[] {1, (byte) 0xFF, (byte) 0xFF, 0}),
        };
        for (byte[] other : others) {
            assertThat(header.read(Arrays.copyOf(other, 2048), 2048))
                    .as(HexFormat.of().formatHex(other))
                    .isEqualTo(ProxyHeader.NONE);
            assertThat(header.tells()).isFalse();
        }
    }

    /** Whatever comes: no exception, no length beyond what is there, and the same judgement for whole and for cut. */
    @Test
    void anyOctetsAreJudged() {
        Random random = new Random(20);
        byte[] in = new byte[2048];
        for (int round = 0; round < ROUNDS; round++) {
            byte[] one = mutated(random);
            System.arraycopy(one, 0, in, 0, one.length);
            int read = header.read(in, one.length);
            assertThat(read).isBetween(ProxyHeader.NONE, Math.min(one.length, ProxyHeader.MOST_BYTES));
            if (read > 0) {
                assertThat(header.read(in, read)).isEqualTo(read);
                assertThat(header.read(in, read - 1)).isEqualTo(ProxyHeader.MORE);
            }
        }
    }

    private static byte[] mutated(Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] body = new byte[random.nextInt(64)];
        random.nextBytes(body);
        byte[] tlv = tlv(random.nextInt(6), random.nextInt(20));
        byte[] one = switch (random.nextInt(4)) {
            case 0 -> header(0x20 + random.nextInt(2), random.nextInt(0x34), body);
            case 1 -> ProxyHeaders.of("192.0.2.7", 1, tlv, body);
            case 2 -> ProxyHeaders.of("2001:db8::7", 1, body);
            default -> body;
        };
        for (int flips = random.nextInt(3); flips > 0 && one.length > 0; flips--) {
            one[random.nextInt(one.length)] ^= (byte) (1 << random.nextInt(8));
        }
        out.write(one, 0, random.nextInt(4) == 0 ? random.nextInt(one.length + 1) : one.length);
        return out.toByteArray();
    }

    private byte[] client() {
        byte[] address = new byte[16];
        return Arrays.copyOf(address, header.putAddress(address, 0)).length == 0
                ? new byte[0]
                : Arrays.copyOf(address, header.putAddress(address, 0));
    }
}
