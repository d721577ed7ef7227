package io.evenkeel.server.node;

/**
 * How many questions this node can answer. The rate that a machine reaches while it tries depends on who else uses it at that
 * moment; the CPU time that an answer takes hardly does, so that is what is measured and the rate is what follows from it.
 *
 * @param cpuNanosPerQuery CPU time of the answering thread for one question over UDP, kernel included
 * @param loops threads that answer at once, at most one per processor
 * @param processor how much of a processor such a thread gets when it has more to do than it can: 1 but for a quota or a neighbour
 * @param origin where the figure is from
 */
public record Capacity(double cpuNanosPerQuery, int loops, double processor, Origin origin) {
    /** Beyond that share of a processor queues grow, and the garbage collector and others want some, too. */
    public static final double LASTING = 0.7;

    /** With a processor for each thread. */
    public Capacity(double cpuNanosPerQuery, int loops, Origin origin) {
        this(cpuNanosPerQuery, loops, 1, origin);
    }

    /** Where a figure is from. */
    public enum Origin {
        /** Measured at this start while others left the machine alone. */
        MEASURED,
        /** Measured so at an earlier start, or in service then: this time others used the machine, or nothing was measured. */
        KEPT,
        /** Measured at this start although others used the machine, since nothing better is known: too low rather than too high. */
        UNDER_LOAD,
        /** Measured on the questions of clients since this start. */
        SERVICE
    }

    /** What the threads get of the processors when they have more to do than they can. */
    public double processors() {
        return loops * processor;
    }

    /** Questions a second that one thread can answer if it gets a processor. */
    public double loopQps() {
        return 1e9 / cpuNanosPerQuery;
    }

    /** Questions a second that all threads can answer if each gets a processor. */
    public double qps() {
        return loops * loopQps();
    }

    /** Questions a second that all threads can answer for good, on what they get of the processors. */
    public double lastingQps() {
        return LASTING * processors() * loopQps();
    }
}
