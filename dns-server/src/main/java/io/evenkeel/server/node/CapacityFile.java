package io.evenkeel.server.node;

import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.server.node.Capacity.Origin;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node can answer, and in the data folder the last figure that was measured on a calm machine: after an outage every node starts under the load of
 * all that wait, which is when the figure is needed and cannot be measured. A figure of the service counts more than that of a warm-up, whose questions are few and
 * come in batches. Losing the file costs nothing but the figure. Any thread; those that write block on the disk.
 */
public final class CapacityFile {
    private static final Logger LOG = LoggerFactory.getLogger(CapacityFile.class);

    static final String NAME = "capacity.properties";

    private static final String FORMAT = "1";
    private static final long MOST_BYTES = 1024;
    /** No machine is outside of this; such a figure was not written here. */
    private static final double LEAST_NANOS = 50;

    private static final double MOST_NANOS = 1e8;

    /**
     * From this share of the machine at work for others on, a measurement counts as taken under load: enough to share the
     * core of the answering thread and to empty its caches, far above the noise of an idle machine.
     */
    static final double LOADED = 0.2;

    /** A figure that is older says little about what the node answers today. */
    public static final long OLD_SECONDS = TimeUnit.DAYS.toSeconds(8);

    /** A figure of the service is written anew if it differs by one part in so many, or is so old. */
    private static final int WORTH = 50;

    private static final long REFRESH_SECONDS = TimeUnit.HOURS.toSeconds(1);

    private final Path file;
    private final int processors;
    private final int loops;
    private final LongSupplier unixSeconds;

    private final DoubleConsumer loopQps;
    private final @Nullable Capacity before;
    private volatile @Nullable Capacity known;
    private volatile long measured;
    private double processor;

    /**
     * What is in the file.
     *
     * @param measured in seconds since 1970
     */
    private record Kept(double nanos, int processors, int loops, double processor, boolean service, long measured) {
        Capacity capacity(int ownLoops, double ownProcessor) {
            return new Capacity(nanos, ownLoops, ownProcessor, Origin.KEPT);
        }

        Capacity asMeasured() {
            return new Capacity(
                    nanos, Math.min(loops, processors), processor, service ? Origin.SERVICE : Origin.MEASURED);
        }
    }

