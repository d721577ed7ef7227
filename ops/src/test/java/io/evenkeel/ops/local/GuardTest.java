package io.evenkeel.ops.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.verb.OsProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardTest {
    private static final long LONG_SECONDS = 60;

    @TempDir
    private Path folder = Path.of("");

    /** A process that waits for its input, with such words behind it. */
    private static Process waiting(String... words) throws Exception {
        String[] command = new String[3 + words.length];
        command[0] = "sh";
        command[1] = "-c";
        command[2] = "read -r line; echo $line";
        System.arraycopy(words, 0, command, 3, words.length);
        return new ProcessBuilder(command).start();
    }

    @Test
    void processesAndTheFolderAreGoneAndNoOthersWhenTheGuardIsClosed() throws Exception {
        Assumptions.assumeTrue(Files.isDirectory(Path.of("/proc/self")) || OsProcess.onPath("ps"));
        Path own = folder.toRealPath().resolve("mine");
        Path mine = Files.createDirectories(own.resolve("n1"));
        Path other = Files.createDirectories(folder.toRealPath().resolve("mine-other/n1"));
        Files.writeString(mine.resolve("log"), "x");
        Process node = waiting(
                "evenkeel", "serve", "--config", mine.resolve("evenkeel.yaml").toString());
        Process reader = waiting("less", mine.resolve("log").toString());
        Process others = waiting(
                "evenkeel", "serve", "--config", other.resolve("evenkeel.yaml").toString());
        try {
            Process stopped = new ProcessBuilder("sh", "-c", "kill -STOP " + node.pid()).start();
            assertThat(stopped.waitFor()).isZero();
            Guard guard = Guard.of(own);
            assertThat(node.isAlive()).isTrue();
            guard.close();
            assertThat(node.waitFor(LONG_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(own).doesNotExist();
            assertThat(reader.isAlive()).as("who only reads a file").isTrue();
            assertThat(others.isAlive()).as("a node of another folder").isTrue();
            assertThat(other).exists();
        } finally {
            node.destroyForcibly();
            reader.destroyForcibly();
            others.destroyForcibly();
        }
    }
}
