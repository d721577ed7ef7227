package io.evenkeel.ops.fleet;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** How long things took: up to an hour, to three digits, or as many as it is told. One thread. */
public final class Delays {
    /** Nanoseconds of one. */
    public static final double MICROS = 1e3;
    /** Nanoseconds of one. */
    public static final double MILLIS = 1e6;

    private static final long LONGEST_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 3;

    private final Histogram nanos;

    /** To three digits. */
    public Delays() {
        this(DIGITS);
    }

    /** @param digits fewer take less memory: two 40 kB, three 270 kB */
    public Delays(int digits) {
        nanos = new Histogram(LONGEST_NANOS, digits);
    }

    /** A percentile, under the name that it is printed with. */
    public enum Percentile {
        /** The median. */
        P50(50),
        /** Of ten the slowest begins here. */
        P90(90),
        /** Of a hundred. */
        P99(99),
        /** Of a thousand. */
        P999(99.9),
        /** The slowest of all. */
        MAX(100);

        private final double percent;

        Percentile(double percent) {
            this.percent = percent;
        }
    }

    /** Counts one; below 0 is 0. */
    public void add(long delayNanos) {
        nanos.recordValue(Math.clamp(delayNanos, 0, LONGEST_NANOS));
    }

    /** Counts all of another. */
    public void add(Delays other) {
        if (other.nanos.getTotalCount() > 0) {
            nanos.add(other.nanos);
        }
    }

    /** Another one with the same in it. */
    public Delays copy() {
        Delays copy = new Delays(nanos.getNumberOfSignificantValueDigits());
        copy.add(this);
        return copy;
    }

    /** Forgets all. */
    public void clear() {
        if (nanos.getTotalCount() > 0) {
            nanos.reset();
        }
    }

    /**
     * By name, in that order; empty if there were none.
     *
     * @param unit of the values, in nanoseconds: {@link #MICROS} or {@link #MILLIS}; they have one decimal
     */
    public Map<String, Double> in(double unit, Percentile... percentiles) {
        Map<String, Double> values = new LinkedHashMap<>();
        if (nanos.getTotalCount() > 0) {
            for (Percentile percentile : percentiles) {
                double value = nanos.getValueAtPercentile(percentile.percent) / unit;
                values.put(percentile.name().toLowerCase(Locale.ROOT), round(value, 10));
            }
        }
        return values;
    }

    /** Whether the other has the same in it. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Delays delays && nanos.equals(delays.nanos);
    }

    @Override
    public int hashCode() {
        return nanos.hashCode();
    }

    @Override
    public String toString() {
        return in(MILLIS, Percentile.P50, Percentile.P99, Percentile.MAX).toString();
    }

    /** To the nearest of so many parts of one. */
    public static double round(double value, double parts) {
        return Math.round(value * parts) / parts;
    }
}
