package io.evenkeel.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AllowancesTest {
    /** Against each prefix compared by itself. */
    @ParameterizedTest
    @ValueSource(ints = {4, 16})
    void theLongestPrefixThatMatchesCounts(int octets) throws UnknownHostException {
        SplittableRandom random = new SplittableRandom(octets);
        for (int round = 0; round < 50; round++) {
            List<LimitSettings.Allowance> allowed = new ArrayList<>();
            for (int i = random.nextInt(0, LimitSettings.MOST_ALLOWANCES); i > 0; i--) {
                int bits = random.nextInt(0, 8 * octets + 1);
                allowed.add(new LimitSettings.Allowance(
                        InetAddress.getByAddress(address(random, octets)), bits, 2 + random.nextInt(1_000)));
            }
            // Of two of the same addresses the first one counts, here and there.
            Allowances allowances = Allowances.of(allowed, octets);
            for (int i = 0; i < 200; i++) {
                byte[] address = address(random, octets);
                assertThat(factor(allowances, address)).isEqualTo(byEach(allowed, address));
            }
        }
    }

    /** Often near one another, and at the ends. */
    private static byte[] address(SplittableRandom random, int octets) {
        byte[] address = new byte[octets];
        for (int i = 0; i < octets; i++) {
            address[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(2) - 1);
        }
        return address;
    }

    private static int factor(Allowances allowances, byte[] address) {
        ByteBuffer buffer = ByteBuffer.wrap(address);
        return address.length == 4
                ? allowances.factor(0, Integer.toUnsignedLong(buffer.getInt()))
                : allowances.factor(buffer.getLong(), buffer.getLong());
    }

    private static int byEach(List<LimitSettings.Allowance> allowed, byte[] address) {
        int longest = -1;
        int factor = Allowances.NONE;
        for (LimitSettings.Allowance one : allowed) {
            byte[] network = one.network().getAddress();
            boolean matches = true;
            for (int bit = 0; bit < one.bits(); bit++) {
                matches &= ((network[bit / 8] ^ address[bit / 8]) & (0x80 >>> (bit % 8))) == 0;
            }
            if (matches && one.bits() > longest) {
                longest = one.bits();
                factor = one.factor();
            }
        }
        return factor;
    }
}
