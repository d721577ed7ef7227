package io.evenkeel.ops.fleet;

import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Devices that call home: each asks, asks again as its policy says until it is answered, and pauses after that: a closed loop,
 * as in the field. What they ask for when nobody answers is their number divided by the time-out, however slow the server.
 *
 * <p>One thread turns: take what has come, send what is due, sleep until the next tick of the wheel.
 */
public final class Fleet {
    private final FleetPlan plan;
    private volatile boolean stopped;
    private volatile @Nullable String shortcoming;

    /** It does nothing before it is run. */
    public Fleet(FleetPlan plan) {
        this.plan = plan;
    }

    /** The same for who does nothing else. */
    public FleetCounts run(Consumer<FleetCounts> each) throws CommandFailure, IOException, InterruptedException {
        return run(() -> {}, each);
    }

    /**
     * Asks until the time is over or {@link #stop} is called.
     *
     * @param begins runs when all sockets are open, just before the first second begins
     * @param each is told of each second when it is over
     * @return what came of all
     * @throws CommandFailure if the sockets cannot be had
     */
    public FleetCounts run(Runnable begins, Consumer<FleetCounts> each)
            throws CommandFailure, IOException, InterruptedException {
        String why = NativeCalls.whyNot();
        shortcoming = why == null
                ? null
                : "no datagram can be given a source of its own (%s), so devices of one socket share one"
                        .formatted(why);
        try (Wire wire = why == null ? NativeWire.open(plan) : ChannelWire.open(plan)) {
            begins.run();
            return run(wire, System::nanoTime, each);
        }
    }

    /** The same on another network, with another clock, which counts nanoseconds. */
    FleetCounts run(Wire network, LongSupplier clock, Consumer<FleetCounts> each)
            throws IOException, InterruptedException {
        FleetBooks books = new FleetBooks(plan);
        long start = clock.getAsLong();
        LongSupplier now = () -> clock.getAsLong() - start;
        Wire wire = plan.delays().isEmpty() ? network : new DelayedWire(network, plan, now);
        Asker asker = new Asker(plan, wire, now, books);
        books.begin();
        asker.begin();
        long end = (long) (plan.seconds() * 1e9);
        int second = 1;
        boolean moreIsDue = false;
        while (true) {
            wire.receive(moreIsDue ? 0 : 1, asker);
            long at = now.getAsLong();
            while (at >= second * 1_000_000_000L) {
                second++;
                each.accept(books.endSecond());
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (stopped || at >= end) {
                return books.end(at / 1e9);
            }
            moreIsDue = asker.fire(at);
        }
    }

    /** In which way this machine falls short of a fleet; null if it does not. Known once it runs. */
    public @Nullable String shortcoming() {
        return shortcoming;
    }

    /** Ends a run, within a tick. Any thread. */
    public void stop() {
        stopped = true;
    }
}
