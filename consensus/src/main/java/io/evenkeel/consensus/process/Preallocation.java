package io.evenkeel.consensus.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/*
 * fallocate(2) with FALLOC_FL_KEEP_SIZE: the file has its blocks and is still empty. Whoever follows it sees lines and no octets of zero, and
 * nobody else can take the space meanwhile. The blocks stay with the file when it is closed.
 */

/** Gives a new file the blocks that it will need. Linux; elsewhere it has none before it is written. */
public final class Preallocation {
    // include/uapi/asm-generic/fcntl.h and linux/falloc.h, as x86-64 and aarch64 have them
    private static final int O_WRONLY = 1;
    private static final int O_CREAT = 0x40;
    private static final int O_CLOEXEC = 0x80000;
    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int OWNER_AND_GROUP = 0640;
    // include/uapi/asm-generic/errno*.h
    private static final int ENOSPC = 28;
    private static final int EDQUOT = 122;

    /** What came of it. */
    public enum Outcome {
        /** The file has its blocks. */
        DONE,
        /** There is no room for them; the file has those that it had. */
        NO_ROOM,
        /** The file system, or this machine, does not do that, or the file cannot be opened. */
        NOT_DONE
    }

    private static final String ERROR = "errno";

    private static final @Nullable Calls CALLS = calls();

    private record Calls(MethodHandle open, MethodHandle allocate, MethodHandle close, VarHandle error) {}

    private Preallocation() {}

    @SuppressWarnings("restricted") // the launcher allows native access
    private static @Nullable Calls calls() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return null;
        }
        try {
            Linker linker = Linker.nativeLinker();
            return new Calls(
                    linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("open"),
                            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
                            Linker.Option.firstVariadicArg(2)),
                    linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("fallocate"),
                            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG),
                            Linker.Option.captureCallState(ERROR)),
                    linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT)),
                    Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement(ERROR)));
        } catch (IllegalCallerException | UnsupportedOperationException | NoSuchElementException e) {
            return null; // native access is denied to us, this JVM calls no C here, or the C library is another one
        }
    }

    /** Makes the file if it is not there. */
    public static Outcome of(Path file, long octets) {
        if (CALLS == null) {
            return Outcome.NOT_DONE;
        }
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) CALLS.open.invokeExact(
                    arena.allocateFrom(file.toString()), O_WRONLY | O_CREAT | O_CLOEXEC, OWNER_AND_GROUP);
            if (descriptor < 0) {
                return Outcome.NOT_DONE;
            }
            MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
            int failed = (int) CALLS.allocate.invokeExact(state, descriptor, FALLOC_FL_KEEP_SIZE, 0L, octets);
            int error = (int) CALLS.error.get(state, 0L);
            int ignored = (int) CALLS.close.invokeExact(descriptor);
            return failed == 0 ? Outcome.DONE : error == ENOSPC || error == EDQUOT ? Outcome.NO_ROOM : Outcome.NOT_DONE;
        } catch (Throwable e) {
            throw new IllegalStateException("a call of the C library", e);
        }
    }
}
