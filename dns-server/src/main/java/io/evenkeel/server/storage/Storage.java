package io.evenkeel.server.storage;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Ticker;
import io.evenkeel.server.peer.Vitals;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All that looks after the disk of a node, each on a thread of its own: where one hangs with the disk the others go on, and none of them
 * answers questions.
 */
public final class Storage implements AutoCloseable {
    private final StorageKeeper keeper;
    private final DiskSpeed speed;
    private final DiskDuty duty;
    private final @Nullable Backups backups;
    private final boolean keeps;
    private final Daemons daemons;
    private final Deque<Ticker> tickers = new ArrayDeque<>();

    /**
     * Looks at nothing before {@link #start}.
     *
     * @param self name of this node
     * @param settings of the budget
     * @param keeps whether files are given up, and leadership handed over; else, in a drill, the node goes without
     * @param backups null: it makes none by itself
     * @param zones all that this node should hold; null: it does not, yet
     * @param disks of the members that were heard a moment ago, by name
     * @param replica null while there is none
     * @param clock for the times of backups
     */
    public Storage(
            String self,
            StorageKeeper.Settings settings,
            boolean keeps,
            Backups.@Nullable Settings backups,
            Supplier<@Nullable Published> zones,
            Supplier<Map<String, Vitals.Disk>> disks,
            Supplier<@Nullable Replica> replica,
            InstantSource clock,
            Daemons daemons) {
        this.daemons = daemons;
        this.keeps = keeps;
        this.keeper = new StorageKeeper(settings, replica, daemons.time());
        this.speed = new DiskSpeed(settings.data(), daemons.time());
        this.duty = new DiskDuty(self, keeper, speed, disks, replica, daemons.time());
        this.backups = backups == null ? null : new Backups(backups, zones, keeper, clock, daemons.time());
    }

    /** Once. */
    public void start() {
        if (keeps) {
            tick(new Ticker.Task("keep-storage", StorageKeeper.EVERY, keeper::look));
            tick(new Ticker.Task("disk-duty", DiskDuty.EVERY, duty::look));
        }
        tick(new Ticker.Task("probe-disk", DiskSpeed.EVERY, speed::look));
        Backups made = backups;
        if (made != null) {
            tick(new Ticker.Task("make-backups", Backups.EVERY, Backups.DEADLINE, made::look));
        }
    }

    private void tick(Ticker.Task task) {
        tickers.push(Ticker.start(daemons, task.name(), List.of(task)));
    }

    /** What is wrong, a line for people each; none if nothing is. */
    public List<String> reasons() {
        List<String> reasons = new ArrayList<>(keeper.reasons());
        if (duty.isSlow()) {
            reasons.add("a write to the disk of the data folder takes " + Math.round(duty.seconds())
                    + " s, or did a moment ago: this node does not lead");
        }
        String crowded = duty.crowded();
        if (!crowded.isEmpty()) {
            reasons.add(crowded);
        }
        return reasons;
    }

    /** The budget, the use and the room. */
    public StorageKeeper keeper() {
        return keeper;
    }

    /** The disks of the members, and what follows. */
    public DiskDuty duty() {
        return duty;
    }

    /** Null: this node makes none by itself. */
    public @Nullable Backups backups() {
        return backups;
    }

    @Override
    public void close() {
        tickers.forEach(Ticker::close);
    }
}
