package io.evenkeel.bench.cluster;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An interface of Linux whose packets this process reads and writes: each packet that a namespace sends by it is one read, each
 * write is a packet that comes in by it. It is gone once it is closed. Root only. One thread.
 */
@SuppressWarnings("restricted") // calls of the C library, with the signatures of their manual pages
final class TunDevice implements AutoCloseable {
    /** The largest packet. */
    static final int MTU = 1500;

    private static final int O_RDWR_NONBLOCK_CLOEXEC = 2 | 04000 | 02000000;
    private static final long TUNSETIFF = 0x400454ca;
    /** IFF_TUN, IFF_NO_PI: packets of IP, with nothing before them. */
    private static final short FLAGS = 0x0001 | 0x1000;

    private static final int IFREQ_BYTES = 40;
    private static final int IFREQ_NAME_BYTES = 16;
    private static final int POLLFD_BYTES = 8;
    private static final short POLLIN = 1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle OPEN = variadic("open", ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    private static final MethodHandle IOCTL =
            variadic("ioctl", ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
    private static final MethodHandle READ = transfer("read");
    private static final MethodHandle WRITE = transfer("write");
    private static final MethodHandle CLOSE = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("close"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle PPOLL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("ppoll"),
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.ADDRESS,
                    ValueLayout.ADDRESS));

    private final String name;
    private final int descriptor;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment packet = arena.allocate(MTU);

    private TunDevice(String name, int descriptor) {
        this.name = name;
        this.descriptor = descriptor;
    }

    /** Makes one in the namespace of the calling thread; it is down yet. */
    static TunDevice open(String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) OPEN.invokeExact(arena.allocateFrom("/dev/net/tun"), O_RDWR_NONBLOCK_CLOEXEC);
            if (descriptor < 0) {
                throw new IOException("cannot open /dev/net/tun: load the module tun, and let this process be root");
            }
            MemorySegment request = arena.allocate(IFREQ_BYTES);
            byte[] octets = name.getBytes(StandardCharsets.US_ASCII);
            MemorySegment.copy(octets, 0, request, ValueLayout.JAVA_BYTE, 0, octets.length);
            request.set(ValueLayout.JAVA_SHORT, IFREQ_NAME_BYTES, FLAGS);
            TunDevice made = new TunDevice(name, descriptor);
            if ((int) IOCTL.invokeExact(descriptor, TUNSETIFF, request) != 0) {
                made.close();
                throw new IOException("cannot make the interface " + name);
            }
            return made;
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The next packet that was sent by it; empty if there is none now. */
    byte[] read() {
        long length = transfer(READ, MTU);
        return length <= 0 ? new byte[0] : packet.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /** Has that packet come in. */
    void write(byte[] octets) {
        MemorySegment.copy(octets, 0, packet, ValueLayout.JAVA_BYTE, 0, octets.length);
        if (transfer(WRITE, octets.length) != octets.length) {
            throw new IllegalStateException(name + " does not take a packet of " + octets.length + " octets");
        }
    }

    private long transfer(MethodHandle call, long length) {
        try {
            return (long) call.invokeExact(descriptor, packet, length);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try {
            if ((int) CLOSE.invokeExact(descriptor) != 0) {
                throw new IllegalStateException(name + " cannot be closed");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        arena.close();
    }

    /** Waits for packets at any of some devices. */
    static final class Waiter implements AutoCloseable {
        private final Arena arena = Arena.ofShared();
        private final int count;
        private final MemorySegment descriptors;
        private final MemorySegment time;

        Waiter(List<TunDevice> devices) {
            count = devices.size();
            descriptors = arena.allocate(POLLFD_BYTES * (long) count, Integer.BYTES);
            time = arena.allocate(ValueLayout.JAVA_LONG, 2);
            for (int i = 0; i < count; i++) {
                descriptors.set(ValueLayout.JAVA_INT, POLLFD_BYTES * (long) i, devices.get(i).descriptor);
                descriptors.set(ValueLayout.JAVA_SHORT, POLLFD_BYTES * (long) i + 4, POLLIN);
            }
        }

        /** Returns when one has a packet, or the time is over. */
        void await(long nanos) {
            time.setAtIndex(ValueLayout.JAVA_LONG, 0, nanos / 1_000_000_000);
            time.setAtIndex(ValueLayout.JAVA_LONG, 1, nanos % 1_000_000_000);
            try {
                // A negative answer is a signal: who calls looks again, as after the time.
                int _ = (int) PPOLL.invokeExact(descriptors, (long) count, time, MemorySegment.NULL);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private static MethodHandle variadic(String name, java.lang.foreign.MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments),
                Linker.Option.firstVariadicArg(2));
    }

    private static MethodHandle transfer(String name) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    }
}
