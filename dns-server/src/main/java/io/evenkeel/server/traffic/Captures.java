package io.evenkeel.server.traffic;

import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The looks at the traffic of a node that somebody asks for: what is most frequent, and captures to files, one at a time. Any thread. */
public final class Captures implements AutoCloseable {
    /** Folder of the data folder that holds the files, and nothing else. */
    public static final String FOLDER = "captures";

    private static final Logger LOG = LoggerFactory.getLogger(Captures.class);
    private static final String SUFFIX = ".dnstap";
    private static final long MIB = 1 << 20;
    /** Files of one node in the order of their names are in that of time. */
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final Traffic traffic;
    private final Path folder;
    private final Capture.Writer writer;
    private final Budget budget;
    private final Daemons daemons;
    /** Null: there was none. */
    private volatile @Nullable Latest latest;

    /**
     * The last one.
     *
     * @param octets of the files of all before it
     * @param lost messages that these did not take
     */
    private record Latest(Capture capture, long octets, long lost) {
        Latest followedBy(Capture next) {
            Capture.Status status = capture.status();
            return new Latest(next, octets + status.bytes(), lost + status.lost());
        }
    }

    /**
     * Without a capture.
     *
     * @param folder where files are made; made itself when it is needed
     * @param node its name
     * @param version of this program
     * @param budget is asked for the room of each
     */
    public Captures(
            Traffic traffic,
            Path folder,
            String node,
            String version,
            ClientPrivacy privacy,
            Budget budget,
            Daemons daemons) {
        this.traffic = traffic;
        this.folder = folder;
        this.writer = new Capture.Writer(node, version, privacy);
        this.budget = budget;
        this.daemons = daemons;
    }

    /** Of the files of this node. */
    @FunctionalInterface
    public interface Budget {
        /** Why there is no room for so much more; empty: there is. */
        Optional<String> makeRoom(long octets) throws IOException, InterruptedException;
    }

    /** How a wish to begin ended. */
    public sealed interface Outcome {
        /** It has begun. */
        record Begun(Capture.Status status) implements Outcome {}

        /** There is one already, as the line says. */
        record Busy(String why) implements Outcome {}

        /** The disk has too little space left, as the line says. */
        record NoRoom(String why) implements Outcome {}
    }

    /** What may be told of clients. */
    public ClientPrivacy privacy() {
        return writer.privacy();
    }

    /**
     * What is most frequent in the sample.
     *
     * @param seconds that are looked at, as far as the sample goes back
     * @param rows of each table at most
     */
    public TopQuestions top(int seconds, int rows) {
        return TopQuestions.of(traffic.rings(), System.nanoTime(), seconds, rows, privacy());
    }

    /** How the present capture is, or how the last one ended; empty if there was none since the start. */
    public Optional<Capture.Status> status() {
        return Optional.ofNullable(latest).map(last -> last.capture().status());
    }

    /** Octets in the files of all since the start. */
    public long octets() {
        Latest last = latest;
        return last == null ? 0 : last.octets() + last.capture().status().bytes();
    }

    /** Messages that were to be in them and are not, since the disk was too slow. */
    public long lost() {
        Latest last = latest;
        return last == null ? 0 : last.lost() + last.capture().status().lost();
    }

    /**
     * Begins one, if there is none.
     *
     * @param by who asks
     * @throws IOException if no file can be made
     */
    public synchronized Outcome start(Capture.Plan plan, String by) throws IOException, InterruptedException {
        Latest before = latest;
        if (before != null && before.capture().status().isRunning()) {
            return new Outcome.Busy("a capture goes on already, to "
                    + before.capture().status().file() + ": stop it, or wait for its end");
        }
        DurableFile.makePrivateFolder(folder);
        makePlace();
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free - plan.bytes() < TrafficLimits.FREE_BYTES) {
            return new Outcome.NoRoom("the disk of " + folder + " has " + free / MIB + " MiB left, and a capture of "
                    + plan.bytes() / MIB + " MiB must leave " + TrafficLimits.FREE_BYTES / MIB
                    + " MiB: free space, or ask for a smaller file");
        }
        Optional<String> over = budget.makeRoom(plan.bytes());
        if (over.isPresent()) {
            return new Outcome.NoRoom(over.get());
        }
        Path file = folder.resolve(writer.node() + "-" + STAMP.format(Instant.now()) + SUFFIX);
        WritableByteChannel channel = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Capture capture;
        try {
            capture = new Capture(traffic, plan, by, file, channel, writer, daemons.time());
        } catch (Throwable e) { // no memory for its queues
            traffic.end();
            channel.close();
            throw e;
        }
        latest = before == null ? new Latest(capture, 0, 0) : before.followedBy(capture);
        LOG.info(
                "{} has begun a capture of {} to {}, for {} s and {} octets at most",
                by,
                plan.filter(),
                file,
                plan.time().toSeconds(),
                plan.bytes());
        daemons.platform("capture", Daemon.OnFault.GIVE_UP, capture::run).start();
        return new Outcome.Begun(capture.status());
    }

    /** Deletes the oldest files, also those that a crash has cut off. */
    private void makePlace() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
        for (Path file : files.subList(0, Math.max(0, files.size() - TrafficLimits.FILES + 1))) {
            Files.delete(file);
            LOG.info("{} is deleted: of captures the last {} are kept", file, TrafficLimits.FILES);
        }
    }

    /**
     * Ends the present one and waits for that, for some seconds at most.
     *
     * @return as {@link #status}; it says that it goes on if the disk does not take what is written
     */
    public Optional<Capture.Status> stop() throws InterruptedException {
        Latest present = latest;
        if (present != null) {
            present.capture().stop();
            boolean _ = present.capture().awaitEnd(TrafficLimits.STOP);
        }
        return status();
    }

    /** As {@link #stop}. */
    @Override
    public void close() {
        try {
            Optional<Capture.Status> status = stop();
            status.filter(Capture.Status::isRunning)
                    .ifPresent(running -> LOG.warn(
                            "The capture to {} does not end; its thread is left to the end of the process",
                            running.file()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
