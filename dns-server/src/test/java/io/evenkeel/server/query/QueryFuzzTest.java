package io.evenkeel.server.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Seeds;
import java.io.IOException;
import java.util.Arrays;

/** Whatever comes in, what goes out is a message, fits, and answers no response. */
class QueryFuzzTest {
    @Seeds
    void mutatedMessagesAreAnsweredRightly(long seed) throws IOException {
        FuzzedServer server = new FuzzedServer();
        FuzzedMessages messages = new FuzzedMessages(seed);
        byte[] buffer = new byte[8192];
        int count = 1000;
        for (int i = 0; i < count; i++) {
            int table = messages.table();
            int length = messages.next(table, buffer);
            server.answer(Arrays.copyOf(buffer, length), table, messages.setup());
            QuestionTarget.fuzzerTestOneInput(Arrays.copyOf(buffer, length));
        }
        assertThat(server.counted()).as("one reply to each, or none").isEqualTo(count);
    }
}
