package io.evenkeel.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.consensus.process.Preallocation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogRingTest {
    private static final int SIZE = 4096;
    private static final int FILES = 4;

    @TempDir
    private Path folder = Path.of("");

    private Path file() {
        return folder.resolve("logs").resolve("node.log");
    }

    private static byte[] line(int number) {
        return "line %06d of a log%n".formatted(number).getBytes(StandardCharsets.US_ASCII);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(file().getParent())) {
            return files.sorted().toList();
        }
    }

    /** A log below a data folder that is not there yet. */
    @Test
    void foldersThatItMakesAreForItsUserAlone() throws Exception {
        Path data = folder.resolve("data");
        try (LogRing ring = new LogRing(data.resolve("log").resolve("node.log"), SIZE, FILES)) {
            ring.append(line(1), 0);
        }
        for (Path made : List.of(data, data.resolve("log"))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void theNewestLinesAreThereAndNeverMoreThanTheRingHolds() throws Exception {
        try (LogRing ring = new LogRing(file(), SIZE, FILES)) {
            for (int i = 0; i < 5000; i++) {
                ring.append(line(i), i);
                if (i % 50 == 0) {
                    long octets = 0;
                    for (Path file : files()) {
                        octets += Files.size(file);
                        assertThat(Files.size(file)).isLessThanOrEqualTo(SIZE);
                    }
                    assertThat(octets).isLessThanOrEqualTo((long) FILES * SIZE);
                }
            }
        }
        assertThat(files()).hasSize(FILES);
        List<String> lines = new ArrayList<>();
        for (int i = FILES - 1; i >= 0; i--) {
            lines.addAll(Files.readAllLines(i == 0 ? file() : file().resolveSibling("node.log." + i)));
        }
        int first = 5000 - lines.size();
        assertThat(lines).hasSizeGreaterThan((FILES - 1) * SIZE / line(0).length - FILES);
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i) + "\n").isEqualTo(new String(line(first + i), StandardCharsets.US_ASCII));
        }
    }

    @Test
    void aLogGoesOnWhereItEnded() throws Exception {
        for (int i = 0; i < 3; i++) {
            try (LogRing ring = new LogRing(file(), SIZE, FILES)) {
                ring.append(line(i), 0);
            }
        }
        Files.writeString(file(), Files.readString(file()) + "half a li");
        try (LogRing ring = new LogRing(file(), SIZE, FILES)) {
            ring.append(line(3), 0);
        }
        assertThat(Files.readAllLines(file()))
                .containsExactly(
                        "line 000000 of a log",
                        "line 000001 of a log",
                        "line 000002 of a log",
                        "half a li",
                        "line 000003 of a log");
    }

    /** Logback's totalSizeCap does nothing without maxHistory, and looks at files only when one is full. */
    @Test
    void aShorterRingDeletesWhatALongerOneHasLeft() throws Exception {
        Files.createDirectories(file().getParent());
        for (int i = 1; i < 10; i++) {
            Files.writeString(file().resolveSibling("node.log." + i), "x\n");
        }
        try (LogRing ring = new LogRing(file(), SIZE, FILES)) {
            ring.append(line(0), 0);
        }
        assertThat(files()).hasSize(FILES);
        try (LogRing ring = new LogRing(file(), SIZE, 1)) {
            for (int i = 0; i < 1000; i++) {
                ring.append(line(i), i);
            }
        }
        assertThat(files()).containsExactly(file());
    }

    /** Logback has full files wait in a queue without bound for a thread that compresses them: a burst leaves more on disk than the cap. */
    @Test
    void aBurstLeavesNoFullFileBeyondTheRingBehindIt() throws Exception {
        byte[] whole = "x".repeat(SIZE - 1).concat("\n").getBytes(StandardCharsets.US_ASCII);
        try (LogRing ring = new LogRing(file(), SIZE, FILES)) {
            for (int i = 0; i < 500; i++) {
                ring.append(whole, i);
                assertThat(files())
                        .as("as soon as the line is written, and under these names alone")
                        .hasSize(Math.min(i + 1, FILES))
                        .isSubsetOf(
                                file(),
                                file().resolveSibling("node.log.1"),
                                file().resolveSibling("node.log.2"),
                                file().resolveSibling("node.log.3"));
            }
        }
    }

    @Test
    void aFileThatSomebodyTakesAwayIsMadeAnew() throws Exception {
        try (LogRing ring = new LogRing(file(), SIZE, FILES)) {
            ring.append(line(0), LogRing.RETRY_NANOS);
            Files.delete(file());
            ring.append(line(1), 3 * LogRing.RETRY_NANOS);
            assertThat(Files.readAllLines(file())).containsExactly("line 000001 of a log");
        }
    }

    @Test
    void whatCannotBeWrittenIsToldAndTriedAgainAfterASecond() throws Exception {
        Files.createDirectories(file()); // a folder where the file should be
        try (LogRing ring = new LogRing(file(), SIZE, FILES)) {
            assertThatThrownBy(() -> ring.append(line(0), 5)).isInstanceOf(IOException.class);
            Files.delete(file());
            assertThatThrownBy(() -> ring.append(line(1), 5 + LogRing.RETRY_NANOS - 1))
                    .hasMessageContaining("could not be written either");
            ring.append(line(2), 5 + LogRing.RETRY_NANOS);
            assertThat(Files.readAllLines(file())).containsExactly("line 000002 of a log");
        }
    }

    /** A file has its blocks from the first line on, and no octet that nobody has written. */
    @Test
    void theBlocksOfAFileAreItsOwnBeforeItIsFull() throws Exception {
        Files.createDirectories(file().getParent());
        int size = 1 << 20;
        Assumptions.assumeTrue(
                Preallocation.of(folder.resolve("try"), size) == Preallocation.Outcome.DONE,
                "this file system does not do that");
        try (LogRing ring = new LogRing(file(), size, FILES)) {
            ring.append(line(0), 0);
            assertThat(Files.size(file())).isEqualTo(line(0).length);
            Process stat = new ProcessBuilder("stat", "-c", "%b", file().toString()).start();
            assertThat(stat.waitFor()).isZero();
            long blocks = Long.parseLong(stat.inputReader().readLine());
            assertThat(blocks * 512).isGreaterThanOrEqualTo(size);
        }
    }

    /** Somebody else has filled the volume: what the next file gets is what the oldest ones had. */
    @Test
    void whereThereIsNoRoomForTheNextFileTheOldestGo() throws Exception {
        int[] room = {FILES};
        LogRing.Blocks blocks = (file, octets) -> {
            assertThat(octets).isEqualTo(SIZE);
            try {
                Files.createFile(file);
                return files().size() <= room[0] ? Preallocation.Outcome.DONE : Preallocation.Outcome.NO_ROOM;
            } catch (IOException e) {
                throw new AssertionError("it is made anew each time", e);
            }
        };
        int each = SIZE / line(0).length;
        try (LogRing ring = new LogRing(file(), SIZE, FILES, blocks)) {
            int next = 0;
            for (; next < FILES * each; next++) {
                ring.append(line(next), next);
            }
            assertThat(files()).hasSize(FILES);
            room[0] = 2;
            ring.append(line(next++), next);
            assertThat(files()).containsExactly(file(), file().resolveSibling("node.log.1"));
            assertThat(Files.readAllLines(file().resolveSibling("node.log.1")).getFirst() + "\n")
                    .as("the newest lines are there")
                    .isEqualTo(new String(line((FILES - 1) * each), StandardCharsets.US_ASCII));
            room[0] = 0;
            for (int i = 0; i < each; i++) {
                ring.append(line(next++), next);
            }
            assertThat(files())
                    .as("no line is lost for want of blocks set aside")
                    .containsExactly(file());
            assertThat(Files.readAllLines(file())).hasSize(1);
        }
    }

    /** In memory: another file system might first take all that there is. */
    @Test
    void wantOfRoomIsToldFromAFileThatCannotBeMade() throws Exception {
        Path memory = Path.of("/dev/shm");
        Assumptions.assumeTrue(Files.isWritable(memory), "no file system in memory");
        Path file = Files.createTempFile(memory, "evenkeel", ".log");
        try {
            Assumptions.assumeTrue(
                    Preallocation.of(file, SIZE) == Preallocation.Outcome.DONE, "this file system does not do that");
            long more = 2 * Files.getFileStore(memory).getTotalSpace();
            assertThat(Preallocation.of(file, more)).isEqualTo(Preallocation.Outcome.NO_ROOM);
            assertThat(Preallocation.of(file.resolve("below"), SIZE)).isEqualTo(Preallocation.Outcome.NOT_DONE);
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void tailFollowsItThroughTwentyFilesWithoutLossRepeatsOrZeros() throws Exception {
        Path read = folder.resolve("read");
        Files.createDirectories(file().getParent());
        Files.createFile(file());
        Process tail = new ProcessBuilder("tail", "-n", "+1", "-s", "0.01", "-F", file().toString())
                .redirectOutput(read.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (LogRing ring = new LogRing(file(), SIZE, FILES)) {
            int count = 21 * SIZE / line(0).length;
            for (int i = 0; i < count; i++) {
                ring.append(line(i), i);
                if (i % (SIZE / line(0).length / 2) == 0) {
                    long wanted = (long) (i + 1) * line(0).length;
                    Awaitility.await()
                            .atMost(60, TimeUnit.SECONDS)
                            .pollInterval(5, TimeUnit.MILLISECONDS)
                            .until(() -> Files.size(read) >= wanted);
                }
            }
            long all = (long) count * line(0).length;
            Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> Files.size(read) >= all);
            List<String> lines = Files.readAllLines(read);
            assertThat(lines).hasSize(count);
            for (int i = 0; i < count; i++) {
                assertThat(lines.get(i)).isEqualTo("line %06d of a log".formatted(i));
            }
        } finally {
            tail.destroy();
        }
    }
}
