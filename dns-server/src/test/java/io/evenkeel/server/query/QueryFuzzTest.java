package io.evenkeel.server.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;

/** Whatever comes in, what goes out is a message, fits, and answers no response. */
class QueryFuzzTest {
    private final QueryCounters counters = new QueryCounters();
    private final byte[] out = new byte[65_535];

    @Seeds
    void randomAndMutatedMessagesAreAnsweredRightly(long seed) throws IOException {
        Random random = new Random(seed);
        AnswerTable[] tables = tables();
        AnswerTable table = tables[random.nextInt(tables.length)];
        QueryHandler handler = new QueryHandler(
                () -> table.catalog,
                counters,
                AnswerTable.settings(random.nextBoolean() ? "ask chaos require-cookie" : "ask"),
                random::nextBoolean);
        for (int i = 0; i < 300; i++) {
            byte[] message;
            if (random.nextInt(5) == 0) {
                message = new byte[random.nextInt(80)];
                random.nextBytes(message);
            } else {
                AnswerTable source = tables[random.nextInt(tables.length)];
                message = AnswerTable.message(
                        source.rows.get(random.nextInt(source.rows.size())).question());
                message = mutated(message, random);
            }
            if (message.length > 2 && random.nextInt(4) != 0) {
                message[2] &= 0x07; // a standard query, so that more is looked at
            }
            check(handler, message, random.nextBoolean() ? Transport.UDP : Transport.TCP, random);
        }
        assertThat(counters.failures()).isZero();
    }

    private static byte[] mutated(byte[] message, Random random) {
        byte[] mutated =
                random.nextInt(4) == 0 ? Arrays.copyOf(message, random.nextInt(message.length + 20)) : message.clone();
        for (int i = random.nextInt(4); i > 0 && mutated.length > 0; i--) {
            int at = random.nextInt(mutated.length);
            mutated[at] = (byte) (random.nextBoolean() ? random.nextInt() : mutated[at] ^ (1 << random.nextInt(8)));
        }
        return mutated;
    }

    private void check(QueryHandler handler, byte[] message, Transport transport, Random random) throws IOException {
        byte[] in = Arrays.copyOf(message, message.length + 8);
        Arrays.fill(out, (byte) random.nextInt()); // what was there before does not matter
        int length = handler.handle(in, message.length, transport, out);
        assertThat(Arrays.copyOf(in, message.length)).isEqualTo(message);
        if (message.length < 12 || (message[2] & 0x80) != 0) {
            assertThat(length).isZero();
            return;
        }
        assertThat(length).isBetween(12, transport == Transport.UDP ? limit(message) : 65_535);
        Message answer = new Message(Arrays.copyOf(out, length));
        assertThat(answer.getHeader().getFlag(Flags.QR)).isTrue();
        assertThat(answer.getHeader().getID()).isEqualTo(((message[0] & 0xFF) << 8) | (message[1] & 0xFF));
        assertThat(answer.numBytes()).isEqualTo(length);
        if (answer.getHeader().getCount(Section.QUESTION) == 1) {
            int question = answer.getQuestion().getName().length() + 4;
            assertThat(Arrays.copyOfRange(out, 12, 12 + question))
                    .isEqualTo(Arrays.copyOfRange(message, 12, 12 + question));
        }
    }

    /** By the rules of RFC 6891, as dnsjava reads the message; the widest where it cannot read it. */
    private static int limit(byte[] message) {
        try {
            OPTRecord opt = new Message(message).getOPT();
            return opt == null ? 512 : Math.max(512, Math.min(1232, opt.getPayloadSize()));
        } catch (IOException | RuntimeException e) {
            return 1232; // not every message that we answer is one to dnsjava
        }
    }

    private static AnswerTable[] tables() throws IOException {
        List<AnswerTable> tables = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/answers"))) {
            for (Path file : files.sorted().toList()) {
                tables.add(new AnswerTable(file));
            }
        }
        return tables.toArray(AnswerTable[]::new);
    }
}
