package io.evenkeel.ops.local;

import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/*
 * By cgroups, in whichever of their versions the cpu controller is. Version 1 takes single threads into any group. Version 2
 * does so in threaded groups alone, which share a parent with their whole process: so the process moves as well, into a group
 * of ours without a limit, and back at the end.
 */

/** A share of one processor that chosen threads of one process share from now on. Linux, root. One thread. */
public final class CpuQuota implements AutoCloseable {
    /** The least that the kernel gives in a period: a smaller share is a longer period. */
    public static final Duration QUOTA = Duration.ofMillis(1);

    /** Names of groups begin so, then the process that made them, then the one that they hold: guard.sh knows that. */
    private static final String NAME = "evenkeel-";

    /** What is mounted where; Linux. */
    static final Path MOUNTS = Path.of("/proc/self/mounts");

    private final Group group;

    /** A group with a limit. */
    private interface Group {
        void limit(long quotaMicros, long periodMicros) throws IOException;

        void take(long thread) throws IOException;

        /** Lets go of all that were taken; then the group is gone. */
        void remove() throws IOException;
    }

    private CpuQuota(Group group) {
        this.group = group;
    }

    /** Why no thread of this machine can be held to a share of a processor; null if threads can. */
    public static @Nullable String whyNot() throws IOException {
        if (!Files.isReadable(MOUNTS) || !System.getProperty("user.name").equals("root")) {
            return "holding threads to a share of a processor needs Linux and root";
        }
        Optional<Path> second = mounted("cgroup2", "");
        boolean has = mounted("cgroup", "cpu").isPresent()
                || (second.isPresent()
                        && words(second.get().resolve("cgroup.controllers")).contains("cpu"));
        return has
                ? null
                : "no thread can be held to a share of a processor: no cgroup with the cpu controller is mounted";
    }

    /**
     * Threads of a process with such names get 1 ms of CPU in each such period; with all names it holds for all of it, threads to come
     * included.
     *
     * @throws CommandFailure if it has no such thread, or {@link #whyNot} says why this cannot be done here
     */
    public static CpuQuota of(long pid, Predicate<String> names, Duration period) throws CommandFailure, IOException {
        CpuQuota quota = new CpuQuota(group(pid));
        boolean done = false;
        try {
            quota.period(period);
            List<Long> threads = threads(pid, names);
            if (threads.isEmpty()) {
                throw CommandFailure.failed("process %d has no thread of those that are to be slowed".formatted(pid));
            }
            for (long thread : threads) {
                quota.group.take(thread);
            }
            done = true;
            return quota;
        } finally {
            if (!done) {
                quota.close();
            }
        }
    }

    /** From now on 1 ms of CPU in each such period. */
    public void period(Duration period) throws IOException {
        group.limit(QUOTA.toNanos() / 1000, period.toNanos() / 1000);
    }

    @Override
    public void close() throws IOException {
        group.remove();
    }

    private static Group group(long pid) throws CommandFailure, IOException {
        String why = whyNot();
        if (why != null) {
            throw CommandFailure.failed(why);
        }
        String name = NAME + ProcessHandle.current().pid() + "-" + pid;
        Optional<Path> first = mounted("cgroup", "cpu");
        return first.isPresent()
                ? VersionOne.make(first.get(), name)
                : VersionTwo.make(mounted("cgroup2", "").orElseThrow(), name, pid);
    }

    /** Where a file system of that type is mounted, with that option unless it is empty. */
    static Optional<Path> mounted(String type, String option) throws IOException {
        return Files.readAllLines(MOUNTS).stream()
                .map(line -> line.split(" ", -1))
                .filter(fields -> fields[2].equals(type))
                .filter(fields -> option.isEmpty()
                        || Arrays.asList(fields[3].split(",", -1)).contains(option))
                .map(fields -> Path.of(fields[1]))
                .findFirst();
    }

