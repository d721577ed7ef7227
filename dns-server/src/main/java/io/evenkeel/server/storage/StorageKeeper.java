package io.evenkeel.server.storage;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.SnapshotStatus;
import io.evenkeel.consensus.identity.NodeIdentity;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.storage.DataUse.Found;
import io.evenkeel.server.storage.DataUse.Item;
import io.evenkeel.server.storage.DataUse.Refused;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Two things make a node give up files of its own: its budget, and a volume that somebody else fills. In both cases the least critical go
 * first, the oldest of them before the others. What is written in large pieces asks for its room before, and the next snapshot, which
 * asks nobody, has room as large as the latest at any time; the rest grows so slowly that a look a second finds it in time, below the
 * mark from which files go. What cannot be read or deleted is passed over and told: it hides nothing else.
 *
 * To count the files takes a system call for each, and the room of the volume one. The files of this node cannot have grown by more than what
 * the volume has lost since they were counted: as long as that leads to no mark they are counted again after ten seconds only.
 */

/** Keeps the data folder of a node within its budget, and gives up files where the volume is short of room. */
public final class StorageKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(StorageKeeper.class);
    private static final Journal JOURNAL = new Journal(LOG);

    /** How often {@link #look} is to be called. */
    static final Duration EVERY = Duration.ofSeconds(1);

    /** Of the budget: from here on files go, and until there. */
    private static final double FROM = 0.95;

    private static final double UNTIL = 0.9;

    /** Of the budget: as long as the files are below it they are not counted at each look. */
    private static final double CALM = 0.8;

    /** At longest; others may have made the room that the node has taken. */
    static final Duration COUNT = Duration.ofSeconds(20);

    /** A log that could not be shortened is tried again after so long. */
    private static final Duration SHORTEN_AGAIN = Duration.ofSeconds(60);

    /** Up to a quarter more than 64 MiB between two snapshots, 64 MiB behind the latest, and a file of 16 MiB that reaches beyond both. */
    private static final long RAFT_LOG_OCTETS = 160L << 20;

    private static final int MEBIBYTE = 1 << 20;

    private final QuietLog unseen = new QuietLog(LOG);
    private final QuietLog passedOver = new QuietLog(LOG);
    private final Volume volume;
    private final DataUse use;
    private final Settings settings;
    private final Supplier<@Nullable Replica> replica;
    private final Time time;
    private final FreeRoom room = new FreeRoom();
    private final Map<StorageClass, AtomicLong> evicted = new EnumMap<>(StorageClass.class);
    private final Set<Claim> claims = ConcurrentHashMap.newKeySet();
    private volatile long budget;
    private volatile @Nullable Seen seen;
    private long shortenedNanos;
    private boolean shortened;
    /** Octets of the log of changes before it was shortened, until that is counted; -1: nothing is to be. */
    private final AtomicLong shortenedFrom = new AtomicLong(-1);

    // Of the last count.
    private boolean calm;
    private long countedNanos;
    private long countedFree;
    /** With what was promised. */
    private long counted;

    private Refused undeleted = Refused.NONE;
    private Refused toldRefused = Refused.NONE;
    private StorageLevel told = StorageLevel.NORMAL;
    private boolean toldOver;

    /**
     * What the configuration says.
     *
     * @param data the data folder
     * @param log file of the log; null: none
     * @param logSize octets of one of its files
     * @param logFiles all of them
     * @param budget octets that all files of the node may take
     */
    public record Settings(Path data, @Nullable Path log, long logSize, int logFiles, long budget) {}

    /** The file system with the data folder. */
    interface Volume {
        long total() throws IOException;

        long free() throws IOException;

        /** As {@link Files#walkFileTree(Path, FileVisitor)}. */
        default void walk(Path folder, FileVisitor<Path> visitor) throws IOException {
            Files.walkFileTree(folder, visitor);
        }

        /** As {@link Files#deleteIfExists}. */
        default boolean delete(Path file) throws IOException {
            return Files.deleteIfExists(file);
        }
    }

    /**
     * What the last look has seen.
     *
     * @param total octets of the volume
     * @param free of these, those that this process may take
     * @param octets of each class of files
     * @param needed octets without which this node cannot do: a budget below is an alarm
     * @param refused files and folders that the disk did not let this node read or delete; what it could not read is not among the octets
     * @param refusal the first of them, and why; empty if there is none
     */
    public record Seen(
            long total, long free, Map<StorageClass, Long> octets, long needed, int refused, String refusal) {
        /** Octets of all files. */
        public long used() {
            return octets.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** @param replica null while there is none */
    StorageKeeper(Settings settings, Supplier<@Nullable Replica> replica, Time time) {
        this(settings, replica, time, of(settings.data()));
    }

    StorageKeeper(Settings settings, Supplier<@Nullable Replica> replica, Time time, Volume volume) {
        this.settings = settings;
        this.budget = settings.budget();
        this.replica = replica;
        this.time = time;
        this.volume = volume;
        this.use = new DataUse(settings.data(), volume::walk, settings.log(), settings.logSize());
        for (StorageClass kind : StorageClass.values()) {
            evicted.put(kind, new AtomicLong());
        }
    }

    private static Volume of(Path folder) {
        return new Volume() {
            // Found in the table of mounts once; its figures are those of the moment, whatever is mounted there.
            private volatile @Nullable FileStore store;

            @Override
            public long total() throws IOException {
                return store().getTotalSpace();
            }

            @Override
            public long free() throws IOException {
                return store().getUsableSpace();
            }

            private FileStore store() throws IOException {
                FileStore known = store;
                if (known == null) {
                    known = Files.getFileStore(folder);
                    store = known;
                }
                return known;
            }
        };
    }

    /** Looks, and gives up what must go. Every second, on a thread that may hang with the disk. */
    synchronized void look() {
        try {
            if (!isStillCalm()) {
                look(see(), 0);
            }
        } catch (IOException e) {
            unseen.warn("The files of this node cannot be looked at: " + e);
        }
    }

    /** Whether the volume alone tells that nothing is to be done; then its room is known anew. */
    private boolean isStillCalm() throws IOException {
        Seen last = seen;
        long now = time.nanos();
        boolean due = !calm || now - countedNanos >= COUNT.toNanos() || !claims.isEmpty() || shortenedFrom.get() >= 0;
        if (last == null || due) {
            return false;
        }
        long total = volume.total();
        long free = volume.free();
        room.look(now, total, free, Objects.requireNonNull(last.octets().get(StorageClass.SNAPSHOT)));
        StorageLevel level = room.level();
        long most = counted + Math.max(0, countedFree - free);
        if (most > CALM * budget || level.compareTo(StorageLevel.WARN) > 0) {
            return false;
        }
        seen = new Seen(total, free, last.octets(), last.needed(), last.refused(), last.refusal());
        tell(level, free / MEBIBYTE, false);
        return true;
    }

    /**
     * Makes room for something large that is about to be written, as far as the budget is concerned, and forgets it: for files that may be
     * given up while they are written. May block with the disk. Any thread.
     *
     * @return why there is none; empty: there is
     */
    public Optional<String> makeRoom(long octets) throws IOException {
        try (Claim claim = claim()) {
            return claim.more(octets);
        }
    }

    /** For a file that may not be given up while it is written. Any thread. */
    public Claim claim() {
        return new Claim();
    }

    /** Octets of the budget for one file that grows: what it was granted, and has not been written yet, nobody else gets. Any thread. */
    public final class Claim implements AutoCloseable {
        private final AtomicLong left = new AtomicLong();

        private Claim() {
            claims.add(this);
        }

        /**
         * Asks for that many beside those that it has. Nothing is given up for more than could ever be had. May block with the disk.
         *
         * @return why there are none; empty: it has them
         */
        public Optional<String> more(long octets) throws IOException {
            return grant(this, octets);
        }

        /** So many of them are in the file. */
        public void wrote(long octets) {
            left.addAndGet(-octets);
        }

        /** The file is complete, or gone. */
        @Override
        public void close() {
            claims.remove(this);
        }
    }

    private synchronized Optional<String> grant(Claim claim, long octets) throws IOException {
        Found before = see();
        Found found = before.total() - mayGo(before) + promised(before) + octets <= FROM * budget
                ? look(before, octets)
                : before;
        long taken = found.total() + promised(found);
        long budgeted = budget;
        if (taken + octets > FROM * budgeted) {
            return Optional.of("the budget of " + budgeted / MEBIBYTE + " MiB has no room for " + mebibytes(octets)
                    + " MiB beside " + mebibytes(taken) + " MiB; raise storage.budget");
        }
        claim.left.addAndGet(octets);
        return Optional.empty();
    }

    private Found see() throws IOException {
        long before = shortenedFrom.getAndSet(-1);
        Found found = use.look();
        long gone = before - found.of(StorageClass.RAFT_LOG);
        if (gone > 0) {
            count(StorageClass.RAFT_LOG, gone);
            LOG.warn("The log of changes is {} MiB shorter", mebibytes(gone));
        }
        return found;
    }

    /** Octets that are not in a file yet, and that nobody else gets: those that were granted, and those of the next snapshot. */
    private long promised(Found found) {
        long latest = found.of(StorageClass.SNAPSHOT) - found.arriving();
        return claims.stream().mapToLong(claim -> Math.max(0, claim.left.get())).sum()
                + Math.max(0, latest - found.arriving());
    }

    /** Octets that can be given up at once. */
    private static long mayGo(Found found) {
        long newest = Backups.newestVerified(found.items()).map(Item::octets).orElse(0L);
        return found.items().stream().mapToLong(Item::octets).sum() - newest + found.of(StorageClass.OLD_SNAPSHOTS);
    }

    private Found look(Found found, long coming) throws IOException {
        undeleted = Refused.NONE;
        long total = volume.total();
        long free = volume.free();
        room.look(time.nanos(), total, free, found.of(StorageClass.SNAPSHOT));
        long budgeted = budget;
        long wanted = found.total() + promised(found) + coming;
        boolean over = wanted > FROM * budgeted;
        long excess = over ? wanted - (long) (UNTIL * budgeted) : 0;
        StorageLevel level = room.level();
        String why = over
                ? "the budget of " + budgeted / MEBIBYTE + " MiB is all but used up"
                : "the volume is at " + level + " with " + free / MEBIBYTE + " MiB free";
        long gone = 0;
        for (StorageClass kind : StorageClass.values()) {
            if (gone < excess || kind.isGivenUpAt(level)) {
                gone += giveUp(kind, found, kind.isGivenUpAt(level) ? Long.MAX_VALUE : excess - gone, why);
            }
        }
        Found left = gone > 0 ? use.look() : found;
        Refused refused = left.unread().and(undeleted);
        Seen last = new Seen(
                total,
                gone > 0 ? volume.free() : free,
                Map.copyOf(left.octets()),
                needed(left),
                refused.count(),
                refused.first());
        seen = last;
        calm = gone == 0 && refused.count() == 0;
        counted = wanted;
        countedNanos = time.nanos();
        countedFree = last.free();
        tell(refused);
        tell(level, last.free() / MEBIBYTE, left.total() > budgeted);
        return left;
    }

    /** Two snapshots for a moment, the log between them, the ballast, the log file and all that is small. */
    private long needed(Found found) {
        return 2 * found.of(StorageClass.SNAPSHOT)
                + Math.max(found.of(StorageClass.RAFT_LOG), RAFT_LOG_OCTETS)
                + found.of(StorageClass.BALLAST)
                + found.of(StorageClass.OTHER)
                + (settings.log() == null ? 0 : settings.logSize());
    }

    private long giveUp(StorageClass kind, Found found, long excess, String why) {
        return switch (kind) {
            case CAPTURES, LOGS, BACKUPS -> delete(kind, found.items(), excess, why);
            case OLD_SNAPSHOTS -> dropOldSnapshots(found, why);
            case RAFT_LOG -> {
                shorten(found, why);
                yield 0; // it takes a while
            }
            case SNAPSHOT, BALLAST, OTHER -> 0;
        };
    }

    private long delete(StorageClass kind, List<Item> items, long excess, String why) {
        List<Item> candidates = new ArrayList<>(
                items.stream().filter(item -> item.kind() == kind).toList());
        if (kind == StorageClass.BACKUPS) {
            Backups.newestVerified(candidates).ifPresent(candidates::remove);
        }
        long gone = 0;
        int count = 0;
        for (Item item : candidates) {
            if (gone >= excess) {
                break;
            }
            try {
                if (volume.delete(item.file())) {
                    gone += item.octets();
                    count++;
                }
            } catch (IOException e) {
                undeleted = undeleted.and(item.file(), e);
            }
        }
        if (count > 0) {
            count(kind, gone);
            LOG.warn("{} files of {} are deleted, {} MiB, since {}", count, kind, mebibytes(gone), why);
        }
        return gone;
    }

    /** As many as go at once: none while one is being written or put in place, and then the next look tries again. */
    private long dropOldSnapshots(Found found, String why) {
        Replica present = replica.get();
        if (found.oldSnapshots().isEmpty() || present == null) {
            return 0;
        }
        try {
            present.dropOldSnapshots();
        } catch (IOException e) {
            undeleted = undeleted.and(settings.data().resolve(NodeIdentity.RAFT_DIRECTORY), e);
        }
        long gone = found.oldSnapshots().entrySet().stream()
                .filter(snapshot -> Files.notExists(snapshot.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
        if (gone > 0) {
            count(StorageClass.OLD_SNAPSHOTS, gone);
            LOG.warn("The snapshots before the latest are deleted, {} MiB, since {}", mebibytes(gone), why);
        }
        return gone;
    }

    /** A snapshot, after which the entries before it go. */
    private void shorten(Found found, String why) {
        Replica present = replica.get();
        boolean due = !shortened || time.nanos() - shortenedNanos >= SHORTEN_AGAIN.toNanos();
        if (present == null || !due) {
            return;
        }
        shortened = true;
        shortenedNanos = time.nanos();
        long before = found.of(StorageClass.RAFT_LOG);
        LOG.warn("The log of changes, {} MiB, is shortened by a snapshot, since {}", mebibytes(before), why);
        CompletableFuture<SnapshotStatus> _ = present.shortenLog().whenComplete((_, failed) -> {
            if (failed != null) {
                LOG.warn("The log of changes could not be shortened: {}", failed.getMessage());
            } else {
                shortenedFrom.set(before);
            }
        });
    }

    private void count(StorageClass kind, long octets) {
        Objects.requireNonNull(evicted.get(kind)).addAndGet(octets);
    }

    /** Once for what stays the same. */
    private void tell(Refused refused) {
        if (refused.count() > 0 && !refused.equals(toldRefused)) {
            passedOver.warn(() -> "The keeper of the disk goes on without what it may not touch: " + refusal(refused));
        }
        toldRefused = refused;
    }

    private String refusal(Refused refused) {
        return refused.count() + " of the files and folders in " + settings.data()
                + " cannot be read or deleted by this node, one of them " + refused.first()
                + "; give them to its user or take them away: what they take is not counted, or does not go";
    }

    /** @param free MiB that are left */
    private void tell(StorageLevel level, long free, boolean over) {
        if (level.compareTo(told) > 0) {
            JOURNAL.warn(
                    Kind.STORAGE, "The volume of " + shortage(level, free), "level", level.toString(), "freeMiB", free);
        } else if (level != told) {
            JOURNAL.info(
                    Kind.STORAGE,
                    "The volume of " + settings.data() + " is back at " + level + ": " + free + " MiB free",
                    "level",
                    level.toString(),
                    "freeMiB",
                    free);
        }
        told = level;
        if (over && !toldOver) {
            JOURNAL.error(
                    Kind.STORAGE,
                    "The files of this node take more than the budget of " + budget / MEBIBYTE
                            + " MiB, and none of them may go; raise storage.budget",
                    "overBudget",
                    true);
        } else if (!over && toldOver) {
            JOURNAL.info(Kind.STORAGE, "The files of this node are within the budget again", "overBudget", false);
        }
        toldOver = over;
    }

    /** From the next look on, until the process ends. Any thread. */
    public void budget(long octets) {
        budget = octets;
        JOURNAL.warn(
                Kind.STORAGE,
                "The budget of this node for its files is " + octets / MEBIBYTE + " MiB until its process ends",
                "budgetBytes",
                octets);
    }

    /** Octets. Any thread. */
    public long budget() {
        return budget;
    }

    /** By the last look. Any thread. */
    public StorageLevel level() {
        return room.level();
    }

    /** Whether this node has too little room to take changes that grow. Any thread. */
    public boolean isShort() {
        return room.byOctets().compareTo(StorageLevel.CRITICAL) >= 0;
    }

    /** At the rate of the last minute; infinite: the volume does not fill. Any thread. */
    public double secondsToFull() {
        return room.secondsToFull();
    }

    /** Null: nothing yet. Any thread. */
    public @Nullable Seen seen() {
        return seen;
    }

    /** Octets that were given up since the start. Any thread. */
    public long evicted(StorageClass kind) {
        return Objects.requireNonNull(evicted.get(kind)).get();
    }

    /** What is wrong, a line for people each; none if nothing is. Any thread. */
    public List<String> reasons() {
        Seen last = seen;
        List<String> reasons = new ArrayList<>();
        StorageLevel level = room.level();
        if (last != null && level.compareTo(StorageLevel.WARN) > 0) {
            reasons.add("the volume of " + shortage(level, last.free() / MEBIBYTE));
        }
        if (last != null && last.refused() > 0) {
            reasons.add(refusal(new Refused(last.refused(), last.refusal())));
        }
        if (last != null && last.needed() > budget) {
            reasons.add("storage.budget is " + budget / MEBIBYTE + " MiB, and this node needs "
                    + mebibytes(last.needed()) + " MiB for snapshots, the log of changes and the ballast; raise it");
        }
        return reasons;
    }

    /** @param free MiB that are left */
    private String shortage(StorageLevel level, long free) {
        String soon = room.byOctets().compareTo(level) >= 0
                ? ""
                : ", full in " + TimeUnit.SECONDS.toMinutes((long) room.secondsToFull())
                        + " min at the pace of the last one";
        return settings.data() + " is at " + level + soon + ": " + free + " MiB free; make room";
    }

    private static long mebibytes(long octets) {
        return (octets + MEBIBYTE - 1) / MEBIBYTE;
    }
}
