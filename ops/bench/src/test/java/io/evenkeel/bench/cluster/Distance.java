package io.evenkeel.bench.cluster;

import java.time.Duration;

/**
 * How far members are from each other. It holds for each direction between two of them by itself.
 *
 * @param oneWay how long a packet is under way; half of the round trip
 * @param loss the share of packets that vanish, from 0 to 1
 * @param bitsPerSecond of the packets as IP sees them
 * @param queue how long a packet may wait for those before it; one that would wait longer vanishes, as in a router
 * @param seed of the loss
 */
public record Distance(Duration oneWay, double loss, long bitsPerSecond, Duration queue, long seed) {
    /** Three data centres on two continents, over lines that are none of the best. */
    public static final Distance DATA_CENTRES =
            new Distance(Duration.ofMillis(75), 0.01, 10_000_000, Duration.ofMillis(150), 1);

    public Duration roundTrip() {
        return oneWay.multipliedBy(2);
    }
}
