package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.FleetCounts;

/**
 * How the design of 2020 fails in a scenario: from a moment on its nodes answer as fast as they can, and almost all of that comes too late,
 * since it waited behind questions that nobody wants answered any more. It looks at each second that lies wholly in its window. One thread.
 */
final class StaleQueue {
    private final double from;
    private final double to;
    private final double share;
    private int seconds;
    private double accepted;
    private double late;

    /**
     * For one run.
     *
     * @param from in seconds from the start of the run
     * @param to the same
     * @param share of what is wanted that comes in time, at most
     */
    StaleQueue(double from, double to, double share) {
        this.from = from;
        this.to = to;
        this.share = share;
    }

    void second(FleetCounts counts) {
        if (counts.seconds() - 1 >= from && counts.seconds() <= to) {
            seconds++;
            accepted += counts.all().accepted();
            late += counts.all().late();
        }
    }

    /** @param wanted answers a second: what the fleet needs, or what the nodes can do if that is less */
    Criterion.Result result(double wanted) {
        double each = Math.max(1, seconds);
        return new Criterion.Result(
                "behind a stale queue less than %.0f %% of the wanted %,.0f/s come in time, and more come late, from second %.0f to %.0f"
                        .formatted(share * 100, wanted, from, to),
                "%,.0f/s in time, %,.0f/s late".formatted(accepted / each, late / each),
                seconds > 0 && accepted / each < share * wanted && late > accepted);
    }
}
