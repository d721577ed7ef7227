package io.evenkeel.server.limits;

import java.util.stream.IntStream;

/**
 * What members agree on, as a loop needs it. Immutable.
 *
 * <p>What a message costs is the inverse of the rate of its level, in 1/65,536 µs; a client with a factor pays that part of it, at each
 * level. So all levels and all clients have the same bound on what they may owe: the burst at the rate.
 */
final class Rules {
    /** Of the fraction of a cost. */
    static final int FRACTION_BITS = 16;

    /** Networks that are far from their limits pay for so many questions at once with one of them, by chance. */
    static final int NETWORKS_OF = 8;
    /** A network is near its limit if it owes more than this part of what it may. */
    static final int NEAR = 16;

    private static final long SECOND = 1_000_000;
    /** Far from where times wrap around: 3.2 days. A burst that takes longer to pay off is shortened to this. */
    private static final long MOST = 1L << 38;
    /** Large answers at once are those of so many seconds. */
    private static final long RESPONSE_SECONDS = 5;

    final LimitMode questions;
    final LimitMode responses;
    /** What a client may owe for questions, in µs. */
    final long mostOwed;
    /** The same for large answers. */
    final long mostOwedResponses;
    /** What nobody owes. */
    final long most;

    /** Whether so many questions are no more than what a network may owe before it is near its limit. */
    final boolean samplesNetworks;

    final Allowances ipv4;
    final Allowances ipv6;
    private final long[] questionCosts;
    private final long responseCost;

    Rules(LimitSettings settings) {
        questions = settings.questions();
        responses = settings.responses();
        mostOwed = Math.min(MOST, Math.ceilDiv(settings.burst() * SECOND, settings.rate()));
        mostOwedResponses = RESPONSE_SECONDS * SECOND;
        most = Math.max(mostOwed, mostOwedResponses);
        ipv4 = Allowances.of(settings.allowed(), 4);
        ipv6 = Allowances.of(settings.allowed(), 16);
        questionCosts = costs(settings.rate());
        responseCost = (SECOND << FRACTION_BITS) / settings.responseRate();
        samplesNetworks = NETWORKS_OF * dearestNetwork() <= (mostOwed / NEAR) << FRACTION_BITS;
    }

    private long dearestNetwork() {
        return IntStream.range(1, LimitLevel.OF_PROTOCOL)
                .mapToLong(i -> Math.max(
                        questionCost(LimitLevel.of(true, i), Allowances.NONE),
                        questionCost(LimitLevel.of(false, i), Allowances.NONE)))
                .max()
                .orElseThrow();
    }

    private static long[] costs(int rate) {
        LimitLevel[] levels = LimitLevel.values();
        long[] costs = new long[levels.length];
        for (int i = 0; i < costs.length; i++) {
            costs[i] = ((2 * SECOND) << FRACTION_BITS) / ((long) rate * levels[i].halves());
        }
        return costs;
    }

    /** For a question. */
    @SuppressWarnings("EnumOrdinal") // places in an array of this process only
    long questionCost(LimitLevel level, int factor) {
        return divided(questionCosts[level.ordinal()], factor);
    }

    /** For a large answer. */
    long responseCost(int factor) {
        return divided(responseCost, factor);
    }

    private static long divided(long cost, int factor) {
        return factor == Allowances.NONE ? cost : cost / factor;
    }
}
