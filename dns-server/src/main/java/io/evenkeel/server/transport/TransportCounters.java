package io.evenkeel.server.transport;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** What happens to sockets and connections, as against questions. Any thread. */
public final class TransportCounters {
    final LongAdder tcpAccepted = new LongAdder();
    final LongAdder tcpEvicted = new LongAdder();
    final LongAdder tcpIdleClosed = new LongAdder();
    final LongAdder tcpOversize = new LongAdder();
    final LongAdder socketErrors = new LongAdder();
    private final AtomicLongArray tcpEnded = new AtomicLongArray(TcpEnding.values().length);

    @SuppressWarnings("EnumOrdinal") // places in an array of this process only
    void ended(TcpEnding how) {
        tcpEnded.incrementAndGet(how.ordinal());
    }

    /** TCP connections that were ended by a bound. */
    @SuppressWarnings("EnumOrdinal")
    public long tcpEnded(TcpEnding how) {
        return tcpEnded.get(how.ordinal());
    }

    /** TCP connections taken. */
    public long tcpAccepted() {
        return tcpAccepted.sum();
    }

    /** TCP connections closed to make room for another one. */
    public long tcpEvicted() {
        return tcpEvicted.sum();
    }

    /** TCP connections closed because nothing complete came or went in time. */
    public long tcpIdleClosed() {
        return tcpIdleClosed.sum();
    }

    /** TCP connections closed because they sent more than may be held while their answers wait. */
    public long tcpOversize() {
        return tcpOversize.sum();
    }

    /** Reads, writes and accepts that the kernel refused. */
    public long socketErrors() {
        return socketErrors.sum();
    }
}
