package io.evenkeel.server.transport;

import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/*
 * The kernel's receive buffer is the queue in front of a loop. Where a loop answers fewer questions within the patience of its
 * clients than that buffer holds, each answer comes too late and retries keep the buffer full, for as long as anybody asks. Age
 * checks alone do not help where reading is what costs (a quota, a neighbour), so the buffer itself follows the measured age:
 *
 *   halved, at most once in 0.5 s, while the oldest datagram of a batch is above 0.2 of the client's time-out;
 *   doubled after 10 s in which no datagram was that old, the sockets ran empty, and the kernel had to drop some.
 *
 * At most it holds what the loop answers in half of the time-out at its degraded speed (f C tau/2: the capacity is measured at
 * warm-up), at least what the loop answers of the arrivals of one of its longest pauses. That pause counts up to 0.2 of the
 * time-out only: a longer one is what the queue must not cover.
 *
 * All of it counts in datagrams. What the kernel charges for one depends on the network card, so each socket measures it.
 */

/**
 * Keeps the queues in front of one event loop short, and knows whether it is behind. The loop calls it, some twenty times
 * in a client's time-out by its timer; other threads may read what is public to them and add or remove sockets.
 */
final class ReceiveControl {
    /** Ticks of the timer in a client's time-out. */
    private static final int TICKS = 20;

    private static final double SECOND = 1e9;
    private static final long HALVE_NANOS = 500_000_000L;
    private static final long DOUBLE_NANOS = 10_000_000_000L;
    /** A socket without a datagram for so long leaves its share to the others. */
    private static final long BUSY_NANOS = 1_000_000_000L;
    /** So long without an old datagram a loop is level again. */
    private static final long LEVEL_NANOS = 5_000_000_000L;

    private static final long TELL_NANOS = 1_000_000_000L;
    /** A change of less than one part in so many is not worth a system call. */
    private static final int WORTH = 8;
    /** A socket with less than one part in so many of the busiest one's traffic needs no share: somebody probes it. */
    private static final int PROBED = 16;
    /** Between two attempts to get more of a kernel that has not granted what it was asked for. */
    private static final long CAPPED_NANOS = 10_000_000_000L;

    private final QueryCounters counters;
    private final double degradedShare;
    private final long timeoutNanos;
    /** Above it queues are shortened. */
    private final long longNanos;
    /** Above it the loop is behind. */
    private final long behindNanos;

    /** Whether buffers stay as they are and no question is too old. */
    private final boolean fixed;

    private final LongSupplier clock;
    private volatile UdpListener[] sockets = {};
    private volatile double loopQps = TransportLimits.ASSUMED_LOOP_QPS;

    // For the loop only.
    private final Pauses pauses;
    /** Datagrams that its sockets may hold together: now, and at most. */
    private double bound;

    private double most;
    private long dueNanos;
    private long tickedNanos;
    private long changedNanos;
    /** Since when no datagram was long in the queue. */
    private long calmNanos;

    private boolean ranEmpty;
    /** Whether a socket held something all the time between the last two ticks. */
    private boolean full;

    private long lostBeforeCalm;
    private long taken;
    private long takenTicked;
    private long staleTicked;
    private double takenQps;
    private double answeredQps;
    /** Age of the oldest datagram since the last tick; negative: none was taken. */
    private long oldestNanos = -1;

    private long behindSeenNanos;
    private long worstNanos;
    private long toldNanos;

    /** What the loop tells others. */
    private volatile State state;

    private volatile @Nullable RuntimeException fault;

    /**
     * How a loop does, as its timer found it last.
     *
     * @param behind whether questions have waited so long that some are dropped for it, or did in the last seconds
     * @param worstNanos oldest question since it fell behind
     * @param pauseNanos for so long it looks at no socket, at most, one time in a thousand aside
     * @param pausePackets datagrams that come in such a pause
     * @param mostPackets how many its sockets may hold at most
     * @param packets how many one of its sockets holds, by what the kernel grants
     * @param neededBytes what the kernel must grant for that, in octets as one asks for them
     * @param capped whether it has not granted all that it was asked for
     */
    record State(
            boolean behind,
            long worstNanos,
            long pauseNanos,
            long pausePackets,
            long mostPackets,
            long packets,
            int neededBytes,
            boolean capped) {}

