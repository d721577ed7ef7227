package io.evenkeel.server.storage;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.process.Durations;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.peer.Vitals;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of the members' disks, and what follows: a leader whose disk is short of room or too slow hands over to a member whose disk is fine, and
 * changes that grow wait while a majority is short. It touches no disk. {@link #look} belongs to one thread; all else: any.
 */
public final class DiskDuty {
    private static final Logger LOG = LoggerFactory.getLogger(DiskDuty.class);
    private static final Journal JOURNAL = new Journal(LOG);

    /** How often {@link #look} is to be called. */
    static final Duration EVERY = Duration.ofSeconds(1);

    private static final Duration TRANSFER = Duration.ofSeconds(5);
    private static final Duration AGAIN = Duration.ofSeconds(10);

    private final String self;
    private final StorageKeeper keeper;
    private final DiskSpeed speed;
    private final Supplier<Map<String, Vitals.Disk>> disks;
    private final Supplier<@Nullable Replica> replica;
    private final Time time;
    private boolean tried;
    private long triedNanos;

    /**
     * @param self name of this node
     * @param disks of the members that were heard a moment ago, by name
     * @param replica null while there is none
     */
    DiskDuty(
            String self,
            StorageKeeper keeper,
            DiskSpeed speed,
            Supplier<Map<String, Vitals.Disk>> disks,
            Supplier<@Nullable Replica> replica,
            Time time) {
        this.self = self;
        this.keeper = keeper;
        this.speed = speed;
        this.disks = disks;
        this.replica = replica;
        this.time = time;
    }

    /** Of this node. Where both are the case it is short of room: that is what a majority is counted for, and neither leads. */
    public Vitals.Disk disk() {
        return keeper.isShort() ? Vitals.Disk.SHORT : speed.isSlow() ? Vitals.Disk.SLOW : Vitals.Disk.FINE;
    }

    /** Whether a small write takes too long at present, or did a moment ago; however much room there is. */
    public boolean isSlow() {
        return speed.isSlow();
    }

    /** How long the last small write took to be forced, or the present one has taken so far, in seconds. */
    public double seconds() {
        return speed.seconds();
    }

    /** How long each small write that the disk took was forced. */
    public Durations forced() {
        return speed.forced();
    }

    /** Why changes that grow are refused; empty: they are not. Asked on the leader. */
    public String crowded() {
        Replica present = replica.get();
        if (present == null || keeper.seen() == null) {
            return "";
        }
        Map<String, Vitals.Disk> known = disks.get();
        long size = present.status().members().size();
        long shortOfRoom = present.status().members().stream()
                .map(Member::name)
                .filter(name -> (name.equals(self) ? disk() : known.get(name)) == Vitals.Disk.SHORT)
                .count();
        return 2 * shortOfRoom <= size
                ? ""
                : shortOfRoom + " of " + size
                        + " members are short of room on their disks: only deletes are taken until a majority has room again; make room";
    }

    /** Hands over if it must. Every second. */
    void look() throws InterruptedException {
        Vitals.Disk own = disk();
        Replica present = replica.get();
        if (own == Vitals.Disk.FINE || present == null) {
            return;
        }
        ReplicaStatus status = present.status();
        boolean due = !tried || time.nanos() - triedNanos >= AGAIN.toNanos();
        if (status.role() != ReplicaStatus.Role.LEADER || !due) {
            return;
        }
        Map<String, Vitals.Disk> known = disks.get();
        Optional<Member> next = status.members().stream()
                .filter(member -> !member.name().equals(self) && known.get(member.name()) == Vitals.Disk.FINE)
                .findFirst();
        if (next.isEmpty()) {
            return;
        }
        tried = true;
        String why = own == Vitals.Disk.SLOW
                ? "a write to its disk takes more than " + DiskSpeed.SLOW.toSeconds() + " s"
                : "its disk is short of room";
        JOURNAL.warn(
                Kind.STORAGE,
                "This leader hands over to " + next.get().name() + ", since " + why,
                "to",
                next.get().name());
        try {
            present.transferLeadership(next.get(), TRANSFER);
        } catch (IOException e) {
            LOG.warn("{} did not take over: {}", next.get().name(), e.getMessage());
        }
        triedNanos = time.nanos();
    }
}