    private static List<Long> threads(long pid, Predicate<String> names) throws IOException {
        List<Long> threads = new ArrayList<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc", "" + pid, "task"))) {
            for (Path task : tasks) {
                if (names.test(name(task))) {
                    threads.add(Long.parseLong(task.getFileName().toString()));
                }
            }
        }
        return threads;
    }

    /** Empty for a thread that ended since it was listed, as some of a JVM do all the time. */
    private static String name(Path task) throws IOException {
        try {
            return Files.readString(task.resolve("comm"));
        } catch (IOException e) {
            if (Files.exists(task)) {
                throw e;
            }
            return "";
        }
    }

    private static List<String> words(Path file) throws IOException {
        return Arrays.asList(Files.readString(file).strip().split("\\s+", -1));
    }

    /** Unlike an ordinary write it never makes a file. */
    private static void write(Path file, Object value) throws IOException {
        Files.writeString(file, value.toString(), StandardOpenOption.WRITE);
    }

    /** A group whose processes are just ending is busy for a moment. */
    private static void delete(Path group) throws IOException {
        long end = System.nanoTime() + LocalLimits.KILL.toNanos();
        while (true) {
            try {
                boolean _ = Files.deleteIfExists(group);
                return;
            } catch (IOException busy) {
                if (System.nanoTime() - end >= 0) {
                    throw busy;
                }
                LockSupport.parkNanos(LocalLimits.LOOK.toNanos());
            }
        }
    }

    private record VersionOne(Path root, Path group) implements Group {
        static VersionOne make(Path root, String name) throws IOException {
            return new VersionOne(root, Files.createDirectory(root.resolve(name)));
        }

        @Override
        public void limit(long quotaMicros, long periodMicros) throws IOException {
            write(group.resolve("cpu.cfs_quota_us"), -1); // else the old share of the new period may be too little
            write(group.resolve("cpu.cfs_period_us"), periodMicros);
            write(group.resolve("cpu.cfs_quota_us"), quotaMicros);
        }

        @Override
        public void take(long thread) throws IOException {
            write(group.resolve("tasks"), thread);
        }

        @Override
        public void remove() throws IOException {
            for (String thread : Files.readAllLines(group.resolve("tasks"))) {
                try {
                    write(root.resolve("tasks"), thread);
                } catch (IOException e) {
                    if (Files.exists(Path.of("/proc", thread))) { // else it has ended, and left by that
                        throw e;
                    }
                }
            }
            delete(group);
        }
    }

    /** @param before the group that the process was in, and returns to */
    private record VersionTwo(Path process, Path group, Path before, long pid) implements Group {
        static VersionTwo make(Path root, String name, long pid) throws IOException {
            String was = Files.readAllLines(Path.of("/proc", "" + pid, "cgroup")).stream()
                    .filter(line -> line.startsWith("0::"))
                    .map(line -> line.substring("0::/".length()))
                    .findFirst()
                    .orElseThrow();
            if (!words(root.resolve("cgroup.subtree_control")).contains("cpu")) {
                write(root.resolve("cgroup.subtree_control"), "+cpu");
            }
            Path process = Files.createDirectory(root.resolve(name));
            VersionTwo made = new VersionTwo(process, process.resolve("slow"), root.resolve(was), pid);
            boolean done = false;
            try {
                Files.createDirectory(made.group);
                write(made.group.resolve("cgroup.type"), "threaded");
                write(process.resolve("cgroup.procs"), pid);
                write(process.resolve("cgroup.subtree_control"), "+cpu");
                done = true;
                return made;
            } finally {
                if (!done) {
                    made.remove();
                }
            }
        }

        @Override
        public void limit(long quotaMicros, long periodMicros) throws IOException {
            write(group.resolve("cpu.max"), quotaMicros + " " + periodMicros);
        }

        @Override
        public void take(long thread) throws IOException {
            write(group.resolve("cgroup.threads"), thread);
        }

        @Override
        public void remove() throws IOException {
            if (ProcessHandle.of(pid).isPresent()) {
                write(before.resolve("cgroup.procs"), pid);
            }
            delete(group);
            delete(process);
        }
    }
}
