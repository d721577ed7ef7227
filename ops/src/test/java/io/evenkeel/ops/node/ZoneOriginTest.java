package io.evenkeel.ops.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZoneOriginTest {
    private static String detect(String text, String fileName) throws IOException {
        return ZoneOrigin.detect(new StringReader(text), fileName)
                .map(Object::toString)
                .orElse("none");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // An absolute owner, and a relative one.
                "; a comment\n$TTL 300\nexample.org. 3600 IN SOA a. b. 1 2 3 4 5\n",
                "$ORIGIN org.\nexample IN 60 SOA a. b. 1 2 3 4 5\n",
                // The origin itself, and a relative origin.
                "$ORIGIN example.org.\n@ SOA a. b. 1 2 3 4 5\n",
                "$ORIGIN org.\n$ORIGIN example\n@\tIN\tSOA a. b. (\n 1 2 3 4 5)\n",
                // An origin after the SOA does not count.
                "example.org. SOA a. b. 1 2 3 4 5\n$ORIGIN sub.example.org.\n",
                // The owner of the line before.
                "example.org. NS a.\n  IN SOA a. b. 1 2 3 4 5\n"
            })
    void ownerOfTheSoaIsTheZone(String text) throws IOException {
        assertThat(detect(text, "x.zone")).isEqualTo("example.org.");
    }

    @Test
    void wordSoaElsewhereIsNoSoaRecord() throws IOException {
        assertThat(detect(
                        "a.example.net. 60 IN NS soa\nsoa.example.net. IN A 192.0.2.1\n@ 60 IN SOA a. b. 1 2 3 4 5",
                        "x.zone"))
                .isEqualTo("x.");
    }

    @ParameterizedTest
    @CsvSource({
        "callhome.example.zone,callhome.example.",
        "db.example.org,example.org.",
        "Example.ORG.db,example.org.",
        "example.org,example.org."
    })
    void fileNameSaysItWhereTheTextDoesNot(String fileName, String zone) throws IOException {
        assertThat(detect("@ IN SOA ns hostmaster 1 2 3 4 5\n", fileName)).isEqualTo(zone);
    }

    @Test
    void rubbishYieldsNoNameButTheFiles() throws IOException {
        assertThat(detect("\u0000\u00ff ((( \" ; \n$ORIGIN\n$ORIGIN a..b.\n", ".zone"))
                .isEqualTo("none");
    }
}
