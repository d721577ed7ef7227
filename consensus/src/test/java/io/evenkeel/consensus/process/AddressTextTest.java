package io.evenkeel.consensus.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses as they are read and shown. */
class AddressTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.7:7400", "[2001:db8:0:0:0:0:0:1]:53", "127.0.0.1:1", "[0:0:0:0:0:0:0:1]:65535"})
    void anAddressIsShownAsItIsRead(String text) {
        assertThat(AddressText.show(AddressText.parse(text, 1))).isEqualTo(text);
        assertThat(AddressText.parseMember(text)).isEqualTo(AddressText.parse(text, 0));
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
    @ValueSource(
            strings = {"n1:7400", "n1.example.net:7400", "n-1.evenkeel.dns.svc.cluster.local.:7500", "3com.example:1"})
    void memberMayHaveANameThatIsNotLookedUp(String text) {
        InetSocketAddress address = AddressText.parseMember(text);
        assertThat(address.isUnresolved()).isTrue();
        assertThat(AddressText.show(address)).isEqualTo(text);
        assertThat(AddressText.bindable(address).getAddress().isAnyLocalAddress())
                .isTrue();
        assertThat(AddressText.bindable(address).getPort()).isEqualTo(address.getPort());
    }

    @Test
    void namesAreKeptInLowerCase() {
        assertThat(AddressText.show(AddressText.parseMember("N1.Example:7400"))).isEqualTo("n1.example:7400");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "n1",
                "n1:",
                "n1:0",
                "n1:65536",
                "n_1:7400",
                "-n1:7400",
                "n1-:7400",
                "n1..example:7400",
                "192.0.2:7400",
                "2001:db8::7:7400",
                "n1 :7400",
                "b\u00fccher.example:7400",
                ""
            })
    void anythingElseIsNoMember(String text) {
        assertThatThrownBy(() -> AddressText.parseMember(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("\"" + text + "\" is not the address of a member")
                .hasMessageContaining("n1.example.net:7400");
    }

    @Test
    void labelsAndNamesAreNoLongerThanDnsAllows() {
        String label = "a".repeat(63);
        String longest = String.join(".", label, label, label, "a".repeat(61));
        assertThat(AddressText.parseMember(longest + ":1").getHostString()).isEqualTo(longest);
        for (String tooLong : List.of(longest + "a", "a" + label)) {
            assertThatThrownBy(() -> AddressText.parseMember(tooLong + ":1"))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:53", "[::]:53"})
    void aWildcardIsAnAddressButNoneToConnectTo(String text) {
        InetSocketAddress wildcard = AddressText.parse(text, 0);
        assertThat(wildcard.getAddress().isAnyLocalAddress()).isTrue();
        assertThatThrownBy(() -> AddressText.parseMember(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("members can reach");
    }
}
