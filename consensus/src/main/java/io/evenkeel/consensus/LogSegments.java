package io.evenkeel.consensus;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of a Raft log that is not open: {@code log_<first>-<last>}, and {@code log_inprogress_<first>} which goes on to
 * wherever it ends.
 */
final class LogSegments {
    private static final Pattern FILE = Pattern.compile("log_(?:inprogress_(\\d+)|(\\d+)-(\\d+))");

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
            RatisReplica.LOG.info("{} was about to be purged when this node ended; it is deleted now", below.file);
            Files.delete(below.file);
        }
        DurableFile.force(current);
    }
}
