package io.evenkeel.server.limits;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.evenkeel.consensus.process.TestLog;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients may ask, in a time that the test makes. */
final class LimitsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLISECOND = 1_000_000L;
    private static final LimitSettings SETTINGS =
            new LimitSettings(LimitMode.ENFORCE, 10, 20, List.of(), LimitMode.OFF, 10);

    private long now = 1_000 * SECOND;

    private static LimitSettings settings(int rate, int burst, LimitSettings.Allowance... allowed) {
        return new LimitSettings(LimitMode.ENFORCE, rate, burst, List.of(allowed), LimitMode.ENFORCE, rate);
    }

    private static Limits limits(LimitSettings settings) {
        return new Limits(settings, Duration.ofSeconds(1));
    }

    private static LimitSettings.Allowance allow(String network, int bits, int factor) {
        return new LimitSettings.Allowance(InetAddress.ofLiteral(network), bits, factor);
    }

    /** Makes a loop busy. */
    private LoopLimits busy(Limits limits) {
        LoopLimits loop = limits.loop();
        loop.tick(now - SECOND, 0, false);
        loop.tick(now, SECOND, false);
        assertThat(loop.acts()).isTrue();
        loop.now(now);
        return loop;
    }

    private static void from(LoopLimits loop, String address) {
        assertThat(loop.begins()).isTrue();
        client(loop, InetAddress.ofLiteral(address).getAddress());
    }

    private static void client(LoopLimits loop, byte[] address) {
        byte[] to = new byte[LoopLimits.ADDRESS_BYTES];
        System.arraycopy(address, 0, to, 0, address.length);
        loop.client(to, address.length);
    }

    private static boolean asks(LoopLimits loop, String address) {
        from(loop, address);
        return loop.isWithin();
    }

    /** How many of so many questions at once are within the limits, from address after address. */
    private static int within(LoopLimits loop, int questions, String... addresses) {
        int within = 0;
        for (int i = 0; i < questions; i++) {
            within += asks(loop, addresses[i % addresses.length]) ? 1 : 0;
        }
        return within;
    }

    @Test
    void aClientMayAskItsBurstAtOnceAndThenItsRate() {
        LoopLimits loop = busy(limits(SETTINGS));
        assertThat(within(loop, 100, "192.0.2.1")).isEqualTo(20);
        loop.now(now + SECOND);
        assertThat(within(loop, 100, "192.0.2.1")).isEqualTo(10);
        loop.now(now + SECOND + 99 * MILLISECOND);
        assertThat(asks(loop, "192.0.2.1")).isFalse();
        loop.now(now + SECOND + 100 * MILLISECOND);
        assertThat(within(loop, 2, "192.0.2.1")).isEqualTo(1);
        loop.now(now + 1_000 * SECOND);
        assertThat(within(loop, 100, "192.0.2.1")).isEqualTo(20);
    }

    @Test
    void whatIsNotAnsweredIsNotCharged() {
        LoopLimits loop = busy(limits(SETTINGS));
        assertThat(within(loop, 100_000, "192.0.2.1")).isEqualTo(20);
        loop.now(now + 100 * MILLISECOND);
        assertThat(asks(loop, "192.0.2.1")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"7,3", "200,100", "333333,1000", "1000000,1000", "1,1"})
    void overTimeAClientGetsItsRate(int rate, int burst) {
        LoopLimits loop = busy(limits(settings(rate, burst)));
        within(loop, 2 * burst, "192.0.2.1");
        int within = 0;
        int steps = 20_000;
        double seconds = Math.max(0.05, 2_000.0 / rate);
        int each = Math.max(1, (int) (2 * rate * seconds / steps));
        for (int i = 1; i <= steps; i++) {
            loop.now(now + (long) (i * seconds * SECOND / steps));
            within += within(loop, each, "192.0.2.1");
        }
        assertThat((double) within).isCloseTo(rate * seconds, Offset.offset(Math.max(1, rate * seconds * 0.01)));
    }

    /** One of eight questions counts for a network until that owes a sixteenth of what it may: so by chance some more or some less are within. */
    @Test
    void networksHaveTheMultiplesOfKnot() {
        assertMultiple(100, 32, "10.%d.%d.%d", i -> new Object[] {0, 0, i % 256}); // /24
        assertMultiple(100, 256, "10.%d.%d.%d", i -> new Object[] {0, i / 256 % 16, i % 256}); // /20
        assertMultiple(100, 768, "10.%d.%d.%d", i -> new Object[] {0, i / 256 % 64, i % 256}); // /18
        assertThat(multiple(100, 500, "2001:db8::%x:%x:%x", i -> new Object[] {0, 0, i}))
                .isEqualTo(100); // one /64
        assertMultiple(1_000, 1.5, "2001:db8:0:%x%02x::%x", i -> new Object[] {0, i % 256, i}); // /56
        assertMultiple(1_000, 2, "2001:db8:0:%x%02x::%x", i -> new Object[] {i % 256, i / 256 % 256, i}); // /48
        assertMultiple(100, 32, "2001:db8:%x:%x::%x", i -> new Object[] {i % 65_536, i % 256, i}); // /32
    }

    private void assertMultiple(int burst, double factor, String format, Numbers numbers) {
        double wanted = factor * burst;
        assertThat((double) multiple(burst, (int) (1.5 * wanted), format, numbers))
                .as("%s times", factor)
                .isBetween(0.9 * wanted, 1.1 * wanted);
    }

    @Test
    void aNetworkGetsItsRateOverTime() {
        LoopLimits loop = busy(limits(settings(100, 100)));
        String[] clients = new String[200];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = "192.0.2." + i;
        }
        within(loop, 10_000, clients);
        int within = 0;
        for (int i = 1; i <= 100; i++) {
            loop.now(now + i * 50L * MILLISECOND);
            within += within(loop, 500, clients);
        }
        assertThat(within).as("5 s of 3,200 a second").isBetween(15_500, 16_500);
        loop.now(now + 600 * SECOND);
        within = 0;
        for (int i = 1; i <= 100; i++) {
            loop.now(now + 600 * SECOND + i * 50L * MILLISECOND);
            within += within(loop, 150, clients);
        }
        assertThat(within).as("3,000 a second are below it").isEqualTo(15_000);
    }

    private interface Numbers {
        Object[] of(int i);
    }

    /** How many questions of a network are within its limits at once. */
    private int multiple(int burst, int questions, String format, Numbers numbers) {
        LoopLimits loop = busy(limits(settings(burst, burst)));
        int within = 0;
        for (int i = 0; i < questions; i++) {
            within += asks(loop, format.formatted(numbers.of(i))) ? 1 : 0;
        }
        return within;
    }

    @Test
    void whoIsAboveItsOwnLimitDoesNotUseUpThatOfItsNetwork() {
        LoopLimits loop = busy(limits(SETTINGS));
        within(loop, 100_000, "192.0.2.1");
        assertThat(within(loop, 20, "192.0.2.2")).isEqualTo(20);
    }

    @Test
    void anAllowanceMultipliesRateAndBurst() {
        LoopLimits loop = busy(limits(settings(
                10,
                20,
                allow("192.0.2.0", 24, 100),
                allow("192.0.2.128", 25, 3),
                allow("192.0.2.200", 32, 1),
                allow("2001:db8::", 32, 5))));
        assertThat(within(loop, 10_000, "192.0.2.1")).isEqualTo(2_000);
        loop.now(now + SECOND);
        assertThat(within(loop, 10_000, "192.0.2.1")).isBetween(999, 1_001);
        assertThat(within(loop, 10_000, "192.0.2.129")).isBetween(59, 60);
        assertThat(within(loop, 10_000, "192.0.2.200")).isEqualTo(20);
        assertThat(within(loop, 10_000, "192.0.3.0")).isEqualTo(20);
        assertThat(within(loop, 10_000, "2001:db8::1")).isEqualTo(100);
        assertThat(loop.counters().allowed()).isEqualTo(40_000);
        assertThat(loop.counters().counted()).isEqualTo(60_000);
    }

    @Test
    void neighboursThatAreNotAllowedDoNotUseUpTheNetworkOfOneThatIs() {
        LoopLimits loop = busy(limits(settings(10, 20, allow("192.0.2.53", 32, 5))));
        for (int i = 0; i < 5_000; i++) {
            asks(loop, "192.0.2." + i % 50);
        }
        assertThat(asks(loop, "192.0.2.99")).isFalse();
        assertThat(within(loop, 1_000, "192.0.2.53")).isEqualTo(100);
    }

    @Test
    void othersSettingsCountAtOnce() {
        Limits limits = limits(settings(1, 100));
        LoopLimits loop = busy(limits);
        assertThat(within(loop, 1_000, "192.0.2.1")).isEqualTo(100);
        limits.settings(settings(100, 100));
        // By then the networks around it owe nothing, whatever chance has counted for them.
        loop.now(now + 20 * SECOND);
        assertThat(within(loop, 1_000, "192.0.2.1"))
                .as("what it owed is more than one can owe now")
                .isEqualTo(100);
    }

    @Test
    void aFullTableRefusesNobody() {
        LoopLimits loop = busy(limits(settings(1, 1)));
        // Networks apart, so that each has its own limit; four times as many accounts as there are places.
        byte[] address = {0x20, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
        int clients = RateTable.SLOTS;
        int within = 0;
        for (int i = 0; i < clients; i++) {
            address[1] = (byte) (i >>> 16);
            address[2] = (byte) (i >>> 8);
            address[3] = (byte) i;
            within += loop.begins() ? 0 : clients;
            client(loop, address);
            within += loop.isWithin() ? 1 : 0;
        }
        // Accounts of 24 bits may be taken for one another.
        assertThat(within).isGreaterThan(clients - clients / 1_000);
    }

    @Test
    void twoThreadsShareOneAccount() throws Exception {
        Limits limits = limits(settings(100, 100_000));
        int threads = 2;
        int each = 300_000;
        List<LoopLimits> loops = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            loops.add(busy(limits));
        }
        CountDownLatch ready = new CountDownLatch(threads);
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<Integer>> results = new ArrayList<>();
            for (LoopLimits loop : loops) {
                results.add(executor.submit(() -> {
                    ready.countDown();
                    assertThat(ready.await(60, TimeUnit.SECONDS)).isTrue();
                    return within(loop, each, "192.0.2.1");
                }));
            }
            int within = 0;
            for (Future<Integer> result : results) {
                within += result.get(60, TimeUnit.SECONDS);
            }
            // A message that met another in the same moment cost nothing.
            assertThat(within).isBetween(100_000, threads * each);
        }
        assertThat(asks(loops.getFirst(), "192.0.2.1"))
                .as("both have paid into it: what is left is gone within as many questions of one")
                .isEqualTo(false);
    }

    @Test
    void oneOfEightIsAnsweredAnywayAndAnotherTryIsAnotherLot() {
        LoopLimits loop = busy(limits(SETTINGS));
        within(loop, 20, "192.0.2.1");
        int answered = 0;
        int tries = 40_000;
        for (int i = 0; i < tries; i++) {
            loop.now(now + i * MILLISECOND); // 40 s: fewer than the node gives
            from(loop, "192.0.2.1");
            if (!loop.isWithin() && loop.isAnsweredAnyway((i * 7919) & 0xFFFF, 1024 + i % 60_000)) {
                answered++;
                assertThat(loop.answered(false, false, i % 2 == 0))
                        .isEqualTo(i % 2 == 0 ? LoopLimits.Outcome.TRUNCATE : LoopLimits.Outcome.SEND);
            }
        }
        assertThat(answered).isBetween(tries / 8 - 400, tries / 8 + 400);
        LimitCounters counters = loop.counters();
        assertThat(counters.questions(LimitLevel.IPV4_32, LimitAction.ANSWERED)
                        + counters.questions(LimitLevel.IPV4_32, LimitAction.TRUNCATED))
                .isEqualTo(answered);
        assertThat(counters.questions(LimitLevel.IPV4_32, LimitAction.DROPPED)
                        + counters.questions(LimitLevel.IPV4_32, LimitAction.TRUNCATED)
                        + counters.questions(LimitLevel.IPV4_32, LimitAction.ANSWERED)
                        + 400)
                .as("all but what was within the limit: 10 a second")
                .isCloseTo(tries, Offset.offset(2L));
    }

    @Test
    void theSameMessageHasAnotherLotAfterASecond() {
        LoopLimits loop = busy(limits(SETTINGS));
        within(loop, 20, "192.0.2.1");
        int changes = 0;
        boolean before = false;
        for (int i = 0; i < 300; i++) {
            now += 2 * SECOND;
            loop.tick(now, now, false);
            loop.now(now);
            within(loop, 20, "192.0.2.1");
            from(loop, "192.0.2.1");
            assertThat(loop.isWithin()).isFalse();
            boolean answered = loop.isAnsweredAnyway(4711, 5353);
            from(loop, "192.0.2.1");
            assertThat(loop.isAnsweredAnyway(4711, 5353)).isEqualTo(answered);
            changes += answered != before ? 1 : 0;
            before = answered;
        }
        assertThat(changes).isGreaterThan(10);
    }

    @Test
    void aNodeAnswersTwoThousandASecondAboveLimits() {
        Limits limits = limits(settings(1, 1));
        List<LoopLimits> loops = List.of(busy(limits), busy(limits));
        int answered = 0;
        for (int i = 0; i < 400_000; i++) { // 40,000 a second
            LoopLimits loop = loops.get(i % 2);
            loop.now(now + i * (SECOND / 40_000));
            from(loop, "192.0.2.1");
            if (!loop.isWithin() && loop.isAnsweredAnyway((i * 7919) & 0xFFFF, i & 0xFFFF)) {
                answered++;
            }
        }
        assertThat(answered).isBetween(19_000, 20_400);
    }

    @Test
    void aCalmLoopDropsNothingAndOneWithLittleToDoCountsNothing() {
        Limits limits = limits(SETTINGS);
        LoopLimits loop = limits.loop();
        loop.tick(now - 2 * SECOND, 0, false);
        loop.tick(now - SECOND, SECOND * 9 / 100, false);
        assertThat(loop.begins()).isFalse();
        loop.tick(now, SECOND * 54 / 100, false); // 45 %
        loop.now(now);
        for (int i = 0; i < 1_000; i++) {
            from(loop, "192.0.2.1");
            assertThat(loop.isWithin() || loop.isAnsweredAnyway(i, 5353)).isTrue();
            assertThat(loop.answered(false, false, true)).isEqualTo(LoopLimits.Outcome.SEND);
        }
        assertThat(loop.counters().questions(LimitLevel.IPV4_32, LimitAction.WOULD_DROP))
                .isEqualTo(980);
    }

    @Test
    void dryRunAnswersAllAndCounts() {
        LoopLimits loop = busy(limits(SETTINGS.with(LimitMode.DRY_RUN)));
        for (int i = 0; i < 1_000; i++) {
            from(loop, "2001:db8::1");
            assertThat(loop.isWithin() || loop.isAnsweredAnyway(i, 5353)).isTrue();
            assertThat(loop.answered(false, false, true)).isEqualTo(LoopLimits.Outcome.SEND);
        }
        assertThat(loop.counters().questions(LimitLevel.IPV6_64, LimitAction.WOULD_DROP))
                .isEqualTo(980);
        assertThat(loop.counters().dropped()).isZero();
    }

    @Test
    void aProvenAddressHasAnAccountOfItsOwn() {
        LoopLimits loop = busy(limits(SETTINGS));
        String[] neighbours = new String[256];
        for (int i = 0; i < neighbours.length; i++) {
            neighbours[i] = "192.0.2." + i;
        }
        within(loop, 10_000, neighbours); // the network's is used up
        int within = 0;
        for (int i = 0; i < 100; i++) {
            from(loop, "192.0.2.1");
            within += loop.isProvenWithin() ? 1 : 0;
        }
        assertThat(within).isEqualTo(20);
        from(loop, "192.0.2.99");
        assertThat(loop.isWithin()).isFalse();
        assertThat(loop.isProvenWithin()).isTrue();
    }

    @Test
    void largeAnswersHaveARateHoweverBusyTheLoopIs() {
        Limits limits = limits(settings(10, 20));
        LoopLimits loop = limits.loop();
        loop.now(now);
        assertThat(loop.begins()).isFalse();
        assertThat(loop.countsResponses()).isTrue();
        client(loop, new byte[] {(byte) 192, 0, 2, 1});
        Map<LoopLimits.Outcome, Integer> outcomes = new EnumMap<>(LoopLimits.Outcome.class);
        for (int i = 0; i < 10_050; i++) {
            outcomes.merge(loop.respondsLargely(i, 5353), 1, Integer::sum);
        }
        assertThat(outcomes.getOrDefault(LoopLimits.Outcome.SEND, 0)).isEqualTo(50);
        assertThat(outcomes.getOrDefault(LoopLimits.Outcome.TRUNCATE, 0)).isBetween(4_600, 5_400);
        assertThat(loop.counters().responses(LimitAction.DROPPED))
                .isEqualTo((long) outcomes.getOrDefault(LoopLimits.Outcome.DROP, 0))
                .isEqualTo(10_000 - outcomes.getOrDefault(LoopLimits.Outcome.TRUNCATE, 0));
        limits.settings(new LimitSettings(LimitMode.OFF, 10, 20, List.of(), LimitMode.DRY_RUN, 10));
        assertThat(loop.begins()).isFalse();
        assertThat(loop.respondsLargely(1, 5353)).isEqualTo(LoopLimits.Outcome.SEND);
        assertThat(loop.counters().responses(LimitAction.WOULD_DROP)).isEqualTo(1);
    }

    @Test
    void aFailureThatIsAskedForAgainIsPacedByALoopThatIsBusy() {
        Limits limits = limits(settings(1_000, 1_000));
        LoopLimits loop = busy(limits);
        from(loop, "192.0.2.1");
        assertThat(loop.isRepeated(42)).isFalse();
        assertThat(loop.answered(false, true, false)).isEqualTo(LoopLimits.Outcome.SEND);
        from(loop, "192.0.2.2");
        assertThat(loop.isRepeated(42)).as("another client").isFalse();
        from(loop, "192.0.2.1");
        assertThat(loop.isRepeated(43)).as("another question").isFalse();
        from(loop, "192.0.2.1");
        assertThat(loop.isRepeated(42)).isTrue();
        assertThat(loop.answered(true, false, false)).isEqualTo(LoopLimits.Outcome.SEND);
        assertThat(loop.answered(true, true, false)).isEqualTo(LoopLimits.Outcome.DROP);
        assertThat(loop.counters().failures(LimitAction.DROPPED)).isEqualTo(1);
        loop.now(now + 3 * SECOND);
        from(loop, "192.0.2.1");
        assertThat(loop.isRepeated(42)).isFalse();
        limits.settings(settings(1_000, 1_000).with(LimitMode.DRY_RUN));
        from(loop, "192.0.2.1");
        assertThat(loop.answered(true, true, false)).isEqualTo(LoopLimits.Outcome.SEND);
        assertThat(loop.counters().failures(LimitAction.WOULD_DROP)).isEqualTo(1);
        limits.settings(settings(1_000, 1_000).with(LimitMode.OFF));
        from(loop, "192.0.2.1");
        assertThat(loop.answered(true, true, false)).isEqualTo(LoopLimits.Outcome.SEND);
        assertThat(loop.counters().failures(LimitAction.WOULD_DROP)).isEqualTo(1);
        assertThat(limits.clients().turn()).isEqualTo(2);
    }

    @Test
    void inModeOffNobodyIsAboveAnything() {
        LoopLimits loop = busy(limits(SETTINGS.with(LimitMode.OFF)));
        assertThat(within(loop, 1_000, "192.0.2.1")).isEqualTo(1_000);
        from(loop, "192.0.2.1");
        assertThat(loop.isProvenWithin()).isTrue();
        assertThat(loop.counters().counted()).isZero();
    }

    @Test
    void anAddressThatSendsMostOfTheQuestionsIsToldUntilItDoesSoNoMore() {
        for (LimitMode mode : LimitMode.values()) {
            Limits limits = limits(SETTINGS.with(mode));
            LoopLimits loop = busy(limits);
            limits.observe(now);
            for (int i = 0; i < 40_000; i++) {
                from(loop, i % 4 == 3 ? "203.0.113." + i % 251 : "172.17.0.1");
            }
            assertThat(limits.topShare()).isZero();
            limits.observe(now + 60 * SECOND);
            assertThat(limits.topShare()).as("%s", mode).isBetween(0.6, 0.9);
            limits.observe(now + 119 * SECOND);
            assertThat(limits.topShare()).isPositive();
            for (int i = 0; i < 40_000; i++) {
                from(loop, "203.0.113." + i % 251);
            }
            limits.observe(now + 120 * SECOND);
            assertThat(limits.topShare()).isZero();
        }
    }

    @Test
    void theLogSaysOnceInThirtySecondsOfWhomMostIsDropped() {
        Limits limits = limits(settings(1, 1));
        LoopLimits loop = busy(limits);
        try (TestLog log = TestLog.of(Limits.class, Level.INFO)) {
            limits.observe(now);
            assertThat(log.lines()).isEmpty();
            drop(loop, 500, "198.51.100.7");
            drop(loop, 50, "2001:db8::1");
            limits.observe(now + SECOND);
            drop(loop, 500, "198.51.100.7");
            limits.observe(now + 2 * SECOND);
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .contains("198.51.100.7/32")
                    .contains("are dropped");
            drop(loop, 2_000, "2001:db8::1");
            limits.observe(now + 32 * SECOND);
            assertThat(log.lines()).hasSize(2).last().asString().contains("2001:db8::/64");
            limits.observe(now + 61 * SECOND);
            limits.observe(now + 63 * SECOND);
            assertThat(log.lines()).hasSize(3).last().asString().contains("No client is above its limit");
            limits.observe(now + 100 * SECOND);
            assertThat(log.lines()).hasSize(3);
        }
    }

    private static void drop(LoopLimits loop, int questions, String address) {
        for (int i = 0; i < questions; i++) {
            from(loop, address);
            boolean _ = loop.isWithin() || loop.isAnsweredAnyway(i, 5353);
        }
    }
}
