package io.evenkeel.server.transport;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All open TCP connections, of all loops and addresses, and the bounds on them. Any thread; touched when one comes or goes. */
final class TcpConnections {
    private final int most;
    private final long idleNanos;
    private final TransportCounters counters;
    private final Set<TcpConnection> open = new HashSet<>();

    TcpConnections(int most, Duration idle, TransportCounters counters) {
        this.most = most;
        this.idleNanos = idle.toNanos();
        this.counters = counters;
    }

    /** Makes room, if there is none, by closing the one that has done nothing for longest. */
    void add(TcpConnection connection) {
        counters.tcpAccepted.increment();
        TcpConnection evicted;
        synchronized (open) {
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
    }

    void remove(TcpConnection connection) {
        synchronized (open) {
            open.remove(connection);
        }
    }

    int count() {
        synchronized (open) {
            return open.size();
        }
    }

    /** Closes those that have done nothing for too long. */
    void closeIdle(long nowNanos) {
        synchronized (open) {
            for (TcpConnection connection : open) {
                if (nowNanos - connection.activeNanos() > idleNanos) {
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
