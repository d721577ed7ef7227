package io.evenkeel.server.transport;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/*
 * One piece of memory, laid out once: for each slot a header and a vector to receive with, the same to send with, the sender's
 * address, control messages, and the octets of the datagram. A batch is received into the first slots; each answer takes the
 * place of its question, and the headers to send with name those slots that have one. Slots are a cache line longer than a
 * power of two, since the starts of all would share a few lines of the cache otherwise.
 *
 * struct mmsghdr, msghdr, iovec: recvmmsg(2), recvmsg(2), with 64-bit pointers. Control messages: cmsg(3), socket(7).
 */

/**
 * Memory for a batch of datagrams, outside of the heap. Received, answered and sent before the next batch is, so that one for
 * each event loop serves all its sockets. Not thread-safe; allocates nothing once it is made.
 */
final class DatagramSlots {
    private static final int CACHE_LINE = 64;

    private static final int HEADER_BYTES = 64;
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 8;
    private static final int VECTOR = 16;
    private static final int VECTOR_COUNT = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int LENGTH = 56;

    private static final int VECTOR_BYTES = 16;
    /** Room for any {@code struct sockaddr} that a UDP socket gives. */
    private static final int NAME_BYTES = 32;

    private static final int CONTROL_BYTES = 64;
    private static final int CONTROL_HEADER = 16;
    private static final int SOL_SOCKET = 1;

    /** A {@code struct timespec}: the kernel's real time when the datagram came. */
    private static final int SO_TIMESTAMPNS = 35;

    /** How many datagrams the socket had lost by then, unsigned 32 bits; absent if none. */
    private static final int SO_RXQ_OVFL = 40;

    private static final short AF_INET = 2;
    private static final int PORT = 2;
    private static final int IPV4 = 4;
    private static final int IPV6 = 8;
    private static final ValueLayout.OfShort NETWORK_SHORT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final DatagramCalls calls;
    private final int answerBytes;
    private final int slotBytes;
    private final int receiveVectors;
    private final int sendHeaders;
    private final int sendVectors;
    private final int names;
    private final int controls;
    private final int datagrams;
    private final MemorySegment memory;
    private final long address;

    /** Slots that the last batch has filled. */
    private int filled;
    /** Answers of this batch so far. */
    private int answers;
    /** The slot of the datagram that was turned to last. */
    private int current;

    private long receivedNanos;
    private int lost;

    /** @param answerBytes longest answer */
    DatagramSlots(int answerBytes, DatagramCalls calls) {
        this.calls = calls;
        this.answerBytes = answerBytes;
        int count = TransportLimits.UDP_BATCH;
        slotBytes = Math.max(TransportLimits.UDP_QUERY_BYTES, answerBytes) + CACHE_LINE;
        receiveVectors = count * HEADER_BYTES;
        sendHeaders = receiveVectors + count * VECTOR_BYTES;
        sendVectors = sendHeaders + count * HEADER_BYTES;
        names = sendVectors + count * VECTOR_BYTES;
        controls = names + count * NAME_BYTES;
        datagrams = controls + count * CONTROL_BYTES;
        memory = Arena.ofAuto().allocate(datagrams + (long) count * slotBytes, CACHE_LINE);
        address = memory.address();
        for (int i = 0; i < count; i++) {
            int vector = receiveVectors + i * VECTOR_BYTES;
            memory.set(JAVA_LONG, vector, address + datagram(i));
            memory.set(JAVA_LONG, vector + 8L, TransportLimits.UDP_QUERY_BYTES);
            int receive = i * HEADER_BYTES;
            memory.set(JAVA_LONG, receive + NAME, address + name(i));
            memory.set(JAVA_LONG, receive + VECTOR, address + vector);
            memory.set(JAVA_LONG, receive + VECTOR_COUNT, 1);
            memory.set(JAVA_LONG, receive + CONTROL, address + control(i));
            int send = sendHeaders + i * HEADER_BYTES;
            int sendVector = sendVectors + i * VECTOR_BYTES;
            memory.set(JAVA_LONG, send + VECTOR, address + sendVector);
            memory.set(JAVA_LONG, send + VECTOR_COUNT, 1);
        }
        filled = count;
    }

    /**
     * Makes the kernel tell with each datagram when it came, and how many were lost. From the start and always: the first after
     * a change may come without.
     */
    static void askForControl(Socket socket) throws IOException {
        socket.setIntOpt(SOL_SOCKET, SO_TIMESTAMPNS, 1);
        socket.setIntOpt(SOL_SOCKET, SO_RXQ_OVFL, 1);
    }

    /**
     * Takes the next batch; what was in the slots is gone.
     *
     * @return how many datagrams; 0 if none waits; minus the errno of a socket that cannot be read. An error about an earlier answer
     *     that waited on the socket is taken by that, and not told
     */
    int receive(int socket) {
        for (int i = 0; i < filled; i++) {
            memory.set(JAVA_INT, i * HEADER_BYTES + NAME_LENGTH, NAME_BYTES);
            memory.set(JAVA_LONG, i * HEADER_BYTES + CONTROL_LENGTH, CONTROL_BYTES);
        }
        int taken = calls.receive(socket, address, TransportLimits.UDP_BATCH);
        filled = Math.max(0, taken);
        answers = 0; // of a batch that broke off: what they pointed to is gone
        return taken == -DatagramCalls.EAGAIN ? 0 : taken;
    }

