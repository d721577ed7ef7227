package io.evenkeel.consensus.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses as they are read and shown. */
class AddressTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.7:7400", "[2001:db8:0:0:0:0:0:1]:53", "127.0.0.1:1", "[0:0:0:0:0:0:0:1]:65535"})
    void anAddressIsShownAsItIsRead(String text) {
        assertThat(AddressText.show(AddressText.parse(text, 1))).isEqualTo(text);
        assertThat(AddressText.parseReachable(text)).isEqualTo(AddressText.parse(text, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:53",
                "192.0.2.7",
                "192.0.2.7:",
                "192.0.2.7:0",
                "192.0.2.7:65536",
                "192.0.2.256:53",
                "::1:53",
                "[::1]",
                "[192.0.2.7:53",
                "[:::]:53",
                " 192.0.2.7:53",
                ""
            })
    void anythingElseIsTurnedDownByName(String text) {
        assertThatThrownBy(() -> AddressText.parse(text, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("\"" + text + "\" is not an address");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:53", "[::]:53"})
    void aWildcardIsAnAddressButNoneToConnectTo(String text) {
        InetSocketAddress wildcard = AddressText.parse(text, 0);
        assertThat(wildcard.getAddress().isAnyLocalAddress()).isTrue();
        assertThatThrownBy(() -> AddressText.parseReachable(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("members can reach");
    }
}
