package io.evenkeel.server.transport;

/*
 * Two clocks tell an age. The kernel's stamp is exact, but it is of the real-time clock, which may be set while a datagram
 * waits. The monotonic clock knows since when the socket has not been empty: nothing in it is older than that. The lesser of
 * both is the age, so that no fresh question is ever taken for an old one. The other mistake costs one queue at most: a clock
 * that is set back makes those questions seem younger that wait at that moment.
 *
 * A queue that never runs empty still turns over: once as many datagrams were taken as it can hold, whatever it holds now came
 * after the first of them was taken. Without stamps this is what tells a long queue from an old one.
 */

/**
 * How long a datagram of one UDP socket has waited in the kernel, and whether it still deserves an answer. Of one event loop;
 * not thread-safe. Times are {@link System#nanoTime}'s.
 */
final class ReceiveQueue {
    /** There is no stamp, or it makes no sense. */
    static final long UNKNOWN = -1;

    private final long timeoutNanos;
    private final long tooOldNanos;
    private final long oldNanos;
    private long emptyNanos;
    /** Nothing in the socket came before this. */
    private long youngerNanos;
    /** When the present turnover began, and how many datagrams are to be taken until it is complete. */
    private long turnNanos;

    private long turnLeft;
    /** How many datagrams the socket can hold now, and at most since the present turnover began. */
    private int capacity;

    private int held;

    /** @param timeoutNanos how long a client waits for an answer */
    ReceiveQueue(long timeoutNanos, long now) {
        this.timeoutNanos = timeoutNanos;
        tooOldNanos = (long) (timeoutNanos * TransportLimits.TOO_OLD_SHARE);
        oldNanos = (long) (timeoutNanos * TransportLimits.OLD_SHARE);
        capacity = Integer.MAX_VALUE;
        held = capacity;
        seenEmpty(now);
    }

    /** When the socket was last seen empty. */
    long emptyNanos() {
        return emptyNanos;
    }

    /** The socket held nothing at that time. */
    void seenEmpty(long when) {
        emptyNanos = when;
        youngerNanos = when;
        turn(when);
    }

    /** So many datagrams were taken by that time, and more may be left. */
    void taken(int count, long now) {
        turnLeft -= count;
        if (turnLeft <= 0) {
            youngerNanos = turnNanos;
            turn(now);
        }
    }

    /** @param most datagrams that the socket can hold from now on; those that it holds already may be more */
    void resized(int most, long now) {
        boolean first = capacity == Integer.MAX_VALUE;
        capacity = most;
        if (first) {
            held = most;
            turn(now);
        } else {
            // The present turnover goes on: what was there when it began is taken first.
            held = Math.max(held, most);
        }
    }

    /**
     * Age of a datagram that was taken at {@code now}, in ns.
     *
     * @param stampedNanos what the real-time clock says of it; {@link #UNKNOWN} or any negative value: nothing
     */
    long age(long stampedNanos, long now) {
        long most = now - youngerNanos;
        return stampedNanos < 0 ? most : Math.min(stampedNanos, most);
    }

    /** Whether one of that age is to be dropped unread: its answer would come too late, or keep others from coming in time. */
    boolean isStale(long ageNanos, long now) {
        return ageNanos > tooOldNanos || (ageNanos > oldNanos && now - emptyNanos > timeoutNanos);
    }

    private void turn(long now) {
        turnNanos = now;
        turnLeft = held;
        held = capacity;
    }
}
