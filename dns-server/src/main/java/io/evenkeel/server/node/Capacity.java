package io.evenkeel.server.node;

/**
 * How many questions this node can answer. The rate that a machine reaches while it tries depends on who else uses it at that
 * moment; the CPU time that an answer takes hardly does, so that is what is measured and the rate is what follows from it.
 *
 * @param cpuNanosPerQuery CPU time of the answering thread for one question over UDP, kernel included
 * @param loops threads that answer at once, at most one per processor
 * @param origin where the figure is from
 */
public record Capacity(double cpuNanosPerQuery, int loops, Origin origin) {
    /** Where a figure is from. */
    public enum Origin {
        /** Measured at this start while others left the machine alone. */
        MEASURED,
        /** Measured so at an earlier start: this time others used the machine, or nothing was measured. */
        KEPT,
        /** Measured at this start although others used the machine, since nothing better is known: too low rather than too high. */
        UNDER_LOAD
    }

    /** Questions a second that one thread can answer. */
    public double loopQps() {
        return 1e9 / cpuNanosPerQuery;
    }

    /** Questions a second that all threads can answer. */
    public double qps() {
        return loops * loopQps();
    }
}
