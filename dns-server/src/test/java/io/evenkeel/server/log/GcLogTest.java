package io.evenkeel.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.server.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each in a JVM of its own, of which this class is the program: a log that a JVM has begun is not taken back. */
final class GcLogTest {
    private static final int RING = 4;
    private static final long SIZE = 32 << 10;

    @TempDir
    private Path folder = Path.of("");

    /** Has so many collections. */
    public static void main(String[] arguments) throws IOException {
        Path data = Path.of(arguments[0]);
        GcLog log = new GcLog(data, SIZE);
        log.look();
        if (Files.isRegularFile(data.resolve("gc"))) {
            log.look();
            System.out.println("goes on");
            Files.delete(data.resolve("gc"));
            log.look();
        }
        for (int left = Integer.parseInt(arguments[1]); left > 0; left--) {
            System.gc();
        }
    }

    private String run(String option, int collections) throws Exception {
        return ChildJvm.run(
                List.of("-XX:+UseSerialGC", "-Xmx64m", option),
                GcLogTest.class,
                folder.toString(),
                String.valueOf(collections));
    }

    @Test
    void collectionsAreInTheDataFolder() throws Exception {
        String said = run("-Xlog:async", 1);
        assertThat(said).doesNotContain("writes no log");
        assertThat(Files.readString(folder.resolve("gc").resolve("gc.log")))
                .containsPattern("] GC\\(\\d+\\) Pause Full \\(System\\.gc\\(\\)\\) .*ms\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("gc"))))
                .isEqualTo("rwx------");
    }

    @Test
    void theyTakeFourFilesAtMostHoweverManyTheyAre() throws Exception {
        Files.createDirectory(folder.resolve("gc"));
        Files.write(folder.resolve("gc").resolve("gc.log.1"), new byte[(int) SIZE]);
        Files.write(folder.resolve("gc").resolve("gc.log.2"), new byte[(int) SIZE]);
        Files.write(folder.resolve("gc").resolve("gc.log"), new byte[(int) SIZE / 2]);
        run("-Xlog:async", 500);
        try (Stream<Path> files = Files.list(folder.resolve("gc"))) {
            assertThat(files)
                    .as("500 of some hundred octets")
                    .hasSize(RING)
                    .allSatisfy(file -> assertThat(Files.size(file)).isLessThan(SIZE + 4096));
        }
    }

    @Test
    void whereTheyCannotBeWrittenTheProgramGoesOnAndTheyAreOnceTheyCan() throws Exception {
        Files.writeString(folder.resolve("gc"), "in the way");
        String said = run("-Xlog:async", 1);
        assertThat(said).containsOnlyOnce("The collector writes no log at present, and the node goes on: ");
        assertThat(said).contains("goes on\n");
        assertThat(folder.resolve("gc").resolve("gc.log")).isNotEmptyFile();
    }

    @Test
    void aJvmThatWouldWaitForTheDiskWritesNone() throws Exception {
        run("-Xlog:disable", 1);
        assertThat(folder).isEmptyDirectory();
    }
}
