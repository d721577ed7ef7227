package io.evenkeel.server.transport;

/*
 * Two clocks tell an age. The kernel's stamp is exact, but it is of the real-time clock, which may be set while a datagram
 * waits. The monotonic clock knows since when the socket has not been empty: nothing in it is older than that. Each alone
 * may say too much, never too little (a stamp in the future aside, which says nothing), so the lesser of both is the age.
 *
 * A queue that never runs empty still turns over: once as many datagrams were taken as it can hold, whatever it holds now came
 * after the first of them was taken. Without stamps this is what tells a long queue from an old one.
 *
 * The thresholds are of overload.md's law "a FIFO whose delay reaches the client's time-out answers only those who have
 * gone". Above 0.8 of the time-out the answer cannot arrive in time. Between 0.4 and 0.8 it can, so it is given after a single
 * pause; while the queue stands, the ones behind it are the better use of the time.
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
    private int capacity;

    /** @param timeoutNanos how long a client waits for an answer */
    ReceiveQueue(long timeoutNanos, long now) {
        this.timeoutNanos = timeoutNanos;
        tooOldNanos = timeoutNanos / 10 * 8;
        oldNanos = timeoutNanos / 10 * 4;
        capacity = Integer.MAX_VALUE;
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
        int before = capacity;
        capacity = Math.max(before == Integer.MAX_VALUE ? 0 : before, most);
        turn(now);
        capacity = most;
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
        turnLeft = capacity;
    }
}
