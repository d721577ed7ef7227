package io.evenkeel.server.transport;

import io.evenkeel.server.query.Client;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.Replies;
import io.evenkeel.server.query.Transport;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;

/**
 * A UDP socket whose datagrams are received, answered and sent in batches, in the slots of its loop: no object for any of
 * them. Netty's loop only tells when there is something to read. Linux only.
 */
final class BatchUdpListener extends UdpListener implements Client {
    // include/uapi/asm-generic/socket.h and linux/sock_diag.h
    private static final int SOL_SOCKET = 1;
    private static final int SO_MEMINFO = 55;
    /** SK_MEMINFO_VARS values of 32 bits, and room for more. */
    private static final int MEMORY_INFO_BYTES = 64;

    private final LinuxSocket socket;
    private final DatagramSlots slots;
    private final IoRegistration registration;
    /** For the loop only, as what follows. */
    private final ByteBuffer memoryInfo =
            ByteBuffer.allocateDirect(MEMORY_INFO_BYTES).order(ByteOrder.nativeOrder());

    /** How old each question was when it was read, and {@link ReceiveQueue#UNKNOWN} if it has no answer in its slot. */
    private final long[] ages = new long[TransportLimits.UDP_BATCH];

    private boolean reading;
    /** The last read left nothing: else the kernel still charges for some of what was read. */
    private boolean emptied = true;

    /** Longest datagram of the last read. */
    private int longest;

    private boolean refusesMemoryInfo;

    private boolean lostKnown;
    /** What the kernel has told of datagrams that this socket lost; those that a closed gate dropped are among them. */
    private int lost;

    private BatchUdpListener(UdpBinding binding, LinuxSocket socket) throws IOException {
        super(binding);
        this.socket = socket;
        this.slots = Objects.requireNonNull(loop.slots, "this loop does not do batches");
        Future<IoRegistration> registered =
                ((IoEventLoop) loop.eventLoop).register(new Handle()).awaitUninterruptibly();
        if (!registered.isSuccess()) {
            throw new IOException(Objects.requireNonNull(registered.cause()));
        }
        this.registration = registered.getNow();
    }

    /**
     * Binds, and blocks until that is done.
     *
     * @throws IOException if the address cannot be had
     */
    static UdpListener bind(SocketProtocolFamily family, UdpBinding binding) throws IOException {
        LinuxSocket socket = LinuxSocket.newSocketDgram(family);
        boolean bound = false;
        try {
            if (binding.silence() == Silence.FILTERED) {
                SocketFilter.attach(socket); // before anything can be sent to it
            }
            socket.setReceiveBufferSize(binding.loop().receive.initialBytes());
            socket.setSendBufferSize(TransportLimits.UDP_SOCKET_BYTES);
            DatagramSlots.askForControl(socket);
            socket.setReusePort(binding.reusePort());
            socket.bind(binding.address());
            UdpListener listener = new BatchUdpListener(binding, socket);
            bound = true;
            return listener;
        } finally {
            if (!bound) {
                socket.close();
            }
        }
    }

    @Override
    void share() throws IOException {
        socket.setReusePort(true);
    }

    @Override
    Future<?> closeSocket() {
        try {
            return loop.eventLoop.submit(() -> {
                registration.cancel();
                socket.close();
                return null;
            });
        } catch (RejectedExecutionException e) {
            // The loop has ended, and has closed it.
            return loop.eventLoop.newSucceededFuture(null);
        }
    }

    @Override
    void filter(boolean drop) {
        if (drop) {
            SocketFilter.attach(socket);
        } else {
            SocketFilter.detach(socket);
        }
    }

    @Override
    void read(boolean on) {
        reading = on;
        lostKnown &= on;
        if (registration.isValid()) {
            // Never NONE: after that Netty does not find it again.
            registration.submit(on ? EpollIoOps.EPOLLIN : EpollIoOps.EPOLLERR);
        }
    }

    @Override
    boolean hasUnsent() {
        return false;
    }

    @Override
    int queueBytes() throws IOException {
        return socket.getReceiveBufferSize();
    }

    @Override
    boolean discard(ByteBuffer scratch) throws IOException {
        // Zero: nothing there. A datagram without content reads as minus one.
        return socket.read(scratch, 0, scratch.capacity()) != 0;
    }

    @Override
    void queueBytes(int asked) throws IOException {
        socket.setReceiveBufferSize(asked);
    }

    @Override
    boolean knowsLosses() {
        return true;
    }

    private void receive() {
        long began = System.nanoTime();
        receive(began);
        loop.limits.worked(System.nanoTime() - began);
    }

