package io.evenkeel.server.change;

import static io.evenkeel.server.change.Zones.APEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.TestLog;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.server.peer.ControlCounters.Stage;
import io.evenkeel.server.peer.LeaderCall;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.PeerHandlers;
import io.evenkeel.server.peer.PeerServer;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.ChangeCodec;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes: n1, whose replica leads, and n2, which reads n1's state as a follower would. */
class ChangeServiceTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    /** Of both writers: they wait for the next tick. */
    private static final int TICKERS = 2;

    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final VirtualTime time = new VirtualTime();
    private final ControlCounters counters = new ControlCounters();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final InMemoryReplica leading = new InMemoryReplica("n1", time);
    private final InMemoryReplica following = new InMemoryReplica("n2", time);

    private ChangeService n1;
    private ChangeService n2;

    @BeforeEach
    void start() throws Exception {
        following.leads(false, "n1");
        n1 = service("n1", leading, Map.of(), time);
        n2 = service("n2", following, Map.of("n1", serve(n1::forwarded).address()), time);
    }

    private ChangeService service(
            String node, InMemoryReplica replica, Map<String, InetSocketAddress> peers, Time clock) {
        return service(node, replica, leading.root(), peers, clock);
    }

    private ChangeService service(
            String node, InMemoryReplica replica, StateRoot root, Map<String, InetSocketAddress> peers, Time clock) {
        ChangeService service = new ChangeService(root, call(node, replica, peers, clock), counters, clock);
        service.open(closing(new ZoneWriter(replica, () -> "", counters, daemons(clock), clock)));
        return service;
    }

    private static Daemons daemons(Time clock) {
        return new Daemons(clock, fault -> {
            throw new AssertionError(fault);
        });
    }

    private LeaderCall call(
            String node, @Nullable InMemoryReplica replica, Map<String, InetSocketAddress> peers, Time clock) {
        return new LeaderCall(
                node, () -> replica, closing(new PeerClient(() -> each(peers), null, counters, daemons(clock), clock)));
    }

    private PeerServer serve(PeerHandlers.Handler<Submit, Accepted> handler) throws Exception {
        return serve(ANY, handler);
    }

    private PeerServer serve(InetSocketAddress address, PeerHandlers.Handler<Submit, Accepted> handler)
            throws IOException {
        return closing(new PeerServer(
                address, null, PeerHandlers.of(PeerHandlers.on(Submit.KIND, handler)), counters, daemons(time)));
    }

    private <T extends AutoCloseable> T closing(T closeable) {
        open.add(closeable);
        return closeable;
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    @Test
    void leaderLogsWhoAsksForAChangeWhicheverNodeWasAsked() throws Exception {
        RequestId here = Zones.id();
        RequestId forwarded = Zones.id();
        try (TestLog log = TestLog.of(ChangeService.class, Level.DEBUG)) {
            n1.submit(here, new Origin("anna", "", ""), Zones.create(APEX), LONG);
            n2.submit(forwarded, new Origin("otto", "", ""), Zones.edit(APEX, "a", "192.0.2.1"), LONG);
            assertThat(log.lines())
                    .containsOnlyOnce(
                            "change " + here + " of anna for example.",
                            "change " + forwarded + " of otto for example.");
        }
    }

    @Test
    void nodeThatDoesNotLeadTimesTheWayToTheLeader() throws Exception {
        n1.submit(Zones.id(), new Origin("anna", "", ""), Zones.create(APEX), LONG);
        assertThat(timed(Stage.FORWARD)).isZero();
        n2.submit(Zones.id(), new Origin("otto", "", ""), Zones.edit(APEX, "a", "192.0.2.1"), LONG);
        assertThat(timed(Stage.FORWARD)).isEqualTo(1);
        assertThat(timed(Stage.APPLY)).isEqualTo(2);
    }

    private long timed(Stage stage) {
        return Arrays.stream(counters.stage(stage).counts()).sum();
    }

    @Test
    void eachChangeThatIsMadeHasOneLineOnTheNodeThatWasAsked() throws Exception {
        RequestId made = Zones.id();
        RequestId edited = Zones.id();
        try (TestLog log = TestLog.of(ChangeService.class, Level.INFO)) {
            n1.submit(made, new Origin("anna", "", ""), Zones.create(APEX), LONG);
            n2.submit(edited, new Origin("otto", "", ""), Zones.edit(APEX, "a", "192.0.2.1"), LONG);
            n1.submit(Zones.id(), new Origin("anna", "", ""), Zones.create(APEX), LONG);
            assertThat(log.lines().stream().filter(line -> line.matches("example\\.: .* by (anna|otto), .*")))
                    .satisfiesExactly(
                            line -> assertThat(line)
                                    .startsWith("example.: made, serial none to ")
                                    .contains(", by anna, request " + made + ", entry "),
                            line -> assertThat(line)
                                    .startsWith("example.: replace a.example. A, serial ")
                                    .contains(", by otto, request " + edited + ", entry "));
        }
    }

    private static Outcome<Accepted> submit(ChangeService service, Change change, Duration deadline) throws Exception {
        return service.submit(Zones.id(), new Origin("test", "", ""), change, deadline);
    }

    @Test
    void leaderAndFollowerAcceptAlike() throws Exception {
        assertThat(submit(n1, Zones.create(APEX), LONG)).isInstanceOf(Outcome.Done.class);
        assertThat(submit(n2, Zones.edit(APEX, "a", "192.0.2.1"), LONG)).isInstanceOf(Outcome.Done.class);
        assertThat(submit(n2, Zones.create(APEX), LONG))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.ZONE_EXISTS));
        assertThat(counters.get(Counter.CHANGES_FORWARDED)).isEqualTo(2);
    }

    /** Its folder was put back to an older copy, say: from then on it takes the leader's entries for stale ones. */
    @Test
    void nodeWhoseZonesDifferAcknowledgesNothingThatItDoesNotShow() throws Exception {
        assertThat(submit(n1, Zones.create(APEX), LONG)).isInstanceOf(Outcome.Done.class);
        InMemoryReplica other = new InMemoryReplica("n2", time);
        other.propose(new ZoneCommand.Tick(), LONG).join();
        for (ZoneCommand command : leading.log()) {
            other.propose(command, LONG).join(); // one entry later, so at another version
        }
        other.leads(false, "n1");
        PeerServer peer = serve(n1::forwarded);
        ChangeService differing = service("n2", other, other.root(), Map.of("n1", peer.address()), time);
        Change edit = Zones.edit(APEX, "a", "192.0.2.1");
        RequestId id = Zones.id();
        int entries = leading.log().size();
        CompletableFuture<Outcome<Accepted>> outcome =
                async(() -> differing.submit(id, new Origin("test", "", ""), edit, LONG));
        await().atMost(LONG).until(() -> leading.log().size() > entries);
        ZoneCommand entry = leading.log().getLast();
        other.propose(entry, LONG).join();
        assertThat(outcome.get())
                .isInstanceOfSatisfying(
                        Outcome.Unknown.class,
                        unknown -> assertThat(unknown.why()).contains("differs from the leader's"));
        assertThat(counters.get(Counter.CHANGES_NOT_SHOWN)).isEqualTo(1);
        // Asked again under its id, another node knows that it was made.
        assertThat(n2.submit(id, new Origin("test", "", ""), edit, LONG)).isInstanceOf(Outcome.Done.class);
    }

    /** It was put back and went on with others before this leader came: its zone has seen more changes, and not this one. */
    @Test
    void nodeWithAnotherPastOfTheZoneAcknowledgesNothing() throws Exception {
        assertThat(submit(n1, Zones.create(APEX), LONG)).isInstanceOf(Outcome.Done.class);
        InMemoryReplica other = new InMemoryReplica("n2", time);
        for (ZoneCommand command : leading.log()) {
            other.propose(command, LONG).join();
        }
        PeerServer peer = serve(n1::forwarded);
        ChangeService differing = service("n2", other, other.root(), Map.of("n1", peer.address()), time);
        assertThat(submit(differing, Zones.edit(APEX, "b", "192.0.2.7"), LONG)).isInstanceOf(Outcome.Done.class);
        assertThat(submit(differing, Zones.edit(APEX, "b", "192.0.2.8"), LONG)).isInstanceOf(Outcome.Done.class);
        other.leads(false, "n1");
        assertThat(submit(differing, Zones.edit(APEX, "a", "192.0.2.1"), LONG))
                .isInstanceOfSatisfying(
                        Outcome.Unknown.class,
                        unknown -> assertThat(unknown.why()).contains("differs from the leader's"));
        assertThat(counters.get(Counter.CHANGES_NOT_SHOWN)).isEqualTo(1);
    }

    @Test
    void nodeInDoubtTakesNoChangesAndALeaderInDoubtMakesNone() throws Exception {
        Doubt doubt = new Doubt(Doubt.Kind.DIVERGED, 1, "so it is");
        following.repair().doubt(doubt);
        assertThat(submit(n2, Zones.create(APEX), LONG))
                .isEqualTo(new Outcome.NotDone<>("this node takes no changes, for its zones may be wrong: so it is"));
        assertThat(submit(n1, Zones.create(APEX), LONG)).isInstanceOf(Outcome.Done.class);
        following.repair().settle();
        leading.repair().doubt(doubt);
        Outcome<Accepted> refused =
                new Outcome.NotDone<>("the leader makes no changes, for its zones may be wrong: so it is");
        assertThat(submit(n2, Zones.edit(APEX, "a", "192.0.2.1"), LONG)).isEqualTo(refused);
        assertThat(leading.log()).hasSize(1);
        leading.repair().settle();
        assertThat(submit(n2, Zones.edit(APEX, "a", "192.0.2.1"), LONG)).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void whatALaterChangeHasReplacedOrDeletedIsAcknowledged() throws Exception {
        assertThat(submit(n2, Zones.create(APEX), LONG)).isInstanceOf(Outcome.Done.class);
        RequestId first = Zones.id();
        Change edit = Zones.edit(APEX, "a", "192.0.2.1");
        assertThat(n2.submit(first, new Origin("test", "", ""), edit, LONG)).isInstanceOf(Outcome.Done.class);
        assertThat(submit(n2, Zones.edit(APEX, "a", "192.0.2.2"), LONG)).isInstanceOf(Outcome.Done.class);
        assertThat(n2.submit(first, new Origin("test", "", ""), edit, LONG)).isInstanceOf(Outcome.Done.class);
        assertThat(submit(n2, new Change.DeleteZone(APEX, null), LONG)).isInstanceOf(Outcome.Done.class);
        assertThat(n2.submit(first, new Origin("test", "", ""), edit, LONG)).isInstanceOf(Outcome.Done.class);
        assertThat(counters.get(Counter.CHANGES_NOT_SHOWN)).isZero();
    }

    @Test
    void withoutAnyLeaderTheChangeIsGivenBackWithinSeconds() throws Exception {
        following.leads(false, null);
        CompletableFuture<Outcome<Accepted>> outcome = async(() -> submit(n2, Zones.create(APEX), LONG));
        time.advanceUntil(outcome, TICKERS + 1);
        assertThat(outcome.get()).isInstanceOf(Outcome.NotDone.class);
        assertThat(Duration.ofNanos(time.nanos())).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(4));
        assertThat(counters.get(Counter.CHANGES_NOT_PROPOSED)).isEqualTo(1);
    }

    @Test
    void connectionThatBreaksAfterSendingIsAskedAgainUnderTheSameIdAndChangesOnce() throws Exception {
        submit(n1, Zones.create(APEX), LONG);
        CountDownLatch first = new CountDownLatch(1);
        List<RequestId> ids = new CopyOnWriteArrayList<>();
        CompletableFuture<PeerServer> breaking = new CompletableFuture<>();
        PeerServer broken = serve(asked -> {
            Outcome<Accepted> answer = n1.forwarded(asked);
            ids.add(asked.id());
            // Committed, and nobody will ever hear of it.
            breaking.join().close();
            first.countDown();
            return answer;
        });
        breaking.complete(broken);
        ChangeService n4 = service("n2", following, Map.of("n1", broken.address()), Time.SYSTEM);
        CompletableFuture<Outcome<Accepted>> outcome =
                async(() -> submit(n4, Zones.edit(APEX, "a", "192.0.2.1"), LONG));
        assertThat(first.await(30, TimeUnit.SECONDS)).isTrue();
        await().atMost(LONG)
                .ignoreExceptionsInstanceOf(BindException.class)
                .until(() -> serve(broken.address(), asked -> {
                            ids.add(asked.id());
                            return n1.forwarded(asked);
                        })
                        != null);
        assertThat(outcome.get(30, TimeUnit.SECONDS)).isInstanceOf(Outcome.Done.class);
        assertThat(ids).hasSizeGreaterThan(1);
        assertThat(ids.stream().distinct()).hasSize(1);
        assertThat(leading.log()).hasSize(2);
    }

    @Test
    void outcomeThatStaysLostIsUnknownAndNeverAFalseSuccessOrRefusal() throws Exception {
        submit(n1, Zones.create(APEX), LONG);
        leading.quorum(false);
        CompletableFuture<Outcome<Accepted>> outcome =
                async(() -> submit(n2, Zones.edit(APEX, "a", "192.0.2.1"), Duration.ofSeconds(2)));
        await().atMost(LONG)
                .until(() -> counters.get(Counter.COMMANDS_PROPOSED) == 2); // else it may be late before that
        time.advanceUntil(outcome, TICKERS + 1);
        assertThat(outcome.get()).isInstanceOf(Outcome.Unknown.class);
    }

    @Test
    void nodeWithoutClusterGivesChangesBack() throws Exception {
        ChangeService alone = new ChangeService(leading.root(), call("n5", null, Map.of(), time), counters, time);
        CompletableFuture<Outcome<Accepted>> outcome = async(() -> submit(alone, Zones.create(APEX), LONG));
        time.advanceUntil(outcome, TICKERS + 1);
        assertThat(outcome.get()).isInstanceOf(Outcome.NotDone.class);
        assertThat(alone.forwarded(new Submit(
                        1000, Zones.id(), new Origin("p", "", ""), ChangeCodec.encode(Zones.create(APEX)), false)))
                .isEqualTo(new Outcome.NotLeader<Accepted>(null));
    }

    @Test
    void unreadableChangeIsRefusedByTheLeader() throws Exception {
        assertThat(n1.forwarded(new Submit(1000, Zones.id(), new Origin("p", "", ""), new byte[] {1, 2, 3}, false)))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.FAULT));
    }

    @Test
    void largeZoneGoesInChunks() throws Exception {
        List<org.xbill.DNS.Record> records = new ArrayList<>(Zones.records(APEX));
        for (int i = 0; i < 40_000; i++) {
            records.add(Zones.record("h" + i + ".example.", org.xbill.DNS.Type.A, "192.0.2.1"));
        }
        RequestId id = Zones.id();
        Outcome<ZoneContents> staged =
                new ContentsStager(n2, leading.root()).stage(id, new Origin("test", "", ""), APEX, records, LONG);
        assertThat(staged).isInstanceOf(Outcome.Done.class);
        Change create = new Change.CreateZone(APEX, ((Outcome.Done<ZoneContents>) staged).answer());
        assertThat(n2.submit(id, new Origin("test", "", ""), create, LONG)).isInstanceOf(Outcome.Done.class);
        assertThat(Zones.zone(leading.root().get().state()).records()).isEqualTo(40_003);
        assertThat(leading.log().size()).isGreaterThan(2);
    }

    private interface Asked {
        Outcome<Accepted> run() throws Exception;
    }

    private static CompletableFuture<Outcome<Accepted>> async(Asked asked) {
        CompletableFuture<Outcome<Accepted>> future = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                future.complete(asked.run());
            } catch (Exception e) {
                future.completeExceptionally(e);
            }
        });
        return future;
    }

    private static Map<String, List<InetSocketAddress>> each(Map<String, InetSocketAddress> peers) {
        Map<String, List<InetSocketAddress>> all = new LinkedHashMap<>();
        peers.forEach((name, address) -> all.put(name, List.of(address)));
        return all;
    }
}
