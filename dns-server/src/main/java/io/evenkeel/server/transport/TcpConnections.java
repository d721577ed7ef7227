package io.evenkeel.server.transport;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/*
 * The lock is taken when a connection comes or goes, and by the sweep, never for a question. While the room is full each newcomer
 * closes the idlest one. Looking through all of them for each newcomer of a flood would cost as much as the flood wants; so one look
 * notes the idlest ones, and each is still among them while nothing has happened on it since: all others were less idle then and
 * have not become idler.
 */

/** The open TCP connections of one lane, of all its loops and addresses, and the bounds on them. Any thread. */
final class TcpConnections {
    /** The idlest ones that one look through all notes. */
    private static final int NOTED = 64;

    private final TcpSettings settings;
    private final long idleNanos;
    private final long lifeNanos;
    private final long messageNanos;
    private final TransportCounters counters;
    private final Set<TcpConnection> open = new HashSet<>();
    private final Map<ClientSite, Set<TcpConnection>> bySite = new HashMap<>();
    private final Queue<Idle> idlest = new ArrayDeque<>();
    /** Octets that all of them hold: of questions that are not complete, and of answers that wait for their clients. */
    private final AtomicLong held = new AtomicLong();
    /** Whether those that still come are taken leave of at once. */
    private boolean finishing;

    /** Since when a connection had done nothing when it was looked at. */
    private record Idle(TcpConnection connection, long sinceNanos) {
        static final Comparator<Idle> LONGEST_FIRST =
                (one, other) -> Long.compare(one.sinceNanos - other.sinceNanos, 0);
    }

    TcpConnections(TcpSettings settings, TransportCounters counters) {
        this.settings = settings;
        this.idleNanos = settings.idle().toNanos();
        this.lifeNanos = settings.life().toNanos();
        this.messageNanos = settings.message().toNanos();
        this.counters = counters;
    }

    /**
     * Makes room, if there is none, by closing the one that has done nothing for longest: of its site if that has too many, else of all.
     *
     * @param site null: not known yet, see {@link #place}
     */
    void add(TcpConnection connection, @Nullable ClientSite site) {
        counters.tcpAccepted.increment();
        TcpConnection crowded;
        TcpConnection evicted = null;
        boolean last;
        synchronized (open) {
            last = finishing;
            crowded = site == null ? null : join(connection, site);
            if (crowded == null && open.size() >= settings.connections()) {
                evicted = idlest();
                forget(evicted);
            }
            open.add(connection);
        }
        closeCrowded(crowded);
        if (evicted != null) {
            counters.tcpEvicted.increment();
            evicted.close();
        }
        if (last) {
            connection.finish();
        }
    }

    /** Counts one, whose client was not known before, with those of its site, and makes room among them. */
    void place(TcpConnection connection, ClientSite site) {
        TcpConnection crowded;
        synchronized (open) {
            crowded = open.contains(connection) ? join(connection, site) : null;
        }
        closeCrowded(crowded);
    }

    private void closeCrowded(@Nullable TcpConnection crowded) {
        if (crowded != null) {
            counters.ended(TcpEnding.ADDRESS);
            crowded.close();
        }
    }

    void remove(TcpConnection connection) {
        synchronized (open) {
            forget(connection);
            open.notifyAll();
        }
    }

    /** Counts it with those of its site; which one of these has to go for it, null if none. */
    private @Nullable TcpConnection join(TcpConnection connection, ClientSite site) {
        Set<TcpConnection> neighbours = bySite.computeIfAbsent(site, _ -> new HashSet<>());
        TcpConnection crowded = null;
        if (neighbours.size() >= settings.perAddress()) {
            for (TcpConnection one : neighbours) {
                if (crowded == null || one.activeNanos() - crowded.activeNanos() < 0) {
                    crowded = one;
                }
            }
        }
        if (crowded != null) {
            forget(crowded);
        }
        connection.site = site;
        bySite.computeIfAbsent(site, _ -> new HashSet<>()).add(connection);
        return crowded;
    }

