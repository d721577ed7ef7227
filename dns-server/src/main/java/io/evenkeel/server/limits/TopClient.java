package io.evenkeel.server.limits;

import io.evenkeel.consensus.process.ClientPrivacy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;

/*
 * The majority vote of Boyer and Moore (1981): a candidate gains a vote by its own samples and loses one by all others; without
 * votes the next sample is the candidate. Whoever sends more than half is the candidate in the end. Its own samples are counted
 * from then on, so the share that is told is a little too small.
 */

/**
 * The client of most messages of one loop, if one sends more than half of a sample. Written by the loop; another thread may read, and may see
 * one half written.
 */
final class TopClient {
    /** At most so many messages, by chance, lie between two that are looked at: clients may ask in a rhythm. */
    private static final int MOST_SKIPPED = 31;

    /** A share of fewer says nothing. */
    private static final long LEAST_SAMPLES = 1_000;

    private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int CLIENT = 0;
    private static final int IPV4 = 1;
    private static final int HITS = 2;
    private static final int SAMPLES = 3;

    private final long[] told = new long[4];
    private int skipped;
    private long random = 0x9E3779B97F4A7C15L;
    private long votes;
    private int round;

    /**
     * A message of that client.
     *
     * @param present when it changes, all begins anew
     */
    void saw(boolean ipv4, long client, int present) {
        if (--skipped >= 0) {
            return;
        }
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        skipped = (int) random & MOST_SKIPPED;
        if (present != round) {
            round = present;
            votes = 0;
            LONG.setOpaque(told, SAMPLES, 0);
        }
        long protocol = ipv4 ? 1 : 0;
        if (votes == 0) {
            LONG.setOpaque(told, CLIENT, client);
            LONG.setOpaque(told, IPV4, protocol);
            LONG.setOpaque(told, HITS, 0);
        }
        boolean same = told[CLIENT] == client && told[IPV4] == protocol;
        votes += same ? 1 : -1;
        LONG.setOpaque(told, HITS, told[HITS] + (same ? 1 : 0));
        LONG.setOpaque(told, SAMPLES, told[SAMPLES] + 1);
    }

    /** Of all loops together; nobody where too little was sampled. Any thread. */
    static Share of(List<TopClient> loops, ClientPrivacy privacy) {
        long samples = 0;
        TopClient most = null;
        for (TopClient loop : loops) {
            samples += loop.read(SAMPLES);
            most = most == null || loop.read(HITS) > most.read(HITS) ? loop : most;
        }
        if (most == null || samples < LEAST_SAMPLES) {
            return Share.NOBODY;
        }
        long client = most.read(CLIENT);
        boolean ipv4 = most.read(IPV4) == 1;
        long hits = 0;
        for (TopClient loop : loops) {
            hits += loop.read(CLIENT) == client && loop.read(IPV4) == (ipv4 ? 1 : 0) ? loop.read(HITS) : 0;
        }
        LimitLevel level = LimitLevel.of(ipv4, 0);
        return new Share(level.show(ipv4, client, privacy), Math.min(1, (double) hits / samples));
    }

    private long read(int what) {
        return (long) LONG.getOpaque(told, what);
    }

    /**
     * A client, and its share of the messages, 0 to 1.
     *
     * @param client for people; empty: nobody
     */
    record Share(String client, double share) {
        static final Share NOBODY = new Share("", 0);
    }
}
