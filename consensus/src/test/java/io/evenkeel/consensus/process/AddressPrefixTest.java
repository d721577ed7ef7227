package io.evenkeel.consensus.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AddressPrefixTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.0/24, 192.0.2.255, 192.0.3.0",
        "192.0.2.7, 192.0.2.7, 192.0.2.6",
        "10.128.0.0/9, 10.255.1.1, 10.127.255.255",
        "0.0.0.0/0, 203.0.113.1, ::",
        "2001:db8::/32, 2001:db8:ffff::1, 2001:db9::",
        "2001:db8::1, 2001:db8::1, 2001:db8::2",
        "::/0, 2001:db8::1, 0.0.0.0"
    })
    void itHoldsWhatBeginsWithItsBits(String text, String in, String out) {
        AddressPrefix prefix = AddressPrefix.parse(text);
        assertThat(prefix.contains(InetAddress.ofLiteral(in))).isTrue();
        assertThat(prefix.contains(InetAddress.ofLiteral(out))).isFalse();
        assertThat(AddressPrefix.parse(prefix.toString())).isEqualTo(prefix);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "everybody",
                "192.0.2.0/33",
                "192.0.2/24",
                "2001:db8::/129",
                "192.0.2.0/",
                "/24",
                "fe80::1%1/64",
                "1.2.3.4/-1"
            })
    void whatIsNoneIsNamed(String text) {
        assertThatThrownBy(() -> AddressPrefix.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"");
    }

    @Test
    void bitsBehindThePrefixAreAMistake() {
        assertThatThrownBy(() -> AddressPrefix.parse("192.0.2.7/24"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("write 192.0.2.0/24");
    }
}
