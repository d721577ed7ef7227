package io.evenkeel.server.admin;

import io.evenkeel.zones.Corpus;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Texts of records and their octets: all that read or write them agree. */
class TextCorpusTest {
    @TestFactory
    Stream<DynamicTest> allReadersMakeTheSameOctets() throws IOException {
        return Corpus.replay(TextTarget.class, "text", TextTarget::fuzzerTestOneInput);
    }

    @Test
    void theyDoSoOfOddValuesOfEveryType() throws IOException {
        for (byte[] seed : TextTarget.seeds()) {
            TextTarget.fuzzerTestOneInput(seed);
        }
    }
}
