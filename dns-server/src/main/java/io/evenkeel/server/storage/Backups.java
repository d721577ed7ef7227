package io.evenkeel.server.storage;

import io.evenkeel.consensus.Published;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.process.ThreadNiceness;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.snapshot.Backup;
import io.evenkeel.server.config.BackupSchedule;
import io.evenkeel.server.storage.DataUse.Item;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * backups/zones-<time>.backup            was read back and verified before it got that name
 * backups/zones-<time>.backup.partial    is being written
 */

/** Makes backups of all zones by a schedule, keeps some, and has a program of the operator ship them away. One thread, but for what it tells. */
public final class Backups {
    private static final Logger LOG = LoggerFactory.getLogger(Backups.class);

    /** How often {@link #look} is to be called. */
    static final Duration EVERY = Duration.ofSeconds(5);

    /** For one look, if a backup is made and shipped. */
    static final Duration DEADLINE = Duration.ofMinutes(30);

    private static final Duration HOOK = Duration.ofMinutes(10);
    private static final Duration AGAIN = Duration.ofMinutes(10);
    private static final int HOOK_OUTPUT = 1024;
    private static final DateTimeFormatter NAME_TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final Pattern NAME = Pattern.compile("zones-(\\d{8}T\\d{6}Z)\\.backup");
    private static final String PARTIAL = ".partial";

    private final Settings settings;
    private final Supplier<@Nullable Published> zones;
    private final StorageKeeper keeper;
    private final InstantSource clock;
    private final Time time;
    private final Map<Step, AtomicLong> failures = new EnumMap<>(Step.class);
    private volatile @Nullable Instant last;
    private boolean begun;
    private boolean failed;
    private long failedNanos;

    /**
     * What the configuration says.
     *
     * @param folder where they are kept
     * @param keep at least one
     * @param hook a program that is called with the path of each new one; null: none
     * @param cluster name of the cluster
     * @param node name of this node
     */
    public record Settings(
            Path folder,
            BackupSchedule schedule,
            int keep,
            @Nullable Path hook,
            String cluster,
            String node) {}

    /** At which one may fail. */
    public enum Step {
        /** It could not be written, for want of room mostly. */
        WRITE,
        /** It is not what was written. */
        VERIFY,
        /** The program that ships it away failed; the backup is there. */
        HOOK;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param zones what this node holds; null: not all that it should, yet
     * @param keeper is asked for room
     */
    Backups(
            Settings settings,
            Supplier<@Nullable Published> zones,
            StorageKeeper keeper,
            InstantSource clock,
            Time time) {
        this.settings = settings;
        this.zones = zones;
        this.keeper = keeper;
        this.clock = clock;
        this.time = time;
        for (Step step : Step.values()) {
            failures.put(step, new AtomicLong());
        }
    }

    /** Where they are kept. */
    public static Path folder(Path data) {
        return data.resolve(DataUse.BACKUPS);
    }

    /** Makes one if it is time, which takes as long as it takes. Some times a minute, on a platform thread of its own. */
    void look() throws InterruptedException {
        ThreadNiceness.raise(ThreadNiceness.BACKGROUND);
        if (failed && time.nanos() - failedNanos < AGAIN.toNanos()) {
            return;
        }
        try {
            if (!begun) {
                last = newest(settings.folder());
                begun = true;
            }
            Instant now = clock.instant();
            Published published = zones.get();
            if (published != null && settings.schedule().isDue(last, now)) {
                Path made = make(published, now);
                last = now;
                removeOld();
                ship(made);
            }
            failed = false;
        } catch (Failure e) {
            failed(e.step, e);
        } catch (IOException e) {
            failed(Step.WRITE, e);
        }
    }

    private void failed(Step step, Exception why) {
        count(step);
        failed = true;
        failedNanos = time.nanos();
        LOG.error("No scheduled backup ({}): {}; next attempt in {} min", step, why.getMessage(), AGAIN.toMinutes());
    }

    private static final class Failure extends IOException {
        private static final long serialVersionUID = 1;
        private final Step step;

        Failure(Step step, String why) {
            super(why);
            this.step = step;
        }
    }

    private Path make(Published published, Instant now) throws IOException, InterruptedException {
        DurableFile.makePrivateFolder(settings.folder());
        removePartial();
        try (StorageKeeper.Claim claim = keeper.claim()) {
            // It takes about as much as the state does in memory, and less if that was packed well.
            Optional<String> noRoom = claim.more(published.state().octets());
            if (noRoom.isPresent() || keeper.isShort()) {
                throw new Failure(Step.WRITE, noRoom.orElse("the volume has no room left"));
            }
            return verified(published, now);
        }
    }

