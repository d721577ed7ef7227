package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.change.Zones;
import io.evenkeel.server.config.ServerConfig.GateConfig;
import io.evenkeel.server.peer.PeerGates;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StartupTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final InMemoryReplica replica = new InMemoryReplica();
    private final AtomicLong skippedNanos = new AtomicLong();
    private final NodeLife life = new NodeLife(new Time() {
        @Override
        public long nanos() {
            return SYSTEM.nanos() + skippedNanos.get();
        }

        @Override
        public void sleep(Duration length) throws InterruptedException {
            SYSTEM.sleep(length);
        }

        @Override
        public <T> T await(CompletableFuture<T> future, Duration atMost)
                throws InterruptedException, ExecutionException, TimeoutException {
            return SYSTEM.await(future, atMost);
        }
    });
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicBoolean leaderHeard = new AtomicBoolean();
    private final AtomicBoolean opened = new AtomicBoolean();
    private final Gate gate = new Gate(life, replica.root(), () -> opened.set(true), () -> opened.set(false));

    @TempDir
    Path folder;

    private DataAge age;

    @BeforeEach
    void ofYoungZones() {
        age = new DataAge(replica.root(), folder, Duration.ofSeconds(60));
    }

    private Thread start(Duration noQuorumAfter) {
        Startup startup = new Startup(
                life,
                replica.root(),
                age,
                new GateConfig(noQuorumAfter, Duration.ofDays(7), Duration.ofSeconds(1), Duration.ofSeconds(60)),
                _ -> {},
                gate,
                () -> {
                    asked.incrementAndGet();
                    return leaderHeard.get();
                });
        return Thread.ofVirtual().start(() -> {
            try {
                startup.run(replica);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void putZone() {
        ZoneCommand command = new ZoneCommand.PutZone(
                Zones.APEX, null, new ZoneContents.Inline(Zones.records(Zones.APEX)), 1, List.of());
        replica.propose(command, LONG).join();
        ReplicatedState state = replica.root().get().state();
        assertThat(state.catalog().zone(Zones.APEX)).isNotNull();
    }

    @Test
    void nodeThatCannotApplyItsLogAnswersFromWhatItHasAndSaysSo() {
        putZone();
        replica.quorum(false);
        replica.broken(3, "entry 2 cannot be applied");
        Thread thread = start(Duration.ofMillis(1));
        await().atMost(LONG).until(() -> life.state() == NodeState.OPEN);
        assertThat(opened).isTrue();
        assertThat(life.isCaughtUp()).isFalse();
        life.drain();
        thread.interrupt();
    }

    @Test
    void zonesThatAreTooOldWaitForAnOperatorWhoIsToldTheirAge() throws Exception {
        putZone();
        replica.quorum(false);
        replica.root().recovered(Long.MAX_VALUE); // they were on the disk when the process began
        long eightDaysAgo = System.currentTimeMillis() - Duration.ofDays(8).toMillis();
        Files.writeString(folder.resolve(DataAge.FILE), "1 " + eightDaysAgo + "\n");
        age = new DataAge(replica.root(), folder, Duration.ofSeconds(60));
        Thread thread = start(Duration.ofMillis(1));
        await().atMost(LONG).until(() -> life.waitsFor().contains("8 days old"));
        assertThat(life.state()).isEqualTo(NodeState.CATCHING_UP);
        assertThat(opened).isFalse();
        assertThat(gate.open(false)).isEqualTo(new Gate.Outcome.Done(false));
        assertThat(opened).isTrue();
        assertThat(life.waitsFor()).isEmpty();
        life.drain();
        thread.interrupt();
        assertThat(thread.join(LONG)).isTrue();
    }

    @Test
    void nodeThatStillAppliesItsLogIsSilentHoweverLongThatTakes() throws Exception {
        putZone();
        replica.broken(1, null);
        Thread thread = start(Duration.ofMillis(1));
        assertThat(thread.join(Duration.ofMillis(500))).isFalse();
        assertThat(life.state()).isEqualTo(NodeState.STARTING);
        assertThat(opened).isFalse();
        replica.broken(0, null);
        replica.propose(new ZoneCommand.Tick(), LONG).join(); // the entry that was missing
        await().atMost(LONG).until(() -> life.state() == NodeState.OPEN);
        assertThat(thread.join(LONG)).isTrue();
    }

    @Test
    void anOperatorOpensANodeThatStillWaits() throws Exception {
        putZone();
        replica.quorum(false);
        Thread thread = start(Duration.ofHours(1));
        await().atMost(LONG).until(() -> life.state() == NodeState.CATCHING_UP);
        assertThat(gate.open(false)).isEqualTo(new Gate.Outcome.Done(false));
        assertThat(opened).isTrue();
        assertThat(life.isCaughtUp()).isFalse();
        replica.quorum(true);
        await().atMost(LONG).until(life::isCaughtUp);
        assertThat(life.state()).isEqualTo(NodeState.OPEN);
        assertThat(thread.join(LONG)).isTrue();
    }

    @Test
    void anOperatorOpensANodeThatCannotApplyItsLogYet() throws Exception {
        putZone();
        replica.broken(1, null);
        Thread thread = start(Duration.ofHours(1));
        assertThat(gate.open(false)).isEqualTo(new Gate.Outcome.Done(false));
        assertThat(opened).isTrue();
        replica.broken(0, null);
        assertThat(thread.join(LONG)).isTrue();
        assertThat(life.state()).isEqualTo(NodeState.OPEN);
    }

    @Test
    void aNodeThatTheOperatorHasClosedGetsReadyAndStaysSilent() throws Exception {
        putZone();
        replica.quorum(false);
        Thread thread = start(Duration.ofHours(1));
        await().atMost(LONG).until(() -> life.state() == NodeState.CATCHING_UP);
        assertThat(gate.close(false, () -> new PeerGates(List.of("n2"), List.of())))
                .isEqualTo(new Gate.Outcome.Done(false));
        replica.quorum(true);
        assertThat(thread.join(LONG)).isTrue();
        assertThat(opened).isFalse();
        assertThat(life.state()).isEqualTo(NodeState.CLOSED);
        assertThat(gate.open(false)).isEqualTo(new Gate.Outcome.Done(false));
        assertThat(opened).isTrue();
        assertThat(life.isCaughtUp()).isTrue();
    }

    @Test
    void nodeStartedAgainBeforeItEverHadAllZonesIsSilentWithoutMajority() throws Exception {
        putZone();
        replica.caughtUpBefore(false);
        replica.quorum(false);
        Thread thread = start(Duration.ofMillis(1));
        await().atMost(LONG).until(() -> life.state() == NodeState.CATCHING_UP);
        assertThat(thread.join(Duration.ofMillis(500))).isFalse();
        assertThat(opened).isFalse();
        replica.quorum(true);
        await().atMost(LONG).until(() -> life.state() == NodeState.OPEN);
        assertThat(life.isCaughtUp()).isTrue();
        assertThat(thread.join(LONG)).isTrue();
    }

    @Test
    void zonesThatComeInWithoutWordFromMajorityAreNothingToOpenWith() throws Exception {
        replica.caughtUpBefore(false);
        replica.quorum(false);
        Thread thread = start(Duration.ofMillis(1));
        await().atMost(LONG).until(() -> life.state() == NodeState.CATCHING_UP);
        synchronized (replica) { // so that nobody is told of the majority that the entry needs
            replica.quorum(true);
            putZone();
            replica.quorum(false);
        }
        assertThat(thread.join(Duration.ofMillis(500))).isFalse();
        assertThat(life.state()).isEqualTo(NodeState.CATCHING_UP);
        assertThat(opened).isFalse();
        replica.quorum(true);
        await().atMost(LONG).until(() -> life.state() == NodeState.OPEN);
        assertThat(life.isCaughtUp()).isTrue();
        assertThat(thread.join(LONG)).isTrue();
    }

    /** Entries come in all the time, and nobody is told of the majority that they need. */
    private Thread move() {
        return Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    synchronized (replica) {
                        replica.quorum(true);
                        replica.propose(new ZoneCommand.Tick(), LONG).join();
                        replica.quorum(false);
                    }
                    Thread.sleep(10);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Lets the node become older in steps, in each of which it sees that its index moves and, from some age on, asks for the leader. */
    private void age(int seconds, int asksFrom) {
        for (int second = 5; second <= seconds; second += 5) {
            skippedNanos.addAndGet(Duration.ofSeconds(5).toNanos());
            long index = replica.root().get().index();
            await().atMost(LONG).until(() -> replica.root().get().index() > index + 10);
            int before = asked.get();
            if (second > asksFrom) {
                await().atMost(LONG).until(() -> asked.get() > before || life.state() == NodeState.OPEN);
            }
        }
    }

    @Test
    void nodeThatFollowsALeaderWaitsForAMinuteAndThenOpensBehind() throws Exception {
        putZone();
        replica.quorum(false);
        leaderHeard.set(true);
        Thread thread = start(Duration.ofSeconds(20));
        await().atMost(LONG).until(() -> life.state() == NodeState.CATCHING_UP);
        Thread mover = move();
        age(50, 20);
        assertThat(life.state()).isEqualTo(NodeState.CATCHING_UP);
        assertThat(asked).hasPositiveValue();
        age(15, 0);
        await().atMost(LONG).until(() -> life.state() == NodeState.OPEN);
        assertThat(life.isOpenedBehind()).isTrue();
        assertThat(life.isCaughtUp()).isFalse();
        mover.interrupt();
        assertThat(mover.join(LONG)).isTrue();
        replica.quorum(true);
        await().atMost(LONG).until(life::isCaughtUp);
        assertThat(life.isOpenedBehind()).isFalse();
        assertThat(thread.join(LONG)).isTrue();
    }

    @Test
    void entriesThatComeInWithoutALeaderHeardAreNoReasonToWait() throws Exception {
        putZone();
        replica.quorum(false);
        Thread thread = start(Duration.ofSeconds(20));
        await().atMost(LONG).until(() -> life.state() == NodeState.CATCHING_UP);
        Thread mover = move();
        age(25, 20);
        await().atMost(LONG).until(() -> life.state() == NodeState.OPEN);
        assertThat(life.isOpenedBehind()).isFalse();
        mover.interrupt();
        life.drain();
        thread.interrupt();
        assertThat(thread.join(LONG)).isTrue();
    }

    @Test
    void aLeaderThatSendsNothingIsNoReasonToWait() throws Exception {
        putZone();
        replica.quorum(false);
        leaderHeard.set(true);
        Thread thread = start(Duration.ofSeconds(20));
        await().atMost(LONG).until(() -> life.state() == NodeState.CATCHING_UP);
        skippedNanos.addAndGet(Duration.ofSeconds(20).toNanos());
        await().atMost(LONG).until(() -> life.state() == NodeState.OPEN);
        assertThat(asked).hasValue(0);
        life.drain();
        thread.interrupt();
        assertThat(thread.join(LONG)).isTrue();
    }

    @Test
    void aLogThatTakesMoreThanAMinuteIsNotWaitedForBesideALeader() throws Exception {
        putZone();
        replica.broken(1_000_000, null);
        leaderHeard.set(true);
        Thread thread = start(Duration.ofSeconds(20));
        Thread mover = move();
        age(50, 60);
        assertThat(life.state()).isEqualTo(NodeState.STARTING);
        age(15, 10);
        await().atMost(LONG).until(() -> life.state() == NodeState.OPEN);
        assertThat(life.isOpenedBehind()).isTrue();
        assertThat(replica.root().isPartial()).isTrue();
        mover.interrupt();
        life.drain();
        thread.interrupt();
        assertThat(thread.join(LONG)).isTrue();
    }

    @Test
    void nodeOfAnEmptyDiskIsSilentHoweverLongItFollows() throws Exception {
        putZone();
        replica.caughtUpBefore(false);
        replica.quorum(false);
        leaderHeard.set(true);
        Thread thread = start(Duration.ofSeconds(20));
        await().atMost(LONG).until(() -> life.state() == NodeState.CATCHING_UP);
        Thread mover = move();
        age(70, 70);
        assertThat(life.state()).isEqualTo(NodeState.CATCHING_UP);
        assertThat(opened).isFalse();
        mover.interrupt();
        life.drain();
        thread.interrupt();
        assertThat(thread.join(LONG)).isTrue();
    }
}
