package io.evenkeel.server.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.server.peer.AskVitals;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.PeerHandlers;
import io.evenkeel.server.peer.PeerServer;
import io.evenkeel.server.peer.Vitals;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Members that tell, hang, or do not know the question. */
class PeerVitalsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SLOW = Duration.ofMillis(250);
    private static final Set<String> OTHERS = Set.of("n2", "n3", "n4");

    private final VirtualTime time = new VirtualTime();
    private final Map<String, Integer> asked = new ConcurrentHashMap<>();
    private final CountDownLatch release = new CountDownLatch(1);
    private final PeerVitals vitals = new PeerVitals(this::ask, new Daemons(time, fault -> {
        throw new AssertionError(fault);
    }));

    private Outcome<Vitals> ask(String member, Duration atMost) throws InterruptedException {
        int before = asked.merge(member, 1, Integer::sum);
        return switch (member) {
            case "n2" -> new Outcome.Done<>(TestVitals.of(before, 100, true));
            case "n3" -> {
                release.await(); // as long as it hangs
                yield new Outcome.Unknown<>("hangs");
            }
            case "slow" -> {
                time.sleep(SLOW);
                yield new Outcome.Done<>(TestVitals.of(before, 100, true));
            }
            default -> new Outcome.Refused<>(Reason.FAULT, List.of("does not understand VITALS"));
        };
    }

    private double load() {
        PeerVitals.Heard word = vitals.last("n2");
        return word == null ? 0 : Objects.requireNonNull(word.vitals()).loadQps();
    }

    @Test
    void oneThatHangsHoldsNobodyUpAndIsNotAskedTwiceAtOnce() throws Exception {
        try {
            for (int round = 1; round <= 10; round++) {
                double expected = round;
                vitals.round(OTHERS);
                await().atMost(LONG).until(() -> load() >= expected);
                time.advance(Duration.ofSeconds(1));
            }
            assertThat(asked).containsEntry("n3", 1);
            assertThat(vitals.last("n3")).isNull();
        } finally {
            release.countDown();
        }
    }

    @Test
    void theTimeUntilAnAnswerIsKnown() throws Exception {
        vitals.round(Set.of("slow"));
        time.awaitWaiting(1);
        time.advance(SLOW);
        await().atMost(LONG).until(() -> vitals.last("slow") != null);
        assertThat(vitals.last("slow")).extracting(PeerVitals.Heard::tookNanos).isEqualTo(SLOW.toNanos());
    }

    @Test
    void oneThatDoesNotKnowTheQuestionIsAskedSeldom() throws Exception {
        release.countDown();
        for (int second = 0; second < 61; second++) {
            vitals.round(Set.of("n4"));
            await().atMost(LONG).until(() -> vitals.last("n4") != null);
            time.advance(Duration.ofSeconds(1));
        }
        await().atMost(LONG).untilAsserted(() -> assertThat(asked).containsEntry("n4", 2));
        PeerVitals.Heard word = Objects.requireNonNull(vitals.last("n4"));
        assertThat(word.vitals()).isNull();
        assertThat(vitals.isFresh(word)).isTrue();
    }

    @Test
    void anOlderNodeRefusesOverTheChannelAndOneThatSaysNothingEndsInTime() throws Exception {
        release.countDown();
        Daemons daemons = new Daemons(fault -> {
            throw new AssertionError(fault);
        });
        ControlCounters counters = new ControlCounters();
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (PeerServer older = new PeerServer(any, null, PeerHandlers.of(), counters, daemons);
                PeerServer tells = new PeerServer(
                        any,
                        null,
                        PeerHandlers.of(PeerHandlers.on(
                                AskVitals.KIND, _ -> new Outcome.Done<>(TestVitals.of(7, Double.NaN, true)))),
                        counters,
                        daemons);
                ServerSocket mute = new ServerSocket()) {
            mute.bind(any);
            Map<String, List<InetSocketAddress>> at = Map.of(
                    "older", List.of(older.address()),
                    "tells", List.of(tells.address()),
                    "mute", List.of((InetSocketAddress) mute.getLocalSocketAddress()));
            try (PeerClient client = new PeerClient(() -> at, null, counters, daemons, Time.SYSTEM)) {
                assertThat(client.call("older", new AskVitals(), LONG)).isInstanceOf(Outcome.Refused.class);
                assertThat(client.call("tells", new AskVitals(), LONG))
                        .isEqualTo(new Outcome.Done<>(TestVitals.of(7, Double.NaN, true)));
                assertThat(client.call("mute", new AskVitals(), Duration.ofMillis(200)))
                        .isInstanceOf(Outcome.Unknown.class);
            }
        }
    }

    @Test
    void anOldWordIsNotFreshAndThatOfAFormerMemberIsForgotten() throws Exception {
        release.countDown();
        vitals.round(Set.of("n2"));
        await().atMost(LONG).until(() -> load() >= 1);
        PeerVitals.Heard word = Objects.requireNonNull(vitals.last("n2"));
        assertThat(vitals.isFresh(word)).isTrue();
        time.advance(PeerVitals.FRESH);
        assertThat(vitals.isFresh(word)).isFalse();
        vitals.round(Set.of());
        assertThat(vitals.last("n2")).isNull();
    }
}
