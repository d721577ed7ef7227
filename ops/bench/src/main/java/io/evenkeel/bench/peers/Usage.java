package io.evenkeel.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a process and all below it use, from {@code /proc}. A process that ends meanwhile counts no more. */
public final class Usage {
    /** {@code USER_HZ}, which is 100 wherever {@code /proc} is read from the outside. */
    private static final double MICROS_PER_TICK = 10_000;

    private static final String LOOPS = "dns-";

    private Usage() {}

    /** User and system time so far, in microseconds, in steps of a hundredth of a second. */
    static double cpuMicros(long pid) throws IOException {
        double ticks = 0;
        for (long each : tree(pid)) {
            try {
                String stat = Files.readString(Path.of("/proc/" + each + "/stat"));
                String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            } catch (IOException e) {
                checkEnded(each, e);
            }
        }
        return ticks * MICROS_PER_TICK;
    }

    /**
     * CPU time so far of the DNS loops of one of our nodes, in microseconds.
     *
     * @throws IOException if the process has no such threads
     */
    public static double loopMicros(long pid) throws IOException {
        return threadMicros(pid, LOOPS);
    }

    /**
     * CPU time so far of the threads of a process whose names begin so, in microseconds.
     *
     * @param name of which the kernel knows 15 characters
     * @throws IOException if the process has no such threads
     */
    public static double threadMicros(long pid, String name) throws IOException {
        double nanos = 0;
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (Path task : tasks.toList()) {
                nanos += threadNanos(task, name);
            }
        }
        if (nanos == 0) {
            throw new IOException("process %d has no thread named %s...".formatted(pid, name));
        }
        return nanos / 1000;
    }

    /**
     * How long a processor has not run anything so far, or was taken away by the host, in microseconds, in steps of a hundredth of
     * a second. What is left of the time that has passed is all that it did, the kernel's work on packets with it, which no
     * process need be charged for.
     */
    static double idleMicros(int core) throws IOException {
        String name = "cpu" + core + " ";
        String line = Files.readAllLines(Path.of("/proc/stat")).stream()
                .filter(each -> each.startsWith(name))
                .findFirst()
                .orElseThrow(() -> new IOException("this machine has no processor " + core));
        // user, nice, system, idle, iowait, irq, softirq, steal
        String[] ticks = line.substring(name.length()).split(" ", -1);
        return (Long.parseLong(ticks[3]) + Long.parseLong(ticks[4]) + Long.parseLong(ticks[7])) * MICROS_PER_TICK;
    }

    private static double threadNanos(Path task, String name) throws IOException {
        try {
            return Files.readString(task.resolve("comm")).startsWith(name)
                    ? Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ", -1)[0])
                    : 0;
        } catch (IOException e) {
            if (Files.exists(task)) {
                throw e;
            }
            return 0; // it has ended between two looks
        }
    }

    /** Whether it has mapped a file with such a name. */
    private static boolean maps(long pid, String suffix) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/maps")).stream().anyMatch(line -> line.endsWith(suffix));
    }

    /** That two of our nodes both run with the AOT cache, or both without: its code and profiles would make another node of one of them. */
    static void requireOneJvm(List<BenchServer> nodes) throws IOException {
        int with = 0;
        for (BenchServer node : nodes) {
            with += maps(node.pid(), ".aot") ? 1 : 0;
        }
        if (with == 1) {
            throw new IOException("one of the nodes runs with the AOT cache and one without: they cannot be compared");
        }
        System.out.println("  both run " + (with == 0 ? "without" : "with") + " the AOT cache");
    }

    /** Whether all its threads stand still by a signal. */
    static boolean isStopped(long pid) throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (Path task : tasks.toList()) {
                if (!isTaskStopped(task)) {
                    return false;
                }
            }
            return true;
        }
    }

    private static boolean isTaskStopped(Path task) throws IOException {
        try {
            String stat = Files.readString(task.resolve("stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        } catch (IOException e) {
            if (Files.exists(task)) {
                throw e;
            }
            return false; // it has ended between two looks, so the others were not all stopped
        }
    }

    /** Memory, each shared page divided by those who share it, in octets. */
    static long pssBytes(long pid) throws IOException {
        long kilobytes = 0;
        for (long each : tree(pid)) {
            try {
                kilobytes += Files.readAllLines(Path.of("/proc/" + each + "/smaps_rollup")).stream()
                        .filter(line -> line.startsWith("Pss:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .sum();
            } catch (IOException e) {
                checkEnded(each, e);
            }
        }
        return kilobytes << 10;
    }

    /** Its files cannot be read any more when a process ends between two looks: then it has no memory, or no files at all. */
    private static void checkEnded(long pid, IOException why) throws IOException {
        String status;
        try {
            status = Files.readString(Path.of("/proc/" + pid + "/status"));
        } catch (IOException ended) {
            return;
        }
        if (status.contains("VmRSS:")) {
            throw why;
        }
    }

    private static List<Long> tree(long pid) {
        return ProcessHandle.of(pid).stream()
                .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                .map(ProcessHandle::pid)
                .toList();
    }
}
