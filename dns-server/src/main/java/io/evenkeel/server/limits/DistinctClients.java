package io.evenkeel.server.limits;

/*
 * HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007): of the hashes that fall to a register it keeps the longest run of
 * leading zeros. The mean of all registers tells how many different hashes there were; with few of them the number of empty registers tells
 * better. 4,096 registers are right to 1.6 % (one standard error). Two loops that write one register at the same time may lose the
 * larger value, which changes nothing that matters.
 */

/** How many different clients there were, about. Any thread may {@link #saw}, one thread {@link #turn}s; no lock, no allocation but in that. */
public final class DistinctClients {
    private static final int BITS = 12;
    private static final int REGISTERS = 1 << BITS;
    private static final double ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

    private volatile byte[] registers = new byte[REGISTERS];

    /** @param client a hash of its address, each bit of which depends on all bits of that */
    public void saw(long client) {
        byte[] present = registers;
        int at = (int) (client >>> (64 - BITS));
        // The lowest bit ends the longest run.
        byte run = (byte) (Long.numberOfLeadingZeros(client << BITS | 1) + 1);
        if (present[at] < run) {
            present[at] = run;
        }
    }

    /** How many there have been since the last call, after which it begins anew. */
    public long turn() {
        byte[] past = registers;
        registers = new byte[REGISTERS];
        return estimate(past);
    }

    private static long estimate(byte[] registers) {
        double sum = 0;
        int empty = 0;
        for (byte register : registers) {
            sum += Math.scalb(1.0, -register);
            empty += register == 0 ? 1 : 0;
        }
        double raw = ALPHA * REGISTERS * REGISTERS / sum;
        boolean few = raw <= 2.5 * REGISTERS && empty > 0;
        return Math.round(few ? REGISTERS * Math.log((double) REGISTERS / empty) : raw);
    }
}
