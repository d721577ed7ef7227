package io.evenkeel.ops.fleet;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Devices that behave alike.
 *
 * @param devices how many
 * @param periodNanos from the end of one call home to the next; the first ones are spread over as long
 * @param jitter by which part of it each pause is longer or shorter, at most
 * @param questions that one call home asks, one after the other
 * @param timeoutNanos the unit of the policy's waiting
 * @param backoffCapNanos the longest pause of {@link RetryPolicy#BACKOFF}
 * @param nodes that it may ask, as indexes, in its order
 * @param site how many devices share a source address
 * @param roundTripNanos a device goes on after a failure no sooner than so long after its question, as in the field
 * @param givenUpNanos from a lookup that has failed to the next
 */
public record DeviceGroup(
        String name,
        int devices,
        long periodNanos,
        double jitter,
        List<QuestionPattern> questions,
        long timeoutNanos,
        RetryPolicy retry,
        long backoffCapNanos,
        Reactions reactions,
        NodeChoice choice,
        List<Integer> nodes,
        int site,
        long roundTripNanos,
        long givenUpNanos) {
    /** Keeps copies of the lists. */
    public DeviceGroup {
        questions = List.copyOf(questions);
        nodes = List.copyOf(nodes);
    }

    /** How many questions a second it asks while each is answered. */
    public double neededPerSecond() {
        return devices * 1e9 / periodNanos * questions.size();
    }

    /** How many questions a second it asks, at first, when nobody answers any more. */
    public double silentPerSecond() {
        int used = retry.asksAll() ? retry.used(nodes.size()) : 1;
        return devices * 1e9 / retry.waitNanos(0, nodes.size(), timeoutNanos, new SplittableRandom(0)) * used;
    }

    /** A call home that takes no longer is prompt. */
    long promptNanos() {
        return 2 * timeoutNanos * questions.size();
    }

    int sites() {
        return Math.ceilDiv(devices, site);
    }
}