    private void receive(long began) {
        long before = began;
        for (int i = 0; i < TransportLimits.UDP_BATCHES; i++) {
            int charged = measures && emptied ? measure() : 0;
            int count = slots.receive(socket.intValue());
            if (count < 0) {
                counters.socketErrors.increment();
                before = System.nanoTime();
                continue;
            }
            long now = System.nanoTime();
            if (count > 0) {
                answer(count, now);
            }
            emptied = count < TransportLimits.UDP_BATCH;
            if (emptied) {
                queue.seenEmpty(before); // this thread may have stood still since
                if (charged > 0 && count > 0 && longest <= TransportLimits.MEASURED_BYTES) {
                    charged(charged, count);
                }
                return;
            }
            queue.taken(count, now);
            before = System.nanoTime();
        }
    }

    /** What the kernel charges this socket for all that waits, in octets; 0: it does not say. Once, until asked to again. */
    private int measure() {
        measures = false;
        if (refusesMemoryInfo) {
            return 0;
        }
        try {
            socket.getRawOpt(SOL_SOCKET, SO_MEMINFO, memoryInfo.clear());
            return memoryInfo.getInt(0); // SK_MEMINFO_RMEM_ALLOC
        } catch (IOException e) {
            counters.socketErrors.increment();
            refusesMemoryInfo = true; // a sandbox; it will not change its mind
            return 0;
        }
    }

    private void answer(int count, long now) {
        reads += count;
        loop.limits.now(now);
        QueryCounters counts = loop.counters;
        long realTime = slots.realTimeNanos();
        longest = 0;
        try {
            for (int slot = 0; slot < count; slot++) {
                ages[slot] = ReceiveQueue.UNKNOWN;
                slots.select(slot);
                long received = slots.receivedNanos();
                long age = queue.age(received == 0 ? ReceiveQueue.UNKNOWN : realTime - received, now);
                counts.waited(age);
                if (slot == 0) {
                    loop.receive.took(count, age);
                }
                if (queue.isStale(age, now)) {
                    counts.drop(DropReason.STALE);
                } else if (answerSelected()) {
                    ages[slot] = age;
                }
            }
        } finally {
            // An Error with one of them keeps no answer before it back.
            countLost(slots.lost());
            slots.send(socket.intValue(), counts, counters);
        }
        long took = System.nanoTime() - now;
        for (int slot = 0; slot < count; slot++) {
            if (ages[slot] != ReceiveQueue.UNKNOWN) {
                counts.answeredAfter(ages[slot] + took);
            }
        }
    }

    /** Whether it has an answer in its slot now. */
    private boolean answerSelected() {
        if (!admits(this)) {
            return false;
        }
        int length = slots.read(loop.in);
        longest = Math.max(longest, length);
        // Nothing can be sent to port 0; trying costs the kernel's refusal.
        if (length >= TransportLimits.UDP_QUERY_BYTES || slots.port() == 0) {
            loop.counters.drop(DropReason.MALFORMED);
            return false;
        }
        length = unwrap(length, this);
        if (length < 0) {
            return false;
        }
        try {
            int answerLength = loop.answer(length, Transport.UDP, this);
            if (answerLength > 0) {
                slots.answer(loop.out, answerLength);
            }
            return answerLength > 0;
        } catch (RuntimeException | Error e) {
            // Netty would let the whole loop rest for a second, or end it by an Error: one question sent to each node
            // in turn would end all.
            loop.handler.failed(e);
            return false;
        }
    }

    /** Of the datagram that is being answered. */
    @Override
    public int putAddress(byte[] to, int at) {
        return slots.putAddress(to, at);
    }

    @Override
    public int putClaimedAddress(byte[] to, int at) {
        return putClaimed(this, to, at);
    }

    @Override
    public int port() {
        return claimedPort(slots.port());
    }

    @Override
    public Replies detach(Thread worker) {
        byte[] sender = slots.sender();
        return new UdpReply(loop, slots.answerBytes(), message -> {
            if (socket.isOpen()) { // else its number may be another one's by now
                slots.sendOne(socket.intValue(), sender, message, counters);
            }
        });
    }

    private void countLost(int now) {
        if (lostKnown && now != lost) {
            loop.counters.lost(now - lost);
        }
        lost = now;
        lostKnown = true;
    }

    private final class Handle implements EpollIoHandle {
        @Override
        public FileDescriptor fd() {
            return socket;
        }

        @Override
        public void handle(IoRegistration told, IoEvent event) {
            // About an earlier answer. It is told whether it is asked for or not, until somebody takes it.
            if (((EpollIoEvent) event).ops().contains(EpollIoOps.EPOLLERR)) {
                takeError();
            }
            if (reading) {
                receive();
            }
        }

        private void takeError() {
            try {
                counters.socketErrors.add(socket.getSoError() == 0 ? 0 : 1);
            } catch (IOException e) {
                counters.socketErrors.increment();
            }
        }

        /** By a loop that ends. */
        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