    ReceiveControl(ReceiveSettings settings, QueryCounters counters) {
        this(settings, counters, System::nanoTime);
    }

    /** @param clock as {@link System#nanoTime} counts */
    ReceiveControl(ReceiveSettings settings, QueryCounters counters, LongSupplier clock) {
        fixed = !settings.bounded();
        this.clock = clock;
        long now = clock.getAsLong();
        this.counters = counters;
        degradedShare = settings.degradedShare();
        timeoutNanos = settings.clientTimeout().toNanos();
        longNanos = (long) (timeoutNanos * TransportLimits.LONG_SHARE);
        behindNanos = (long) (timeoutNanos * TransportLimits.OLD_SHARE);
        pauses = new Pauses(now);
        most = mostPackets();
        bound = most;
        dueNanos = now + tickNanos();
        tickedNanos = now;
        changedNanos = now - HALVE_NANOS;
        calmNanos = now;
        state = new State(false, 0, 0, 0, (long) most, (long) most, 0, false);
    }

    /** Between two ticks. */
    long tickNanos() {
        return timeoutNanos / TICKS;
    }

    /** What the loop's timer calls: a fault of it must not end it, and is kept for whoever may log. */
    void survivingTick() {
        try {
            tick(clock.getAsLong());
        } catch (RuntimeException e) {
            fault = e;
        }
    }

    /** The last fault of this program in a tick; null if there was none. Any thread. */
    @Nullable
    RuntimeException fault() {
        return fault;
    }

    /** How the loop does. Any thread. */
    State state() {
        return state;
    }

    /** What knows the age of the datagrams of a new socket. */
    ReceiveQueue queue() {
        return new ReceiveQueue(fixed ? Long.MAX_VALUE / 2 : timeoutNanos, clock.getAsLong());
    }

    /** What to ask of the kernel for a new socket, in octets. */
    int initialBytes() {
        return fixed
                ? TransportLimits.UDP_LONG_BYTES
                : bytes((double) state.mostPackets(), TransportLimits.DATAGRAM_CHARGE_BYTES);
    }

    /** Takes a socket into its care. Any thread. */
    synchronized void add(UdpListener socket) {
        List<UdpListener> more = new ArrayList<>(List.of(sockets));
        more.add(socket);
        sockets = more.toArray(UdpListener[]::new);
    }

    /** Lets go of it; a tick that begins later leaves it alone. Any thread. */
    synchronized void remove(UdpListener socket) {
        List<UdpListener> fewer = new ArrayList<>(List.of(sockets));
        fewer.remove(socket);
        sockets = fewer.toArray(UdpListener[]::new);
    }

    /** Those in its care. Any thread. */
    List<UdpListener> sockets() {
        return List.of(sockets);
    }

    /** @param qps questions that the loop can answer a second. Any thread */
    void capacity(double qps) {
        loopQps = qps;
    }

    /**
     * Datagrams were taken from a socket.
     *
     * @param ageNanos of the first of them, which is the oldest
     */
    void took(int count, long ageNanos) {
        taken += count;
        oldestNanos = Math.max(oldestNanos, ageNanos);
        counters.oldest(ageNanos);
    }

    /** Whether the queue of a socket has not run empty between the last two ticks. On the loop. */
    boolean isFull() {
        return full;
    }

    /** Looks at what has happened since the last time, and acts on it. On the loop. */
    void tick(long now) {
        pauses.add(Math.max(0, now - dueNanos), now);
        dueNanos = now + tickNanos();
        double seconds = Math.max(1, now - tickedNanos) / SECOND;
        rates(seconds);
        long pause = pauses.mostNanos();
        int busy = look(seconds, now);
        if (!fixed) {
            adapt(pause, now);
        }
        resize(bound / Math.max(1, busy), now);
        judge(pause, now);
        if (oldestNanos < 0) {
            counters.nothingWaits();
        }
        oldestNanos = -1;
        tickedNanos = now;
    }

    private void rates(double seconds) {
        long stale = counters.drops(DropReason.STALE);
        takenQps = mean(takenQps, taken - takenTicked, seconds);
        answeredQps = mean(answeredQps, taken - takenTicked - (stale - staleTicked), seconds);
        takenTicked = taken;
        staleTicked = stale;
    }

