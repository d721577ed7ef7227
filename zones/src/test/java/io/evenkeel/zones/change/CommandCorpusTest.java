package io.evenkeel.zones.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Corpus;
import io.evenkeel.zones.Seeds;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class CommandCorpusTest {
    @TestFactory
    Stream<DynamicTest> anyOctetsAreACommandOrRefused() throws IOException {
        return Corpus.replay(CommandTarget.class, "command", CommandTarget::fuzzerTestOneInput);
    }

    @Seeds
    void aFirstInputIsOneToStartFrom(long seed) throws IOException {
        byte[] input = CommandTarget.seed(seed);
        assertThat(input).isNotEmpty();
        CommandTarget.fuzzerTestOneInput(input);
    }
}
