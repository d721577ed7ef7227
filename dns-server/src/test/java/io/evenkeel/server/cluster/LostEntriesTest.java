package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.Evidence;
import io.evenkeel.consensus.LeaderView.Follower;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.ReplicaStatus.Role;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LostEntriesTest {
    private static final UUID CLUSTER = new UUID(1, 1);

    /** The node is n3-1; its log ends with {@code last}, it has applied up to {@code applied}. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "what it had confirmed is gone               | FOLLOWER | 5 | 40 | 30 | 1 | LEADER    | 5 | n3-1 | 41 | 1 | true",
                "all is there                                | FOLLOWER | 5 | 41 | 30 | 1 | LEADER    | 5 | n3-1 | 41 | 1 | false",
                "it is in the snapshot, and the log is behind | FOLLOWER | 5 | 40 | 41 | 1 | LEADER   | 5 | n3-1 | 41 | 1 | false",
                "an earlier life had confirmed it            | FOLLOWER | 5 | 40 | 30 | 1 | LEADER    | 5 | n3-2 | 41 | 1 | false",
                "the leader before may be overruled          | FOLLOWER | 6 | 40 | 30 | 1 | LEADER    | 5 | n3-1 | 41 | 1 | false",
                "a later leader has not been heard yet       | FOLLOWER | 5 | 40 | 30 | 1 | LEADER    | 6 | n3-1 | 41 | 1 | false",
                "it was told by one that does not lead       | FOLLOWER | 5 | 40 | 30 | 1 | FOLLOWER  | 5 | n3-1 | 41 | 1 | false",
                "the leader is of another cluster            | FOLLOWER | 5 | 40 | 30 | 1 | LEADER    | 5 | n3-1 | 41 | 2 | false",
                "the log is closed                           | FOLLOWER | 5 | 40 | 30 | -1 | LEADER   | 5 | n3-1 | 41 | 1 | false",
                "it had been let in, and has forgotten that   | NONE     | 5 | 40 | 30 | 1 | LEADER    | 5 | n3-1 | 41 | 1 | true",
                "it leads itself                             | LEADER   | 5 | 40 | 30 | 1 | LEADER    | 5 | n3-1 | 41 | 1 | false",
            })
    void onlyWhatWasConfirmedToThePresentLeaderIsProof(
            String what,
            Role role,
            long term,
            long last,
            long applied,
            long committedTerm,
            Role other,
            long itsTerm,
            String confirmedBy,
            long confirmed,
            int cluster,
            boolean proves) {
        List<Follower> followers =
                List.of(new Follower("n2-1", 99, Duration.ZERO), new Follower(confirmedBy, confirmed, Duration.ZERO));
        String proof = LostEntries.proof(
                List.of(
                        answer("n2", Role.FOLLOWER, term, CLUSTER, List.of()),
                        answer("n1", other, itsTerm, new UUID(1, cluster), followers)),
                answer("n3", role, term, CLUSTER, List.of()),
                new Evidence(List.of(), 0, committedTerm, applied, last),
                status(role, term, applied));
        assertThat(proof.isEmpty()).as("%s: %s", what, proof).isEqualTo(!proves);
        if (proves) {
            assertThat(proof).contains("ends with entry 40", "up to 41 to n1");
        }
    }

    private static LookAnswer answer(String node, Role role, long term, UUID cluster, List<Follower> followers) {
        return new LookAnswer(
                node, 1, role, term, null, 1, 1, "OPEN", true, List.of(), followers, null, cluster, null, null);
    }

    private static ReplicaStatus status(Role role, long term, long applied) {
        return new ReplicaStatus(
                role, term, "n1", false, applied, applied, -1, List.of(), 0, 0, -1, 0, null, false, null);
    }
}
