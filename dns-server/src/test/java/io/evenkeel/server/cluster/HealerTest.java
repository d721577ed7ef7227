package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Evidence;
import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.Hash256;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What n1 makes of what n2 and n3 say. */
final class HealerTest {
    private static final UUID CLUSTER = new UUID(1, 1);
    private static final UUID ANOTHER = new UUID(1, 2);
    private static final Doubt CONFLICT = new Doubt(Doubt.Kind.CONFLICT, 3, "so it is");

    private final InMemoryReplica replica = new InMemoryReplica("n1");
    private final Map<String, Outcome<LookAnswer>> heard = new HashMap<>();
    private final Healer healer = new Healer(
            "n1",
            () -> view("n1", 1, CLUSTER, 'A', 0, replica.status().doubt()),
            names -> heard,
            name -> {
                throw new AssertionError("nobody has to heal from " + name);
            },
            new ControlCounters(),
            new VirtualTime());

    private static LookAnswer view(
            String name, int incarnation, UUID cluster, char holds, long committed, @Nullable Doubt doubt) {
        Evidence.Mark mark = new Evidence.Mark(5, new Hash256(1, 0, 0, 0), new Hash256(holds, 0, 0, 0));
        return new LookAnswer(
                name,
                incarnation,
                ReplicaStatus.Role.FOLLOWER,
                1,
                "n1",
                committed,
                committed,
                "OPEN",
                true,
                List.of(),
                List.of(),
                null,
                cluster,
                new Evidence(List.of(mark), 0, 1, committed, committed),
                doubt);
    }

    private void members(int count) throws Exception {
        List<Member> members = List.of(
                new Member("n1", 1, "127.0.0.1:1"),
                new Member("n2", 1, "127.0.0.1:2"),
                new Member("n3", 1, "127.0.0.1:3"));
        replica.changeMembers(members.subList(0, count), Duration.ZERO);
    }

    private void says(LookAnswer view) {
        heard.put(view.node(), new Outcome.Done<>(view));
    }

    private @Nullable Doubt afterARound() throws InterruptedException {
        healer.round(replica);
        return replica.status().doubt();
    }

    @Test
    void nodesOfAnotherClusterOrIncarnationSayNothingAboutThisOne() throws Exception {
        members(3);
        says(view("n2", 1, ANOTHER, 'B', 9, null));
        says(view("n3", 2, CLUSTER, 'B', 9, null));
        assertThat(afterARound()).isNull();

        says(view("n2", 1, CLUSTER, 'B', 0, null));
        says(view("n3", 1, CLUSTER, 'B', 0, null));
        assertThat(afterARound())
                .as("the same by members")
                .extracting(Doubt::kind)
                .isEqualTo(Doubt.Kind.CONFLICT);
    }

    @Test
    void aLeaderThatLacksWhatAMemberHasCommittedStopsChanges() throws Exception {
        members(3);
        says(view("n2", 1, CLUSTER, 'A', 0, null));
        says(view("n3", 1, CLUSTER, 'A', 9, null));
        assertThat(afterARound()).isNotNull();
        assertThat(afterARound()).as("as long as n3 has that").isNotNull();
    }

    @Test
    void aConflictOfTheLeaderIsNotedWhereAMemberShowsWhyAndNotWhereNothingSpeaksForIt() throws Exception {
        members(3);
        replica.leads(false, "n2");
        says(view("n2", 1, CLUSTER, 'A', 0, CONFLICT));
        assertThat(afterARound())
                .as("n3 is away, and of three only n2 has noted it")
                .isNull();
        says(view("n3", 1, CLUSTER, 'A', 9, null));
        assertThat(afterARound()).as("n3 has what n2 has not").isNotNull();

        heard.remove("n3");
        assertThat(afterARound()).as("two of three have noted it").isNotNull();
        says(view("n2", 1, CLUSTER, 'A', 0, null));
        assertThat(afterARound()).as("nobody but this one knows of it any more").isNull();
    }

    @Test
    void whoeverIsAloneIsInConflictWithNobody() throws Exception {
        members(1);
        replica.repair().doubt(CONFLICT);
        replica.leads(false, null);
        assertThat(afterARound()).as("until it leads").isEqualTo(CONFLICT);
        replica.leads(true, null);
        assertThat(afterARound()).isNull();

        Doubt damage = new Doubt(Doubt.Kind.DAMAGED, -1, "a zone is damaged");
        replica.repair().doubt(damage);
        assertThat(afterARound()).as("there is none to heal from").isEqualTo(damage);
    }
}
