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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last figure that was measured on a calm machine, in the data folder: after an outage every node starts under the load of
 * all that wait, which is when the figure is needed and cannot be measured. Losing it costs nothing but the figure.
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

    /** @param loops threads that answer */
    public CapacityFile(Path folder, int loops) {
        this(folder, loops, Runtime.getRuntime().availableProcessors());
    }

    CapacityFile(Path folder, int loops, int processors) {
        this.file = folder.resolve(NAME);
        this.processors = processors;
        this.loops = Math.min(loops, processors);
    }

    /** What is known before anything is measured; null if nothing is. */
    public @Nullable Capacity kept() {
        OptionalDouble nanos = read();
        return nanos.isEmpty() ? null : new Capacity(nanos.getAsDouble(), loops, Origin.KEPT);
    }

    /**
     * What is known after a measurement, which is kept if it was a calm one.
     *
     * @param measured null: there was none
     */
    public @Nullable Capacity settle(WarmUp.@Nullable Measurement measured) {
        if (measured == null) {
            return kept();
        }
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
