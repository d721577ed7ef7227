package io.evenkeel.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.process.AddressPrefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Name;

/** The way of messages from a loop to the thread that writes them, and the choice among them. */
final class CaptureQueueTest {
    private static final byte[] ADDRESS = {(byte) 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    private static void offer(CaptureQueue queue, byte[] question, byte[] answer) {
        queue.offer(5, question, question.length, 12, 0, true, ADDRESS, 4, 65_535, answer, answer.length);
    }

    @Test
    void messageComesOutAsItWasPutIn() {
        CaptureQueue queue = new CaptureQueue(CaptureFilter.ALL, 1 << 10);
        offer(queue, new byte[] {1, 2, 3}, new byte[] {4, 5});
        List<String> seen = new ArrayList<>();
        assertThat(queue.drain(message -> {
                    seen.add(message.nanos + " " + message.tcp + " " + message.port + " " + message.addressOctets + " "
                            + Arrays.toString(Arrays.copyOfRange(
                                    message.octets, message.questionAt, message.questionAt + message.questionOctets))
                            + Arrays.toString(Arrays.copyOfRange(
                                    message.octets, message.answerAt, message.answerAt + message.answerOctets)));
                    return true;
                }))
                .isTrue();
        assertThat(seen).containsExactly("5 true 65535 4 [1, 2, 3][4, 5]");
        assertThat(queue.drain(_ -> true)).isFalse();
    }

    @Test
    void whatDoesNotFitIsLostAndCounted() {
        CaptureQueue queue = new CaptureQueue(CaptureFilter.ALL, 256);
        for (int i = 0; i < 5; i++) {
            offer(queue, new byte[50], new byte[0]); // 104 octets each
        }
        assertThat(queue.lost()).isEqualTo(3);
        int[] count = new int[1];
        queue.drain(_ -> ++count[0] > 0);
        assertThat(count[0]).isEqualTo(2);
        offer(queue, new byte[50], new byte[0]);
        assertThat(queue.lost()).isEqualTo(3);
    }

    @Test
    void messageThatIsNotTakenStays() {
        CaptureQueue queue = new CaptureQueue(CaptureFilter.ALL, 1 << 10);
        offer(queue, new byte[1], new byte[0]);
        queue.drain(_ -> false);
        int[] count = new int[1];
        queue.drain(_ -> ++count[0] > 0);
        assertThat(count[0]).isOne();
    }

    @Test
    @Timeout(60)
    void eachMessageIsTakenOnceInOrderOrCountedAsLost() throws Exception {
        CaptureQueue queue = new CaptureQueue(CaptureFilter.ALL, 1 << 12);
        int most = 300_000;
        Thread loop = Thread.ofPlatform().start(() -> {
            Random random = new Random(3);
            for (int i = 0; i < most; i++) {
                byte[] question = new byte[4 + random.nextInt(300)];
                Arrays.fill(question, (byte) i);
                question[0] = (byte) (i >> 16);
                question[1] = (byte) (i >> 8);
                queue.offer(i, question, question.length, 12, 0, false, ADDRESS, 4, 1, question, question.length);
            }
        });
        long[] last = {-1};
        long[] taken = new long[1];
        while (loop.isAlive() || taken[0] + queue.lost() < most) {
            queue.drain(message -> {
                assertThat(message.nanos).isGreaterThan(last[0]);
                last[0] = message.nanos;
                int from = message.questionAt;
                assertThat(message.octets[from] << 16 | (message.octets[from + 1] & 0xFF) << 8)
                        .isEqualTo((int) message.nanos & ~0xFF);
                assertThat(message.octets[message.answerAt + message.answerOctets - 1])
                        .isEqualTo((byte) message.nanos);
                taken[0]++;
                return true;
            });
        }
        assertThat(taken[0] + queue.lost()).isEqualTo(most);
        assertThat(taken[0]).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "example., www.EXAMPLE., true",
        "eXample., example., true",
        "example., notexample., false",
        "example., example.test., false",
        "b.example., a.example., false",
        "www.example., example., false",
        "., anything., true",
    })
    void filterTakesANameAndThoseBelowIt(String suffix, String name, boolean taken) throws Exception {
        CaptureFilter filter = new CaptureFilter(Name.fromString(suffix), null);
        byte[] message = LoopTrafficTest.question(name, 1);
        assertThat(filter.takes(message, 12, message.length - 16, ADDRESS, 4)).isEqualTo(taken);
        assertThat(filter.takes(message, 12, 0, ADDRESS, 4)).as("no name").isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, true",
        "192.0.2.0/24, true",
        "192.0.2.6/31, true",
        "192.0.2.4/31, false",
        "0.0.0.0/0, true",
        "198.51.100.0/24, false",
        "2001:db8::/32, false",
        "::/0, false",
    })
    void filterTakesAClientOfItsPrefix(String prefix, boolean taken) {
        CaptureFilter filter = new CaptureFilter(null, AddressPrefix.parse(prefix));
        byte[] message = LoopTrafficTest.question("www.example.", 1);
        assertThat(filter.takes(message, 12, message.length - 16, ADDRESS, 4)).isEqualTo(taken);
        assertThat(filter.takes(message, 12, message.length - 16, ADDRESS, 0))
                .as("nobody")
                .isFalse();
    }
}
