package io.evenkeel.server.transport;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** All open TCP connections, of all loops and addresses, and the bounds on them. Any thread; touched when one comes or goes. */
final class TcpConnections {
    private final int most;
    private final long idleNanos;
    private final TransportCounters counters;
    private final Set<TcpConnection> open = new HashSet<>();
    /** Whether those that still come are taken leave of at once. */
    private boolean finishing;

    TcpConnections(int most, Duration idle, TransportCounters counters) {
        this.most = most;
        this.idleNanos = idle.toNanos();
        this.counters = counters;
    }

    /** Makes room, if there is none, by closing the one that has done nothing for longest. */
    void add(TcpConnection connection) {
        counters.tcpAccepted.increment();
        TcpConnection evicted;
        boolean last;
        synchronized (open) {
            last = finishing;
            evicted = open.size() < most ? null : idlest();
            if (evicted != null) {
                open.remove(evicted);
            }
            open.add(connection);
        }
        if (evicted != null) {
            counters.tcpEvicted.increment();
            evicted.close();
        }
        if (last) {
            connection.finish();
        }
    }

    void remove(TcpConnection connection) {
        synchronized (open) {
            open.remove(connection);
            open.notifyAll();
        }
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

    /**
     * Closes those of a loop that had done nothing for too long when it swept before, and have done nothing since. In between the
     * loop has looked at all its sockets, so no question is left unanswered that had come by then and waited behind a loop that
     * stood still. On that loop.
     */
    void closeIdle(AnswerLoop loop, long nowNanos) {
        long before = loop.sweptNanos;
        loop.sweptNanos = nowNanos;
        synchronized (open) {
            for (TcpConnection connection : open) {
                if (connection.isOf(loop) && before - connection.activeNanos() > idleNanos) {
                    counters.tcpIdleClosed.increment();
                    connection.close();
                }
            }
        }
    }

    private @Nullable TcpConnection idlest() {
        TcpConnection idlest = null;
        for (TcpConnection connection : open) {
            if (idlest == null || connection.activeNanos() - idlest.activeNanos() < 0) {
                idlest = connection;
            }
        }
        return idlest;
    }
}
