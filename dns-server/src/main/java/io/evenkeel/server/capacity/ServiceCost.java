package io.evenkeel.server.capacity;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.ToDoubleFunction;

/*
 * Windows of five minutes in which the loops used more than a fifth of their processors, and dropped next to nothing, whose cost would be taken for
 * that of answers. Some of the time is constant: timers, and the interrupts of others on the same processors. It falls out where the load
 * has gone up and down by half: then the slope of a line through the windows is the cost of one answer more. The slope of noise must
 * not make a node look better than it is, so it counts for half of the mean at least. Where the load is level the mean stands, of the loops'
 * own time alone, for nobody can say whose the interrupts are.
 */

/** What an answer costs in service. One thread. */
final class ServiceCost {
    static final long WINDOW_NANOS = 300_000_000_000L;

    /** A look that comes later than this after the last one has missed something, such as a pause of the machine. */
    private static final long LATE_NANOS = 60_000_000_000L;

    /** With less use most of the time is not that of answers. */
    static final double LEAST_USE = 0.2;

    /** Of the questions; with more the cost of drops is seen. */
    private static final double MOST_DROPPED = 0.01;

    /** Windows that are remembered: a day of such load. */
    private static final int WINDOWS = 288;

    /** A line takes so many of them, and the largest load of these to be so many times the smallest. */
    private static final int LEAST_WINDOWS = 6;

    private static final double LEAST_SPREAD = 1.5;

    private static final double NOISE = 0.5;

    private static final double SECOND = 1e9;

    private final int loops;
    private final Deque<Window> windows = new ArrayDeque<>();
    private Sample begin = Sample.NONE;
    private Sample last = Sample.NONE;

    /**
     * What had been used and answered at some moment.
     *
     * @param cpuNanos of the loops
     * @param softirqNanos of the machine, in which the kernel takes packets from its network cards; negative: nobody knows
     */
    record Sample(long nanos, long cpuNanos, long softirqNanos, long answered, long dropped) {
        static final Sample NONE = new Sample(0, -1, 0, 0, 0);
    }

    /**
     * A window.
     *
     * @param qps answers a second
     * @param cpu ns of the loops a second
     * @param softirq ns of the machine a second; NaN: nobody knows
     */
    record Window(double qps, double cpu, double softirq) {}

    ServiceCost(int loops) {
        this.loops = loops;
    }

    /**
     * Looks; to be called every few seconds.
     *
     * @return CPU time of an answer in ns, as known from this window on; NaN if none has ended that tells anything
     */
    double look(Sample now) {
        boolean late = last.cpuNanos < 0 || now.nanos - last.nanos > LATE_NANOS;
        last = now;
        if (late || begin.cpuNanos < 0) {
            begin = now;
            return Double.NaN;
        }
        if (now.nanos - begin.nanos < WINDOW_NANOS) {
            return Double.NaN;
        }
        Sample from = begin;
        begin = now;
        double seconds = (now.nanos - from.nanos) / SECOND;
        long answered = now.answered - from.answered;
        long dropped = now.dropped - from.dropped;
        double cpu = (now.cpuNanos - from.cpuNanos) / seconds;
        if (cpu < LEAST_USE * SECOND * loops || dropped > MOST_DROPPED * (answered + dropped) || answered <= 0) {
            return Double.NaN;
        }
        boolean known = from.softirqNanos >= 0 && now.softirqNanos >= from.softirqNanos;
        windows.add(new Window(
                answered / seconds, cpu, known ? (now.softirqNanos - from.softirqNanos) / seconds : Double.NaN));
        if (windows.size() > WINDOWS) {
            windows.removeFirst();
        }
        return perAnswer(windows);
    }

    /** CPU time of one answer, in ns. */
    static double perAnswer(Deque<Window> windows) {
        double least = windows.stream().mapToDouble(Window::qps).min().orElse(0);
        double most = windows.stream().mapToDouble(Window::qps).max().orElse(0);
        if (windows.size() < LEAST_WINDOWS || most < LEAST_SPREAD * least) {
            return mean(windows, Window::cpu);
        }
        double softirq = slope(windows, Window::softirq);
        return perAnswer(windows, Window::cpu) + (softirq > 0 ? softirq : 0);
    }

    private static double perAnswer(Deque<Window> windows, ToDoubleFunction<Window> used) {
        double mean = mean(windows, used);
        // A slope above the mean would be a constant part below nothing.
        return Math.clamp(slope(windows, used), NOISE * mean, mean);
    }

    private static double mean(Deque<Window> windows, ToDoubleFunction<Window> used) {
        return windows.stream().mapToDouble(used).sum()
                / windows.stream().mapToDouble(Window::qps).sum();
    }

    /** Of the line with the least squares; NaN if a value is missing. */
    private static double slope(Deque<Window> windows, ToDoubleFunction<Window> used) {
        double meanX = windows.stream().mapToDouble(Window::qps).average().orElse(0);
        double meanY = windows.stream().mapToDouble(used).average().orElse(0);
        double xy = 0;
        double xx = 0;
        for (Window window : windows) {
            xy += (window.qps - meanX) * (used.applyAsDouble(window) - meanY);
            xx += (window.qps - meanX) * (window.qps - meanX);
        }
        return xy / xx;
    }
}
