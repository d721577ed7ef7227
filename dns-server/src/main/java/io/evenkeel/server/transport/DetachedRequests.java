package io.evenkeel.server.transport;

import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.server.query.Client;
import io.evenkeel.server.query.ClientGoneException;
import io.evenkeel.server.query.DetachedRequest;
import io.evenkeel.server.query.Replies;
import io.evenkeel.server.query.Transport;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of all loops that have their answers elsewhere: each on a virtual thread of its own, bounded in number and
 * octets, each with a deadline that moves on with each message sent.
 */
public final class DetachedRequests {
    private static final Logger LOG = LoggerFactory.getLogger(DetachedRequests.class);

    /** How one ended. */
    public enum Ending {
        /** All that its handler had to say was sent. */
        ANSWERED,
        /** Its handler sent nothing. */
        UNANSWERED,
        /** Nothing was sent for too long. */
        EXPIRED,
        /** The client went. */
        CUT_OFF,
        /** Its handler met a fault of this program. */
        FAILED,
        /** There was no place for it. */
        TURNED_DOWN
    }

    private final Semaphore places = new Semaphore(TransportLimits.DETACHED);
    private final Semaphore octets = new Semaphore(TransportLimits.DETACHED_BYTES);
    private final Duration udpDeadline;
    private final Duration tcpDeadline;
    private final AtomicLongArray ended = new AtomicLongArray(Ending.values().length);
    private final QuietLog faults = new QuietLog(LOG);

    /**
     * @param udpDeadline a message over UDP is answered within that, or not at all
     * @param tcpDeadline over TCP the client has so long for each message that it is sent
     */
    DetachedRequests(Duration udpDeadline, Duration tcpDeadline) {
        this.udpDeadline = udpDeadline;
        this.tcpDeadline = tcpDeadline;
    }

    /** Being worked on. Any thread. */
    public int count() {
        return TransportLimits.DETACHED - places.availablePermits();
    }

    /** How many have ended so. Any thread. */
    @SuppressWarnings("EnumOrdinal") // places in an array of this process only
    public long ended(Ending how) {
        return ended.get(how.ordinal());
    }

    @SuppressWarnings("EnumOrdinal")
    private void count(Ending how) {
        ended.incrementAndGet(how.ordinal());
    }

    /**
     * Has a message answered that the loop's handler has just put off. On that loop.
     *
     * @return length of the answer in the loop's {@code out} if there is no place for it; 0: none, or it comes later
     */
    int take(AnswerLoop loop, int length, Transport transport, Client client) {
        if (!places.tryAcquire()) {
            return turnDown(loop, transport);
        }
        DetachedRequest request = loop.handler.detach(loop.in, length, transport, client);
        if (!octets.tryAcquire(request.bytes())) {
            places.release();
            return turnDown(loop, transport);
        }
        Work work = new Work(loop, request, transport == Transport.UDP ? udpDeadline : tcpDeadline, client);
        work.lookIn(work.deadlineNanos);
        work.worker.start();
        return 0;
    }

    private int turnDown(AnswerLoop loop, Transport transport) {
        count(Ending.TURNED_DOWN);
        return loop.handler.turnDown(loop.in, transport, loop.out);
    }

    /** One request and its thread. */
    private final class Work {
        private final AnswerLoop loop;
        private final DetachedRequest request;
        private final long deadlineNanos;
        private final Thread worker;
        private final Replies replies;
        private volatile boolean expired;
        private volatile boolean done;

        Work(AnswerLoop loop, DetachedRequest request, Duration deadline, Client client) {
            this.loop = loop;
            this.request = request;
            this.deadlineNanos = deadline.toNanos();
            this.worker = Thread.ofVirtual().name("detached").unstarted(this::run);
            this.replies = client.detach(worker);
        }

        private void run() {
            Ending how = Ending.FAILED;
            try {
                request.run(replies);
                how = request.sent() > 0 ? Ending.ANSWERED : Ending.UNANSWERED;
            } catch (InterruptedException | ClientGoneException e) {
                how = expired ? Ending.EXPIRED : Ending.CUT_OFF;
                LOG.debug("A request has ended before its answer", e);
            } catch (RuntimeException | Error e) {
                faults.error("A request that was answered away from the loops met a fault of this program", e);
            } finally {
                end(how);
            }
        }

        private void end(Ending how) {
            done = true;
            replies.end();
            count(how);
            octets.release(request.bytes());
            places.release();
            try {
                loop.eventLoop.execute(loop.surviving(() -> loop.handler.ended(request)));
            } catch (RejectedExecutionException e) {
                LOG.debug("A loop has ended before a request; nobody reads its counters any more", e);
            }
        }

        /** Looks after a while whether it goes on. */
        void lookIn(long nanos) {
            Future<?> _ = loop.eventLoop.schedule(loop.surviving(this::look), nanos, TimeUnit.NANOSECONDS);
        }

        private void look() {
            if (done) {
                return;
            }
            long left = deadlineNanos - (System.nanoTime() - request.movedNanos());
            if (left > 0) {
                lookIn(left);
            } else {
                expired = true;
                worker.interrupt();
            }
        }
    }
}
