package io.evenkeel.server.node;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * End to end: a leader writes an entry at least every ten seconds, so whoever has applied one lately is in touch with a
 * majority, whatever heartbeats and indices say. An entry that was on this disk when the process began proves nothing by being
 * applied again. For those there is a note, {index, wall clock}, made while the node was in touch. It is read once at the
 * start; from then on only the monotonic clock counts. Without a usable note the age is not known, and that is what is said.
 * The log may know one entry less to be committed after a restart than was applied before it: a note is made about an entry
 * when a later one is here.
 */

/** How old the data is that this node answers from. Any thread; {@link #observe} and {@link #note} from one each. */
public final class DataAge {
    /** The note's name in the data folder. */
    static final String FILE = "data-time";

    private static final Logger LOG = LoggerFactory.getLogger(DataAge.class);
    private static final Journal JOURNAL = new Journal(LOG);
    private static final Pattern NOTE = Pattern.compile("(\\d{1,19}) (\\d{1,19})\n");
    private static final long NOTE_EVERY_NANOS = Duration.ofSeconds(5).toNanos();

    private final StateRoot root;
    private final Path file;
    private final long staleAfterNanos;
    private final LongSupplier nanoTime;
    private final LongSupplier wallMillis;
    private final long startNanos;
    /** What the last life of the node noted; null if that cannot be believed. */
    private final @Nullable Note note;

    // Of the thread that makes notes.
    private long lastNoteNanos;
    /** What the next note will be about; an index of -1 if nothing yet. */
    private long nextIndex = -1;

    private long nextMillis;
    private boolean noteFailed;
    private volatile boolean stale;

    /** @param ageNanos of that entry when this process began */
    private record Note(long index, long ageNanos) {}

    /**
     * @param folder of this node's data
     * @param staleAfter what is older is stale
     */
    public DataAge(StateRoot root, Path folder, Duration staleAfter) {
        this(root, folder, staleAfter, System::nanoTime, System::currentTimeMillis);
    }

    DataAge(StateRoot root, Path folder, Duration staleAfter, LongSupplier nanoTime, LongSupplier wallMillis) {
        this.root = root;
        this.file = folder.resolve(FILE);
        this.staleAfterNanos = staleAfter.toNanos();
        this.nanoTime = nanoTime;
        this.wallMillis = wallMillis;
        this.startNanos = nanoTime.getAsLong();
        this.lastNoteNanos = startNanos - NOTE_EVERY_NANOS;
        this.note = read();
    }

    /**
     * Since the last entry of the log was applied, in seconds; after a restart out of touch since the last note but one, which
     * is up to twenty seconds more. NaN if that is not known, or there is no data.
     */
    public double seconds() {
        long age = nanos(root.get());
        return age < 0 ? Double.NaN : age / 1e9;
    }

    /** The same, and the least that it can be where it is not known. */
    double atLeastSeconds() {
        long age = nanos(root.get());
        return (age < 0 ? atLeast() : age) / 1e9;
    }

    /** The same in words, with what is known in place of NaN. */
    public String text() {
        Published published = root.get();
        long age = nanos(published);
        return age >= 0 ? seconds(age) : published.index() == 0 ? "no data" : "unknown, at least " + seconds(atLeast());
    }

    /** Whether it is above the limit, or not known, as {@link #observe} last saw it. One volatile read. */
    public boolean isStale() {
        return stale;
    }

    /** Looks at the clock, about every second; touches no disk. */
    public void observe() {
        Published published = root.get();
        long age = nanos(published);
        boolean was = stale;
        stale = published.index() > 0 && (age < 0 || age > staleAfterNanos);
        if (stale && !was) {
            JOURNAL.warn(
                    Kind.STALE,
                    "The zones of this node are stale: their age is " + text() + ". It answers from them, and says so",
                    "stale",
                    true);
        } else if (was && !stale) {
            JOURNAL.info(
                    Kind.STALE, "The zones of this node are no longer stale: their age is " + text(), "stale", false);
        }
    }

    /** Makes a note on the disk while in touch, if it is time for one; to be called about every second. May block. */
    public void note() {
        Published published = root.get();
        long now = nanoTime.getAsLong();
        if (isHeard(published) && published.index() > nextIndex && now - lastNoteNanos >= NOTE_EVERY_NANOS) {
            if (nextIndex >= 0) {
                write(nextIndex, nextMillis);
            }
            lastNoteNanos = now;
            nextIndex = published.index();
            nextMillis =
                    wallMillis.getAsLong() - Duration.ofNanos(nanos(published)).toMillis();
        }
    }

    /** Negative if not known. */
    private long nanos(Published published) {
        long now = nanoTime.getAsLong();
        if (isHeard(published)) {
            return Math.max(0, now - published.appliedNanos());
        }
        return note != null && published.index() > 0 && published.index() >= note.index()
                ? note.ageNanos() + now - startNanos
                : -1;
    }

    /** The note may be about more than there is; then it still says what the age exceeds. */
    private long atLeast() {
        return (note == null ? 0 : note.ageNanos()) + nanoTime.getAsLong() - startNanos;
    }

    private boolean isHeard(Published published) {
        return published.index() > Math.max(0, root.recoveredIndex());
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }

    private @Nullable Note read() {
        try {
            Matcher written = NOTE.matcher(Files.readString(file));
            if (!written.matches()) {
                LOG.warn("{} is damaged; until the cluster is heard the age of the data is not known", file);
                return null;
            }
            long ageMillis = wallMillis.getAsLong() - Long.parseLong(written.group(2));
            // A clock that was set back since cannot say how much later it is.
            return ageMillis < 0
                    ? null
                    : new Note(
                            Long.parseLong(written.group(1)),
                            Duration.ofMillis(ageMillis).toNanos());
        } catch (NoSuchFileException e) {
            LOG.debug("Never in touch so far: there is no {}", file);
        } catch (IOException | ArithmeticException | NumberFormatException e) {
            LOG.warn("{} cannot be read ({}); until the cluster is heard the age of the data is not known", file, e);
        }
        return null;
    }

    /** Whole or not at all, but not forced to the disk: a note lost with the power makes the age unknown, not wrong. */
    private void write(long index, long millis) {
        try {
            DurableFile.writeUnforced(file, (index + " " + millis + "\n").getBytes(StandardCharsets.US_ASCII));
            noteFailed = false;
        } catch (IOException e) {
            if (!noteFailed) {
                LOG.warn("{} cannot be written ({}); a restart may not know the age of the data", file, e.toString());
            }
            noteFailed = true;
        }
    }
}
