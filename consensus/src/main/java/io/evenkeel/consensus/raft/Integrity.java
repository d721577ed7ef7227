package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.Findings;
import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * One per process, shared by all Raft servers that are built in it. A doubt is on disk before it counts as settled: a restart
 * makes no state right, and a node that forgot its doubt would acknowledge again until the next comparison. A disk that takes
 * no note of it does not end it: it is kept in memory, and a restart finds it again when the next ticks are compared.
 */

/** Whether what this replica holds may be wrong, and since when it is known to be good. Any thread. */
final class Integrity {
    private static final Logger LOG = LoggerFactory.getLogger(Integrity.class);
    private static final Journal JOURNAL = new Journal(LOG);
    private static final String FILE = "doubt";

    private final Path directory;
    private final Path file;
    private final StateRoot root;
    private final Findings findings;

    private volatile @Nullable Doubt doubt;
    /** The last state that a comparison has confirmed. Under the monitor, as the next. */
    private @Nullable SoftReference<Published> good;

    /** What was found wrong up to there is settled. */
    private long settledIndex;

    /** @param directory for the note about a doubt: beside the log, so that it goes when that goes */
    Integrity(Path directory, StateRoot root, Findings findings) {
        this.directory = directory;
        this.file = directory.resolve(FILE);
        this.root = root;
        this.findings = findings;
        Doubt before = read();
        // Memory is read anew from files whose hashes are compared: if they are the cause, that finds it again.
        boolean over = before != null && before.kind() == Doubt.Kind.DAMAGED;
        this.doubt = over ? null : before;
        if (over) {
            forgetIfPossible();
        } else if (before != null) {
            JOURNAL.error(
                    Kind.ZONES,
                    "The zones of this node may be wrong, as before its restart: " + before.why(),
                    "doubted",
                    true);
            root.doubt(null);
        }
        findings.report(this::raise);
    }

    /** What shows that this replica may be wrong. */
    Findings findings() {
        return findings;
    }

    /** Null if there is none. One volatile read. */
    @Nullable
    Doubt doubt() {
        return doubt;
    }

    /** A comparison with the leader has shown that this state was good. */
    synchronized void confirmed(Published state) {
        Published before = good();
        if (doubt == null && (before == null || before.index() < state.index())) {
            good = new SoftReference<>(state);
        }
    }

    /** Given up where memory is short: zones that were replaced are reckoned as gone. */
    private @Nullable Published good() {
        SoftReference<Published> kept = good;
        return kept == null ? null : kept.get();
    }

    /** What is applied here may be wrong. A doubt that is there already gives way to a more serious one only. */
    synchronized void raise(Doubt found) {
        Doubt present = doubt;
        // The log is replayed from a snapshot: what was wrong in it is settled, or is a doubt that was noted.
        boolean old =
                found.kind() == Doubt.Kind.DIVERGED && found.index() <= Math.max(settledIndex, root.recoveredIndex());
        if (old || (present != null && present.kind().compareTo(found.kind()) >= 0)) {
            return;
        }
        JOURNAL.error(
                Kind.ZONES,
                "The zones of this node may be wrong: " + found.why()
                        + ". It goes on answering, as stale, and acknowledges nothing",
                "doubted",
                true,
                "kind",
                found.kind().name());
        doubt = found;
        // Of what it holds itself, a good version is not known; where the members differ, it is not known which is one.
        root.doubt(found.kind() == Doubt.Kind.DIVERGED ? good() : null);
        try {
            DurableFile.write(
                    file,
                    (found.kind() + "\n" + found.index() + "\n" + found.why().replace('\n', ' ') + "\n")
                            .getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOG.error("{} could not be written; a restart has to find this out again", file, e);
        }
    }

    /**
     * The doubt has ended: the state was right, or another one takes its place.
     *
     * @param settled the highest index that is applied here: what was found up to there is no news any more
     * @throws IOException if that could not be noted; then nothing has changed
     */
    synchronized void settle(long settled) throws IOException {
        end(settled);
        root.trust();
    }

    /** The same where another state takes the place of the wrong one. */
    synchronized void replaced(long settled) throws IOException {
        end(settled);
        root.replaced();
    }

    private void forgetIfPossible() {
        try {
            forget();
        } catch (IOException e) {
            LOG.warn("{} tells of memory that is no more, and could not be deleted", file, e);
        }
    }

    private void forget() throws IOException {
        Files.deleteIfExists(file);
        DurableFile.force(directory);
    }

    private void end(long settled) throws IOException {
        forget();
        doubt = null;
        good = null;
        settledIndex = settled;
    }

    private @Nullable Doubt read() {
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            return new Doubt(Doubt.Kind.valueOf(lines.get(0)), Long.parseLong(lines.get(1)), lines.get(2));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            LOG.error("{} cannot be read", file, e);
            return new Doubt(Doubt.Kind.DIVERGED, 0, "the note about what was wrong before the restart is damaged");
        }
    }
}