    private void forget(TcpConnection connection) {
        open.remove(connection);
        ClientSite site = connection.site;
        Set<TcpConnection> neighbours = site == null ? null : bySite.get(site);
        if (site != null && neighbours != null && neighbours.remove(connection) && neighbours.isEmpty()) {
            bySite.remove(site);
        }
    }

    /** There is one. */
    private TcpConnection idlest() {
        for (Idle noted = idlest.poll(); noted != null; noted = idlest.poll()) {
            if (open.contains(noted.connection) && noted.connection.activeNanos() == noted.sinceNanos) {
                return noted.connection;
            }
        }
        PriorityQueue<Idle> found = new PriorityQueue<>(NOTED + 1, Idle.LONGEST_FIRST.reversed());
        for (TcpConnection connection : open) {
            found.add(new Idle(connection, connection.activeNanos()));
            if (found.size() > NOTED) {
                found.remove();
            }
        }
        List<Idle> sorted = found.stream().sorted(Idle.LONGEST_FIRST).toList();
        idlest.addAll(sorted.subList(1, sorted.size()));
        return sorted.getFirst().connection;
    }

    /** Whether a connection may hold so many octets more, or fewer; counts them if so. */
    boolean hold(int more) {
        long all = held.addAndGet(more);
        if (more > 0 && all > TransportLimits.TCP_ALL_HELD_BYTES) {
            held.addAndGet(-more);
            return false;
        }
        return true;
    }

    /** Octets that all of them hold. */
    long heldBytes() {
        return held.get();
    }

    /** Connections may come, and stay. */
    void welcome() {
        synchronized (open) {
            finishing = false;
        }
    }

    /** Answers what has been received, then ends each connection; those that still come as well. Does not wait. */
    void finish() {
        synchronized (open) {
            finishing = true;
            open.forEach(TcpConnection::finish);
        }
    }

    /** Waits until there is none; false if that was not so in time. */
    boolean awaitNone(Duration deadline) throws InterruptedException {
        long end = System.nanoTime() + deadline.toNanos();
        synchronized (open) {
            while (!open.isEmpty()) {
                long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (millis <= 0) {
                    return false;
                }
                open.wait(millis);
            }
        }
        return true;
    }

    int count() {
        synchronized (open) {
            return open.size();
        }
    }

    /** Between two sweeps, in ms. */
    long sweepMillis() {
        return Math.clamp(
                settings.idle().toMillis() / 4, TransportLimits.SWEEP_LEAST_MILLIS, TransportLimits.SWEEP_MOST_MILLIS);
    }

    /** Whether a connection that has brought so many questions is to be ended. */
    boolean enough(int queries) {
        return settings.queries() > 0 && queries >= settings.queries();
    }

    /**
     * Closes those of a loop that had done nothing for too long when it swept before, and have done nothing since; those with a message
     * that has not come to its end in time, likewise; and ends those that are too old. In between the loop has looked at all its
     * sockets, so no question is left unanswered that had come by then and waited behind a loop that stood still. On that loop.
     */
    void sweep(AnswerLoop loop, long nowNanos) {
        long before = loop.sweptNanos;
        loop.sweptNanos = nowNanos;
        for (TcpConnection connection : ofLoop(loop)) {
            if (before - connection.activeNanos() > idleNanos) {
                counters.tcpIdleClosed.increment();
                connection.close();
            } else if (connection.isSlow(before, messageNanos)) {
                counters.ended(TcpEnding.MESSAGE);
                connection.close();
            } else if (before - connection.openedNanos > lifeNanos) {
                connection.end(TcpEnding.LIFE);
            }
        }
    }

    private List<TcpConnection> ofLoop(AnswerLoop loop) {
        synchronized (open) {
            return open.stream().filter(connection -> connection.isOf(loop)).toList();
        }
    }
}
