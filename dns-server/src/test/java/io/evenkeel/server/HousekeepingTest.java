package io.evenkeel.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Ticker;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.TestKeys;
import io.evenkeel.server.admin.AdminCounters;
import io.evenkeel.server.capacity.TestVitals;
import io.evenkeel.server.cluster.LimitControl;
import io.evenkeel.server.limits.DistinctClients;
import io.evenkeel.server.log.LogLevels;
import io.evenkeel.server.log.LogLosses;
import io.evenkeel.server.metrics.Metrics;
import io.evenkeel.server.metrics.MetricsSources;
import io.evenkeel.server.node.CalmShare;
import io.evenkeel.server.node.ClusterWatch;
import io.evenkeel.server.node.DataAge;
import io.evenkeel.server.node.Descriptors;
import io.evenkeel.server.node.Gate;
import io.evenkeel.server.node.NodeLife;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.node.StormWatch;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.NodeStanding;
import io.evenkeel.server.query.CookieSecrets;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.storage.TestStorage;
import io.evenkeel.server.traffic.TestCaptures;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.server.transport.LoopWatch;
import io.evenkeel.server.transport.TestListeners;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class HousekeepingTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @TempDir
    Path folder;

    /** The key file is a pipe that nobody writes to, so that its reader waits as on a disk that does not answer. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aDiskThatHangsStopsNeitherStalenessNorCookiesNorMetrics() throws Exception {
        Path keyFile = TestKeys.file(folder, "key");
        ClusterKeys keys = ClusterKeys.load(keyFile);
        Files.delete(keyFile);
        assertThat(new ProcessBuilder("mkfifo", keyFile.toString()).start().waitFor())
                .isZero();

        InMemoryReplica replica = new InMemoryReplica();
        replica.propose(new ZoneCommand.Tick(), SECOND).join();
        replica.root().recovered(replica.root().get().index());
        DataAge age = new DataAge(replica.root(), folder, Duration.ofSeconds(60));
        AtomicInteger refreshed = new AtomicInteger();
        CookieSecrets cookies = CookieSecrets.create(refreshed::incrementAndGet);
        AtomicInteger observed = new AtomicInteger();
        VirtualTime time = new VirtualTime();
        Daemons daemons = new Daemons(time, fault -> {
            throw new AssertionError(fault);
        });
        try (AnswerLoops loops = TestListeners.loops(1);
                DnsListeners listeners = TestListeners.bind(loops)) {
            NodeLife life = new NodeLife();
            Readiness readiness = new Readiness(life, () -> false, age::isStale, loops::behind);
            LimitControl limits = new LimitControl("n1", replica.root(), _ -> {});
            StormWatch storm = new StormWatch(
                    () -> QueryCounters.sum(loops.counters()), SECOND, new DistinctClients(), new CalmShare(folder));
            LogLevels logLevels = new LogLevels();
            ClusterWatch cluster = new ClusterWatch(() -> {
                observed.incrementAndGet();
                return replica.status();
            });
            Metrics metrics = new Metrics(new MetricsSources(
                    loops,
                    listeners,
                    new Gate(life, replica.root(), () -> {}, () -> {}),
                    age,
                    replica.root(),
                    () -> replica,
                    () -> readiness.verdict(new NodeStanding("", null, false, List.of(), false, "n1")),
                    () -> null,
                    TestVitals.watch(loops, folder),
                    TestStorage.of(folder, new InMemoryReplica()),
                    TestCaptures.of(folder),
                    keys,
                    new ControlCounters(),
                    new AdminCounters(),
                    daemons,
                    new LoopWatch(loops),
                    new LogLosses(),
                    logLevels,
                    cluster,
                    () -> false,
                    false,
                    () -> 0,
                    Descriptors.ofThisProcess(1000, List.of()),
                    limits,
                    storm,
                    "",
                    "1.2.3"));
            try (Ticker disk = Housekeeping.maintain(
                    daemons, age, listeners, () -> {}, () -> {}, () -> {}, () -> {}, storm, keys)) {
                assertThat(disk).isNotNull();
                time.awaitWaiting(1);
                time.advance(SECOND);
                try (OutputStream hanging = Files.newOutputStream(keyFile)) { // returns when the other end is read
                    assertThat(hanging).isNotNull();
                    int refreshedBefore = refreshed.get();
                    int observedBefore = observed.get();
                    assertThat(age.isStale()).isFalse();
                    try (Ticker memory = Housekeeping.observe(
                            daemons, age, loops, cluster, cookies, () -> {}, limits::view, logLevels, storm, keys)) {
                        assertThat(memory).isNotNull();
                        for (int second = 0; second < 5; second++) {
                            time.awaitWaiting(1);
                            time.advance(SECOND);
                        }
                        time.awaitWaiting(1);
                        assertThat(age.isStale()).as("its age is not known").isTrue();
                        assertThat(observed.get() - observedBefore).isEqualTo(5);
                        assertThat(refreshed.get() - refreshedBefore).isEqualTo(1);
                        assertThat(metrics.scrape()).contains("evenkeel_stale 1.0");
                    }
                }
            }
        }
        assertThat(daemons.faults())
                .allSatisfy((work, count) -> assertThat(count).as(work).isZero());
    }
}
