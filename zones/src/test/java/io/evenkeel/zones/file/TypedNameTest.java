package io.evenkeel.zones.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.TextParseException;

/** Which name is meant by what a person types (RFC 5890 §2.3.2.1). */
class TypedNameTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            é.example.             | xn--9ca.example.
            www.É.example          | www.xn--9ca.example
            bücher.Münch.example.  | xn--bcher-kva.xn--mnch-0ra.example.
            例え.テスト。example.  | xn--r8jz45g.xn--zckzah.example.
            _dmarc.é.              | _dmarc.xn--9ca.
            *.é                    | *.xn--9ca
            a\\.b.é                | a\\.b.xn--9ca
            \\195\\169.Example.    | \\195\\169.Example.
            @                      | @
            """)
    void becomesItsALabels(String typed, String name) throws TextParseException {
        assertThat(TypedName.toALabels(typed)).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            straße.example. | write its A-label
            a\\é.example.   | write its octets
            \uD83D.example. | has no A-label
            """)
    void isRefusedWhereNoOneNameIsMeant(String typed, String words) {
        assertThatThrownBy(() -> TypedName.toALabels(typed))
                .isInstanceOf(TextParseException.class)
                .hasMessageContaining(words);
    }

    @ParameterizedTest
    @CsvSource({"é.example., xn--9ca.example.", "例え., xn--r8jz45g."})
    void whereOnlyAsciiIsTakenTheALabelsAreNamed(String typed, String name) {
        assertThatThrownBy(() -> TypedName.requireAscii(typed)).hasMessageContaining("'" + name + "'");
    }
}
