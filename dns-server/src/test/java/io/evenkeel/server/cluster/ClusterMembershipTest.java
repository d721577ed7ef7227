package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.Folders;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.FreePorts;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Members that come, go, are lost and are replaced while the others go on. */
@Tag("faults")
class ClusterMembershipTest extends FormingCluster {
    private void formThree() throws Exception {
        startAll();
        assertThat(createZone("n1")).isInstanceOf(Outcome.Done.class);
    }

    private String leader() {
        return await().atMost(PATIENCE)
                .until(
                        () -> nodes.values().stream()
                                .map(node -> node.control.replica())
                                .filter(Objects::nonNull)
                                .filter(replica -> replica.status().leaderReady())
                                .map(replica -> String.valueOf(replica.status().leader()))
                                .findFirst()
                                .orElse(""),
                        name -> !name.isEmpty());
    }

    private void add(String through, String name) throws Exception {
        ControlSettings.Listed place = Objects.requireNonNull(listed.get(name));
        assertThat(node(through).control.cluster().add(name, place.raftAddress(), place.peerAddress()))
                .isEqualTo(Outcome.done());
    }

    @Test
    void wipedNodeComesBackAsANewIncarnationWhileChangesFlow() throws Exception {
        formThree();
        AtomicInteger accepted = new AtomicInteger();
        List<Outcome<Accepted>> others = new CopyOnWriteArrayList<>();
        AtomicBoolean stop = new AtomicBoolean();
        Thread client = Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; !stop.get(); i++) {
                    Outcome<Accepted> outcome = edit(i % 2 == 0 ? "n1" : "n2", "flow" + i);
                    if (outcome instanceof Outcome.Done<Accepted>) {
                        accepted.incrementAndGet();
                    } else {
                        others.add(outcome);
                    }
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        stop("n3");
        wipe("n3");
        start("n3");
        awaitMembers("n1-1", "n2-1", "n3-2");
        int before = accepted.get();
        await().atMost(PATIENCE).until(() -> accepted.get() > before + 10);
        stop.set(true);
        client.join();
        assertThat(others).isEmpty();
        long index = node("n1").root.get().index();
        await().atMost(PATIENCE).until(() -> node("n3").root.get().index() >= index);
    }

    @Test
    void memberThatIsTakenOutAndAddedWhileItIsDownComesBack() throws Exception {
        formThree();
        awaitMemberOnDisk("n2");
        awaitMemberOnDisk("n3");
        stop("n2");
        assertThat(node("n3").control.cluster().remove("n2")).isEqualTo(Outcome.done());
        add("n3", "n2");
        start("n2");
        awaitMembers("n1-1", "n2-1", "n3-1");
        assertThat(edit("n2", "back")).isInstanceOf(Outcome.Done.class);

        // From new addresses it is another one.
        stop("n3");
        assertThat(node("n1").control.cluster().remove("n3")).isEqualTo(Outcome.done());
        listed.put("n3", new ControlSettings.Listed("n3", FreePorts.next(), FreePorts.next()));
        add("n1", "n3");
        Node moved = start("n3");
        await().atMost(PATIENCE).until(moved.control::retired);
        assertThat(moved.control.waitsFor()).contains("restart this node");
        stop("n3");
        start("n3");
        awaitMembers("n1-1", "n2-1", "n3-2");
        assertThat(edit("n3", "moved")).isInstanceOf(Outcome.Done.class);
    }

    /** Until that is on disk it was only joining, and comes back by itself as its next incarnation. */
    private void awaitMemberOnDisk(String name) {
        await().atMost(PATIENCE)
                .until(() -> NodeIdentity.load(directory.resolve(name), "test", name)
                                .orElseThrow()
                                .phase()
                        == NodeIdentity.Phase.MEMBER);
    }

