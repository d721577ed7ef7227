package io.evenkeel.ops.fleet;

import java.time.Duration;
import java.util.Locale;
import java.util.SplittableRandom;

/*
 * Sources: glibc res_send.c, musl res_msend.c, c-ares ares_process.c, lwIP dns.c, systemd resolved-dns-transaction.c. The list of
 * nodes of a group stands for the name servers that the resolver is configured with, in the order that its device has them in.
 */

/** When a device asks again that has no answer yet, and whom: how devices are written, and how well-known stub resolvers do it. */
public enum RetryPolicy {
    /** Again at once after the time-out, for ever. */
    IMMEDIATE(Duration.ofSeconds(1), Reaction.RETRY, Reaction.RETRY, Reaction.WAIT, Reaction.RETRY),
    /** After the time-out and a pause by chance, of at most the time-out doubled with each try, up to a cap; for ever. */
    BACKOFF(Duration.ofSeconds(1), Reaction.RETRY, Reaction.RETRY, Reaction.TCP, Reaction.RETRY),
    /** Two rounds of up to three nodes; all but the first wait for a share of the doubled time, in whole seconds. */
    GLIBC(Duration.ofSeconds(5), Reaction.RETRY, Reaction.RETRY, Reaction.TCP, Reaction.RETRY),
    /** Up to three nodes at once, twice within the time-out; SERVFAIL is asked again at once, twice. */
    MUSL(Duration.ofSeconds(5), Reaction.WAIT, Reaction.RESEND, Reaction.TCP, Reaction.WAIT),
    /** Three rounds of all nodes; the time-out doubles with each round, less up to half of it by chance. */
    C_ARES(Duration.ofSeconds(2), Reaction.RETRY, Reaction.RETRY, Reaction.TCP, Reaction.RETRY),
    /** Up to two nodes, each asked four times, after 1, 1, 2 and 3 times the time-out; any failure ends it. */
    LWIP(Duration.ofSeconds(1), Reaction.FAIL, Reaction.FAIL, Reaction.ACCEPT, Reaction.WAIT),
    /** 24 tries, each at the next node; SERVFAIL is asked again at once, once. */
    SYSTEMD_RESOLVED(Duration.ofSeconds(5), Reaction.RETRY, Reaction.RESEND, Reaction.TCP, Reaction.RETRY);

    private static final long SECOND = 1_000_000_000L;
    private static final int ROUNDS_OF_GLIBC = 2;
    private static final int TRIES_OF_MUSL = 2;
    private static final int ROUNDS_OF_C_ARES = 3;
    private static final int[] TICKS_OF_LWIP = {1, 1, 2, 3};
    private static final int TRIES_OF_RESOLVED = 24;
    /** Doubled more often, no time-out is below the cap. */
    private static final int DOUBLINGS = 20;

    private final Duration usualTimeout;
    private final Reaction refused;
    private final Reaction servfail;
    private final Reaction truncated;
    private final Reaction icmp;

    RetryPolicy(Duration usualTimeout, Reaction refused, Reaction servfail, Reaction truncated, Reaction icmp) {
        this.usualTimeout = usualTimeout;
        this.refused = refused;
        this.servfail = servfail;
        this.truncated = truncated;
        this.icmp = icmp;
    }

    /** As a scenario names it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Its own. */
    public Duration usualTimeout() {
        return usualTimeout;
    }

    /** Its own. */
    public Reactions usualReactions() {
        return new Reactions(refused, servfail, truncated, icmp);
    }

    /** How many of so many nodes it ever asks in one lookup: MAXNS, DNS_MAX_SERVERS. */
    int used(int nodes) {
        return switch (this) {
            case GLIBC, MUSL -> Math.min(nodes, 3);
            case LWIP -> Math.min(nodes, 2);
            case IMMEDIATE, BACKOFF, C_ARES, SYSTEMD_RESOLVED -> nodes;
        };
    }

    /** After how many tries a lookup has failed; the largest number if it never does. */
    int tries(int nodes) {
        return switch (this) {
            case IMMEDIATE, BACKOFF -> Integer.MAX_VALUE;
            case GLIBC -> ROUNDS_OF_GLIBC * used(nodes);
            case MUSL -> TRIES_OF_MUSL;
            case C_ARES -> ROUNDS_OF_C_ARES * nodes;
            case LWIP -> TICKS_OF_LWIP.length * used(nodes);
            case SYSTEMD_RESOLVED -> TRIES_OF_RESOLVED;
        };
    }

    /** Whether a try asks all nodes that are used. */
    boolean asksAll() {
        return this == MUSL;
    }

    /** How far from the first node the one of a try stands; -1 if the choice of the group decides. */
    int step(int attempt, int nodes) {
        return switch (this) {
            case IMMEDIATE, BACKOFF -> -1;
            case GLIBC, C_ARES, SYSTEMD_RESOLVED -> attempt % used(nodes);
            case MUSL -> 0;
            case LWIP -> attempt / TICKS_OF_LWIP.length;
        };
    }

    /** How long a try waits for its answer; tries count from 0. */
    long waitNanos(int attempt, int nodes, long timeout, SplittableRandom random) {
        return switch (this) {
            case IMMEDIATE, BACKOFF, SYSTEMD_RESOLVED -> timeout;
            case GLIBC -> {
                int used = used(nodes);
                int place = attempt % used;
                long share = place == 0 ? timeout : (timeout << place) / used;
                yield Math.max(SECOND, share / SECOND * SECOND);
            }
            case MUSL -> timeout / TRIES_OF_MUSL;
            case C_ARES -> {
                int round = attempt / nodes;
                long whole = timeout << round;
                yield round == 0 ? whole : whole - (long) (whole * random.nextDouble() / 2);
            }
            case LWIP -> timeout * TICKS_OF_LWIP[attempt % TICKS_OF_LWIP.length];
        };
    }

    /** How long a device pauses before that try, which is not the first. */
    long pauseNanos(int attempt, long timeout, long cap, SplittableRandom random) {
        if (this != BACKOFF) {
            return 0;
        }
        long most = Math.min(cap, timeout << Math.min(attempt - 1, DOUBLINGS));
        return (long) (most * random.nextDouble());
    }

    /** How often in one lookup it asks again with {@link Reaction#RESEND}. */
    int resends() {
        return this == MUSL ? 2 : 1;
    }

    /** When it has done that so often. */
    Reaction afterResends() {
        return this == MUSL ? Reaction.WAIT : Reaction.FAIL;
    }
}
