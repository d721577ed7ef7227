package io.evenkeel.ops.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ZoneOriginTest {
    private static String detect(String text, String fileName) throws IOException {
        return ZoneOrigin.detect(new StringReader(text), fileName)
                .map(Object::toString)
                .orElse("none");
    }

    @Test
    void absoluteOwnerOfTheSoaIsTheZone() throws IOException {
        assertThat(detect("; a comment\n$TTL 300\nexample.org. 3600 IN SOA a. b. 1 2 3 4 5\n", "x.zone"))
                .isEqualTo("example.org.");
        assertThat(detect("$ORIGIN org.\nexample IN 60 SOA a. b. 1 2 3 4 5\n", "x.zone"))
                .isEqualTo("example.org.");
    }

    @Test
    void originDirectiveCountsForRelativeOwners() throws IOException {
        assertThat(detect("$ORIGIN example.org.\n@ SOA a. b. 1 2 3 4 5\n", "x.zone"))
                .isEqualTo("example.org.");
        assertThat(detect("$ORIGIN org.\n$ORIGIN example\n@\tIN\tSOA a. b. (\n 1 2 3 4 5)\n", "x.zone"))
                .isEqualTo("example.org.");
    }

    @Test
    void originAfterTheSoaIsNotTheZone() throws IOException {
        assertThat(detect("example.org. SOA a. b. 1 2 3 4 5\n$ORIGIN sub.example.org.\n", "x.zone"))
                .isEqualTo("example.org.");
    }

    @Test
    void wordSoaElsewhereIsNoSoaRecord() throws IOException {
        assertThat(detect(
                        "a.example.net. 60 IN NS soa\nsoa.example.net. IN A 192.0.2.1\n@ 60 IN SOA a. b. 1 2 3 4 5",
                        "x.zone"))
                .isEqualTo("x.");
    }

    @Test
    void ownerIsInheritedFromTheLineBefore() throws IOException {
        assertThat(detect("example.org. NS a.\n  IN SOA a. b. 1 2 3 4 5\n", "x.zone"))
                .isEqualTo("example.org.");
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
