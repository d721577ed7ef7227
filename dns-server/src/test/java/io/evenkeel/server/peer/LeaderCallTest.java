package io.evenkeel.server.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.server.peer.Outcome.Nothing;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** n1, which may lead; n2 and n3 answer on loopback; no node is at the address of n4. Time moves only when the test moves it. */
@Timeout(60)
class LeaderCallTest {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final LeaderCall.Patience PATIENCE = new LeaderCall.Patience(DEADLINE, Duration.ofSeconds(3), false);

    private final VirtualTime time = new VirtualTime();
    private final InMemoryReplica replica = new InMemoryReplica("n1");
    private final ControlCounters counters = new ControlCounters();
    private final Daemons daemons = new Daemons(time, fault -> {
        throw new AssertionError(fault);
    });
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Deque<Outcome<Nothing>> here = new ArrayDeque<>();
    private final List<String> asked = new ArrayList<>();

    private final class Asked implements LeaderCall.Asked<Nothing> {
        @Override
        public Outcome<Nothing> here(Duration remaining) {
            asked.add("n1");
            Outcome<Nothing> next = here.size() > 1 ? here.remove() : here.peek();
            return next == null ? Outcome.done() : next;
        }

        @Override
        public Request<Nothing> request(Duration remaining) {
            return new Ping("hello");
        }
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private CompletableFuture<Outcome<Nothing>> ask(
            LeaderCall.Patience patience, Map<String, InetSocketAddress> peers) {
        PeerClient client = new PeerClient(() -> each(peers), null, counters, daemons, time);
        open.add(client);
        LeaderCall call = new LeaderCall("n1", () -> replica, client);
        CompletableFuture<Outcome<Nothing>> outcome = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                outcome.complete(call.ask(new Asked(), patience));
            } catch (InterruptedException | RuntimeException e) {
                outcome.completeExceptionally(e);
            }
        });
        return outcome;
    }

    private Outcome<Nothing> alone(LeaderCall.Patience patience) throws Exception {
        CompletableFuture<Outcome<Nothing>> outcome = ask(patience, Map.of());
        time.advanceUntil(outcome, 1);
        return outcome.get();
    }

    private InetSocketAddress serve(PeerHandlers.Handler<Ping, Nothing> handler) throws Exception {
        PeerServer server = new PeerServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                null,
                PeerHandlers.of(PeerHandlers.on(Ping.KIND, handler)),
                counters,
                daemons);
        open.add(server);
        return server.address();
    }

    @Test
    void leaderAnswersWithoutAnyWait() throws Exception {
        assertThat(ask(PATIENCE, Map.of()).get(30, TimeUnit.SECONDS)).isEqualTo(Outcome.done());
        assertThat(time.nanos()).isZero();
    }

    @Test
    void withoutAnyLeaderItIsGivenBackSoonerThanAtTheDeadline() throws Exception {
        replica.leads(false, null);
        assertThat(alone(PATIENCE)).isInstanceOf(Outcome.NotDone.class);
        assertThat(Duration.ofNanos(time.nanos())).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(4));
    }

    @Test
    void leaderThatDidNotDoItIsAskedAgainOnlyIfThatIsWanted() throws Exception {
        here.add(new Outcome.NotDone<>("overloaded"));
        assertThat(alone(PATIENCE)).isEqualTo(new Outcome.NotDone<Nothing>("overloaded"));
        assertThat(asked).hasSize(1);
        here.add(Outcome.done());
        assertThat(alone(new LeaderCall.Patience(DEADLINE, DEADLINE, true))).isEqualTo(Outcome.done());
        assertThat(asked).hasSize(3);
    }

    @Test
    void lostOutcomeIsAskedForAgainAndStaysUnknownAtTheDeadline() throws Exception {
        here.add(new Outcome.Unknown<>("lost"));
        here.add(new Outcome.NotDone<>("overloaded"));
        assertThat(alone(PATIENCE)).isEqualTo(new Outcome.Unknown<Nothing>("overloaded; lost"));
        assertThat(asked).hasSizeGreaterThan(3);
        assertThat(Duration.ofNanos(time.nanos())).isBetween(DEADLINE.minusSeconds(1), DEADLINE);
    }

    @Test
    void whatIsUnderwayIsWaitedForBeyondTheDeadlineButNotForEver() throws Exception {
        Outcome<Nothing> underway = new Outcome.Unknown<>("being judged", true);
        Duration whole = Duration.ofSeconds(40);
        LeaderCall.Patience patience = new LeaderCall.Patience(DEADLINE, Duration.ofSeconds(3), false, whole);
        for (int i = 0; i < 400; i++) {
            here.add(underway);
        }
        here.add(Outcome.done());
        assertThat(alone(patience)).isEqualTo(Outcome.done());
        assertThat(Duration.ofNanos(time.nanos())).isGreaterThan(DEADLINE);
        here.clear();
        here.add(underway);
        long began = time.nanos();
        assertThat(alone(patience)).isEqualTo(new Outcome.Unknown<Nothing>("being judged"));
        assertThat(Duration.ofNanos(time.nanos() - began)).isBetween(whole.minusSeconds(1), whole);
    }

    /** A leader of an older version may follow one that has done it. */
    @Test
    void whatMayHaveBeenDoneIsNotRefusedByANodeThatCannotReadIt() throws Exception {
        here.add(new Outcome.Unknown<>("lost"));
        here.add(new Outcome.Refused<>(Reason.FAULT, List.of("cannot read this")));
        assertThat(alone(PATIENCE)).isInstanceOf(Outcome.Unknown.class);
        assertThat(asked).hasSizeGreaterThan(3);
    }

    @Test
    void refusalByJudgementIsFinal() throws Exception {
        here.add(new Outcome.Unknown<>("lost"));
        here.add(new Outcome.Refused<>("there is none"));
        assertThat(alone(PATIENCE)).isEqualTo(new Outcome.Refused<Nothing>("there is none"));
        assertThat(asked).hasSize(2);
    }

    @Test
    void electionIsWaitedFor() throws Exception {
        replica.leads(false, null);
        CompletableFuture<Outcome<Nothing>> outcome = ask(PATIENCE, Map.of());
        time.awaitWaiting(1);
        time.advance(Duration.ofSeconds(1));
        assertThat(asked).isEmpty();
        replica.leads(true, null);
        time.advanceUntil(outcome, 1);
        assertThat(outcome.get()).isEqualTo(Outcome.done());
        assertThat(Duration.ofNanos(time.nanos()))
                .as("another leader ends the back-off")
                .isLessThan(Duration.ofMillis(1200));
    }

    @Test
    void leaderThatCannotBeReachedMeansNotDone() throws Exception {
        replica.leads(false, "n4");
        CompletableFuture<Outcome<Nothing>> outcome = ask(PATIENCE, Map.of("n4", nobody()));
        time.advanceUntil(outcome, 1);
        assertThat(outcome.get())
                .isInstanceOfSatisfying(
                        Outcome.NotDone.class, not -> assertThat(not.why()).contains("cannot be reached"));
    }

    @Test
    void hintLeadsToTheLeader() throws Exception {
        InetSocketAddress n2 = serve(_ -> new Outcome.NotLeader<>("n3"));
        InetSocketAddress n3 = serve(_ -> Outcome.done());
        replica.leads(false, "n2");
        Duration hour = Duration.ofHours(1);
        CompletableFuture<Outcome<Nothing>> outcome =
                ask(new LeaderCall.Patience(hour, hour, false), Map.of("n2", n2, "n3", n3));
        // The pause between both ends with time alone; that it moves on during an answer's way does no harm in an hour.
        await().pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(30))
                .until(() -> {
                    time.advance(PeerLimits.BACKOFF_FIRST);
                    return outcome.isDone();
                });
        assertThat(outcome.get()).isEqualTo(Outcome.done());
    }

    @Test
    void silentLeaderIsLeftForItsSuccessor() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch arrived = new CountDownLatch(1);
        InetSocketAddress n2 = serve(_ -> {
            arrived.countDown();
            never.await();
            return Outcome.done();
        });
        replica.leads(false, "n2");
        CompletableFuture<Outcome<Nothing>> outcome = ask(PATIENCE, Map.of("n2", n2));
        assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
        replica.leads(true, null);
        time.advanceUntil(outcome, 1);
        assertThat(outcome.get()).isEqualTo(Outcome.done());
        assertThat(asked).containsExactly("n1");
        never.countDown();
    }

    @Test
    void silentLeaderWithoutSuccessorLeavesItUnknown() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        InetSocketAddress n2 = serve(_ -> {
            never.await();
            return Outcome.done();
        });
        replica.leads(false, "n2");
        CompletableFuture<Outcome<Nothing>> outcome = ask(PATIENCE, Map.of("n2", n2));
        time.advanceUntil(outcome, 1);
        assertThat(outcome.get()).isEqualTo(new Outcome.Unknown<Nothing>("n2 did not answer in time"));
        never.countDown();
    }

    private static InetSocketAddress nobody() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    }

    private static Map<String, List<InetSocketAddress>> each(Map<String, InetSocketAddress> peers) {
        Map<String, List<InetSocketAddress>> all = new LinkedHashMap<>();
        peers.forEach((name, address) -> all.put(name, List.of(address)));
        return all;
    }
}