    /** Turns to a datagram of the batch; all else here is about it. Its octets stay where they are. */
    void select(int slot) {
        current = slot;
        readControl(slot);
    }

    /**
     * Reads the datagram.
     *
     * @param to gets its octets, from 0
     * @return how many; {@link TransportLimits#UDP_QUERY_BYTES} if there may have been more
     */
    int read(byte[] to) {
        int length = memory.get(JAVA_INT, current * HEADER_BYTES + LENGTH);
        MemorySegment.copy(memory, JAVA_BYTE, datagram(current), to, 0, length);
        return length;
    }

    /** Port of its sender. */
    int port() {
        return memory.get(NETWORK_SHORT, name(current) + PORT) & 0xFFFF;
    }

    /** When it came, by the kernel's real-time clock since 1970; 0: unknown. */
    long receivedNanos() {
        return receivedNanos;
    }

    /** How many datagrams the socket had lost when it came; wraps around. */
    int lost() {
        return lost;
    }

    /** The clock of {@link #receivedNanos}. */
    long realTimeNanos() {
        return calls.realTimeNanos();
    }

    /** Puts the IP address of its sender there, in network order; how many octets it has. */
    int putAddress(byte[] to, int at) {
        int name = name(current);
        boolean ipv4 = memory.get(JAVA_SHORT, name) == AF_INET;
        int octets = ipv4 ? 4 : 16;
        MemorySegment.copy(memory, JAVA_BYTE, name + (ipv4 ? IPV4 : IPV6), to, at, octets);
        return octets;
    }

    /** The {@code struct sockaddr} of its sender, a copy. */
    byte[] sender() {
        int length = memory.get(JAVA_INT, current * HEADER_BYTES + NAME_LENGTH);
        return memory.asSlice(name(current), length).toArray(JAVA_BYTE);
    }

    /** Most octets of an answer. */
    int answerBytes() {
        return answerBytes;
    }

    /** Sends a message by itself; between two batches. What the kernel does not take is counted and gone. */
    void sendOne(int socket, byte[] sender, byte[] message, TransportCounters errors) {
        MemorySegment.copy(message, 0, memory, JAVA_BYTE, datagram(0), message.length);
        MemorySegment.copy(sender, 0, memory, JAVA_BYTE, name(0), sender.length);
        memory.set(JAVA_LONG, sendVectors, address + datagram(0));
        memory.set(JAVA_LONG, sendVectors + 8L, message.length);
        memory.set(JAVA_LONG, sendHeaders + NAME, address + name(0));
        memory.set(JAVA_INT, sendHeaders + NAME_LENGTH, sender.length);
        if (calls.send(socket, address + sendHeaders, 1) <= 0) {
            errors.socketErrors.increment();
        }
    }

    /** Answers it; the question is gone with that. At most once for each. */
    void answer(byte[] from, int length) {
        MemorySegment.copy(from, 0, memory, JAVA_BYTE, datagram(current), length);
        int vector = sendVectors + answers * VECTOR_BYTES;
        memory.set(JAVA_LONG, vector, address + datagram(current));
        memory.set(JAVA_LONG, vector + 8L, length);
        int send = sendHeaders + answers * HEADER_BYTES;
        memory.set(JAVA_LONG, send + NAME, address + name(current));
        memory.set(JAVA_INT, send + NAME_LENGTH, memory.get(JAVA_INT, current * HEADER_BYTES + NAME_LENGTH));
        answers++;
    }

    /**
     * Sends the answers of the batch, each once. One that the kernel refuses is counted and passed over; when it takes no more
     * for now, the rest is dropped and counted, as a full queue on the way would.
     */
    void send(int socket, QueryCounters counters, TransportCounters errors) {
        int done = 0;
        while (done < answers) {
            int sent = calls.send(socket, address + sendHeaders + (long) done * HEADER_BYTES, answers - done);
            if (sent == -DatagramCalls.EAGAIN) {
                for (int i = done; i < answers; i++) {
                    counters.drop(DropReason.OVERFLOW);
                }
                break;
            }
            if (sent <= 0) {
                errors.socketErrors.increment();
            }
            done += Math.max(1, sent);
        }
        answers = 0;
    }

    private void readControl(int slot) {
        receivedNanos = 0;
        lost = 0;
        long at = control(slot);
        long end = at + memory.get(JAVA_LONG, slot * HEADER_BYTES + CONTROL_LENGTH);
        while (at + CONTROL_HEADER <= end) {
            long length = memory.get(JAVA_LONG, at);
            if (length < CONTROL_HEADER) {
                return;
            }
            if (memory.get(JAVA_INT, at + 8) == SOL_SOCKET) {
                switch (memory.get(JAVA_INT, at + 12)) {
                    case SO_TIMESTAMPNS ->
                        receivedNanos = memory.get(JAVA_LONG, at + CONTROL_HEADER) * NANOS_PER_SECOND
                                + memory.get(JAVA_LONG, at + CONTROL_HEADER + 8);
                    case SO_RXQ_OVFL -> lost = memory.get(JAVA_INT, at + CONTROL_HEADER);
                    default -> {}
                }
            }
            at += (length + 7) & -8;
        }
    }

    private int name(int slot) {
        return names + slot * NAME_BYTES;
    }

    private int control(int slot) {
        return controls + slot * CONTROL_BYTES;
    }

    private int datagram(int slot) {
        return datagrams + slot * slotBytes;
    }
}
