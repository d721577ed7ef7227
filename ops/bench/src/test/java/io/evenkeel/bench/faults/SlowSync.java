package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A disk that takes seconds to force what was written: by a library that stands before the C library's calls. Linux, with a C compiler. */
record SlowSync(Path library, Path control) {
    private static final String SOURCE = "/slow_sync.c";

    /** Compiles it. Where there is no compiler the test is skipped; with {@code CI=true} it fails instead. */
    static SlowSync in(Path folder) throws IOException {
        Path source = folder.resolve("slow_sync.c");
        try (InputStream in = Objects.requireNonNull(SlowSync.class.getResourceAsStream(SOURCE))) {
            Files.copy(in, source);
        }
        Path library = folder.resolve("slow_sync.so");
        Process compiler;
        try {
            compiler = new ProcessBuilder(
                            "gcc", "-shared", "-fPIC", "-O1", "-o", library.toString(), source.toString(), "-ldl")
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assertThat(System.getenv("CI")).as("no C compiler: " + e).isNotEqualTo("true");
            Assumptions.abort("no C compiler: " + e.getMessage());
            throw e;
        }
        String said = String.join("\n", compiler.inputReader().lines().toList());
        assertThat(compiler.onExit().join().exitValue()).as(said).isZero();
        return new SlowSync(library, folder.resolve("slow-sync-seconds"));
    }

    /** Starts a command under it. */
    ProcessBuilder wrap(String... command) {
        return new ProcessBuilder(
                Stream.of(List.of("env", "LD_PRELOAD=" + library, "SLOW_SYNC=" + control), List.of(command))
                        .flatMap(List::stream)
                        .toList());
    }

    /** From now on each call takes so much longer. */
    void delay(int seconds) throws IOException {
        Path made = Files.writeString(control.resolveSibling("slow-sync-next"), "" + seconds);
        Files.move(made, control, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The disk is as fast as it was; calls that wait go on to their end. */
    void end() throws IOException {
        Files.deleteIfExists(control);
    }
}
