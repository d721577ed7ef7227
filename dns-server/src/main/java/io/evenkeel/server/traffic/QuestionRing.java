package io.evenkeel.server.traffic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.Consumer;

/*
 * Concurrency: one thread writes, any may read at the same time, nobody waits. The writer counts up when an entry is whole. A reader
 * copies all of it, looks at the count again, and leaves out what may have been overwritten meanwhile.
 */

/** The last questions that one loop has sampled, in memory that is laid out once. Written by the loop. */
final class QuestionRing {
    /** A name has at most 255 octets in its wire form, the address before it 16. */
    private static final int STRIDE = 272;

    private static final int NAME_AT = 16;

    // The facts of an entry in one number.
    private static final int TYPE_BITS = 16;
    private static final int OUTCOME_BITS = 13;
    private static final int NAME_BITS = 8;
    private static final int ADDRESS_BITS = 5;
    private static final VarHandle WRITTEN;

    static {
        try {
            WRITTEN = MethodHandles.lookup().findVarHandle(QuestionRing.class, "written", long.class);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("it is declared here", e);
        }
    }

    private final int entries;
    private final long[] nanos;
    private final long[] facts;
    private final byte[] octets;

    @SuppressWarnings("unused") // by its handle alone
    private long written;

    /**
     * A question as it was sampled.
     *
     * @param nanos when, by {@link System#nanoTime}
     * @param weight how many questions it stands for
     * @param type asked for; -1: the question cannot be read
     * @param outcome RCODE, {@link LoopTraffic#SILENCE} or {@link LoopTraffic#LATER}
     * @param name in wire form, as it was asked; empty if it cannot be read
     * @param address of the client, in network order; empty if it is nobody in particular
     */
    record Sample(long nanos, int weight, int type, int outcome, byte[] name, byte[] address) {}

    /** @param entries that it keeps */
    QuestionRing(int entries) {
        this.entries = entries;
        this.nanos = new long[entries];
        this.facts = new long[entries];
        this.octets = new byte[entries * STRIDE];
    }

    /**
     * Adds a question, in place of the oldest. By the loop; allocates nothing.
     *
     * @param in the message; its name begins at {@code nameAt} and has {@code nameOctets}, 0 if it cannot be read
     */
    void add(
            long now,
            int weight,
            int type,
            int outcome,
            byte[] in,
            int nameAt,
            int nameOctets,
            byte[] address,
            int addressOctets) {
        long count = (long) WRITTEN.getOpaque(this);
        int entry = (int) (count % entries);
        // A reader must not see any of this before the count that tells it that the entry before is whole.
        VarHandle.releaseFence();
        nanos[entry] = now;
        long all = weight;
        all = (all << ADDRESS_BITS) | addressOctets;
        all = (all << NAME_BITS) | nameOctets;
        all = (all << OUTCOME_BITS) | (outcome - LoopTraffic.LEAST_OUTCOME);
        facts[entry] = (all << TYPE_BITS) | (type & 0xFFFF);
        System.arraycopy(address, 0, octets, entry * STRIDE, addressOctets);
        if (nameOctets > 0) { // else the message may end before
            System.arraycopy(in, nameAt, octets, entry * STRIDE + NAME_AT, nameOctets);
        }
        WRITTEN.setRelease(this, count + 1);
    }

    /** Whether older questions than those that are there have been overwritten. Any thread. */
    boolean hasWrapped() {
        return (long) WRITTEN.getAcquire(this) > entries;
    }

    /** What is there, the oldest first. Any thread. */
    void forEach(Consumer<Sample> to) {
        long before = (long) WRITTEN.getAcquire(this);
        long[] nanosNow = nanos.clone();
        long[] factsNow = facts.clone();
        byte[] octetsNow = octets.clone();
        VarHandle.acquireFence();
        // The one that is written now has the place of the oldest.
        long first = Math.max(0, (long) WRITTEN.getAcquire(this) - entries + 1);
        for (long i = first; i < before; i++) {
            int entry = (int) (i % entries);
            long all = factsNow[entry];
            int type = (int) all & 0xFFFF;
            all >>>= TYPE_BITS;
            int outcome = ((int) all & ((1 << OUTCOME_BITS) - 1)) + LoopTraffic.LEAST_OUTCOME;
            all >>>= OUTCOME_BITS;
            int nameOctets = (int) all & ((1 << NAME_BITS) - 1);
            all >>>= NAME_BITS;
            int addressOctets = (int) all & ((1 << ADDRESS_BITS) - 1);
            int weight = (int) (all >>> ADDRESS_BITS);
            int at = entry * STRIDE;
            to.accept(new Sample(
                    nanosNow[entry],
                    weight,
                    nameOctets == 0 ? -1 : type,
                    outcome,
                    Arrays.copyOfRange(octetsNow, at + NAME_AT, at + NAME_AT + nameOctets),
                    Arrays.copyOfRange(octetsNow, at, at + addressOctets)));
        }
    }
}