    /**
     * Reads the file.
     *
     * @param loops threads that answer
     * @param loopQps told of how many questions a second one of these can answer, whenever that is known anew
     */
    public CapacityFile(Path folder, int loops, DoubleConsumer loopQps) {
        this(
                folder,
                loops,
                loopQps,
                Runtime.getRuntime().availableProcessors(),
                () -> TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()));
    }

    CapacityFile(Path folder, int loops, DoubleConsumer loopQps, int processors, LongSupplier unixSeconds) {
        this.file = folder.resolve(NAME);
        this.processors = processors;
        this.loops = Math.min(loops, processors);
        this.loopQps = loopQps;
        this.unixSeconds = unixSeconds;
        Kept kept = read();
        this.before = kept == null ? null : kept.asMeasured();
        this.processor = kept == null || isOfAnother(kept) ? 1 : kept.processor;
        if (kept != null && isOfAnother(kept)) {
            LOG.info("{} is about another machine than this one of {} processors", file, processors);
        }
        know(kept(kept));
    }

    /** What this node can answer; null while that is not known. */
    public @Nullable Capacity known() {
        return known;
    }

    /** What this node could answer when it ran last, maybe on another machine, as it was measured then; null: nobody knows. */
    public @Nullable Capacity before() {
        return before;
    }

    /** Since what is known was measured, in seconds; NaN while nothing is. */
    public double ageSeconds() {
        return known == null ? Double.NaN : Math.max(0, unixSeconds.getAsLong() - measured);
    }

    /**
     * Takes over a measurement, and keeps it if it was a calm one.
     *
     * @param measurement null: there was none
     * @return what is known now
     */
    public synchronized @Nullable Capacity settle(WarmUp.@Nullable Measurement measurement) {
        know(measurement == null ? kept(read()) : settled(measurement));
        return known;
    }

    /**
     * Takes over and keeps what was measured on the questions of clients.
     *
     * @param nanos CPU time of an answer
     * @param share of a processor that a thread gets
     */
    public synchronized void serve(double nanos, double share) {
        Capacity present = known;
        long now = unixSeconds.getAsLong();
        boolean news = present == null
                || present.origin() != Origin.SERVICE
                || Math.abs(present.cpuNanosPerQuery() - nanos) * WORTH > nanos
                || share != processor
                || now - measured >= REFRESH_SECONDS;
        if (news && nanos >= LEAST_NANOS && nanos <= MOST_NANOS) {
            processor = share;
            measured = now;
            know(new Capacity(nanos, loops, processor, Origin.SERVICE));
            write(nanos, true);
        }
    }

    /** Takes over and keeps how much of a processor a thread gets when it has more to do than it can. */
    public synchronized void share(double share) {
        Capacity present = known;
        Kept kept = read();
        processor = share;
        if (present != null) {
            know(new Capacity(present.cpuNanosPerQuery(), loops, share, present.origin()));
        }
        if (kept != null && !isOfAnother(kept)) {
            write(kept.nanos, kept.service, kept.measured);
        }
    }

    /** How much of a processor a thread gets when it has more to do than it can, as far as is known. */
    public synchronized double share() {
        return processor;
    }

    private void know(@Nullable Capacity capacity) {
        known = capacity;
        if (capacity != null) {
            loopQps.accept(capacity.loopQps());
        }
    }

    private @Nullable Capacity kept(@Nullable Kept kept) {
        if (kept == null || isOfAnother(kept)) {
            return null;
        }
        measured = kept.measured;
        return kept.capacity(loops, processor);
    }

    private Capacity settled(WarmUp.Measurement measurement) {
        double nanos = measurement.cpuNanosPerQuery();
        Kept kept = ofThisMachine();
        long now = unixSeconds.getAsLong();
        boolean calm = measurement.outsideShare() < LOADED;
        // What clients ask is the truth while it is young, unless this build is slower.
        boolean proven = kept != null && kept.service && now - kept.measured < OLD_SECONDS && kept.nanos >= nanos;
        // Load makes a figure worse, never better: a better one is the truth, though a lucky one may not be kept for
        // it.
        if (kept != null && (proven || (!calm && kept.nanos < nanos))) {
            measured = kept.measured;
            return kept.capacity(loops, processor);
        }
        measured = now;
        if (calm) {
            write(nanos, false);
        }
        return new Capacity(nanos, loops, processor, calm ? Origin.MEASURED : Origin.UNDER_LOAD);
    }

    private @Nullable Kept ofThisMachine() {
        Kept kept = read();
        return kept == null || isOfAnother(kept) ? null : kept;
    }

    private boolean isOfAnother(Kept kept) {
        return kept.processors != processors;
    }

    private @Nullable Kept read() {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new IOException("too long");
            }
            Properties properties = new Properties();
            properties.load(new StringReader(Files.readString(file)));
            if (!FORMAT.equals(properties.getProperty("format"))) {
                throw new IOException("format " + properties.getProperty("format"));
            }
            double nanos = Double.parseDouble(properties.getProperty("cpu-nanos-per-query", ""));
            double share = Double.parseDouble(properties.getProperty("processor-share", "1"));
            if (!(nanos >= LEAST_NANOS && nanos <= MOST_NANOS && share > 0 && share <= 1)) {
                throw new IOException(nanos + " ns a query on " + share + " of a processor");
            }
            int ofProcessors = Integer.parseInt(properties.getProperty("processors", ""));
            String said = properties.getProperty("measured");
            return new Kept(
                    nanos,
                    ofProcessors,
                    Integer.parseInt(properties.getProperty("loops", String.valueOf(loops))),
                    share,
                    "service".equals(properties.getProperty("from")),
                    said == null ? Files.getLastModifiedTime(file).to(TimeUnit.SECONDS) : Long.parseLong(said));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("{} is damaged and left aside; the next calm start writes it anew: {}", file, e.toString());
            return null;
        }
    }

    private void write(double nanos, boolean service) {
        write(nanos, service, measured);
    }

    private void write(double nanos, boolean service, long when) {
        String text = "format=" + FORMAT + "\nprocessors=" + processors + "\ncpu-nanos-per-query=" + Math.round(nanos)
                + "\nloops=" + loops + "\nprocessor-share=" + processor + "\nfrom="
                + (service ? "service" : "warm-up") + "\nmeasured=" + when + "\n";
        try {
            DurableFile.write(file, text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            LOG.warn(
                    "{} cannot be written, so the measured capacity is known for this run only: {}",
                    file,
                    e.toString());
        }
    }
}
