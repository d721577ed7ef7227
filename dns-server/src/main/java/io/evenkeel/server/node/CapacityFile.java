package io.evenkeel.server.node;

import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.server.node.Capacity.Origin;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.Properties;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node can answer, and in the data folder the last figure that was measured on a calm machine: after an outage every node starts under the load of
 * all that wait, which is when the figure is needed and cannot be measured. Losing it costs nothing but the figure. {@link #settle} on one thread, {@link #known} on any.
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

    private final Path file;
    private final int processors;
    private final int loops;

    private final DoubleConsumer loopQps;
    private volatile @Nullable Capacity known;

    /**
     * Reads the file.
     *
     * @param loops threads that answer
     * @param loopQps told of how many questions a second one of these can answer, whenever that is known anew
     */
    public CapacityFile(Path folder, int loops, DoubleConsumer loopQps) {
        this(folder, loops, loopQps, Runtime.getRuntime().availableProcessors());
    }

    CapacityFile(Path folder, int loops, DoubleConsumer loopQps, int processors) {
        this.file = folder.resolve(NAME);
        this.processors = processors;
        this.loops = Math.min(loops, processors);
        this.loopQps = loopQps;
        know(kept());
    }

    /** What this node can answer; null while that is not known. */
    public @Nullable Capacity known() {
        return known;
    }

    /**
     * Takes over a measurement, and keeps it if it was a calm one.
     *
     * @param measured null: there was none
     * @return what is known now
     */
    public @Nullable Capacity settle(WarmUp.@Nullable Measurement measured) {
        know(measured == null ? kept() : settled(measured));
        return known;
    }

    private void know(@Nullable Capacity capacity) {
        known = capacity;
        if (capacity != null) {
            loopQps.accept(capacity.loopQps());
        }
    }

    private @Nullable Capacity kept() {
        OptionalDouble nanos = read();
        return nanos.isEmpty() ? null : new Capacity(nanos.getAsDouble(), loops, Origin.KEPT);
    }

    private Capacity settled(WarmUp.Measurement measured) {
        if (measured.outsideShare() < LOADED) {
            write(measured.cpuNanosPerQuery());
            return new Capacity(measured.cpuNanosPerQuery(), loops, Origin.MEASURED);
        }
        OptionalDouble kept = read();
        // Load makes a figure worse, never better: a better one is the truth, though a lucky one may not be kept for
        // it.
        return kept.isPresent() && kept.getAsDouble() < measured.cpuNanosPerQuery()
                ? new Capacity(kept.getAsDouble(), loops, Origin.KEPT)
                : new Capacity(measured.cpuNanosPerQuery(), loops, Origin.UNDER_LOAD);
    }

    private OptionalDouble read() {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new IOException("too long");
            }
            Properties properties = new Properties();
            properties.load(new StringReader(Files.readString(file)));
            if (!FORMAT.equals(properties.getProperty("format"))) {
                throw new IOException("format " + properties.getProperty("format"));
            }
            if (!String.valueOf(processors).equals(properties.getProperty("processors"))) {
                LOG.info("{} is about another machine than this one of {} processors", file, processors);
                return OptionalDouble.empty();
            }
            double nanos = Double.parseDouble(properties.getProperty("cpu-nanos-per-query", ""));
            if (!(nanos >= LEAST_NANOS && nanos <= MOST_NANOS)) {
                throw new IOException(nanos + " ns a query");
            }
            return OptionalDouble.of(nanos);
        } catch (NoSuchFileException e) {
            return OptionalDouble.empty();
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("{} is damaged and left aside; the next calm start writes it anew: {}", file, e.toString());
            return OptionalDouble.empty();
        }
    }

    private void write(double nanos) {
        String text =
                "format=" + FORMAT + "\nprocessors=" + processors + "\ncpu-nanos-per-query=" + Math.round(nanos) + "\n";
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
