package io.evenkeel.server.admin;

import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The heap that requests in work may take beside the zones: counted in octets, since a few large ones take as much as thousands
 * of small ones. Who finds none waits a little, and is told to come again. Any thread.
 */
final class WorkMemory {
    private final LongSupplier capacity;
    private final LongSupplier most;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition given = lock.newCondition();
    private long taken;

    /**
     * @param capacity octets in all, as of now: what the zones leave, and what is set aside for imports
     * @param most what that may come to once no import is under way
     */
    WorkMemory(LongSupplier capacity, LongSupplier most) {
        this.capacity = capacity;
        this.most = most;
    }

    /** What one request holds; it grows with what is found in it, and with what its answer takes. One thread. */
    final class Share implements AutoCloseable {
        private long octets;

        boolean isEmpty() {
            return octets == 0;
        }

        /**
         * Has it hold so many octets at least.
         *
         * @throws ApiException 507 if all of the memory would not be enough, 503 if it is in use, or set aside for imports, for
         *     longer than a request waits
         */
        void growTo(long wanted) throws ApiException, InterruptedException {
            if (wanted > octets) {
                take(wanted - octets, wanted);
                octets = wanted;
            }
        }

        @Override
        public void close() {
            give(octets);
            octets = 0;
        }
    }

    /** Of a request that holds nothing so far. */
    Share share() {
        return new Share();
    }

    private void take(long more, long all) throws ApiException, InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = AdminLimits.WORK_MEMORY.toNanos();
            while (taken + more > capacity.getAsLong()) {
                if (all > most.getAsLong()) {
                    throw new ApiException(
                            507,
                            "the request takes " + shown(all) + " of memory, and this node has "
                                    + shown(most.getAsLong())
                                    + " beside its zones; send or ask for less at once, or give the node a larger"
                                    + " -Xmx");
                }
                if (nanos <= 0) {
                    throw new ApiException(
                            503,
                            "other requests and imports have the memory of this node: of " + shown(most.getAsLong())
                                    + ", requests have " + shown(taken) + " and imports "
                                    + shown(Math.max(0, most.getAsLong() - capacity.getAsLong()))
                                    + ", and this one takes " + shown(all)
                                    + "; come again, with fewer requests at one time",
                            List.of(),
                            Map.of("Retry-After", String.valueOf(AdminLimits.RETRY_AFTER_SECONDS)));
                }
                // What an import sets aside goes without a word to those who wait.
                long turn = Math.min(nanos, AdminLimits.WORK_MEMORY_LOOK.toNanos());
                nanos -= turn - Math.max(0, given.awaitNanos(turn));
            }
            taken += more;
        } finally {
            lock.unlock();
        }
    }

    private void give(long octets) {
        lock.lock();
        try {
            taken -= octets;
            given.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Octets that requests hold. */
    long taken() {
        lock.lock();
        try {
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private static String shown(long octets) {
        return octets < 1 << 20 ? (octets >> 10) + " KiB" : (octets >> 20) + " MiB";
    }
}
