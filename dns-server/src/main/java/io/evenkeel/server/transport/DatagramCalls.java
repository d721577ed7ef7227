package io.evenkeel.server.transport;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The system calls that take and give many datagrams at once: recvmmsg(2), sendmmsg(2), and the clock that the kernel stamps
 * datagrams with. Memory is handed over as plain addresses, so that a call makes no object; whoever calls sees to it that they
 * are good. One for each event loop, not thread-safe. A test may set its clock.
 */
class DatagramCalls {
    // include/uapi/asm-generic/errno*.h, which x86-64 and aarch64 follow.
    static final int EBADF = 9;
    static final int EAGAIN = 11;

    private static final int MSG_DONTWAIT = 0x40;
    private static final int CLOCK_REALTIME = 0;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final Set<String> ARCHITECTURES = Set.of("amd64", "x86_64", "aarch64");

    private static final MethodHandle RECEIVE;
    private static final MethodHandle SEND;
    /** The same calls with the reason of a failure, which makes an object each time. */
    private static final MethodHandle RECEIVE_OR_WHY;

    private static final MethodHandle SEND_OR_WHY;
    private static final MethodHandle CLOCK;
    private static final @Nullable String MISSING;

    static {
        MethodHandle receive = MethodHandles.empty(FunctionDescriptor.ofVoid().toMethodType());
        MethodHandle send = receive;
        MethodHandle receiveOrWhy = receive;
        MethodHandle sendOrWhy = receive;
        MethodHandle clock = receive;
        String missing = null;
        try {
            Linker.Option errno = Linker.Option.captureCallState("errno");
            FunctionDescriptor receiving =
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
            FunctionDescriptor sending = FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
            receive = link("recvmmsg", receiving);
            receiveOrWhy = link("recvmmsg", receiving, errno);
            send = link("sendmmsg", sending);
            sendOrWhy = link("sendmmsg", sending, errno);
            clock = link(
                    "clock_gettime",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG),
                    Linker.Option.critical(false));
        } catch (IllegalCallerException | UnsupportedOperationException | NoSuchElementException e) {
            // Native access is denied to us, this JVM calls no C here, or the C library is another one.
            missing = String.valueOf(e.getMessage());
        }
        RECEIVE = receive;
        SEND = send;
        RECEIVE_OR_WHY = receiveOrWhy;
        SEND_OR_WHY = sendOrWhy;
        CLOCK = clock;
        MISSING = missing;
    }

    private final MemorySegment failure = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
    private final long errnoAt = Linker.Option.captureStateLayout().byteOffset(PathElement.groupElement("errno"));
    private final MemorySegment time = Arena.ofAuto().allocate(2 * JAVA_LONG.byteSize(), JAVA_LONG.byteAlignment());
    private final long timeAt = time.address();

    /** Why this machine cannot make these calls; null if it can. */
    static @Nullable String whyNot() {
        String system = System.getProperty("os.name", "");
        String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        if (!system.equals("Linux") || !ARCHITECTURES.contains(architecture)) {
            return "this is " + system + " on " + architecture + ", not Linux on x86-64 or aarch64";
        }
        if (MISSING != null) {
            return MISSING;
        }
        DatagramCalls calls = new DatagramCalls();
        int received = calls.receive(-1, 0, 0);
        int sent = calls.send(-1, 0, 0);
        // Anything else comes from a sandbox that does not allow the call at all.
        return received == -EBADF && sent == -EBADF
                ? null
                : "the system refuses recvmmsg or sendmmsg (errno " + -received + ", " + -sent + ")";
    }

    /**
     * Takes datagrams without waiting. What fails is tried once more, for the reason.
     *
     * @param headers address of that many {@code struct mmsghdr}
     * @return how many were taken; minus errno if none was
     */
    final int receive(int socket, long headers, int count) {
        try {
            int taken = (int) RECEIVE.invokeExact(socket, headers, count, MSG_DONTWAIT, 0L);
            if (taken < 0) {
                taken = (int) RECEIVE_OR_WHY.invokeExact(failure, socket, headers, count, MSG_DONTWAIT, 0L);
            }
            return taken >= 0 ? taken : -errno();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * Sends datagrams without waiting, up to the first that cannot be sent. If that is the first of all, it is tried once more, for
     * the reason.
     *
     * @param headers address of that many {@code struct mmsghdr}
     * @return how many were sent; minus errno of the first if that is none
     */
    final int send(int socket, long headers, int count) {
        try {
            int sent = (int) SEND.invokeExact(socket, headers, count, MSG_DONTWAIT);
            if (sent < 0) {
                sent = (int) SEND_OR_WHY.invokeExact(failure, socket, headers, count, MSG_DONTWAIT);
            }
            return sent >= 0 ? sent : -errno();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Since 1970, as the kernel's receive times are. */
    long realTimeNanos() {
        try {
            int _ = (int) CLOCK.invokeExact(CLOCK_REALTIME, timeAt);
        } catch (Throwable e) {
            throw unexpected(e);
        }
        return time.get(JAVA_LONG, 0) * NANOS_PER_SECOND + time.get(JAVA_LONG, JAVA_LONG.byteSize());
    }

    private int errno() {
        return failure.get(JAVA_INT, errnoAt);
    }

    @SuppressWarnings("restricted") // whyNot tells where it is not allowed
    private static MethodHandle link(String name, FunctionDescriptor descriptor, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        MemorySegment function = linker.defaultLookup().find(name).orElseThrow();
        return linker.downcallHandle(function, descriptor, options);
    }

    private static RuntimeException unexpected(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof RuntimeException bug
                ? bug
                : new IllegalStateException("a system call threw", Objects.requireNonNull(failure));
    }
}
