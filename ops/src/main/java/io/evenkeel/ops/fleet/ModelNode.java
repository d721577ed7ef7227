package io.evenkeel.ops.fleet;

import io.evenkeel.ops.fleet.StormModel.Change;

/*
 * A short queue is kept as the server keeps its own (docs/storm.md, "How a node keeps out of it"): a question is dropped unread once it has
 * waited for 0.8 of the time-out, from 0.4 on while the queue has not run empty for a whole time-out; the receive buffer is halved, at most
 * once in half a second, while questions wait for more than 0.2 of it, and doubled after ten level seconds with losses. The time-out is
 * what a node has unless configured, as nodes of a drill are not.
 */

/** A node of a {@link StormModel}: its queue, and how fast it empties it. Times are nanoseconds of the model. One thread. */
final class ModelNode {
    private static final long TIMEOUT_NANOS = 1_000_000_000;
    private static final long TOO_OLD_NANOS = TIMEOUT_NANOS * 8 / 10;
    private static final long OLD_NANOS = TIMEOUT_NANOS * 4 / 10;
    private static final long LONG_NANOS = TIMEOUT_NANOS * 2 / 10;
    private static final long LOOK_NANOS = TIMEOUT_NANOS / 20;
    private static final long HALVE_NANOS = 500_000_000;
    private static final long DOUBLE_NANOS = 10_000_000_000L;
    /** That a receive buffer of 4 MiB holds. */
    private static final int LONG_QUEUE = 10_000;
    /** What a thread that answers 100,000 a second on its own processor does in half of the time-out at a tenth of that. */
    private static final int MOST = 5_000;
    /** One batch. */
    private static final int LEAST = 64;
    /** A power of two above any queue. */
    private static final int SLOTS = 1 << 14;
    /** What reception costs within so many seconds is done before all else; beyond that the network card drops for nothing. */
    private static final double AHEAD = 0.05;

    private final double rate;
    private final StormModel.Nodes like;
    private final int[] sockets = new int[SLOTS];
    private final short[] ids = new short[SLOTS];
    private final long[] came = new long[SLOTS];
    private Change.Kind state = Change.Kind.OPEN;
    private double speed = 1;
    private double comesThrough = 1;
    private int first;
    private int count;
    private int bound;
    /** How many answers it has the time for now; below 0: it has spent that already. */
    private double work;

    private long emptyNanos;
    private long lookedNanos;
    private long changedNanos;
    /** Since when no question has waited for long. */
    private long calmNanos;

    /** For how long one has waited since the last look, at most. */
    private long oldestNanos;
    // Since it is calm.
    private boolean ranEmpty;
    private boolean lost;

    /** Who is told of a question. */
    interface To {
        void tell(int socket, int id);
    }

    ModelNode(double rate, StormModel.Nodes like) {
        this.rate = rate;
        this.like = like;
        reset(0);
    }

    /** The part of the messages, each way. */
    double comesThrough() {
        return comesThrough;
    }

    void change(Change change, long now) {
        switch (change.kind()) {
            case SPEED -> speed = change.share();
            case LOSS -> comesThrough = change.share();
            case CLOSED, SILENT -> {
                state = change.kind();
                reset(now);
            }
            case STOPPED, OPEN -> state = change.kind();
        }
    }

    private void reset(long now) {
        count = 0;
        bound = like.shortQueues() ? MOST : LONG_QUEUE;
        work = 0;
        emptyNanos = lookedNanos = changedNanos = now;
        calm(now);
    }

    private void calm(long now) {
        calmNanos = now;
        ranEmpty = false;
        lost = false;
    }

    /** A question comes. */
    void take(int socket, short id, long now) {
        if (state == Change.Kind.SILENT) {
            return;
        }
        if (count >= bound) {
            lost = true;
            work = Math.max(work - like.lossCost(), -rate * speed * AHEAD);
            return;
        }
        int last = (first + count++) & (SLOTS - 1);
        sockets[last] = socket;
        ids[last] = id;
        came[last] = now;
    }

    /** So much time has passed until now. */
    void pass(long now, long nanos, To answered, To refused) {
        switch (state) {
            case CLOSED -> {
                while (count > 0) {
                    int next = next();
                    refused.tell(sockets[next], ids[next] & 0xFFFF);
                }
            }
            case OPEN -> {
                work += rate * speed * nanos / 1e9;
                serve(now, answered);
                if (like.shortQueues() && now - lookedNanos >= LOOK_NANOS) {
                    lookedNanos = now;
                    adapt(now);
                }
            }
            case SILENT, STOPPED, SPEED, LOSS -> {}
        }
    }

    private int next() {
        int next = first;
        first = (first + 1) & (SLOTS - 1);
        count--;
        return next;
    }

    private void serve(long now, To answered) {
        while (count > 0 && work > 0) {
            int next = next();
            long age = now - came[next];
            oldestNanos = Math.max(oldestNanos, age);
            if (like.shortQueues() && isStale(age, now)) {
                work -= like.staleCost();
            } else {
                work -= 1;
                answered.tell(sockets[next], ids[next] & 0xFFFF);
            }
        }
        if (count == 0) {
            work = Math.min(work, 0); // nobody works ahead
            emptyNanos = now;
            ranEmpty = true;
        }
    }

    private boolean isStale(long age, long now) {
        return age > TOO_OLD_NANOS || (age > OLD_NANOS && now - emptyNanos > TIMEOUT_NANOS);
    }

    private void adapt(long now) {
        if (oldestNanos > LONG_NANOS) {
            calm(now);
            if (now - changedNanos >= HALVE_NANOS) {
                bound = Math.max(LEAST, bound / 2);
                changedNanos = now;
            }
        } else if (now - calmNanos >= DOUBLE_NANOS) {
            if (ranEmpty && lost) {
                bound = Math.min(MOST, bound * 2);
            }
            calm(now);
        }
        oldestNanos = 0;
    }
}