    private Path verified(Published published, Instant now) throws IOException {
        Path wanted = settings.folder().resolve("zones-" + NAME_TIME.format(now) + ".backup");
        Path partial = wanted.resolveSibling(wanted.getFileName() + PARTIAL);
        boolean done = false;
        try {
            write(published, now, partial);
            Backup.Summary summary = verify(partial);
            if (summary.head().index() != published.index()) {
                throw new Failure(Step.VERIFY, partial + " is not what was written");
            }
            DurableFile.rename(partial, wanted);
            done = true;
            LOG.info(
                    "Backup {}: {} zones with {} records as of entry {}, {} octets, verified",
                    wanted,
                    summary.zones(),
                    summary.records(),
                    summary.head().index(),
                    summary.bytes());
            return wanted;
        } finally {
            if (!done) {
                Files.deleteIfExists(partial);
            }
        }
    }

    private void write(Published published, Instant now, Path partial) throws IOException {
        try (FileChannel channel = FileChannel.open(
                        partial,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                OutputStream out = Channels.newOutputStream(channel)) {
            Backup.write(published, settings.cluster(), settings.node(), now, out);
            channel.force(true);
        }
    }

    private static Backup.Summary verify(Path partial) throws IOException {
        try {
            return Backup.verify(partial);
        } catch (IOException e) {
            throw new Failure(Step.VERIFY, String.valueOf(e.getMessage()));
        }
    }

    private void removePartial() throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(settings.folder(), "*" + PARTIAL)) {
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void removeOld() throws IOException {
        List<Path> all = in(settings.folder());
        for (Path old : all.subList(0, Math.max(0, all.size() - settings.keep()))) {
            Files.deleteIfExists(old);
        }
    }

    /** The oldest first. */
    private static List<Path> in(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path file : entries) {
                if (isBackup(file)) {
                    found.add(file);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException none) {
            return List.of();
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }

    private static boolean isBackup(Path file) {
        return NAME.matcher(String.valueOf(file.getFileName())).matches();
    }

    private static @Nullable Instant newest(Path folder) throws IOException {
        List<Path> all = in(folder);
        if (all.isEmpty()) {
            return null;
        }
        Matcher name = NAME.matcher(String.valueOf(all.getLast().getFileName()));
        try {
            return name.matches() ? NAME_TIME.parse(name.group(1), Instant::from) : null;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Of these, the one that is never given up. */
    static Optional<Item> newestVerified(List<Item> backups) {
        return backups.stream().filter(item -> isBackup(item.file())).max(Comparator.comparing(Item::file));
    }

    private void ship(Path made) throws InterruptedException {
        Path hook = settings.hook();
        if (hook == null) {
            return;
        }
        try {
            Process process = new ProcessBuilder(hook.toString(), made.toString())
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            try {
                byte[] said = head(process);
                if (!process.waitFor(HOOK.toSeconds(), TimeUnit.SECONDS)) {
                    hookFailed(hook, "did not end within " + HOOK.toMinutes() + " min");
                } else if (process.exitValue() != 0) {
                    hookFailed(
                            hook,
                            "ended with " + process.exitValue() + ": "
                                    + new String(said, StandardCharsets.UTF_8)
                                            .strip()
                                            .replace('\n', ' '));
                }
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            hookFailed(hook, String.valueOf(e.getMessage()));
        }
    }

    /** The first of what it says; the rest is read and dropped, so that it never waits, on a thread that ends with its process. */
    private static byte[] head(Process process) throws IOException {
        byte[] said = process.getInputStream().readNBytes(HOOK_OUTPUT);
        Thread.ofVirtual().name("backup-hook").start(() -> {
            try {
                process.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException ended) {
                LOG.debug("the hook has ended", ended);
            }
        });
        return said;
    }

    private void hookFailed(Path hook, String why) {
        count(Step.HOOK);
        LOG.error("The backup was made, and backup.hook {} {}", hook, why);
    }

    private void count(Step step) {
        Objects.requireNonNull(failures.get(step)).incrementAndGet();
    }

    /** When the newest verified backup was made; null: there is none. Any thread. */
    public @Nullable Instant last() {
        return last;
    }

    /** Since the start. Any thread. */
    public long failures(Step step) {
        return Objects.requireNonNull(failures.get(step)).get();
    }
}
