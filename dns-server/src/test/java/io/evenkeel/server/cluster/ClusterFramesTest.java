package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Evidence;
import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.peer.Build;
import io.evenkeel.server.peer.GoldenFrames;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.Hash256;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClusterFramesTest {
    private static final UUID CLUSTER = new UUID(1, 2);
    private static final Build BUILD = new Build(3, "0.1", 1, 1);
    private static final Build LATER = new Build(3, "0.9", 4, 7);
    private static final Member MEMBER = new Member("n2", 3, "127.0.0.1:7402", "127.0.0.1:7502");
    private static final Hello HELLO = new Hello("c", CLUSTER, "n1", 2, BUILD, 0);
    private static final HelloAnswer ANSWER =
            new HelloAnswer("c", CLUSTER, "n1", 1, BUILD, "n1", "n2", List.of(MEMBER), 4, Standing.OUT);

    @Test
    void helloKeepsItsOctetsForEver() throws Exception {
        GoldenFrames.request("HELLO", Hello.KIND, HELLO);
        GoldenFrames.request("HELLO.empty", Hello.KIND, new Hello("c", null, "n1", 0, BUILD, 0));
        GoldenFrames.outcome("HELLO.answer", Hello.KIND, new Outcome.Done<>(ANSWER));
        GoldenFrames.outcome(
                "HELLO.answer.empty",
                Hello.KIND,
                new Outcome.Done<>(
                        new HelloAnswer("c", null, "n1", 0, BUILD, "n1", null, List.of(), 0, Standing.UNKNOWN)));
    }

    @Test
    void helloOfALaterVersionWithMoreFieldsIsRead() throws Exception {
        GoldenFrames.readsRequest(GoldenFrames.later(GoldenFrames.octets("HELLO")), Hello.KIND, HELLO);
        GoldenFrames.readsOutcome(
                GoldenFrames.later(GoldenFrames.octets("HELLO.answer")), Hello.KIND, new Outcome.Done<>(ANSWER));
    }

    @Test
    void helloOfAReleaseThatSpeaksSeveralLevelsTellsTheLowest() throws Exception {
        GoldenFrames.request("HELLO.memory", Hello.KIND, new Hello("c", CLUSTER, "n1", 2, BUILD, 7_000));
        GoldenFrames.request("HELLO.levels", Hello.KIND, new Hello("c", CLUSTER, "n1", 2, LATER, 0));
        GoldenFrames.request(
                "HELLO.usual-levels", Hello.KIND, new Hello("c", CLUSTER, "n1", 2, new Build(3, "0.9", 6, 7), 0));
    }

    @Test
    void helloTellsTheBuild() {
        assertThat(Build.of("1.2")).isEqualTo(new Build(3, "1.2", 1, 2));
    }

    @Test
    void joinKeepsItsOctets() throws Exception {
        GoldenFrames.request("JOIN", Join.KIND, new Join(CLUSTER, MEMBER, null, 0));
        GoldenFrames.request("JOIN.build", Join.KIND, new Join(CLUSTER, MEMBER, LATER, 0));
        GoldenFrames.request("JOIN.memory", Join.KIND, new Join(CLUSTER, MEMBER, LATER, 8_000));
        GoldenFrames.outcome("JOIN.answer", Join.KIND, Outcome.done());
    }

    @Test
    void manageKeepsItsOctets() throws Exception {
        GoldenFrames.request(
                "MANAGE.add", Manage.KIND, new Manage(Manage.Verb.ADD, "n4", "127.0.0.1:1", "127.0.0.1:2"));
        GoldenFrames.request("MANAGE.remove", Manage.KIND, new Manage(Manage.Verb.REMOVE, "n4", "", ""));
        GoldenFrames.request("MANAGE.transfer", Manage.KIND, new Manage(Manage.Verb.TRANSFER, "n4", "", ""));
        GoldenFrames.outcome("MANAGE.answer", Manage.KIND, Outcome.done());
    }

    @Test
    void lookKeepsItsOctets() throws Exception {
        GoldenFrames.request("LOOK", Look.KIND, new Look());
        GoldenFrames.outcome("LOOK.answer", Look.KIND, new Outcome.Done<>(look(null, null)));
        GoldenFrames.outcome("LOOK.answer.build", Look.KIND, new Outcome.Done<>(look(LATER, null)));
        GoldenFrames.outcome(
                "LOOK.answer.doubt",
                Look.KIND,
                new Outcome.Done<>(look(LATER, new Doubt(Doubt.Kind.DIVERGED, 8, "at index 8"))));
    }

    private static LookAnswer look(@Nullable Build build, @Nullable Doubt doubt) {
        return new LookAnswer(
                "n1",
                2,
                ReplicaStatus.Role.LEADER,
                3,
                null,
                5,
                6,
                "OPEN",
                true,
                List.of("stale"),
                List.of(new LeaderView.Follower("n2-1", 5, Duration.ofMillis(7))),
                build,
                doubt == null ? null : new UUID(1, 2),
                doubt == null
                        ? null
                        : new Evidence(
                                List.of(new Evidence.Mark(8, new Hash256(1, 2, 3, 4), new Hash256(5, 6, 7, 8))),
                                1,
                                2,
                                9,
                                10),
                doubt);
    }

    @Test
    void snapshotsKeepTheirOctets() throws Exception {
        GoldenFrames.request("NEWEST_SNAPSHOT", NewestSnapshot.KIND, new NewestSnapshot(5));
        GoldenFrames.outcome("NEWEST_SNAPSHOT.answer", NewestSnapshot.KIND, new Outcome.Done<>(7L));
        GoldenFrames.request("SNAPSHOT_PART", SnapshotPart.KIND, new SnapshotPart(7, "zones-1f", 1 << 20));
        GoldenFrames.outcome("SNAPSHOT_PART.answer", SnapshotPart.KIND, new Outcome.Done<>(new byte[] {1, 2, 3}));
    }

    @Test
    void withdrawKeepsItsOctets() throws Exception {
        GoldenFrames.request("WITHDRAW", Withdraw.KIND, new Withdraw("n1"));
        GoldenFrames.outcome("WITHDRAW.answer", Withdraw.KIND, new Outcome.Done<>(new Withdraw.Answer("n1", true)));
        GoldenFrames.outcome(
                "WITHDRAW.answer.nobody", Withdraw.KIND, new Outcome.Done<>(new Withdraw.Answer("", false)));
    }

    @Test
    void raiseLevelKeepsItsOctets() throws Exception {
        GoldenFrames.request("RAISE_LEVEL", RaiseLevel.KIND, new RaiseLevel(2));
        GoldenFrames.outcome("RAISE_LEVEL.answer", RaiseLevel.KIND, Outcome.done());
    }

    @Test
    void setLimitsKeepsItsOctets() throws Exception {
        GoldenFrames.request("SET_LIMITS", SetLimits.KIND, new SetLimits(LimitSettings.NEW, 7));
        GoldenFrames.request("SET_LIMITS.any", SetLimits.KIND, new SetLimits(LimitSettings.UPGRADED, SetLimits.ANY));
        GoldenFrames.outcome("SET_LIMITS.answer", SetLimits.KIND, new Outcome.Done<>(9L));
    }
}
