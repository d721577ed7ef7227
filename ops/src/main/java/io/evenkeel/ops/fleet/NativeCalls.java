package io.evenkeel.ops.fleet;

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
 * The system calls of a fleet: sockets whose messages have each a source of its own, and epoll(7) to wait for all of them. Memory
 * is handed over as plain addresses; whoever calls sees to it that they are good. One thread.
 */
final class NativeCalls {
    // include/uapi/asm-generic/errno*.h, which x86-64 and aarch64 follow.
    static final int EPERM = 1;
    static final int EINTR = 4;
    static final int EBADF = 9;
    static final int EAGAIN = 11;
    static final int EINVAL = 22;
    static final int EADDRNOTAVAIL = 99;
    static final int ENETUNREACH = 101;
    static final int ENOBUFS = 105;
    static final int ECONNREFUSED = 111;
    static final int EHOSTUNREACH = 113;

    private static final Set<String> ARCHITECTURES = Set.of("amd64", "x86_64", "aarch64");

    private static final MethodHandle SOCKET;
    private static final MethodHandle BIND;
    private static final MethodHandle SET_OPTION;
    private static final MethodHandle SEND;
    private static final MethodHandle RECEIVE;
    private static final MethodHandle EPOLL_CREATE;
    private static final MethodHandle EPOLL_CONTROL;
    private static final MethodHandle EPOLL_WAIT;
    private static final MethodHandle CLOSE;
    private static final @Nullable String MISSING;

    static {
        MethodHandle socket = MethodHandles.empty(FunctionDescriptor.ofVoid().toMethodType());
        MethodHandle bind = socket;
        MethodHandle setOption = socket;
        MethodHandle send = socket;
        MethodHandle receive = socket;
        MethodHandle create = socket;
        MethodHandle control = socket;
        MethodHandle await = socket;
        MethodHandle close = socket;
        String missing = null;
        try {
            FunctionDescriptor message = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
            socket = link("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
            bind = link("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
            setOption = link(
                    "setsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
            send = link("sendmsg", message);
            receive = link("recvmsg", message);
            create = link("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
            control = link("epoll_ctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
            await = link("epoll_wait", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
            close = link("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        } catch (IllegalCallerException | UnsupportedOperationException | NoSuchElementException e) {
            // Native access is denied to us, this JVM calls no C here, or the C library is another one.
            missing = String.valueOf(e.getMessage());
        }
        SOCKET = socket;
        BIND = bind;
        SET_OPTION = setOption;
        SEND = send;
        RECEIVE = receive;
        EPOLL_CREATE = create;
        EPOLL_CONTROL = control;
        EPOLL_WAIT = await;
        CLOSE = close;
        MISSING = missing;
    }

    private final MemorySegment failure = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());
    private final long errnoAt = Linker.Option.captureStateLayout().byteOffset(PathElement.groupElement("errno"));

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
        int sent = new NativeCalls().send(-1, 0, 0);
        // Anything else comes from a sandbox that does not allow the call at all.
        return sent == -EBADF ? null : "the system refuses sendmsg (errno " + -sent + ")";
    }

    /** A file descriptor; minus errno if there is none. So with all others. */
    int socket(int family, int type) {
        try {
            return result((int) SOCKET.invokeExact(failure, family, type, 0));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    int bind(int socket, long address, int length) {
        try {
            return result((int) BIND.invokeExact(failure, socket, address, length));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @param value address of an int */
    int setOption(int socket, int level, int option, long value) {
        try {
            return result((int) SET_OPTION.invokeExact(failure, socket, level, option, value, Integer.BYTES));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @param header address of a {@code struct msghdr} */
    int send(int socket, long header, int flags) {
        try {
            return result((int) (long) SEND.invokeExact(failure, socket, header, flags));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @param header address of a {@code struct msghdr} */
    int receive(int socket, long header, int flags) {
        try {
            return result((int) (long) RECEIVE.invokeExact(failure, socket, header, flags));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    int epollCreate(int flags) {
        try {
            return result((int) EPOLL_CREATE.invokeExact(failure, flags));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    int epollControl(int epoll, int operation, int socket, long event) {
        try {
            return result((int) EPOLL_CONTROL.invokeExact(failure, epoll, operation, socket, event));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    int epollWait(int epoll, long events, int most, int millis) {
        try {
            return result((int) EPOLL_WAIT.invokeExact(failure, epoll, events, most, millis));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    int close(int file) {
        try {
            return result((int) CLOSE.invokeExact(failure, file));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private int result(int returned) {
        return returned >= 0 ? returned : -failure.get(JAVA_INT, errnoAt);
    }

    @SuppressWarnings("restricted") // whyNot tells where it is not allowed
    private static MethodHandle link(String name, FunctionDescriptor descriptor) {
        Linker linker = Linker.nativeLinker();
        MemorySegment function = linker.defaultLookup().find(name).orElseThrow();
        return linker.downcallHandle(function, descriptor, Linker.Option.captureCallState("errno"));
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
