package io.evenkeel.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.server.peer.Vitals.Disk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskDutyTest {
    private static final long TOTAL = 1000 << 20;

    @TempDir
    private Path folder = Path.of("");

    private final VirtualTime time = new VirtualTime();
    private final InMemoryReplica replica = new InMemoryReplica("n1", time);
    private final Map<String, Disk> others = new HashMap<>(Map.of("n2", Disk.FINE, "n3", Disk.FINE));
    private long free = TOTAL;
    private Duration write = Duration.ZERO;

    private StorageKeeper keeper;
    private DiskSpeed speed;
    private DiskDuty duty;

    @BeforeEach
    void threeMembers() throws Exception {
        replica.changeMembers(
                List.of(
                        new Member("n1", 1, "127.0.0.1:1"),
                        new Member("n2", 1, "127.0.0.1:2"),
                        new Member("n3", 1, "127.0.0.1:3")),
                Duration.ofSeconds(1));
        keeper = new StorageKeeper(
                new StorageKeeper.Settings(folder, null, 0, 0, 1L << 40),
                () -> replica,
                time,
                new StorageKeeper.Volume() {
                    @Override
                    public long total() {
                        return TOTAL;
                    }

                    @Override
                    public long free() {
                        return free;
                    }
                });
        speed = new DiskSpeed(folder, time, (_, _) -> {
            try {
                time.advance(write);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        duty = new DiskDuty("n1", keeper, speed, () -> others, () -> replica, time);
    }

    private void look() throws InterruptedException {
        keeper.look();
        speed.look();
        duty.look();
    }

    private boolean leads() {
        return replica.status().role() == ReplicaStatus.Role.LEADER;
    }

    @Test
    void aLeaderWithAFineDiskLeadsOn() throws Exception {
        look();
        assertThat(leads()).isTrue();
        assertThat(duty.disk()).isEqualTo(Disk.FINE);
    }

    @Test
    void oneWithoutRoomHandsOverToAMemberThatHasSome() throws Exception {
        free = TOTAL / 20;
        others.put("n2", Disk.SHORT);
        look();
        assertThat(duty.disk()).isEqualTo(Disk.SHORT);
        assertThat(replica.status().leader()).isEqualTo("n3");
    }

    @Test
    void oneWithASlowDiskHandsOver() throws Exception {
        write = Duration.ofSeconds(4);
        look();
        assertThat(replica.status().leader()).isEqualTo("n2");
        assertThat(duty.disk()).isEqualTo(Disk.SLOW);
    }

    /** Else of three members, two of them full, growth would be taken as long as one of these two is slow as well. */
    @Test
    void aSlowDiskDoesNotHideThatItIsFull() throws Exception {
        write = Duration.ofSeconds(4);
        free = TOTAL / 20;
        others.put("n2", Disk.SHORT);
        look();
        assertThat(duty.disk()).isEqualTo(Disk.SHORT);
        assertThat(duty.isSlow()).isTrue();
        assertThat(duty.crowded()).contains("2 of 3 members");
        assertThat(replica.status().leader()).isEqualTo("n3");
    }

    @Test
    void whereNobodyIsBetterItLeadsOn() throws Exception {
        free = TOTAL / 20;
        others.put("n2", Disk.SLOW);
        others.remove("n3");
        look();
        assertThat(leads()).isTrue();
    }

    @Test
    void oneThatCouldNotHandOverTriesAgainLater() throws Exception {
        free = TOTAL / 20;
        replica.quorum(false);
        look();
        replica.quorum(true);
        look();
        assertThat(leads()).isTrue();
        time.advance(Duration.ofSeconds(10));
        look();
        assertThat(leads()).isFalse();
    }

    @Test
    void aMajorityWithoutRoomIsNamed() throws Exception {
        look();
        assertThat(duty.crowded()).isEmpty();
        others.put("n2", Disk.SHORT);
        assertThat(duty.crowded()).as("one of three").isEmpty();
        free = TOTAL / 20;
        look();
        assertThat(duty.crowded()).contains("2 of 3 members", "only deletes", "make room");
        free = TOTAL;
        look();
        assertThat(duty.crowded()).isEmpty();
    }
}