    @Test
    void majorityThatHasLostItsDataIsNotLetInAndAllSayWhatToDo() throws Exception {
        formThree();
        List.of("n1", "n2", "n3").forEach(this::stop);
        wipe("n2");
        wipe("n3");
        for (String name : List.of("n1", "n2", "n3")) {
            start(name);
        }
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(nodes.values())
                        .allSatisfy(node -> assertThat(node.control.waitsFor())
                                .contains("majority of the members has lost its data", "backup")));
        assertThat(node("n1").control.cluster().report().healthy()).isFalse();
    }

    @Test
    void damagedVotesAreNeverRepairedAndTheirNodeComesBackByItself() throws Exception {
        formThree();
        awaitMemberOnDisk("n2");
        stop("n2");
        Path meta = Folders.files(directory.resolve("n2")).stream()
                .filter(file -> file.endsWith("raft-meta"))
                .findFirst()
                .orElseThrow();
        Files.write(meta, new byte[0]);
        start("n2");
        awaitMembers("n1-1", "n2-2", "n3-1");
        assertThat(edit("n2", "through-the-next-one")).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void twinOfAMemberThatIsDownDoesNotTakeItsPlace() throws Exception {
        formThree();
        stop("n2");
        ControlSettings twin = new ControlSettings(
                "0.1",
                "test",
                directory.resolve("twin"),
                new ControlSettings.Listed("n2", FreePorts.next(), FreePorts.next()),
                settings("n2", "test").others(),
                false,
                ReplicaTuning.BRISK,
                0);
        try (Node second = new Node(twin, keys)) {
            await().atMost(PATIENCE).until(() -> second.control.waitsFor().contains("is to be at"));
            start("n2");
            awaitMembers("n1-1", "n2-1", "n3-1");
            assertThat(edit("n2", "true-one")).isInstanceOf(Outcome.Done.class);
        }
    }

    @Test
    void nodesAreAddedAndRemovedAndAllFindEachOtherWhateverTheirListsSay() throws Exception {
        formThree();
        Node n4 = start("n4", "n2");
        await().atMost(PATIENCE).until(() -> n4.control.waitsFor().contains("cluster add n4"));
        add("n3", "n4");
        awaitMembers("n1-1", "n2-1", "n3-1", "n4-1");
        assertThat(edit("n4", "through-the-new-one")).isInstanceOf(Outcome.Done.class);

        // n1 and n2, of which n4's list has one, are replaced by n5; the list of that has one that is gone.
        for (String gone : List.of("n1", "n2")) {
            assertThat(node("n4").control.cluster().remove(gone)).isEqualTo(Outcome.done());
            await().atMost(PATIENCE).until(() -> node(gone).control.retired());
            await().atMost(PATIENCE)
                    .until(() -> Objects.requireNonNull(node(gone).control.replica())
                                    .status()
                                    .fault()
                            != null);
            assertThat(node(gone).control.waitsFor()).contains("removed", "cluster add " + gone);
            assertThat(editOnce(gone, "through-" + gone)).isNotInstanceOf(Outcome.Done.class);
            stop(gone);
        }
        settingsOf("n5");
        add("n4", "n5");
        start("n5", "n1", "n3");
        awaitMembers("n3-1", "n4-1", "n5-1");

        // Each knows the others after a restart, n4 and n5 by what the cluster has told them.
        List.of("n3", "n4", "n5").forEach(this::stop);
        start("n3");
        start("n4", "n2");
        start("n5", "n1");
        awaitMembers("n3-1", "n4-1", "n5-1");
        for (String name : List.of("n3", "n4", "n5")) {
            assertThat(edit(name, "again-" + name)).isInstanceOf(Outcome.Done.class);
        }

        // A removed one is refused with its data and without, and comes back when it is added.
        Node back = start("n1");
        await().atMost(PATIENCE).until(() -> back.control.waitsFor().contains("cluster add n1"));
        stop("n1");
        wipe("n1");
        Node wiped = start("n1");
        await().atMost(PATIENCE).until(() -> wiped.control.waitsFor().contains("cluster add n1"));
        add("n5", "n1");
        awaitMembers("n1-2", "n3-1", "n4-1", "n5-1");
    }

    @Test
    void leaderHandsOverOnCommandAndBeforeItIsRemoved() throws Exception {
        formThree();
        String first = leader();
        String next = first.equals("n1") ? "n2" : "n1";
        assertThat(node("n3").control.cluster().transfer(next)).isEqualTo(Outcome.done());
        await().atMost(PATIENCE).until(() -> leader().equals(next));
        assertThat(node(next).control.cluster().remove(next)).isEqualTo(Outcome.done());
        await().atMost(PATIENCE).until(() -> node(next).control.retired());
        stop(next);
        assertThat(node(first).control.cluster().report().members()).hasSize(2);
        assertThat(edit(first, "after")).isInstanceOf(Outcome.Done.class);

        // What was down while it was taken out finds out when it comes back, and disturbs nobody.
        String third = first.equals("n3") ? "n2" : "n3";
        String fourth = "n4";
        start(fourth, first);
        add(first, fourth);
        awaitMembers(first + "-1", third + "-1", "n4-1");
        stop(third);
        assertThat(node(first).control.cluster().transfer(third))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.why()).contains("not reached"));
        assertThat(node(first).control.cluster().remove(third)).isEqualTo(Outcome.done());
        long term =
                Objects.requireNonNull(node(first).control.replica()).status().term();
        Node late = start(third);
        await().atMost(PATIENCE).until(late.control::retired);
        assertThat(Objects.requireNonNull(node(first).control.replica())
                        .status()
                        .term())
                .isEqualTo(term);
    }

    @Test
    void nodeByItselfGrows() throws Exception {
        ControlSettings alone = settingsOf("n1");
        Node n1 = new Node(
                new ControlSettings(
                        "0.1", "test", alone.dataFolder(), alone.self(), List.of(), true, ReplicaTuning.BRISK, 0),
                keys);
        nodes.put("n1", n1);
        n1.formed.get(60, TimeUnit.SECONDS);
        settingsOf("n4");
        add("n1", "n4");
        start("n4", "n1");
        awaitMembers("n1-1", "n4-1");
        assertThat(n1.control.cluster().remove("n4")).isEqualTo(Outcome.done());
        await().atMost(PATIENCE).until(() -> node("n4").control.retired());
        assertThat(n1.control.cluster().remove("n1")).isInstanceOf(Outcome.Refused.class);
    }
}
