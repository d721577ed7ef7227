package io.evenkeel.consensus.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientPrivacyTest {
    @ParameterizedTest
    @CsvSource({
        "FULL, 192.0.2.7, 192.0.2.7",
        "FULL, 2001:db8:1:2:3:4:5:6, 2001:db8:1:2:3:4:5:6",
        "PREFIX, 192.0.2.7, 192.0.2.0/24",
        "PREFIX, 2001:db8:1:2:3:4:5:6, 2001:db8:1:0:0:0:0:0/48",
        "NONE, 192.0.2.7, a client",
        "NONE, 2001:db8:1:2:3:4:5:6, a client",
    })
    void addressIsShownAsFarAsItMayBe(ClientPrivacy privacy, String address, String shown) {
        assertThat(privacy.show(InetAddress.ofLiteral(address))).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({"FULL, 4, 4", "PREFIX, 3, 4", "NONE, 0, 0"})
    void octetsBehindWhatMayBeToldAreZero(ClientPrivacy privacy, int kept, int told) {
        byte[] array = {9, 1, 2, 3, 4, 9};
        assertThat(privacy.cut(array, 1, 4)).isEqualTo(told);
        for (int i = 0; i < 4; i++) {
            assertThat(array[1 + i]).isEqualTo((byte) (i < kept ? i + 1 : 0));
        }
        assertThat(array[0]).isEqualTo(array[5]).isEqualTo((byte) 9);
        assertThat(privacy.cut(array, 0, 0)).isZero();
    }
}
