package io.evenkeel.server.query;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.evenkeel.server.limits.LimitAction;
import io.evenkeel.server.limits.LimitCounters;
import io.evenkeel.server.limits.LimitLevel;
import io.evenkeel.server.limits.LimitMode;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.limits.Limits;
import io.evenkeel.server.limits.LoopLimits;
import io.evenkeel.zones.Catalog;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** What the limits on clients do to questions and answers, in a time that the test makes. */
final class LimitedQuestionsTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final long SECOND = 1_000_000_000L;
    private static final String SMALL = "ask a.w.example. A";
    private static final String LARGE = "ask example. MX edns=1232";
    /** Of 198.51.100.100, as {@link AnswerTable#client} has it; made at 1559731985 (RFC 9018 §A.1). */
    private static final String COOKIE = " edns=1232 option=10:2464c4abcf10c957010000005cf79f111f8130c3eee29480";

    private final QueryCounters counters = new QueryCounters();
    private final byte[] out = new byte[65_535];
    private Limits limits = Limits.none();
    private QueryHandler handler = new QueryHandler(AnswerSource.plain(Catalog::new, 1232), counters);
    private long now = 1_000 * SECOND;

    private static LimitSettings settings(LimitMode questions, int rate, LimitMode responses) {
        return new LimitSettings(questions, rate, rate, List.of(), responses, rate);
    }

    /** A loop that is busy. */
    private void start(LimitSettings settings) throws IOException {
        limits = new Limits(settings, Duration.ofSeconds(1));
        Catalog catalog = QueryHandlerTest.catalog(AnswerTable.EVERY_KIND);
        handler = new QueryHandler(
                new AnswerSource(() -> catalog, AnswerTable.settings("ask"), () -> false, limits), counters);
        LoopLimits loop = handler.limits();
        loop.tick(now - SECOND, 0, false);
        loop.tick(now, SECOND, false);
        loop.now(now);
        assertThat(loop.acts()).isTrue();
    }

    private static Client client(String address, int port) {
        byte[] octets = InetAddress.ofLiteral(address).getAddress();
        return new Client() {
            @Override
            public int putAddress(byte[] to, int at) {
                System.arraycopy(octets, 0, to, at, octets.length);
                return octets.length;
            }

            @Override
            public int port() {
                return port;
            }
        };
    }

    private int ask(byte[] message, int id, Transport transport, Client client) {
        byte[] in = Arrays.copyOf(message, message.length + 8);
        in[0] = (byte) (id >> 8);
        in[1] = (byte) id;
        return handler.handle(in, message.length, transport, client, out);
    }

    private int answered(String row, int questions, Client client) throws IOException {
        byte[] message = AnswerTable.message(row);
        int answered = 0;
        for (int i = 0; i < questions; i++) {
            answered += ask(message, i, AnswerTable.transport(row), client) > 0 ? 1 : 0;
        }
        return answered;
    }

    private LimitCounters counted() {
        return limits.counters();
    }

    @Test
    void whoAsksTooMuchMeetsSilenceAndAFewAnswers() throws IOException {
        start(settings(LimitMode.ENFORCE, 100, LimitMode.OFF));
        int answered = answered(SMALL, 1_300, client("192.0.2.1", 5353));
        assertThat(answered).isBetween(100 + 150 - 60, 100 + 150 + 60);
        assertThat(counters.drops(DropReason.CLIENT_LIMIT)).isEqualTo(1_300 - answered);
        assertThat(counted().questions(LimitLevel.IPV4_32, LimitAction.DROPPED)).isEqualTo(1_300 - answered);
        assertThat(counted().questions(LimitLevel.IPV4_32, LimitAction.ANSWERED))
                .isEqualTo(answered - 100);
        assertThat(answered(SMALL, 100, client("192.0.2.2", 5353))).isEqualTo(100);
    }

    @Test
    void ofALargeAnswerAboveTheLimitOnlyTcGoesOut() throws IOException {
        start(settings(LimitMode.ENFORCE, 10, LimitMode.OFF));
        byte[] message = AnswerTable.message(LARGE);
        Client client = client("192.0.2.1", 5353);
        int whole = 0;
        int truncated = 0;
        for (int i = 0; i < 1_000; i++) {
            int length = ask(message, i, Transport.UDP, client);
            if (length > 0) {
                Message answer = new Message(Arrays.copyOf(out, length));
                assertThat(answer.getHeader().getID()).isEqualTo(i);
                if (answer.getHeader().getFlag(Flags.TC)) {
                    truncated++;
                    assertThat(length).isLessThanOrEqualTo(2 * message.length);
                    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
                    assertThat(answer.getQuestion().getName()).hasToString("example.");
                    assertThat(answer.getOPT()).isNotNull();
                } else {
                    whole++;
                }
            }
        }
        assertThat(whole).isEqualTo(10);
        assertThat(truncated).isBetween(70, 180);
        assertThat(counters.truncations()).isEqualTo(truncated);
        assertThat(counted().questions(LimitLevel.IPV4_32, LimitAction.TRUNCATED))
                .isEqualTo(truncated);
    }

    /** The devices of a site whose address others forge 10,000 times a second. */
    @Test
    void aSiteWhoseAddressIsForgedIsSlowedAndNotSilenced() throws IOException {
        start(settings(LimitMode.ENFORCE, 200, LimitMode.OFF));
        byte[] message = AnswerTable.message(SMALL);
        SplittableRandom random = new SplittableRandom(5);
        int devices = 600;
        int[] tries = new int[devices];
        boolean[] served = new boolean[devices];
        for (int millis = 0; millis < 30_000; millis++) {
            handler.limits().now(now + millis * 1_000_000L);
            // Each device tries once a second, before or after others: the first of a millisecond finds what the rate
            // has granted.
            int before = random.nextInt(11);
            forged(before, message, random);
            for (int device = millis % 1_000; device < devices && millis >= 5_000; device += 1_000) {
                if (!served[device] && tries[device] < 30) {
                    tries[device]++;
                    served[device] = asksFromTheSite(message, random);
                }
            }
            forged(10 - before, message, random);
        }
        int within8 = 0;
        int never = 0;
        for (int device = 0; device < devices; device++) {
            within8 += served[device] && tries[device] <= 8 ? 1 : 0;
            never += served[device] ? 0 : 1;
        }
        assertThat(within8).isGreaterThan(devices * 62 / 100); // 0.71 expected; 0.09 is nearly five sigmas
        assertThat(never).isLessThan(devices * 6 / 100); // of 25 tries each: 0.02 expected
    }

    private void forged(int questions, byte[] message, SplittableRandom random) {
        for (int i = 0; i < questions; i++) {
            boolean _ = asksFromTheSite(message, random);
        }
    }

    private boolean asksFromTheSite(byte[] message, SplittableRandom random) {
        Client client = client("192.0.2.1", random.nextInt(1024, 0x10000));
        return ask(message, random.nextInt(0x10000), Transport.UDP, client) > 0;
    }

    @Test
    void dryRunAnswersAll() throws IOException {
        start(settings(LimitMode.DRY_RUN, 10, LimitMode.DRY_RUN));
        assertThat(answered(LARGE, 1_000, client("2001:db8::1", 5353))).isEqualTo(1_000);
        assertThat(counters.truncations()).isZero();
        assertThat(counted().questions(LimitLevel.IPV6_64, LimitAction.WOULD_DROP))
                .isEqualTo(990);
        assertThat(counted().responses(LimitAction.WOULD_DROP)).isEqualTo(950);
    }

    @Test
    void tcpCountsToo() throws IOException {
        start(settings(LimitMode.ENFORCE, 100, LimitMode.ENFORCE));
        int answered = answered("ask big.example. TXT tcp", 1_300, client("192.0.2.1", 0));
        assertThat(answered).isBetween(100 + 150 - 60, 100 + 150 + 60);
        assertThat(counters.truncations())
                .as("nobody can forge an address over TCP")
                .isZero();
        assertThat(counted().questions(LimitLevel.PROVEN, LimitAction.DROPPED)).isEqualTo(1_300 - answered);
        assertThat(answered(SMALL, 100, client("192.0.2.1", 5353)))
                .as("an account of its own")
                .isEqualTo(100);
    }

    @Test
    void whoProvesItsAddressByACookieIsNotHeldToWhatOthersForge() throws IOException {
        start(settings(LimitMode.ENFORCE, 100, LimitMode.ENFORCE));
        Client client = AnswerTable.client("ask");
        answered(SMALL, 1_000, client);
        byte[] message = AnswerTable.message(SMALL + COOKIE);
        for (int i = 0; i < 100; i++) {
            int length = ask(message, i, Transport.UDP, client);
            assertThat(new Message(Arrays.copyOf(out, length)).getHeader().getFlag(Flags.TC))
                    .isFalse();
        }
        int more = answered(SMALL + COOKIE, 500, client);
        assertThat(more).as("it has a rate, too").isBetween(1, 120);
        assertThat(counted().questions(LimitLevel.PROVEN, LimitAction.DROPPED)).isEqualTo(500 - more);
        handler.limits().now(now + 10 * SECOND);
        assertThat(answered(SMALL, 100, client)).isEqualTo(100);
        String forged = COOKIE.substring(0, COOKIE.length() - 1) + "1";
        assertThat(answered(SMALL + forged, 500, client)).isBetween(1, 130);
        assertThat(counted().questions(LimitLevel.PROVEN, LimitAction.DROPPED)).isEqualTo(500 - more);
    }

    @Test
    void largeAnswersToOneAddressAreHeldToTheirRate() throws IOException {
        start(settings(LimitMode.OFF, 10, LimitMode.ENFORCE));
        Client victim = AnswerTable.client("ask");
        int answered = answered(LARGE, 1_050, victim);
        assertThat(answered).isBetween(50 + 400, 50 + 600);
        assertThat(counters.truncations()).isEqualTo(answered - 50);
        assertThat(counters.drops(DropReason.RESPONSE_LIMIT)).isEqualTo(1_050 - answered);
        assertThat(answered(SMALL, 1_000, victim))
                .as("small ones are of no use to anybody")
                .isEqualTo(1_000);
        assertThat(answered("ask big.example. TXT tcp", 1_000, victim)).isEqualTo(1_000);
        assertThat(answered("ask big.example. TXT" + COOKIE, 1_000, victim)).isEqualTo(1_000);
        assertThat(counted().responses(LimitAction.TRUNCATED))
                .as("it has asked for them itself")
                .isEqualTo(answered - 50);
    }

    /** A zone that is deleted under a fleet: its devices ask again as soon as they are refused. */
    @Test
    void aFailureIsSaidOnceAndThenMetWithSilence() throws IOException {
        start(settings(LimitMode.ENFORCE, 1_000_000, LimitMode.OFF));
        for (String row : List.of("ask elsewhere.test. A", "ask no.example. A", "ask no.example. TXT tcp")) {
            Client client = client("192.0.2.1", 5353);
            assertThat(answered(row, 1, client)).isEqualTo(1);
            assertThat(answered(row, 100, client)).isZero();
            assertThat(answered(row, 1, client("192.0.2.2", 5353))).isEqualTo(1);
            assertThat(answered(SMALL, 100, client)).isEqualTo(100);
        }
        assertThat(counters.drops(DropReason.FAILURE_PACE)).isEqualTo(300);
        assertThat(counters.repeated()).isEqualTo(300 + 299);
        limits.settings(settings(LimitMode.DRY_RUN, 1_000_000, LimitMode.OFF));
        assertThat(answered("ask no.example. A", 100, client("192.0.2.1", 5353)))
                .isEqualTo(100);
        assertThat(counted().failures(LimitAction.WOULD_DROP)).isEqualTo(100);
    }

    @Test
    void everyMessageIsCountedOnceAsResponseOrDrop() throws IOException {
        start(settings(LimitMode.ENFORCE, 10, LimitMode.ENFORCE));
        List<String> rows =
                List.of(SMALL, LARGE, "ask no.example. A", "ask example. SOA opcode=5", "ask . A edns=1 version=1");
        int asked = 0;
        long sent = 0;
        for (String row : rows) {
            sent += answered(row, 200, client("192.0.2.1", 5353));
            asked += 200;
        }
        long dropped = counters.drops(DropReason.CLIENT_LIMIT)
                + counters.drops(DropReason.RESPONSE_LIMIT)
                + counters.drops(DropReason.FAILURE_PACE);
        assertThat(sent + dropped).isEqualTo(asked);
        long responses = 0;
        for (int rcode = 0; rcode < QueryCounters.RCODES; rcode++) {
            responses += counters.responses(Transport.UDP, rcode);
        }
        assertThat(responses).isEqualTo(sent);
        assertThat(counters.responses(Transport.UDP, Rcode.NOERROR)).isPositive();
    }

    @Test
    void limitingAllocatesNothing() throws IOException {
        start(new LimitSettings(
                LimitMode.ENFORCE,
                10,
                10,
                List.of(new LimitSettings.Allowance(InetAddress.ofLiteral("198.51.100.0"), 24, 2)),
                LimitMode.ENFORCE,
                10));
        List<String> rows = List.of(
                SMALL,
                LARGE,
                SMALL + COOKIE,
                "ask big.example. TXT" + COOKIE,
                "ask no.example. A",
                "ask elsewhere.test. A edns=1232",
                "ask big.example. TXT tcp");
        byte[][] in = new byte[rows.size()][];
        int[] lengths = new int[in.length];
        for (int i = 0; i < in.length; i++) {
            byte[] message = AnswerTable.message(rows.get(i));
            lengths[i] = message.length;
            in[i] = Arrays.copyOf(message, message.length + 8);
        }
        Client client = AnswerTable.client("ask");
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20 && least > 0; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 3_500; i++) {
                int row = i % in.length;
                now += 1_000_000;
                handler.limits().now(now);
                in[row][1] = (byte) i;
                handler.handle(
                        in[row], lengths[row], row == in.length - 1 ? Transport.TCP : Transport.UDP, client, out);
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isZero();
        assertThat(counted().allowed()).isPositive();
        assertThat(counted().questions(LimitLevel.PROVEN, LimitAction.DROPPED)).isPositive();
        assertThat(counted().questions(LimitLevel.IPV4_32, LimitAction.ANSWERED))
                .isPositive();
        assertThat(counted().questions(LimitLevel.IPV4_32, LimitAction.TRUNCATED))
                .isPositive();
    }
}
