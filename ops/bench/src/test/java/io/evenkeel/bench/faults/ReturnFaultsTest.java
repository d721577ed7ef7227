package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.node.ClusterFile;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;

/** A member that was away has the newest zones soon, and says of old ones that they are. {@code ops/bench/run return} measures it. */
@Tag("faults")
class ReturnFaultsTest extends ThreeNodes {
    private static final String OWNER = "returned";
    private static final String STOOD_STILL = "the process stood still";
    private static final int CHANGES = 50;
    private static final Duration STOPPED = Duration.ofSeconds(5);

    /** By then Ratis' own policy would have its leader wait 5 s after each error. */
    private static final Duration KILLED = Duration.ofSeconds(16);

    /** The bar for a machine that does nothing else is a second. */
    private static final double CATCHING_UP_SECONDS = 4;

    @Test
    void aNodeThatWasAwayHasTheNewestZonesSoonAndNeverAnswersOldOnesUnsaid() throws Exception {
        ClusterFile.Node gone = cluster.othersThan(cluster.leader()).getFirst();
        LocalCluster.signal("STOP", gone);
        changeWithout(gone, "stopped", STOPPED);
        LocalCluster.signal("CONT", gone);
        String newest = "stopped" + CHANGES;
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    Optional<Message> answer = ask(gone);
                    boolean isNewest =
                            answer.map(TxtAnswers::texts).orElse(List.of()).contains(newest);
                    assertThat(answer.isEmpty() || isNewest || TxtAnswers.sayStale(answer.get()))
                            .as("%s", answer)
                            .isTrue();
                    return isNewest;
                });
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() ->
                        ask(gone).filter(answer -> !TxtAnswers.sayStale(answer)).isPresent());

        LocalCluster.signal("KILL", gone);
        LocalCluster.awaitGone(List.of(gone));
        changeWithout(gone, "killed", KILLED);
        cluster.up();
        assertThat(reached(gone, "warming") - reached(gone, "catching_up")).isLessThan(CATCHING_UP_SECONDS);
        assertThat(ask(gone).map(TxtAnswers::texts)).hasValue(List.of("killed" + CHANGES));
    }

    /** With nobody to ask it stays so, and says so for as long. */
    @Test
    void aNodeThatStoodStillAndReachesNoMajorityIsReadyAndSaysThatItsZonesMayBeOld() throws Exception {
        ClusterFile.Node woken = cluster.othersThan(cluster.leader()).getFirst();
        List<ClusterFile.Node> others = cluster.othersThan(woken);
        LocalCluster.signal("STOP", woken);
        Thread.sleep(STOPPED); // the absence itself
        for (ClusterFile.Node other : others) {
            LocalCluster.signal("STOP", other);
        }
        try {
            LocalCluster.signal("CONT", woken);
            Awaitility.await().atMost(LocalCluster.LONG).untilAsserted(() -> {
                LocalCluster.Reply readiness = readiness(woken);
                assertThat(readiness.status()).isEqualTo(200);
                assertThat(readiness.body()).contains(STOOD_STILL);
            });
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() -> ask(woken).filter(TxtAnswers::sayStale).isPresent());
            assertThat(cluster.counter(woken, "evenkeel_stale")).isEqualTo(1);
        } finally {
            for (ClusterFile.Node other : others) {
                LocalCluster.signal("CONT", other);
            }
        }
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .untilAsserted(() -> assertThat(readiness(woken).body()).doesNotContain(STOOD_STILL));
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> ask(woken)
                        .filter(answer -> !TxtAnswers.sayStale(answer))
                        .isPresent());
    }

    private LocalCluster.Reply readiness(ClusterFile.Node node) throws Exception {
        return cluster.send(node, "GET", "/readyz", null, Duration.ofSeconds(5));
    }

    private void changeWithout(ClusterFile.Node gone, String value, Duration length) throws InterruptedException {
        List<ClusterFile.Node> others = cluster.othersThan(gone);
        long begin = System.nanoTime();
        for (int i = 1; i <= CHANGES; i++) {
            assertThat(cluster.setTxt(others.get(i % others.size()), OWNER, value + i)
                            .accepted())
                    .isTrue();
            long left = begin + length.toNanos() * i / CHANGES - System.nanoTime();
            Thread.sleep(Duration.ofNanos(Math.max(0, left))); // the absence itself
        }
    }

    private double reached(ClusterFile.Node node, String state) {
        return cluster.counter(node, "evenkeel_node_state_reached_seconds{state=\"" + state + "\"}");
    }

    private static Optional<Message> ask(ClusterFile.Node node) throws Exception {
        return TxtAnswers.ask(node, OWNER);
    }
}
