package io.evenkeel.zones.file;

import io.evenkeel.zones.Corpus;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class ZoneFileCorpusTest {
    @TestFactory
    Stream<DynamicTest> anyTextIsReadOrRefused() throws IOException {
        return Corpus.replay(ZoneFileTarget.class, "zonefile", ZoneFileTarget::fuzzerTestOneInput);
    }
}
