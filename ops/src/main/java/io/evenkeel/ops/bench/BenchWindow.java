package io.evenkeel.ops.bench;

import io.evenkeel.ops.fleet.QuestionPattern;
import java.nio.ByteBuffer;

/**
 * The questions of one socket that have no answer yet. IDs are given in order, so that the oldest open one is always at the
 * tail and giving up takes no search. One thread.
 */
final class BenchWindow {
    private static final int IDS = 1 << 16;
    private static final int RCODE = 0xF;
    private static final byte FREE = 0;
    private static final byte OPEN = 1;
    private static final byte GIVEN_UP = 2;

    private final BenchTally tally;
    private final long timeoutNanos;
    private final long[] due = new long[IDS];
    private final long[] sent = new long[IDS];
    private final int[] length = new int[IDS];
    private final int[] hash = new int[IDS];
    private final byte[] state = new byte[IDS];
    private long head;
    private long tail;
    private int open;

    BenchWindow(BenchTally tally, long timeoutNanos) {
        this.tally = tally;
        this.timeoutNanos = timeoutNanos;
    }

    int open() {
        return open;
    }

    /** Whether an ID is left that no open question has. */
    boolean hasRoom() {
        return head - tail < IDS;
    }

    /**
     * The ID for a question that goes out now. Only while {@link #hasRoom}.
     *
     * @param dueNanos when it should have gone out, for its latency
     */
    int ask(byte[] message, long dueNanos, long now) {
        int id = (int) (head++ % IDS);
        due[id] = dueNanos;
        sent[id] = now;
        length[id] = QuestionPattern.HEADER + QuestionPattern.questionLength(message);
        hash[id] = hash(ByteBuffer.wrap(message), 0, length[id]);
        state[id] = OPEN;
        open++;
        tally.sent++;
        tally.behindNanos = Math.max(tally.behindNanos, now - dueNanos);
        return id;
    }

    /** The question asked last did not go out. */
    void unask() {
        head--;
        state[(int) (head % IDS)] = FREE;
        open--;
        tally.sent--;
    }

    /** Takes a message of that length at that place. */
    void answer(ByteBuffer in, int at, int size, long now) {
        if (size < QuestionPattern.HEADER || in.get(at + 2) >= 0) {
            tally.unexpected++;
            return;
        }
        int id = in.getShort(at) & 0xFFFF;
        boolean echoes = in.getShort(at + 4) == 0 || (size >= length[id] && hash(in, at, length[id]) == hash[id]);
        if (state[id] == FREE || !echoes) {
            tally.unexpected++;
        } else if (state[id] == GIVEN_UP) {
            tally.late++;
            state[id] = FREE;
        } else {
            state[id] = FREE;
            open--;
            int flags = in.getShort(at + 2);
            tally.answered(flags & RCODE, (flags & 0x200) != 0, size, due[id], now);
        }
    }

    /** Gives up what has waited too long. */
    void expire(long now) {
        while (tail < head) {
            int id = (int) (tail % IDS);
            if (state[id] == OPEN) {
                if (now - sent[id] < timeoutNanos) {
                    return;
                }
                giveUp(id, GIVEN_UP);
            }
            tail++;
        }
    }

    /** Gives up all: nothing of it can be answered any more. */
    void abandon() {
        for (; tail < head; tail++) {
            int id = (int) (tail % IDS);
            if (state[id] == OPEN) {
                giveUp(id, FREE);
            }
        }
    }

    private void giveUp(int id, byte then) {
        state[id] = then;
        open--;
        tally.lost++;
    }

    /** Of the question's octets: a server copies them as they are (RFC 1035 §4.1.2). */
    private static int hash(ByteBuffer message, int at, int end) {
        int hash = 1;
        for (int i = at + QuestionPattern.HEADER; i < at + end; i++) {
            hash = 31 * hash + message.get(i);
        }
        return hash;
    }
}
