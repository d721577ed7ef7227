package io.evenkeel.server.change;

import static io.evenkeel.server.change.Zones.APEX;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.server.peer.PeerClient;
import io.evenkeel.server.peer.PeerHandler;
import io.evenkeel.server.peer.PeerMessage;
import io.evenkeel.server.peer.PeerServer;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.state.ChangeOutcome;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes: n1, whose replica leads, and n2, which reads n1's state as a follower would. */
class ChangeServiceTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final ControlCounters counters = new ControlCounters();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final InMemoryReplica leading = new InMemoryReplica("n1");
    private final InMemoryReplica following = new InMemoryReplica("n2");

    private ChangeService n1;
    private ChangeService n2;
    private PeerServer server;

    @BeforeEach
    void start() throws Exception {
        following.leads(false, "n1");
        n1 = service("n1", leading, Map.of());
        server = serve(request -> n1.forwarded((PeerMessage.Submit) request));
        n2 = new ChangeService("n2", leading.root(), client(Map.of("n1", server.address())), counters);
        n2.open(following, closing(new ZoneWriter(following, counters)));
    }

    private ChangeService service(String node, InMemoryReplica replica, Map<String, InetSocketAddress> peers) {
        ChangeService service = new ChangeService(node, replica.root(), client(peers), counters);
        service.open(replica, closing(new ZoneWriter(replica, counters)));
        return service;
    }

    private PeerServer serve(PeerHandler handler) throws Exception {
        return closing(new PeerServer(ANY, null, handler, counters));
    }

    private PeerClient client(Map<String, InetSocketAddress> peers) {
        return closing(new PeerClient(peers, null, counters));
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

    private static ChangeOutcome submit(ChangeService service, Change change, Duration deadline) throws Exception {
        return service.submit(Zones.id(), "test", change, deadline);
    }

    @Test
    void leaderAndFollowerAcceptAlike() throws Exception {
        assertThat(submit(n1, Zones.create(APEX), LONG)).isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(submit(n2, Zones.edit(APEX, "a", "192.0.2.1"), LONG)).isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(submit(n2, Zones.create(APEX), LONG))
                .isInstanceOfSatisfying(
                        ChangeOutcome.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(ChangeOutcome.Reason.ZONE_EXISTS));
        assertThat(counters.get(Counter.CHANGES_FORWARDED)).isEqualTo(2);
    }

    @Test
    void hintIsFollowedToTheLeader() throws Exception {
        InMemoryReplica third = new InMemoryReplica("n3");
        third.leads(false, "n2");
        PeerServer wrong = serve(request -> new PeerMessage.NotLeader("n1"));
        ChangeService n3 = new ChangeService(
                "n3", leading.root(), client(Map.of("n1", server.address(), "n2", wrong.address())), counters);
        n3.open(third, closing(new ZoneWriter(third, counters)));
        assertThat(submit(n3, Zones.create(APEX), LONG)).isInstanceOf(ChangeOutcome.Accepted.class);
    }

    @Test
    void withoutAnyLeaderTheChangeIsGivenBackWithinSeconds() throws Exception {
        following.leads(false, null);
        long start = System.nanoTime();
        ChangeOutcome outcome = submit(n2, Zones.create(APEX), LONG);
        assertThat(outcome).isInstanceOf(ChangeOutcome.NotProposed.class);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(8));
    }

    @Test
    void leaderThatCannotBeReachedMeansNeverProposed() throws Exception {
        server.close();
        // Until the thread that accepts has let go of it, the system takes connections still.
        await().atMost(LONG).until(() -> isRefused(server.address()));
        assertThat(submit(n2, Zones.create(APEX), LONG)).isInstanceOf(ChangeOutcome.NotProposed.class);
    }

    @Test
    void changeWaitsForAnElection() throws Exception {
        following.leads(false, null);
        CompletableFuture<ChangeOutcome> outcome = async(() -> submit(n2, Zones.create(APEX), LONG));
        await().during(Duration.ofMillis(500)).atMost(LONG).until(() -> !outcome.isDone());
        following.leads(false, "n1");
        assertThat(outcome.get(30, TimeUnit.SECONDS)).isInstanceOf(ChangeOutcome.Accepted.class);
    }

    @Test
    void connectionThatBreaksAfterSendingIsAskedAgainUnderTheSameIdAndChangesOnce() throws Exception {
        submit(n1, Zones.create(APEX), LONG);
        CountDownLatch first = new CountDownLatch(1);
        List<RequestId> ids = new ArrayList<>();
        CompletableFuture<PeerServer> breaking = new CompletableFuture<>();
        PeerServer broken = serve(request -> {
            PeerMessage.Submit asked = (PeerMessage.Submit) request;
            PeerMessage.Answer answer = n1.forwarded(asked);
            synchronized (ids) {
                ids.add(asked.id());
            }
            if (first.getCount() > 0) {
                first.countDown();
                // Committed, and nobody will ever hear of it.
                breaking.join().close();
            }
            return answer;
        });
        breaking.complete(broken);
        ChangeService n4 = new ChangeService("n2", leading.root(), client(Map.of("n1", broken.address())), counters);
        n4.open(following, closing(new ZoneWriter(following, counters)));
        CompletableFuture<ChangeOutcome> outcome = async(() -> submit(n4, Zones.edit(APEX, "a", "192.0.2.1"), LONG));
        assertThat(first.await(30, TimeUnit.SECONDS)).isTrue();
        PeerServer again = null;
        while (again == null) {
            try {
                again = closing(new PeerServer(
                        broken.address(),
                        null,
                        request -> {
                            synchronized (ids) {
                                ids.add(((PeerMessage.Submit) request).id());
                            }
                            return n1.forwarded((PeerMessage.Submit) request);
                        },
                        counters));
            } catch (java.net.BindException e) {
                Thread.sleep(20);
            }
        }
        assertThat(outcome.get(30, TimeUnit.SECONDS)).isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(ids).hasSizeGreaterThan(1);
        assertThat(ids.stream().distinct()).hasSize(1);
        assertThat(leading.log()).hasSize(2);
    }

    @Test
    void outcomeThatStaysLostIsUnknownAndNeverAFalseSuccessOrRefusal() throws Exception {
        submit(n1, Zones.create(APEX), LONG);
        leading.quorum(false);
        ChangeOutcome outcome = submit(n2, Zones.edit(APEX, "a", "192.0.2.1"), Duration.ofSeconds(2));
        assertThat(outcome).isInstanceOf(ChangeOutcome.Unknown.class);
    }

    /** A leader of an older version may follow one that has taken the change. */
    @Test
    void whatMayHaveBeenProposedIsNotRefusedByALeaderThatCannotReadIt() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        PeerServer changing = serve(_ -> asked.incrementAndGet() == 1
                ? new PeerMessage.Failed("cut off")
                : new PeerMessage.Refused("cannot read this change"));
        ChangeService n4 = new ChangeService("n2", leading.root(), client(Map.of("n1", changing.address())), counters);
        n4.open(following, closing(new ZoneWriter(following, counters)));
        assertThat(submit(n4, Zones.create(APEX), Duration.ofSeconds(1))).isInstanceOf(ChangeOutcome.Unknown.class);
        assertThat(asked).hasValueGreaterThan(1);
    }

    @Test
    void silentLeaderIsLeftForItsSuccessor() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        PeerServer silent = serve(request -> {
            asked.countDown();
            never.await();
            return new PeerMessage.Busy("never");
        });
        InMemoryReplica third = new InMemoryReplica("n3");
        third.leads(false, "n9");
        ChangeService n3 = new ChangeService(
                "n3", leading.root(), client(Map.of("n9", silent.address(), "n1", server.address())), counters);
        n3.open(third, closing(new ZoneWriter(third, counters)));
        CompletableFuture<ChangeOutcome> outcome = async(() -> submit(n3, Zones.create(APEX), LONG));
        assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
        third.leads(false, "n1");
        assertThat(outcome.get(10, TimeUnit.SECONDS)).isInstanceOf(ChangeOutcome.Accepted.class);
        never.countDown();
    }

    @Test
    void nodeWithoutClusterGivesChangesBack() throws Exception {
        ChangeService alone = new ChangeService("n5", leading.root(), client(Map.of()), counters);
        assertThat(submit(alone, Zones.create(APEX), LONG)).isInstanceOf(ChangeOutcome.NotProposed.class);
        assertThat(alone.forwarded(new PeerMessage.Submit(1000, Zones.id(), "p", new byte[0])))
                .isEqualTo(new PeerMessage.NotLeader(null));
    }

    @Test
    void unreadableChangeIsRefusedByTheLeader() throws Exception {
        assertThat(n1.forwarded(new PeerMessage.Submit(1000, Zones.id(), "p", new byte[] {1, 2, 3})))
                .isInstanceOf(PeerMessage.Refused.class);
    }

    @Test
    void largeZoneGoesInChunks() throws Exception {
        List<org.xbill.DNS.Record> records = new ArrayList<>(Zones.records(APEX));
        for (int i = 0; i < 40_000; i++) {
            records.add(Zones.record("h" + i + ".example.", org.xbill.DNS.Type.A, "192.0.2.1"));
        }
        RequestId id = Zones.id();
        ContentsStager.Staging staging = new ContentsStager(n2).stage(id, "test", APEX, records, LONG);
        Change create = new Change.CreateZone(APEX, ((ContentsStager.Staging.Ready) staging).contents());
        assertThat(n2.submit(id, "test", create, LONG)).isInstanceOf(ChangeOutcome.Accepted.class);
        assertThat(Zones.zone(leading.root().get().state()).records()).isEqualTo(40_003);
        assertThat(leading.log().size()).isGreaterThan(2);
    }

    private static boolean isRefused(InetSocketAddress address) throws IOException {
        try (Socket _ = new Socket(address.getAddress(), address.getPort())) {
            return false;
        } catch (ConnectException _) {
            return true;
        }
    }

    private interface Asked {
        ChangeOutcome run() throws Exception;
    }

    private static CompletableFuture<ChangeOutcome> async(Asked asked) {
        CompletableFuture<ChangeOutcome> future = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                future.complete(asked.run());
            } catch (Exception e) {
                future.completeExceptionally(e);
            }
        });
        return future;
    }
}
