package io.evenkeel.server.transport;

import io.evenkeel.server.query.FuzzSeeds;
import io.evenkeel.zones.Corpus;
import io.evenkeel.zones.Seeds;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class FramingCorpusTest {
    @Seeds
    void streamsOfMutatedMessagesAreAnsweredMessageByMessage(long seed) throws IOException {
        FramingTarget.fuzzerTestOneInput(FuzzSeeds.stream(seed));
    }

    @TestFactory
    Stream<DynamicTest> anyStreamIsAnsweredMessageByMessage() throws IOException {
        return Corpus.replay(FramingTarget.class, "framing", FramingTarget::fuzzerTestOneInput);
    }
}
