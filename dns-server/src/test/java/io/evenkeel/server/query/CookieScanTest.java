package io.evenkeel.server.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class CookieScanTest {
    private static final int SLACK = 8;
    private static final String COOKIE = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";

    private static int find(byte[] message) {
        return CookieScan.find(Arrays.copyOf(message, message.length + SLACK), message.length);
    }

    @Test
    void findsTheFirstCookieOfAnOrdinaryQuestion() throws IOException {
        byte[] message = AnswerTable.message("ask www.example. A edns=1232 option=3 option=10:" + COOKIE);
        int at = find(message);
        assertThat(Arrays.copyOfRange(message, at, at + ServerCookies.BYTES))
                .isEqualTo(HexFormat.of().parseHex(COOKIE));
        assertThat(find(AnswerTable.message(
                        "ask www.example. A edns=1232 option=10:2464c4abcf10c957 option=10:" + COOKIE)))
                .isNegative();
        assertThat(find(AnswerTable.message("ask www.example. A edns=1232"))).isNegative();
        assertThat(find(AnswerTable.message("ask www.example. A"))).isNegative();
        assertThat(find(AnswerTable.message("ask www.example. A edns=1232 option=10:" + COOKIE + "00")))
                .isNegative();
    }

    /** Wherever it finds one, the message's reader finds the same; any other octets it leaves alone. */
    @Test
    void agreesWithTheReaderOnWhateverComes() throws IOException {
        SplittableRandom random = new SplittableRandom(11);
        byte[] sound =
                AnswerTable.message("ask www.example. A edns=1232 option=3:00 option=10:" + COOKIE + " option=11");
        Query query = new Query();
        int found = 0;
        for (int i = 0; i < 400_000; i++) {
            byte[] in = Arrays.copyOf(sound, sound.length + SLACK + random.nextInt(3));
            int length = i % 3 == 0 ? random.nextInt(Wire.HEADER, sound.length + 1) : sound.length;
            for (int changes = random.nextInt(6); changes > 0; changes--) {
                in[random.nextInt(in.length)] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(5));
            }
            int at = CookieScan.find(in, length);
            if (at >= 0) {
                found++;
                assertThat(at + ServerCookies.BYTES).isLessThanOrEqualTo(length);
                if (query.parse(in, length) == 0 && query.cookieLength() >= 0) {
                    assertThat(query.cookieAt()).isEqualTo(at);
                    assertThat(query.cookieLength()).isEqualTo(ServerCookies.BYTES);
                }
            }
        }
        assertThat(found).isBetween(40_000, 399_999);
    }

    @Test
    void anyOctetsWillDo() {
        SplittableRandom random = new SplittableRandom(12);
        byte[] in = new byte[600 + SLACK];
        for (int i = 0; i < 200_000; i++) {
            int length = random.nextInt(Wire.HEADER, 600);
            random.nextBytes(in);
            if (i % 2 == 0) { // past the first look
                Arrays.fill(in, Wire.QDCOUNT, Wire.HEADER, (byte) 0);
                in[Wire.QDCOUNT + 1] = 1;
                in[Wire.ARCOUNT + 1] = (byte) (i % 5);
                in[Wire.HEADER] = 0;
                in[Wire.HEADER + 5] = 0;
                in[Wire.HEADER + 7] = 41;
                in[Wire.HEADER + 6] = 0;
            }
            int at = CookieScan.find(in, length);
            assertThat(at < 0 || at + ServerCookies.BYTES <= length).isTrue();
        }
    }
}
