package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.identity.DurableFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a Raft log that is not open: {@code log_<first>-<last>}, and {@code log_inprogress_<first>} which goes on to
 * wherever it ends.
 */
final class LogSegments {
    private static final Logger LOG = LoggerFactory.getLogger(LogSegments.class);
    private static final Pattern FILE = Pattern.compile("log_(?:inprogress_(\\d+)|(\\d+)-(\\d+))");

    private static final SizeInBytes LARGEST_ENTRY = SizeInBytes.valueOf("4MB");

    private LogSegments() {}

    /**
     * One file.
     *
     * @param last {@link Long#MAX_VALUE} if it is the open one
     */
    record Segment(Path file, long first, long last) {
        boolean isOpen() {
            return last == Long.MAX_VALUE;
        }
    }

    /** In order of their entries. */
    static List<Segment> in(Path current) throws IOException {
        List<Segment> segments = new ArrayList<>();
        if (!Files.isDirectory(current)) {
            return segments;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(current)) {
            for (Path file : files) {
                Matcher name = FILE.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) {
                    boolean open = name.group(1) != null;
                    segments.add(new Segment(
                            file,
                            Long.parseLong(open ? name.group(1) : name.group(2)),
                            open ? Long.MAX_VALUE : Long.parseLong(name.group(3))));
                }
            }
        }
        segments.sort(Comparator.comparingLong(Segment::first));
        return segments;
    }

    /** Those that follow each other without a hole up to the end of the log. */
    static List<Segment> lastRun(List<Segment> segments) {
        int from = segments.size() - 1;
        while (from > 0 && segments.get(from - 1).last + 1 == segments.get(from).first) {
            from--;
        }
        return segments.subList(Math.max(0, from), segments.size());
    }

    /**
     * The last entry of the newest file that a snapshot makes needless, and that is beyond so many octets of such files; all files before it
     * are, too. A log that is open may lose files meanwhile.
     *
     * @param snapshotIndex last entry of the snapshot; negative: there is none
     * @param keptBytes octets of needless files that stay
     * @return -1: no file is
     */
    static long lastAbove(Path current, long snapshotIndex, long keptBytes) throws IOException {
        long octets = 0;
        for (Segment segment : in(current).reversed()) {
            if (segment.last > snapshotIndex) {
                continue;
            }
            try {
                octets += Files.size(segment.file);
            } catch (NoSuchFileException gone) {
                return -1; // with all before it
            }
            if (octets > keptBytes) {
                return segment.last;
            }
        }
        return -1;
    }

    /**
     * Deletes a log that ends before the snapshot does. A snapshot from the leader was put in place and the node died before
     * Ratis had purged the log, or had written what it had applied. Ratis purges all files but the open one then, and can
     * never append to that: the next entry would leave a hole.
     */
    static void dropIfBehind(Path current, long snapshotIndex) throws IOException {
        List<Segment> segments = in(current);
        if (segments.isEmpty()
                || segments.getLast().first > snapshotIndex
                || end(segments.getLast()) >= snapshotIndex) {
            return;
        }
        for (Segment segment : segments) {
            LOG.info("{} holds nothing that is not in the snapshot; it is deleted", segment.file);
            Files.delete(segment.file);
        }
        DurableFile.force(current);
    }

    private static long end(Segment segment) throws IOException {
        if (!segment.isOpen()) {
            return segment.last;
        }
        long[] end = {segment.first - 1};
        try {
            read(segment, entry -> end[0] = entry.getIndex());
        } catch (IOException e) {
            LOG.warn("{} ends in the middle of an entry after {}", segment.file, end[0], e);
        }
        return end[0];
    }

    /**
     * Hands over the entries of a file, in order.
     *
     * @throws IOException if one is damaged; those before it have been handed over
     */
    static void read(Segment segment, Consumer<LogEntryProto> entries) throws IOException {
        if (Files.size(segment.file) == 0) {
            return;
        }
        LogSegment.readSegmentFile(
                segment.file.toFile(),
                LogSegmentPath.matchLogSegment(segment.file).getStartEnd(),
                LARGEST_ENTRY,
                CorruptionPolicy.EXCEPTION,
                null,
                entries);
    }

    /**
     * Ratis purges its log from the newest file that may go to the oldest. If the node dies meanwhile, a hole is left below
     * what was kept, and Ratis never opens that log again. What is below the hole is in the snapshot, and was to go anyway.
     */
    static void finishPurge(Path current, long snapshotIndex) throws IOException {
        List<Segment> segments = in(current);
        List<Segment> run = lastRun(segments);
        if (run.size() == segments.size() || run.getFirst().first > snapshotIndex + 1) {
            return;
        }
        for (Segment below : segments.subList(0, segments.size() - run.size())) {
            LOG.info("{} was about to be purged when this node ended; it is deleted now", below.file);
            Files.delete(below.file);
        }
        DurableFile.force(current);
    }

    /** Deletes files of which the snapshot has everything, if they cannot be read: Ratis would not open the log for their sake. */
    static void dropNeedless(Path current, long snapshotIndex) throws IOException {
        for (Segment segment : in(current)) {
            String flaw = null;
            try {
                flaw = segment.last > snapshotIndex ? null : flaw(segment);
            } catch (IOException e) {
                flaw = "it cannot be read, " + e.getMessage();
            }
            if (flaw != null) {
                LOG.warn("{} is deleted, the snapshot has all of it: {}", segment.file, flaw);
                Files.delete(segment.file);
                DurableFile.force(current);
            }
        }
    }

    /**
     * Reads all that the snapshot does not have, of a log without a hole.
     *
     * @throws DamagedException if what was written is not what is there
     * @throws IOException if the disk does not let it be read
     */
    static void requireWhole(Path current, long snapshotIndex) throws IOException {
        for (Segment segment : in(current)) {
            String flaw = segment.last > snapshotIndex ? flaw(segment) : null;
            if (flaw != null) {
                throw new DamagedException(segment.file.getFileName() + " is damaged: " + flaw);
            }
        }
    }

    /** What is wrong with the contents of a file; null if nothing is. The last entry of the open one may be cut off. */
    private static @Nullable String flaw(Segment segment) throws IOException {
        long[] last = {segment.first - 1};
        try {
            read(segment, entry -> last[0] = entry.getIndex());
        } catch (IOException e) {
            if (DamagedException.isOfTheDisk(e)) {
                throw e;
            }
            return "after entry " + last[0] + ", " + e.getMessage();
        } catch (RuntimeException e) {
            // Ratis' assertions on what it reads
            return "after entry " + last[0] + ", " + e.getMessage();
        }
        return segment.isOpen() || last[0] == segment.last ? null : "it ends after entry " + last[0];
    }
}
