package io.evenkeel.server.traffic;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/*
 * Concurrency: one thread offers, one takes; each owns one of two counts, which only grow, and reads the other's. Neither waits.
 *
 * The octets of a message lie in one piece: where the rest of the ring is too short for it, a mark says that it begins anew.
 */

/** Messages on their way from one loop to the thread that writes them to a file; what does not fit is counted. */
final class CaptureQueue {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle OFFERED;
    private static final VarHandle TAKEN;
    private static final VarHandle LOST;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            OFFERED = lookup.findVarHandle(CaptureQueue.class, "offered", long.class);
            TAKEN = lookup.findVarHandle(CaptureQueue.class, "taken", long.class);
            LOST = lookup.findVarHandle(CaptureQueue.class, "lost", long.class);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("they are declared here", e);
        }
    }

    /** In place of a length: the next message is at the begin. */
    private static final int ANEW = -1;

    private static final int NANOS_AT = 8;
    private static final int PORT_AT = 16;
    private static final int QUESTION_AT = 20;
    private static final int ANSWER_AT = 24;
    private static final int ADDRESS_BYTES_AT = 28;
    private static final int ADDRESS_AT = 32;
    private static final int HEAD = 48;
    private static final int TCP = 1 << 16;
    /** Each message begins at a multiple of it. */
    private static final int GRAIN = 8;

    private final CaptureFilter filter;
    private final byte[] ring;
    private final Message message;

    @SuppressWarnings("unused") // by its handle alone, as what follows
    private long offered;

    @SuppressWarnings("unused")
    private long taken;

    @SuppressWarnings("unused")
    private long lost;

    /** A message that lies in a queue; valid until the next one is taken. */
    static final class Message {
        /** Holds all of it. */
        final byte[] octets;
        /** When its answer was ready, by {@link System#nanoTime}. */
        long nanos;

        boolean tcp;
        int port;
        int addressAt;
        /** 0: nobody in particular. */
        int addressOctets;

        int questionAt;
        int questionOctets;
        int answerAt;
        /** 0: there was none, or it came later. */
        int answerOctets;

        Message(byte[] octets) {
            this.octets = octets;
        }
    }

    /** @param bytes a power of two */
    CaptureQueue(CaptureFilter filter, int bytes) {
        this.filter = filter;
        this.ring = new byte[bytes];
        this.message = new Message(ring);
    }

    /**
     * Takes a message over if it is wanted and there is room, else counts it as lost. By the loop; allocates nothing.
     *
     * @param nameOctets of its name, which begins at {@code nameAt}; 0 if there is none that can be read
     * @param answerOctets 0: there is no answer
     */
    void offer(
            long now,
            byte[] question,
            int questionOctets,
            int nameAt,
            int nameOctets,
            boolean tcp,
            byte[] address,
            int addressOctets,
            int port,
            byte[] answer,
            int answerOctets) {
        if (!filter.takes(question, nameAt, nameOctets, address, addressOctets)) {
            return;
        }
        int bytes = (HEAD + questionOctets + answerOctets + GRAIN - 1) & -GRAIN;
        long end = (long) OFFERED.getOpaque(this);
        int at = (int) (end & (ring.length - 1));
        int behind = bytes <= ring.length - at ? 0 : ring.length - at;
        if (end + behind + bytes - (long) TAKEN.getAcquire(this) > ring.length) {
            LOST.setOpaque(this, (long) LOST.getOpaque(this) + 1);
            return;
        }
        if (behind > 0) {
            INT.set(ring, at, ANEW);
            at = 0;
        }
        INT.set(ring, at, bytes);
        LONG.set(ring, at + NANOS_AT, now);
        INT.set(ring, at + PORT_AT, port | (tcp ? TCP : 0));
        INT.set(ring, at + QUESTION_AT, questionOctets);
        INT.set(ring, at + ANSWER_AT, answerOctets);
        INT.set(ring, at + ADDRESS_BYTES_AT, addressOctets);
        System.arraycopy(address, 0, ring, at + ADDRESS_AT, addressOctets);
        System.arraycopy(question, 0, ring, at + HEAD, questionOctets);
        System.arraycopy(answer, 0, ring, at + HEAD + questionOctets, answerOctets);
        OFFERED.setRelease(this, end + behind + bytes);
    }

    /** Messages that there was no room for. Any thread. */
    long lost() {
        return (long) LOST.getOpaque(this);
    }

    /** What {@link #drain} gives messages to. */
    interface Sink<E extends Exception> {
        /** Whether it has taken it and wants more; the message stays where it is if not. */
        boolean take(Message message) throws E;
    }

    /**
     * Takes what is there, the oldest first. By one thread.
     *
     * @return whether there was anything
     */
    <E extends Exception> boolean drain(Sink<E> sink) throws E {
        long begin = (long) TAKEN.getOpaque(this);
        long end = (long) OFFERED.getAcquire(this);
        long next = begin;
        while (next < end) {
            int at = (int) (next & (ring.length - 1));
            int bytes = (int) INT.get(ring, at);
            if (bytes == ANEW) {
                next += ring.length - at;
                continue;
            }
            if (!sink.take(read(at))) {
                break;
            }
            next += bytes;
            TAKEN.setRelease(this, next);
        }
        return begin != end;
    }

    private Message read(int at) {
        int port = (int) INT.get(ring, at + PORT_AT);
        message.nanos = (long) LONG.get(ring, at + NANOS_AT);
        message.tcp = (port & TCP) != 0;
        message.port = port & 0xFFFF;
        message.addressAt = at + ADDRESS_AT;
        message.addressOctets = (int) INT.get(ring, at + ADDRESS_BYTES_AT);
        message.questionAt = at + HEAD;
        message.questionOctets = (int) INT.get(ring, at + QUESTION_AT);
        message.answerAt = message.questionAt + message.questionOctets;
        message.answerOctets = (int) INT.get(ring, at + ANSWER_AT);
        return message;
    }
}
