package io.evenkeel.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.evenkeel.consensus.process.ClientPrivacy;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sample that a loop keeps of its questions, and what is read out of it. */
final class LoopTrafficTest {
    private static final byte[] ADDRESS = {(byte) 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    private static final byte[] SIX = {0x20, 1, 0xd, (byte) 0xb8, 0, 9, 1, 1, 0, 0, 0, 0, 0, 0, 0, 7};
    private static final byte[] OUT = new byte[512];

    private final Traffic traffic = Traffic.sampled();
    private final LoopTraffic loop = traffic.loop();

    /** A question with that name, which ends with a dot and has no escapes, and that type. */
    static byte[] question(String name, int type) {
        byte[] message = new byte[12 + name.length() + 1 + 4];
        message[1] = 7;
        message[5] = 1;
        int at = 12;
        for (String label : name.split("\\.", 0)) {
            byte[] octets = label.getBytes(StandardCharsets.ISO_8859_1);
            message[at++] = (byte) octets.length;
            System.arraycopy(octets, 0, message, at, octets.length);
            at += octets.length;
        }
        message[at + 1] = (byte) (type >> 8);
        message[at + 2] = (byte) type;
        message[at + 4] = 1;
        return message;
    }

    private void ask(String name, int type, int rcode) {
        ask(question(name, type), ADDRESS, 4, rcode);
    }

    private void ask(byte[] message, byte[] address, int octets, int rcode) {
        if (loop.wants()) {
            loop.saw(message, message.length, false, address, octets, 4_000, OUT, rcode < 0 ? 0 : 100, rcode);
        }
    }

    private TopQuestions top(ClientPrivacy privacy) {
        return TopQuestions.of(traffic.rings(), System.nanoTime(), 3_600, 10, privacy);
    }

    private static Map<String, Long> counts(List<TopQuestions.Row> rows) {
        return rows.stream().collect(Collectors.toMap(TopQuestions.Row::key, TopQuestions.Row::questions));
    }

    @Test
    void calmLoopKeepsEachQuestion() {
        ask("WWW.example.", 1, 0);
        ask("www.Example.", 28, 0);
        ask("no.example.", 65_280, 3);
        ask(question("no.example.", 1), SIX, 16, LoopTraffic.SILENCE);
        ask(new byte[5], ADDRESS, 0, LoopTraffic.SILENCE);
        ask(question("x.example.", 252), ADDRESS, 4, LoopTraffic.LATER);
        TopQuestions top = top(ClientPrivacy.FULL);
        assertThat(top.questions()).isEqualTo(6);
        assertThat(top.samples()).isEqualTo(6);
        assertThat(top.plusMinus()).isZero();
        assertThat(counts(top.names()))
                .containsOnly(
                        Map.entry("www.example.", 2L),
                        Map.entry("no.example.", 2L),
                        Map.entry("x.example.", 1L),
                        Map.entry(TopQuestions.UNREADABLE, 1L));
        assertThat(counts(top.types()))
                .containsOnly(
                        Map.entry("A", 2L),
                        Map.entry("AAAA", 1L),
                        Map.entry("TYPE65280", 1L),
                        Map.entry("AXFR", 1L),
                        Map.entry(TopQuestions.UNREADABLE, 1L));
        assertThat(counts(top.clients()))
                .containsOnly(
                        Map.entry("192.0.2.7", 4L),
                        Map.entry("2001:db8:9:101:0:0:0:7", 1L),
                        Map.entry("(unknown)", 1L));
        assertThat(counts(top.outcomes()))
                .containsOnly(
                        Map.entry("NOERROR", 2L),
                        Map.entry("NXDOMAIN", 1L),
                        Map.entry(TopQuestions.NO_ANSWER, 2L),
                        Map.entry(TopQuestions.ELSEWHERE, 1L));
    }

    @Test
    void clientsAreToldAsFarAsTheyMayBe() {
        ask("www.example.", 1, 0);
        ask(question("www.example.", 1), SIX, 16, 0);
        assertThat(counts(top(ClientPrivacy.PREFIX).clients()))
                .containsOnly(Map.entry("192.0.2.0/24", 1L), Map.entry("2001:db8:9:0:0:0:0:0/48", 1L));
        assertThat(top(ClientPrivacy.NONE).clients()).isEmpty();
        assertThat(top(ClientPrivacy.NONE).names()).isNotEmpty();
    }

    @Test
    void octetsThatAreNoTextAreEscaped() {
        ask("\u001b[2J\n\u00ff.example.", 1, 0);
        assertThat(top(ClientPrivacy.FULL).names().getFirst().key()).isEqualTo("\\027[2j\\010\\255.example.");
    }

    @Test
    void nameThatIsBrokenOffOrCompressedIsUnreadable() {
        byte[] cut = question("www.example.", 1);
        byte[] pointer = question("www.example.", 1);
        pointer[16] = (byte) 0xC0;
        byte[] two = question("www.example.", 1);
        two[5] = 2;
        if (loop.wants()) {
            loop.saw(cut, cut.length - 3, false, ADDRESS, 4, 1, OUT, 12, 1);
        }
        ask(pointer, ADDRESS, 4, 1);
        ask(two, ADDRESS, 4, 1);
        assertThat(counts(top(ClientPrivacy.FULL).names())).containsOnly(Map.entry(TopQuestions.UNREADABLE, 3L));
    }

    @Test
    void busyLoopKeepsFewAndTheirNumberIsRightAboutAll() {
        int asked = 400_000;
        for (int i = 0; i < asked; i++) {
            ask(i % 4 == 0 ? "one.example." : "x" + i % 1_000 + ".example.", 1, 0);
        }
        TopQuestions top = TopQuestions.of(traffic.rings(), System.nanoTime(), 3_600, 1, ClientPrivacy.FULL);
        assertThat(top.samples()).isLessThan(2_048);
        assertThat(top.mostOneOf()).isGreaterThan(100);
        assertThat((double) top.questions()).isBetween(0.8 * asked, 1.2 * asked);
        TopQuestions.Row first = top.names().getFirst();
        assertThat(first.key()).isEqualTo("one.example.");
        // What is counted too much for want of counters is told with it.
        assertThat((double) (first.questions() - first.error()) / top.questions())
                .isBetween(0.1, 0.3);
    }

    @Test
    void calmTimesBringTheWholeSampleBack() {
        for (int i = 0; i < 100_000; i++) {
            ask("www.example.", 1, 0);
        }
        long now = System.nanoTime();
        for (int i = 1; i <= 12; i++) {
            loop.tick(now + i * 1_100_000_000L);
        }
        for (int i = 0; i < 10; i++) {
            ask("calm.example.", 1, 0);
        }
        assertThat(counts(top(ClientPrivacy.FULL).names())).containsEntry("calm.example.", 10L);
    }

    @Test
    void whatIsOlderThanAskedForDoesNotCount() {
        ask("www.example.", 1, 0);
        long later = System.nanoTime() + 61_000_000_000L;
        assertThat(TopQuestions.of(traffic.rings(), later, 60, 10, ClientPrivacy.FULL)
                        .questions())
                .isZero();
        assertThat(TopQuestions.of(traffic.rings(), later, 120, 10, ClientPrivacy.FULL)
                        .questions())
                .isOne();
    }

    @Test
    void loopWhoseSampleBeginsLaterBoundsTheTimeOfAll() {
        LoopTraffic other = traffic.loop();
        byte[] early = question("early.example.", 1);
        assertThat(other.wants()).isTrue();
        other.saw(early, early.length, false, ADDRESS, 4, 1, OUT, 100, 0);
        long begin = System.nanoTime();
        for (int i = 0; i < 5_000; i++) {
            ask("www.example.", 1, 0);
            loop.tick(begin + i * 100_000_000L); // ten a second: each is sampled
        }
        TopQuestions top = top(ClientPrivacy.FULL);
        assertThat(traffic.rings().getFirst().hasWrapped()).isTrue();
        assertThat(top.spanSeconds()).isLessThan(3_600);
        assertThat(counts(top.names())).containsOnlyKeys("www.example.");
    }

    @Test
    void withoutASampleNothingIsKept() {
        LoopTraffic silent = Traffic.none().loop();
        for (int i = 0; i < 1_000; i++) {
            assertThat(silent.wants()).isFalse();
        }
    }

    @Test
    void keepingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] message = question("www.example.", 1);
        List<CaptureQueue> queues = traffic.begin(CaptureFilter.ALL);
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 50; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 2_000; i++) {
                ask(message, ADDRESS, 4, 0);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            queues.getFirst().drain(_ -> true);
        }
        assertThat(least).isLessThan(2_000); // of the reading of the counter, not of a question
    }

    @Test
    @Timeout(60)
    void readerBesideTheWriterSeesWholeQuestionsOnly() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        byte[] first = question("aaaaaaaaaaaaaaaa.example.", 1);
        byte[] second = question("bb.example.", 28);
        Thread writer = Thread.ofPlatform().start(() -> {
            for (int i = 0; !over.get(); i++) {
                loop.tick(i * 2_000_000_000L); // so that it goes on to take many
                ask(i % 2 == 0 ? first : second, i % 2 == 0 ? ADDRESS : SIX, i % 2 == 0 ? 4 : 16, i % 2 == 0 ? 0 : 3);
            }
        });
        try {
            int seen = 0;
            while (seen < 200_000) {
                int[] count = new int[1];
                traffic.rings().getFirst().forEach(sample -> {
                    count[0]++;
                    boolean one = sample.address().length == 4;
                    assertThat(sample.type()).isEqualTo(one ? 1 : 28);
                    assertThat(sample.outcome()).isEqualTo(one ? 0 : 3);
                    assertThat(sample.name()).hasSize(one ? 26 : 12);
                });
                seen += count[0];
            }
        } finally {
            over.set(true);
            writer.join();
        }
    }
}
