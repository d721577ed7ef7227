package io.evenkeel.server.node;

import io.evenkeel.consensus.identity.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Behind a NAT all devices ask one name from one address, so some share of repeats is usual, and how large it is depends on the site.
 * A storm is known by what it adds. A day is as many calm minutes as a day has, whatever the clock says: storms and stops leave no
 * gaps, and a clock that is set changes nothing.
 */

/**
 * Which share of the questions of a calm minute clients had asked a moment before, over the last days. In the data folder, so that a
 * node that starts in a storm knows what calm is. {@link #add} and {@link #keep} from one thread each, the rest from any.
 */
public final class CalmShare {
    /** File in the data folder. */
    static final String FILE = "calm-share";

    /** Assumed before enough is known: above what a fleet without NAT does, below what it does in a storm. */
    static final double ASSUMED = 0.1;

    private static final Logger LOG = LoggerFactory.getLogger(CalmShare.class);
    private static final String FORMAT = "evenkeel calm share 1";
    private static final int DAYS = 7;
    private static final int MINUTES_OF_DAY = 1440;
    /** Of half a hundredth each. */
    private static final int CLASSES = 201;

    private static final int MOST_BYTES = 16 << 10;
    private static final int LEAST_MINUTES = 60;
    private static final double QUANTILE = 0.95;

    private final Path file;
    /** Minutes by class; the present day is the first. */
    private final int[][] days = new int[DAYS][CLASSES];

    private boolean changed;
    private boolean failed;
    private volatile double share = ASSUMED;

    /** Reads the file. One that is damaged is left aside, and written anew. */
    public CalmShare(Path folder) {
        this.file = folder.resolve(FILE);
        read();
        settle();
    }

    /** What is usual: nineteen of twenty calm minutes had no larger share. From 0 to 1. */
    public double share() {
        return share;
    }

    /** A calm minute had that share, from 0 to 1. */
    synchronized void add(double minute) {
        if (Arrays.stream(days[0]).sum() >= MINUTES_OF_DAY) {
            System.arraycopy(days, 0, days, 1, DAYS - 1);
            days[0] = new int[CLASSES];
        }
        days[0][Math.clamp(Math.round(minute * (CLASSES - 1)), 0, CLASSES - 1)]++;
        changed = true;
        settle();
    }

    private void settle() {
        int minutes = Arrays.stream(days).flatMapToInt(Arrays::stream).sum();
        if (minutes < LEAST_MINUTES) {
            share = ASSUMED;
            return;
        }
        int place = -1;
        for (long below = 0; below < QUANTILE * minutes; ) {
            place++;
            for (int[] day : days) {
                below += day[place];
            }
        }
        share = (double) place / (CLASSES - 1);
    }

    /** Writes it down if something has changed; to be called every few minutes. May block. */
    public void keep() {
        byte[] text;
        synchronized (this) {
            if (!changed) {
                return;
            }
            changed = false;
            text = text().getBytes(StandardCharsets.US_ASCII);
        }
        try {
            DurableFile.writeUnforced(file, text);
            failed = false;
        } catch (IOException e) {
            if (!failed) {
                LOG.warn(
                        "{} cannot be written ({}): after a restart the node learns anew what calm is",
                        file,
                        e.toString());
            }
            failed = true;
        }
    }

    private String text() {
        return Arrays.stream(days)
                .map(day -> Arrays.stream(day).mapToObj(Integer::toString).collect(Collectors.joining(" ")))
                .collect(Collectors.joining("\n", FORMAT + "\n", "\n"));
    }

    private void read() {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new IOException("longer than " + MOST_BYTES + " octets");
            }
            List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
            if (lines.size() != 1 + DAYS || !lines.getFirst().equals(FORMAT)) {
                throw new IOException("not of the form '" + FORMAT + "'");
            }
            int[][] written = new int[DAYS][];
            for (int day = 0; day < DAYS; day++) {
                written[day] = Arrays.stream(lines.get(1 + day).split(" ", -1))
                        .mapToInt(Integer::parseInt)
                        .toArray();
                if (written[day].length != CLASSES
                        || Arrays.stream(written[day]).anyMatch(minutes -> minutes < 0 || minutes > MINUTES_OF_DAY)) {
                    throw new IOException("line " + (2 + day) + " is not that of a day");
                }
            }
            System.arraycopy(written, 0, days, 0, DAYS);
        } catch (NoSuchFileException e) {
            LOG.debug("There is no {} yet", file);
        } catch (IOException | NumberFormatException e) {
            LOG.warn("{} is damaged and left aside; the node learns anew what calm is: {}", file, e.toString());
        }
    }
}
