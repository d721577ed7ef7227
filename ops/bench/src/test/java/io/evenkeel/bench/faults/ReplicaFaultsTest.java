package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.LoopbackCluster;
import io.evenkeel.consensus.Folders;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Type;

/** Nodes whose zones are made wrong: all answer, nothing acknowledged is lost, and the lights tell the truth. */
@Tag("faults")
class ReplicaFaultsTest {
    private static final List<String> NAMES = List.of("n1", "n2", "n3");
    private static final String BRISK = "-ea -Devenkeel.test.tick-millis=500";
    /** Kept of a wiped folder: what an operator puts there, not the node. */
    private static final String CONFIGURATION = "evenkeel.yaml";

    /** Each node has other starts behind it, and what is asserted here does not depend on how fast it answers. */
    private static final String COLD = "gate: {warm-up: 200ms}\n";

    /** Of the six orders in which three nodes can be started; all with -Dorders=6. The first two end in either way. */
    private static final int ORDERS = Integer.getInteger("orders", 2);

    private static final String CONFLICT = "evenkeel_replica_diverged{reason=\"conflict\"}";
    private static final String DAMAGED = "evenkeel_replica_diverged{reason=\"damaged\"}";
    private static final String DIVERGED = "evenkeel_replica_diverged{";

    /** A fault in two or three processes, which load of others slows down. */
    private static final Duration PATIENCE = LocalCluster.LONG.multipliedBy(2);

    @TempDir
    Path folder = Path.of("");

    private LoopbackCluster nodes;

    /** Names of which a node has acknowledged that they are there. */
    private final List<String> acknowledged = new ArrayList<>();

    @BeforeEach
    void prepare() throws Exception {
        nodes = new LoopbackCluster(folder.resolve("data"), 3);
        nodes.configure(COLD);
    }

    @AfterEach
    void end() {
        nodes.close();
    }

    private LocalCluster cluster() {
        return nodes.cluster();
    }

    private ClusterFile.Node node(String name) {
        return cluster().node(name);
    }

    private void form() throws Exception {
        for (String name : NAMES) {
            nodes.start(name);
        }
        await(
                "until all are members",
                () -> NAMES.stream().allMatch(name -> cluster().counter(node(name), "evenkeel_raft_members") == 3));
        LocalCluster.Said said = cluster().run("zone", "import", LocalCluster.SAMPLE, "--create");
        assertThat(said.code()).as("%s", said).isZero();
        NAMES.forEach(this::awaitReady);
    }

    private static void await(String what, BooleanSupplier condition) {
        Awaitility.await(what).atMost(PATIENCE).until(condition::getAsBoolean);
    }

    private void awaitReady(String name) {
        await(
                name + " is ready",
                () -> cluster()
                                .send(node(name), "GET", "/readyz", null, LocalCluster.PATIENCE)
                                .status()
                        == 200);
    }

    private void awaitShown(String owner) {
        for (String name : NAMES) {
            await(
                    name + " shows " + owner,
                    () -> LocalCluster.txt(node(name), owner).equals(Optional.of("v")));
        }
    }

    private void awaitAccepted(String name, String owner) {
        await(
                name + " takes changes",
                () -> cluster().setTxt(node(name), owner, "v").accepted());
        acknowledged.add(owner);
    }

    /** Whoever leads meanwhile. */
    private void awaitComparisons() {
        double before = ticks();
        await("some comparisons", () -> ticks() > before + 3);
    }

    private double ticks() {
        return NAMES.stream()
                .mapToDouble(name -> cluster().counter(node(name), "evenkeel_ticks_total"))
                .sum();
    }

    private boolean isCalm() {
        return NAMES.stream()
                .allMatch(name -> cluster().counter(node(name), "evenkeel_raft_members") == 3
                        && cluster().counter(node(name), DIVERGED) == 0);
    }

    private String leader() {
        return cluster().leader().name();
    }

    private List<String> othersThan(String one) {
        return NAMES.stream().filter(name -> !name.equals(one)).toList();
    }

