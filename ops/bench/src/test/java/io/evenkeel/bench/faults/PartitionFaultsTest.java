package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.PartitionedCluster;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** Three real nodes, cut from each other in network namespaces. Needs root: {@code mvn verify -Dfaults}. */
@Tag("faults")
class PartitionFaultsTest {
    private static final int ZONEVERSION = 19;
    private static final Pattern DATA_AGE = Pattern.compile("data age: (\\d+\\.\\d) s");

    /** The least that can be configured, so that the test need not wait longer. */
    private static final int STALE_AFTER_SECONDS = 15;

    @TempDir
    private Path folder = Path.of("");

    private PartitionedCluster nodes;
    private LocalCluster cluster;

    @BeforeEach
    void start() throws Exception {
        Assumptions.assumeTrue(PartitionedCluster.impossible().isEmpty(), PartitionedCluster.impossible()::orElseThrow);
        nodes = new PartitionedCluster(
                folder.resolve("data"), 3, Map.of("EVENKEEL_GATE_STALE_AFTER", STALE_AFTER_SECONDS + "s"));
        cluster = nodes.cluster();
        nodes.start();
    }

    @AfterEach
    void end() throws Exception {
        if (nodes != null) {
            nodes.close();
        }
    }

    @Test
    void nodesThatAreAllCutOffAnswerOnSayThatTheyAreStaleAndHealByThemselves() throws Exception {
        List<ClusterFile.Node> all = cluster.nodes();
        assertThat(cluster.setTxt(all.getFirst(), "before", "1").accepted()).isTrue();
        all.forEach(node -> Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> LocalCluster.txt(node, "before").isPresent()));
        all.forEach(node -> assertFresh(node));
        History history = new History(cluster);
        try (Serials serials = new Serials(all)) {
            try (history) {
                all.forEach(history::writeThrough);
                Awaitility.await().atMost(LocalCluster.LONG).until(() -> history.acknowledged() >= 30);
                nodes.isolateAll();
                all.forEach(this::assertChangesAreGivenBack);
                all.forEach(
                        node -> Awaitility.await().atMost(LocalCluster.LONG).untilAsserted(() -> assertStale(node)));
                all.forEach(node -> assertThat(LocalCluster.txt(node, "before")).hasValue("1"));
                long acknowledged = history.acknowledged();
                nodes.heal();
                long healed = System.nanoTime();
                Awaitility.await().atMost(LocalCluster.LONG).until(() -> history.acknowledged() >= acknowledged + 30);
                System.out.printf("all cut off, healed: 30 changes after %d ms%n", millisSince(healed));
            }
            for (ClusterFile.Node node : all) {
                assertThat(cluster.setTxt(node, "after-" + node.name(), "2").accepted())
                        .isTrue();
            }
            all.forEach(node -> Awaitility.await().atMost(LocalCluster.LONG).untilAsserted(() -> assertFresh(node)));
            history.check(all);
            serials.check();
        }
        assertThat(all).allMatch(ClusterFile.Node::runs); // nobody was started again
    }

    @Test
    void leaderThatIsCutOffIsReplacedAndComesBack() throws Exception {
        ClusterFile.Node leader = cluster.leader();
        List<ClusterFile.Node> others = cluster.othersThan(leader);
        assertThat(cluster.setTxt(leader, "before", "1").accepted()).isTrue();
        try (Serials serials = new Serials(cluster.nodes())) {
            nodes.isolate(leader.name());
            long cut = System.nanoTime();
            awaitChange(others.getFirst(), "during");
            long paused = millisSince(cut);
            assertThat(LocalCluster.txt(leader, "before")).hasValue("1");
            assertThat(LocalCluster.txt(leader, "during")).isEmpty();
            assertThat(cluster.setTxt(leader, "beside", "3").accepted()).isFalse();
            nodes.heal();
            long healed = System.nanoTime();
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() -> LocalCluster.txt(leader, "during").isPresent());
            System.out.printf(
                    "leader cut off: changes again after %d ms; healed: caught up after %d ms%n",
                    paused, millisSince(healed));
            awaitChange(leader, "after");
            serials.check();
        }
    }

    @Test
    void followerThatHearsNothingDisturbsNobodyAndCatchesUp() throws Exception {
        ClusterFile.Node leader = cluster.leader();
        ClusterFile.Node deaf = cluster.othersThan(leader).getFirst();
        try (Serials serials = new Serials(cluster.nodes())) {
            for (ClusterFile.Node other : cluster.othersThan(deaf)) {
                nodes.cutOneWay(other.name(), deaf.name());
            }
            Awaitility.await().atMost(LocalCluster.LONG).untilAsserted(() -> assertStale(deaf));
            awaitChange(leader, "during");
            assertThat(cluster.leader().name()).isEqualTo(leader.name());
            assertThat(LocalCluster.txt(deaf, "during")).isEmpty();
            nodes.heal();
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() -> LocalCluster.txt(deaf, "during").isPresent());
            awaitChange(deaf, "after");
            serials.check();
        }
    }

    @Test
    void leaderThatHearsNobodyGivesWay() throws Exception {
        ClusterFile.Node leader = cluster.leader();
        List<ClusterFile.Node> others = cluster.othersThan(leader);
        try (Serials serials = new Serials(cluster.nodes())) {
            for (ClusterFile.Node other : others) {
                nodes.cutOneWay(other.name(), leader.name());
            }
            long cut = System.nanoTime();
            awaitChange(others.getFirst(), "during");
            System.out.printf("leader hears nobody: changes again after %d ms%n", millisSince(cut));
            nodes.heal();
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() -> LocalCluster.txt(leader, "during").isPresent());
            awaitChange(leader, "after");
            serials.check();
        }
    }

    private void awaitChange(ClusterFile.Node node, String owner) {
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> cluster.setTxt(node, owner, "2").accepted());
    }

    /** Refused for now, or of unknown outcome; within seconds, not when a client loses its patience. */
    private void assertChangesAreGivenBack(ClusterFile.Node node) {
        long begin = System.nanoTime();
        LocalCluster.Reply reply = cluster.setTxt(node, "beside-" + node.name(), "1");
        assertThat(reply.status()).as("%s: %s", node.name(), reply.body()).isIn(202, 503);
        assertThat(millisSince(begin)).isLessThan(15_000);
    }

    private void assertStale(ClusterFile.Node node) throws IOException {
        LocalCluster.Reply ready = cluster.send(node, "GET", "/readyz", null, Duration.ofSeconds(5));
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.body().lines()).contains("ready", "stale");
        assertThat(DATA_AGE.matcher(ready.body()).results().map(match -> Double.parseDouble(match.group(1))))
                .singleElement()
                .matches(age -> age > STALE_AFTER_SECONDS);
        assertThat(cluster.counter(node, "evenkeel_data_age_seconds ")).isGreaterThan(STALE_AFTER_SECONDS);
        assertThat(cluster.counter(node, "evenkeel_stale ")).isEqualTo(1);
        assertVersionAndError(node, Optional.of(3));
    }

    private void assertFresh(ClusterFile.Node node) {
        LocalCluster.Reply ready = cluster.send(node, "GET", "/readyz", null, Duration.ofSeconds(5));
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.body().lines()).doesNotContain("stale");
        assertThat(cluster.counter(node, "evenkeel_data_age_seconds ")).isBetween(0.0, (double) STALE_AFTER_SECONDS);
        try {
            assertVersionAndError(node, Optional.empty());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The SOA, with the version of its zone and the extended error, in one answer. */
    private static void assertVersionAndError(ClusterFile.Node node, Optional<Integer> error) throws IOException {
        Message question = Message.newQuery(Record.newRecord(LocalCluster.ZONE, Type.SOA, DClass.IN));
        question.addRecord(
                new OPTRecord(1232, 0, 0, 0, List.of(new GenericEDNSOption(ZONEVERSION, new byte[0]))),
                Section.ADDITIONAL);
        String host = node.dns().substring(0, node.dns().lastIndexOf(':'));
        SimpleResolver resolver =
                new SimpleResolver(new InetSocketAddress(InetAddress.ofLiteral(host), node.dnsPort()));
        resolver.setTimeout(Duration.ofSeconds(5));
        Message answer = resolver.send(question);
        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        long serial = ((SOARecord) answer.getSection(Section.ANSWER).getFirst()).getSerial();
        List<EDNSOption> options = answer.getOPT().getOptions();
        assertThat(options)
                .filteredOn(option -> option.getCode() == ZONEVERSION)
                .singleElement()
                .extracting(option -> HexFormat.of().formatHex(option.toWire()))
                .isEqualTo("001300060200%08x".formatted(serial));
        assertThat(options.stream()
                        .filter(ExtendedErrorCodeOption.class::isInstance)
                        .map(option -> ((ExtendedErrorCodeOption) option).getErrorCode())
                        .findFirst())
                .isEqualTo(error);
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    /** Asks each node for its serial all the time: none may travel back in time, and none may fall silent. */
    private static final class Serials implements AutoCloseable {
        private final Workers watchers = new Workers();
        private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
        private final AtomicLong asked = new AtomicLong();

        Serials(List<ClusterFile.Node> nodes) {
            for (ClusterFile.Node node : nodes) {
                AtomicLong last = new AtomicLong();
                watchers.start(Thread.ofPlatform().daemon(), () -> watch(node, last));
            }
        }

        private void watch(ClusterFile.Node node, AtomicLong last) {
            Optional<Long> serial = PartitionedCluster.serial(node);
            asked.incrementAndGet();
            if (serial.isEmpty()) {
                wrong.add(node.name() + " did not answer within " + LocalCluster.PATIENCE);
            } else {
                long before = last.getAndSet(serial.get());
                if ((int) (serial.get() - before) < 0 && before != 0) { // RFC 1982
                    wrong.add(node.name() + " went from " + before + " back to " + serial.get());
                }
            }
            pace();
        }

        /** So that the watching does not take the machine from what is watched. */
        private static void pace() {
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        void check() {
            assertThat(wrong).as("of %d serials", asked.get()).isEmpty();
            assertThat(asked.get()).isPositive();
        }

        @Override
        public void close() {
            watchers.close();
        }
    }
}
