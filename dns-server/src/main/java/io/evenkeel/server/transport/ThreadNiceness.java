package io.evenkeel.server.transport;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much a thread gives way to the others of this machine. Java's own priorities do nothing on Linux; there a nice value
 * belongs to a thread, not to its process (nice(2), "C library/kernel differences"), and raising it needs no privilege.
 */
final class ThreadNiceness {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadNiceness.class);

    private ThreadNiceness() {}

    /**
     * Raises that of the calling thread. Where that cannot be done, it stays as it is, which is said once per thread.
     *
     * @param by how much; a thread that wants all of a processor gets a quarter of it beside one that has 5 less and does, too
     */
    @SuppressWarnings("restricted") // where native access is denied, nothing is changed
    static void raise(int by) {
        String system = System.getProperty("os.name", "");
        if (!system.equals("Linux")) {
            LOG.info(
                    "{} does not give way to other threads: this is {}",
                    Thread.currentThread().getName(),
                    system);
            return;
        }
        try {
            Linker linker = Linker.nativeLinker();
            MemorySegment function = linker.defaultLookup().find("nice").orElseThrow();
            MethodHandle nice = linker.downcallHandle(function, FunctionDescriptor.of(JAVA_INT, JAVA_INT));
            int now = (int) nice.invokeExact(by);
            LOG.debug("{} has nice value {}", Thread.currentThread().getName(), now);
        } catch (IllegalCallerException | UnsupportedOperationException | NoSuchElementException e) {
            LOG.info(
                    "{} does not give way to other threads: {}",
                    Thread.currentThread().getName(),
                    e.getMessage());
        } catch (Throwable e) {
            throw new IllegalStateException("a system call threw", e);
        }
    }
}