    private void wipe(String name) throws IOException {
        nodes.kill(name);
        Path data = cluster().data().resolve(name);
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
                if (!file.equals(data) && !String.valueOf(file.getFileName()).equals(CONFIGURATION)) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void aFaultOfAllChangesNothingAndOfOneHealsAndOfTwoStopsChanges() throws Exception {
        for (String name : NAMES) {
            nodes.options(
                    name,
                    BRISK + " -Devenkeel.test.flip-octet=flip-" + name + " -Devenkeel.test.apply-fault=all,on-" + name
                            + "," + String.join(",", pairs(name)));
        }
        form();

        // All three: the same everywhere, and told to whoever asked.
        assertThat(cluster().setTxt(node("n1"), "all", "v").accepted()).isFalse();
        awaitComparisons();
        assertThat(isCalm()).isTrue();
        awaitAccepted("n2", "after-all");
        awaitShown("after-all");

        // One follower: it acknowledges nothing that it does not show, and heals.
        String leader = leader();
        String follower = othersThan(leader).getFirst();
        assertThat(cluster().setTxt(node(follower), "on-" + follower, "v").accepted())
                .isFalse();
        await(follower + " heals", () -> cluster().counter(node(follower), "evenkeel_healings_total") == 1);
        awaitShown("on-" + follower);
        await("all agree", this::isCalm);
        awaitAccepted(follower, "after-follower");

        // Its snapshot is damaged: it begins with its log, meets the fault again, and heals again.
        nodes.kill(follower);
        flip(newestZoneFile(follower));
        nodes.options(follower, nodes.options(follower) + " -Devenkeel.test.scrub-millis=1000");
        nodes.start(follower);
        awaitReady(follower);
        await(follower + " heals again", () -> cluster().counter(node(follower), "evenkeel_healings_total") == 1);
        awaitShown("on-" + follower);
        await("all agree", this::isCalm);

        // The leader: it hands over, and heals.
        String wrong = leader();
        String asked = othersThan(wrong).getFirst();
        double before = cluster().counter(node(wrong), "evenkeel_healings_total");
        assertThat(cluster().setTxt(node(asked), "on-" + wrong, "v").accepted()).isFalse();
        await(wrong + " heals", () -> cluster().counter(node(wrong), "evenkeel_healings_total") > before);
        awaitShown("on-" + wrong);
        await("all agree", this::isCalm);
        awaitAccepted(wrong, "after-leader");
        awaitShown("after-leader");

        // An octet in the memory of a follower, which is asked to read its zones anew.
        String flipped = NAMES.stream()
                .filter(name -> !name.equals(follower) && !name.equals(leader()))
                .findFirst()
                .orElseThrow();
        assertHealsFromAFlippedOctet(flipped, () -> {
            LocalCluster.Said said = cluster().run("cluster", "scrub");
            assertThat(said.code()).as("%s", said).isEqualTo(1);
            assertThat(said.out()).contains(LocalCluster.ZONE + ": its records are not those that were put there");
        });

        // The same of the leader, which reads them by itself, once an hour in the real world.
        assertThat(cluster().run("cluster", "transfer", follower).code()).isZero();
        await(follower + " leads", () -> leader().equals(follower));
        assertHealsFromAFlippedOctet(follower, () -> {});
        assertThat(leader()).isNotEqualTo(follower);

        // Two, and the leader is right: nobody can tell.
        String alone = leader();
        List<String> two = othersThan(alone);
        String owner = "on-" + String.join("-", two);
        assertThat(cluster().setTxt(node(alone), owner, "v").accepted()).isTrue();
        assertConflict(owner, alone);
        for (String name : two) {
            wipe(name);
            nodes.options(name, BRISK + " -Devenkeel.test.apply-fault=all"); // as all have done with that entry
            nodes.start(name);
            awaitReady(name);
        }
        await("the conflict is over", this::isCalm);
        NAMES.forEach(name -> awaitAccepted(name, "after-two-" + name));
        awaitShown(owner);
        acknowledged.forEach(this::awaitShown);
    }

    private interface Act {
        void run() throws Exception;
    }

    /** Found, told by the node, and healed; nobody misses an answer meanwhile, and what was acknowledged is there. */
    private void assertHealsFromAFlippedOctet(String name, Act find) throws Exception {
        String owner = "flip-" + name;
        double before = cluster().counter(node(name), "evenkeel_healings_total");
        double found = cluster().counter(node(name), "evenkeel_scrub_findings_total");
        String another = othersThan(name).getFirst();
        try (Watch watch = new Watch(name)) {
            awaitAccepted(another, owner);
            find.run();
            await(name + " heals", () -> cluster().counter(node(name), "evenkeel_healings_total") > before);
            awaitShown(owner);
            await("all agree", this::isCalm);
            assertThat(cluster().counter(node(name), "evenkeel_scrub_findings_total"))
                    .isGreaterThan(found);
            watch.assertTold();
        }
        awaitAccepted(name, "after-" + owner);
        acknowledged.forEach(this::awaitShown);
    }

    /** Asks all nodes, one after the other, and one of them how it does. */
    private final class Watch implements AutoCloseable {
        private final String watched;
        private final Set<String> told = ConcurrentHashMap.newKeySet();
        private final CompletableFuture<Void> over = new CompletableFuture<>();
        private final CompletableFuture<Void> watching;

        Watch(String watched) {
            this.watched = watched;
            this.watching = CompletableFuture.runAsync(this::watch, Thread::startVirtualThread);
        }

        private void watch() {
            while (!over.isDone()) {
                for (String name : NAMES) {
                    assertThat(LocalCluster.ask(node(name), LocalCluster.name("after-all"), Type.TXT))
                            .as("answer of %s", name)
                            .isPresent();
                }
                if (cluster().counter(node(watched), DAMAGED) == 1) {
                    told.add("metric");
                }
                note("/readyz");
                note("/api/v1/evenkeel/cluster");
            }
        }

        private void note(String path) {
            if (cluster()
                    .send(node(watched), "GET", path, null, LocalCluster.PATIENCE)
                    .body()
                    .contains("is damaged in the memory of this node")) {
                told.add(path);
            }
        }

        void assertTold() {
            assertThat(told).containsExactlyInAnyOrder("metric", "/readyz", "/api/v1/evenkeel/cluster");
        }

        @Override
        public void close() {
            over.complete(null);
            watching.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        }
    }

    private static List<String> pairs(String name) {
        return Stream.of("n1-n2", "n1-n3", "n2-n3")
                .filter(pair -> pair.contains(name))
                .map(pair -> "on-" + pair)
                .toList();
    }

    /** Changes have stopped everywhere, and all say so; all answer, and who acknowledged a value shows it. */
    private void assertConflict(String owner, String shownBy) throws Exception {
        for (String name : NAMES) {
            await(name + " tells the conflict", () -> cluster().counter(node(name), CONFLICT) == 1);
            LocalCluster.Reply reply = cluster().setTxt(node(name), "never", "v");
            assertThat(reply.status()).as("%s: %s", name, reply).isEqualTo(503);
            assertThat(reply.body()).contains("changes have stopped");
            assertThat(LocalCluster.txt(node(name), "never")).isEmpty();
        }
        assertThat(LocalCluster.txt(node(shownBy), owner)).contains("v");
        LocalCluster.Said status = cluster().run("cluster", "status");
        assertThat(status.out()).contains("no change is possible; changes have stopped");
        assertThat(status.code()).as(status.out()).isEqualTo(1);
    }

    @Test
    void aMajorityThatWasPutBackCatchesUpOrIsToldInWhateverOrderTheyStart() throws Exception {
        NAMES.forEach(name -> nodes.options(name, BRISK));
        form();
        awaitAccepted("n1", "old");
        awaitShown("old");
        List<String> putBack = List.of("n2", "n3");
        NAMES.forEach(nodes::kill);
        copy(putBack, "", "-old");
        for (String name : NAMES) {
            nodes.start(name);
        }
        awaitAccepted("n1", "new");
        awaitShown("new");
        awaitComparisons();
        NAMES.forEach(nodes::kill);
        copy(NAMES, "", "-new");

        List<List<String>> orders = List.of(
                List.of("n1", "n2", "n3"),
                List.of("n2", "n3", "n1"),
                List.of("n1", "n3", "n2"),
                List.of("n2", "n1", "n3"),
                List.of("n3", "n1", "n2"),
                List.of("n3", "n2", "n1"));
        for (List<String> order : orders.subList(0, ORDERS)) {
            copy(List.of("n1"), "-new", "");
            copy(putBack, "-old", "");
            for (String name : order) {
                nodes.start(name);
                await(
                        name + " lives",
                        () -> cluster()
                                        .send(node(name), "GET", "/livez", null, LocalCluster.PATIENCE)
                                        .status()
                                == 200);
            }
            NAMES.forEach(this::awaitReady);
            await(order + ": all caught up, or all tell the conflict", () -> isCaughtUp() || isToldByAll());
            for (String name : NAMES) {
                assertThat(LocalCluster.txt(node(name), "old"))
                        .as("%s of %s", name, order)
                        .contains("v");
            }
            assertThat(LocalCluster.txt(node("n1"), "new"))
                    .as("n1 of %s", order)
                    .contains("v");
            if (isToldByAll()) {
                assertConflict("new", "n1");
            } else {
                awaitAccepted("n2", "more");
                awaitShown("more");
                awaitShown("new");
                assertThat(isCalm()).as("%s", order).isTrue();
            }
            System.out.printf("started %s: %s%n", order, isToldByAll() ? "told as a conflict" : "caught up");
            NAMES.forEach(nodes::kill);
        }
    }

    private boolean isCaughtUp() {
        return isCalm()
                && NAMES.stream()
                        .allMatch(name -> LocalCluster.txt(node(name), "new").isPresent());
    }

    private boolean isToldByAll() {
        return NAMES.stream().allMatch(name -> cluster().counter(node(name), CONFLICT) == 1);
    }

    /** The folders of nodes that do not run, under names that end so, to names that end so. */
    private void copy(List<String> names, String from, String to) throws IOException {
        for (String name : names) {
            Path source = cluster().data().resolve(name + from);
            Path target = cluster().data().resolve(name + to);
            DurableFile.deleteTree(target);
            Folders.copy(source, target);
        }
    }

    private Path newestZoneFile(String name) throws IOException {
        return Folders.files(cluster().data().resolve(name).resolve("raft")).stream()
                .filter(file -> String.valueOf(file.getFileName()).startsWith("zone"))
                .max(Comparator.comparingLong(file -> file.toFile().lastModified()))
                .orElseThrow();
    }

    private static void flip(Path file) throws IOException {
        try (RandomAccessFile octets = new RandomAccessFile(file.toFile(), "rw")) {
            long middle = octets.length() / 2;
            octets.seek(middle);
            int octet = octets.read();
            octets.seek(middle);
            octets.write(octet ^ 1);
        }
    }
}
