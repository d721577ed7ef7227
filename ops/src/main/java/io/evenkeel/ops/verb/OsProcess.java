package io.evenkeel.ops.verb;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Programs and processes of this machine; these by pid and start time: a pid alone may belong to another process by now. */
public final class OsProcess {
    private static final Path PROC = Path.of("/proc");

    private OsProcess() {}

    /**
     * When the process began: clock ticks since boot (field 22 of {@code /proc/PID/stat}), where there is no such file
     * milliseconds since 1970; -1 if there is no such process or it is dead and waits to be reaped.
     */
    public static long startTicks(long pid) {
        if (!Files.isDirectory(PROC.resolve("self"))) {
            return ProcessHandle.of(pid)
                    .filter(ProcessHandle::isAlive)
                    .flatMap(process -> process.info().startInstant())
                    .map(Instant::toEpochMilli)
                    .orElse(-1L);
        }
        String stat = read(PROC.resolve(Long.toString(pid)).resolve("stat"));
        if (stat == null) {
            return -1;
        }
        // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        boolean dead = fields[0].equals("Z") || fields[0].equals("X");
        return dead ? -1 : Long.parseLong(fields[19]);
    }

    /** Whether the process with that pid is still the one that began then. */
    public static boolean isAlive(long pid, long startTicks) {
        return startTicks(pid) == startTicks;
    }

    /** What it has of the machine's memory just now; empty if that is not to be found out. */
    public static OptionalLong residentBytes(long pid) {
        String status = read(PROC.resolve(Long.toString(pid)).resolve("status"));
        return status == null
                ? OptionalLong.empty()
                : status.lines()
                        .filter(line -> line.startsWith("VmRSS:"))
                        .mapToLong(line -> Long.parseLong(line.split("\\s+", -1)[1]) << 10)
                        .findFirst();
    }

    /** For messages: the program's name, or null if it is not to be found out. */
    public static @Nullable String name(long pid) {
        String comm = read(PROC.resolve(Long.toString(pid)).resolve("comm"));
        return comm == null ? null : comm.strip();
    }

    /** Whether there is such a program on {@code PATH}. */
    public static boolean onPath(String program) {
        String path = Objects.requireNonNullElse(System.getenv("PATH"), "/usr/bin:/bin");
        return Arrays.stream(path.split(File.pathSeparator, -1))
                .anyMatch(entry -> !entry.isEmpty() && Files.isExecutable(Path.of(entry, program)));
    }

    /**
     * Runs a program of {@code PATH} to its end.
     *
     * @param input that it reads, all of it before it writes much
     * @return null if it ended with 0, else both of its outputs, or the code if there is none
     */
    public static @Nullable String failure(String input, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int code = process.waitFor();
        if (code == 0) {
            return null;
        }
        return said.isEmpty() ? command[0] + " ended with " + code : said;
    }

    private static @Nullable String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException gone) {
            return null; // the process ended, or was never there
        }
    }
}
