package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.InMemoryReplica;
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
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StartupTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final InMemoryReplica replica = new InMemoryReplica();
    private final NodeLife life = new NodeLife();
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
                gate);
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
}
