package io.evenkeel.server.traffic;

import org.jspecify.annotations.Nullable;

/**
 * What one answering loop tells of its traffic: a sample always, and all of it while there is a capture. {@link #wants} after each message,
 * and {@link #saw} if so. Called by that loop only, but for {@link #capture}, and for reading the sample; allocates nothing.
 */
public final class LoopTraffic {
    /** In place of an RCODE: the question was dropped. */
    public static final int SILENCE = -1;
    /** In place of an RCODE: the answer is made away from the loop, and was not seen. */
    public static final int LATER = -2;

    static final int LEAST_OUTCOME = LATER;

    private static final int HEADER = 12;
    private static final int QUESTIONS_AT = 4;
    private static final int MOST_NAME = 255;
    private static final int MOST_LABEL = 63;
    private static final long SECOND = 1_000_000_000L;
    /** A sample takes one of these and counts down; so nothing is ever due. */
    private static final int NEVER = Integer.MAX_VALUE;

    private final QuestionRing ring;
    private final boolean samples;
    private volatile @Nullable CaptureQueue queue;

    /** Messages until one is sampled. */
    private int left;
    /** One of so many is sampled, on average; a power of two. */
    private int oneOf = 1;
    /** Of the present second. */
    private int sampled;

    private long secondNanos;
    private long random;

    /** @param samples whether there is a sample */
    LoopTraffic(boolean samples) {
        this.samples = samples;
        this.ring = new QuestionRing(samples ? TrafficLimits.RING : 1);
        this.left = samples ? 0 : NEVER;
        this.secondNanos = System.nanoTime();
        this.random = secondNanos | 1;
    }

    /** A message has been worked on: whether {@link #saw} is to be told. */
    public boolean wants() {
        return --left < 0 || queue != null;
    }

    /**
     * Keeps a message.
     *
     * @param in the message, from 0
     * @param tcp whether it came over TCP
     * @param address of its client, in network order; 16 octets long
     * @param addressOctets 4, 16, or 0 for nobody in particular
     * @param port of its client
     * @param out its answer, from 0
     * @param sent octets of that; 0: none
     * @param outcome RCODE, {@link #SILENCE} or {@link #LATER}
     */
    public void saw(
            byte[] in,
            int length,
            boolean tcp,
            byte[] address,
            int addressOctets,
            int port,
            byte[] out,
            int sent,
            int outcome) {
        long now = System.nanoTime();
        int name = nameOctets(in, length);
        if (left < 0) {
            if (samples) {
                int type = name == 0 ? -1 : (in[HEADER + name] & 0xFF) << Byte.SIZE | (in[HEADER + name + 1] & 0xFF);
                ring.add(now, oneOf, type, outcome, in, HEADER, name, address, addressOctets);
                sampled++;
                if (sampled >= TrafficLimits.SAMPLES && oneOf < TrafficLimits.MOST_SKIPPED) {
                    oneOf *= 2;
                    sampled = 0;
                }
            }
            left = next();
        }
        CaptureQueue present = queue;
        if (present != null) {
            present.offer(now, in, length, HEADER, name, tcp, address, addressOctets, port, out, sent);
        }
    }

    /** By chance: clients may ask in a rhythm. */
    private int next() {
        if (!samples) {
            return NEVER;
        }
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        // From 0 to twice the mean: the mean of what is skipped is one less than one of how many is taken.
        return (int) ((random >>> 1) % (2L * oneOf - 1));
    }

    /** What the timer of the loop calls several times a second: in calmer times it samples more. */
    public void tick(long now) {
        if (now - secondNanos < SECOND) {
            return;
        }
        if (sampled < TrafficLimits.SAMPLES / 4 && oneOf > 1) {
            oneOf /= 2;
            left = Math.min(left, next());
        }
        sampled = 0;
        secondNanos = now;
    }

    /** Octets of the name that is asked for, the root's included; 0 if there is no question whose name and type can be read. */
    private static int nameOctets(byte[] in, int length) {
        if (length < HEADER || in[QUESTIONS_AT] != 0 || in[QUESTIONS_AT + 1] != 1) {
            return 0;
        }
        int end = Math.min(length - 4, HEADER + MOST_NAME);
        int at = HEADER;
        while (at < end) {
            int octets = in[at];
            at += octets + 1;
            if (octets == 0) {
                return at - HEADER;
            }
            if (octets < 0 || octets > MOST_LABEL) {
                return 0;
            }
        }
        return 0;
    }

    /** Where messages of a capture go from now on; null: there is none. Any thread. */
    void capture(@Nullable CaptureQueue to) {
        queue = to;
    }

    /** Any thread may read it. */
    QuestionRing ring() {
        return ring;
    }
}
