package io.evenkeel.consensus.process;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much a thread gives way to the others of this machine. Java's own priorities do nothing on Linux; there a nice value
 * belongs to a thread, not to its process (nice(2), "C library/kernel differences"), and raising it needs no privilege. A
 * thread that wants all of a processor gets a quarter of it beside one that has 5 less and does, too.
 */
public final class ThreadNiceness {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadNiceness.class);

    /** How far answering gives way to consensus, so that a flood never causes an election. */
    public static final int ANSWERING = 5;

    /** How far answering over TCP gives way: also to answering over UDP, so that no flood of connections takes its time. */
    public static final int ANSWERING_CONNECTIONS = 10;

    /** How far answering infrastructure gives way to consensus: less far than answering devices, which may be a flood. */
    public static final int ANSWERING_INFRASTRUCTURE = 2;

    /** How far work that nobody waits for by the millisecond gives way to consensus; so it gives way to answering, too. */
    public static final int BACKGROUND = 10;

    private static final Path THREADS = Path.of("/proc/self/task");
    /** Names of the threads that compile, as the kernel cuts them off. The VM starts more of them from one of them. */
    private static final Pattern COMPILER = Pattern.compile("C[12] CompilerThre.*");
    /** PRIO_PROCESS of setpriority(2), which means one thread where the id is that of a thread. */
    private static final int ONE_THREAD = 0;

    private static final int CALLER = 0;

    private ThreadNiceness() {}

    /** Raises that of the calling platform thread by so much. Where that cannot be done, it stays as it is, which is logged. */
    public static void raise(int more) {
        try {
            raise(CALLER, more);
        } catch (UnsupportedOperationException e) {
            LOG.info(
                    "{} does not give way to other threads: {}",
                    Thread.currentThread().getName(),
                    e.getMessage());
        }
    }

    /**
     * Raises that of the threads that compile Java code as far. To be called before the first answers: where there is one processor,
     * what they still compile would delay answers by many milliseconds. Where that cannot be done, it stays, which is logged.
     */
    public static void raiseCompiling() {
        try {
            for (Path thread : compiling()) {
                raiseUnlessEnded(thread);
            }
        } catch (IOException | UnsupportedOperationException e) {
            LOG.info("Compiling does not give way to other threads: {}", e.getMessage());
        }
    }

    /**
     * The threads that compile, each as its directory in proc_pid_task(5). Any of them may end at any time: the VM ends those that have
     * nothing to compile.
     */
    public static List<Path> compiling() throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> threads = Files.list(THREADS)) {
            for (Path thread : threads.toList()) {
                if (COMPILER.matcher(name(thread)).matches()) {
                    found.add(thread);
                }
            }
        }
        return found;
    }

    private static void raiseUnlessEnded(Path thread) {
        try {
            raise(Integer.parseInt(thread.getFileName().toString()), ANSWERING);
        } catch (UnsupportedOperationException e) {
            if (Files.exists(thread)) {
                throw e;
            }
        }
    }

    /** Empty if it has ended since it was listed. */
    private static String name(Path thread) throws IOException {
        try {
            return Files.readString(thread.resolve("comm")).strip();
        } catch (IOException e) {
            if (Files.exists(thread)) {
                throw e;
            }
            return "";
        }
    }

    /**
     * Gives a thread the nice value of the process and so much more.
     *
     * @throws UnsupportedOperationException with the reason why this machine does not allow it
     */
    @SuppressWarnings("restricted") // where native access is denied, nothing is changed
    private static void raise(int thread, int more) {
        String system = System.getProperty("os.name", "");
        if (!system.equals("Linux")) {
            throw new UnsupportedOperationException("this is " + system);
        }
        int result;
        try {
            Linker linker = Linker.nativeLinker();
            MethodHandle getPriority = linker.downcallHandle(
                    linker.defaultLookup().find("getpriority").orElseThrow(),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
            MethodHandle setPriority = linker.downcallHandle(
                    linker.defaultLookup().find("setpriority").orElseThrow(),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
            // The first thread, whose id is that of the process, only waits for the others.
            int before = (int) getPriority.invokeExact(
                    ONE_THREAD, (int) ProcessHandle.current().pid());
            result = (int) setPriority.invokeExact(ONE_THREAD, thread, before + more);
        } catch (IllegalCallerException | NoSuchElementException e) {
            throw new UnsupportedOperationException(e.getMessage(), e);
        } catch (UnsupportedOperationException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a system call threw", e);
        }
        if (result != 0) {
            throw new UnsupportedOperationException("setpriority is not allowed");
        }
    }
}