    /** Over about one time-out. */
    private double mean(double before, long count, double seconds) {
        double weight = Math.min(1, seconds * SECOND / timeoutNanos);
        return before + (count / seconds - before) * weight;
    }

    /** How many sockets share the bound: those that had something to read lately. */
    private int look(double seconds, long now) {
        double busiest = 0;
        full = false;
        for (UdpListener socket : sockets) {
            socket.takenQps = mean(socket.takenQps, socket.reads - socket.readsTicked, seconds);
            busiest = Math.max(busiest, socket.takenQps);
            if (socket.reads == socket.readsTicked) {
                // The loop looks at each socket between two ticks, so this one was empty at some time since the last.
                socket.queue.seenEmpty(Math.max(tickedNanos, socket.queue.emptyNanos()));
            } else {
                socket.readsTicked = socket.reads;
                full |= socket.queue.emptyNanos() - tickedNanos < 0;
                socket.busyNanos = now;
                socket.measures = true;
            }
            ranEmpty |= socket.queue.emptyNanos() - tickedNanos >= 0;
        }
        int busy = 0;
        for (UdpListener socket : sockets) {
            busy += now - socket.busyNanos < BUSY_NANOS && socket.takenQps * PROBED >= busiest ? 1 : 0;
        }
        return busy;
    }

    private void adapt(long pause, long now) {
        double allowed = mostPackets();
        bound = bound == most ? allowed : bound; // not shortened so far
        most = allowed;
        if (oldestNanos > longNanos) {
            calm(now);
            if (now - changedNanos >= HALVE_NANOS) {
                bound /= 2;
                changedNanos = now;
            }
        } else if (now - calmNanos >= DOUBLE_NANOS) {
            if (ranEmpty && (counters.lost() > lostBeforeCalm || !lossesAreKnown())) {
                bound *= 2;
            }
            calm(now);
        }
        double least = Math.max(TransportLimits.UDP_BATCH, answeredQps * Math.min(pause, longNanos) / SECOND);
        bound = Math.min(most, Math.max(least, bound));
    }

    private void calm(long now) {
        calmNanos = now;
        ranEmpty = false;
        lostBeforeCalm = counters.lost();
    }

    private boolean lossesAreKnown() {
        return sockets.length == 0 || sockets[0].knowsLosses();
    }

    private double mostPackets() {
        return Math.max(TransportLimits.UDP_BATCH, degradedShare * loopQps * timeoutNanos / SECOND / 2);
    }

    private void resize(double packets, long now) {
        for (UdpListener socket : sockets) {
            int wanted = fixed ? TransportLimits.UDP_LONG_BYTES : bytes(packets, socket.chargeBytes);
            boolean changed = Math.abs(wanted - socket.askedBytes) > socket.askedBytes / WORTH;
            if (changed || (socket.isCapped() && now - socket.askedNanos > CAPPED_NANOS)) {
                socket.resize(wanted, now);
            }
        }
    }

    /** The kernel doubles what it is asked for (socket(7), SO_RCVBUF), and charges that. */
    private static int bytes(double packets, int charge) {
        return (int) Math.clamp(packets * charge / 2, TransportLimits.UDP_LEAST_BYTES, TransportLimits.UDP_MOST_BYTES);
    }

    private void judge(long pause, long now) {
        State before = state;
        boolean isBehind = oldestNanos > behindNanos;
        behindSeenNanos = isBehind ? now : behindSeenNanos;
        boolean behind = isBehind || (before.behind() && now - behindSeenNanos < LEVEL_NANOS);
        worstNanos = Math.max(behind ? worstNanos : 0, oldestNanos);
        long packets = Long.MAX_VALUE;
        int needed = 0;
        boolean capped = false;
        for (UdpListener socket : sockets) {
            packets = Math.min(packets, socket.grantedBytes / socket.chargeBytes);
            needed = Math.max(needed, bytes(most, socket.chargeBytes));
            capped |= socket.isCapped();
        }
        long held = sockets.length == 0 ? before.packets() : packets;
        counters.buffer(held);
        // An object a second at most, but at once where somebody is waiting for it.
        if (behind != before.behind() || now - toldNanos >= TELL_NANOS) {
            toldNanos = now;
            long arriving = (long) (takenQps * pause / SECOND);
            state = new State(behind, behind ? worstNanos : 0, pause, arriving, (long) most, held, needed, capped);
        }
    }
}
