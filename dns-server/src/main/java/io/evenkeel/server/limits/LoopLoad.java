package io.evenkeel.server.limits;

/**
 * How much of what it can do an answering loop does, and what follows for the limits of its clients.
 *
 * <p>It is the CPU time of the loop's thread in real time, over about half a second. Where a CPU quota, a neighbour or reception in the kernel
 * takes the processor a loop is at its end while its thread has used little. It shows in the real time that the loop is at work, from a
 * read to its last answer: that grows by all that stops the thread, and is nearly all of the time of a loop at its end. Such a loop learns how much of a processor
 * it gets, and measures its CPU time by that for {@link #KEPT_NANOS}, or until it gets more: a quota stops nobody who has not used it up,
 * so that real time alone would let the limits rest each time they have helped. A loop whose receive queue has not run empty for
 * {@link #FULL_NANOS} does all it can, too.
 *
 * <p>From half of it on a loop drops, and until it has been below 0.4 for two seconds: a loop that is calm has time for all who ask, and a
 * loop that drops is not to stop and begin again all the time. Below a tenth it does not even count.
 *
 * <p>Written by the loop alone; any thread may read.
 */
final class LoopLoad {
    private static final double ACTS = 0.5;
    private static final double RESTS = 0.4;
    private static final double COUNTS = 0.1;
    private static final long HELD_NANOS = 2_000_000_000L;
    /** A queue that fills in one pause of the thread runs empty again sooner than that. */
    static final long FULL_NANOS = 200_000_000L;

    private static final long MEAN_NANOS = 500_000_000L;
    /** Of its time: a loop that is at work for so much is at its end. Less may be a quota that it shares with others, and that these used up. */
    private static final double END = 0.8;

    private static final long WORK_MEAN_NANOS = 150_000_000L;
    /** Looks in a row: a pause of the machine is one look, however long it takes. */
    private static final int END_TICKS = 4;

    /** Of the time that it is at work: a thread that runs for so much has a processor of its own. */
    private static final double WHOLE = 0.9;

    private static final double LEAST = 0.01;
    /** One that gets so many times as much as was learnt, with time left, is held to that no more. */
    private static final double MORE = 1.2;
    /** Between two signs of it. */
    static final long KEPT_NANOS = 600_000_000_000L;

    private boolean begun;
    private long tickedNanos;
    private long cpuNanos;
    private double cpuShare;
    /** At work since the last look, in real time, and the share of that. */
    private long workNanos;

    private double workShare;
    /** CPU time of late, to be held against that share. */
    private double workCpuShare;
    /** Looks in a row in which it has been at its end. */
    private int endTicks;
    /** Of a processor: how much it gets, and when that was seen last. */
    private double processor = 1;

    private long learntNanos;
    private long fullNanos;
    private long busyNanos;
    private volatile double share;
    private volatile boolean acts;
    private volatile boolean counts;

    /** The loop was at work for so long, in real time. */
    void worked(long nanos) {
        workNanos += nanos;
    }

    /**
     * Some twenty times in a client's time-out.
     *
     * @param cpu time that the thread has used so far, in ns; negative: nobody knows
     * @param full whether the queue held something all the time since the last call
     */
    void tick(long now, long cpu, boolean full) {
        long passed = now - tickedNanos;
        if (begun && passed > 0) {
            long used = cpu < 0 ? 0 : cpu - cpuNanos;
            cpuShare = mean(cpuShare, used, passed, MEAN_NANOS);
            workCpuShare = mean(workCpuShare, used, passed, WORK_MEAN_NANOS);
            workShare = mean(workShare, workNanos, passed, WORK_MEAN_NANOS);
            fullNanos = full ? fullNanos + passed : 0;
            endTicks = workShare >= END ? endTicks + 1 : 0;
            boolean end = endTicks >= END_TICKS;
            if (cpu >= 0) {
                learn(end, now);
            }
            judge(end || fullNanos >= FULL_NANOS ? 1 : Math.min(1, cpuShare / processor), now);
        }
        workNanos = 0;
        begun = true;
        tickedNanos = now;
        cpuNanos = cpu;
    }

    private static double mean(double before, long used, long passed, long overNanos) {
        double last = Math.clamp(used / (double) passed, 0, 1);
        return before + (last - before) * Math.min(1, passed / (double) overNanos);
    }

    private void learn(boolean end, long now) {
        if (end) {
            double gets = workCpuShare / workShare;
            processor = gets >= WHOLE ? 1 : Math.max(LEAST, gets);
            learntNanos = now;
        } else if (processor < 1 && (cpuShare > MORE * processor || now - learntNanos > KEPT_NANOS)) {
            processor = 1;
        }
    }

    private void judge(double present, long now) {
        share = present;
        if (present >= RESTS) {
            busyNanos = now;
        }
        acts = acts ? now - busyNanos < HELD_NANOS : present >= ACTS;
        counts = acts || present >= COUNTS;
    }

    /** From 0 to 1. */
    double share() {
        return share;
    }

    /** Whether questions above a limit are dropped. */
    boolean acts() {
        return acts;
    }

    /** Whether questions are counted. */
    boolean counts() {
        return counts;
    }
}
