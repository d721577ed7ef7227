package io.evenkeel.server.query;

import io.evenkeel.zones.Corpus;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class QueryCorpusTest {
    @TestFactory
    Stream<DynamicTest> anyDatagramIsAnsweredRightly() throws IOException {
        return Corpus.replay(DatagramTarget.class, "datagram", DatagramTarget::fuzzerTestOneInput);
    }

    @TestFactory
    Stream<DynamicTest> anyQuestionIsReadAsTheStandardsSay() throws IOException {
        return Corpus.replay(QuestionTarget.class, "question", QuestionTarget::fuzzerTestOneInput);
    }
}
