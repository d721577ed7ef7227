package io.evenkeel.server.capacity;

import io.evenkeel.consensus.identity.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The largest load of the cluster in five minutes, for each of the last thirty days, in the data folder: what a node must be able to
 * carry is the worst hour of the month and not that of now. One small file, written at most every five minutes. Losing it costs the
 * figure. Any thread; {@link #keep} blocks on the disk.
 */
final class LoadPeaks {
    private static final Logger LOG = LoggerFactory.getLogger(LoadPeaks.class);

    static final String NAME = "load-peaks";

    private static final String FORMAT = "format 1";
    static final int DAYS = 30;
    private static final long MOST_BYTES = 4096;
    private static final double MOST_QPS = 1e12;
    private static final long DAY_SECONDS = 86_400;
    private static final long EVERY_SECONDS = 300;

    private final Path file;
    private final TreeMap<Long, Double> peaks = new TreeMap<>();
    private boolean unwritten;
    private long writtenAt;

    /** Reads the file. */
    LoadPeaks(Path folder) {
        this.file = folder.resolve(NAME);
        read();
    }

    private void read() {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new IOException("too long");
            }
            String[] lines = Files.readString(file).split("\n", -1);
            if (!lines[0].equals(FORMAT)) {
                throw new IOException("not of " + FORMAT);
            }
            for (int i = 1; i < lines.length - 1; i++) {
                String[] parts = lines[i].split(" ", -1);
                double qps = Double.parseDouble(parts[1]);
                if (!(qps >= 0 && qps <= MOST_QPS)) {
                    throw new IOException(qps + " questions a second");
                }
                peaks.put(Long.parseLong(parts[0]), qps);
            }
        } catch (NoSuchFileException e) {
            LOG.debug("no loads of earlier days", e);
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            peaks.clear();
            LOG.warn("{} is damaged and left aside; loads are remembered from now on: {}", file, e.toString());
        }
    }

    /**
     * A load of five minutes.
     *
     * @param unixSeconds when they ended
     */
    synchronized void add(long unixSeconds, double qps) {
        long day = unixSeconds / DAY_SECONDS;
        peaks.headMap(day - DAYS, true).clear();
        peaks.tailMap(day, false).clear(); // the clock was ahead
        double before = peaks.getOrDefault(day, 0.0);
        if (qps > before) {
            peaks.put(day, qps);
            unwritten |= qps > before * 1.01;
        }
    }

    /** The largest of the last thirty days; 0 without any. */
    synchronized double largest() {
        return peaks.values().stream().mapToDouble(qps -> qps).max().orElse(0);
    }

    /** Writes the file if there is news. */
    void keep(long unixSeconds) {
        StringBuilder text = new StringBuilder(FORMAT).append('\n');
        synchronized (this) {
            if (!unwritten || Math.abs(unixSeconds - writtenAt) < EVERY_SECONDS) {
                return;
            }
            for (Map.Entry<Long, Double> peak : peaks.entrySet()) {
                text.append(peak.getKey())
                        .append(' ')
                        .append(Math.round(peak.getValue() * 10) / 10.0)
                        .append('\n');
            }
            unwritten = false;
            writtenAt = unixSeconds;
        }
        try {
            DurableFile.write(file, text.toString().getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            LOG.warn("{} cannot be written, so the largest load is known for this run only: {}", file, e.toString());
        }
    }
}
