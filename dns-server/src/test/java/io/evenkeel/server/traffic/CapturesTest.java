package io.evenkeel.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.process.Daemons;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captures from the loop to the file: their limits, their end, and what of them is kept. */
final class CapturesTest {
    private static final byte[] ADDRESS = {(byte) 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    private Path folder = Path.of("");

    private final Traffic traffic = Traffic.sampled();
    private final LoopTraffic loop = traffic.loop();
    private @Nullable String overBudget;
    private Captures captures = captures(folder);

    private Captures captures(Path data) {
        return new Captures(
                traffic,
                data.resolve(Captures.FOLDER),
                "n1",
                "evenkeel 0.1",
                ClientPrivacy.FULL,
                _ -> Optional.ofNullable(overBudget),
                new Daemons(fault -> {
                    throw new AssertionError(fault);
                }));
    }

    @Test
    void theBudgetOfTheNodeHasTheLastWord() throws Exception {
        overBudget = "the budget has no room; raise storage.budget";
        assertThat(captures.start(new Capture.Plan(CaptureFilter.ALL, Duration.ofSeconds(1), 1 << 20), "somebody"))
                .isEqualTo(new Captures.Outcome.NoRoom(overBudget));
    }

    @AfterEach
    void stop() {
        captures.close();
    }

    private Capture.Status start(Duration time, long bytes) throws IOException, InterruptedException {
        captures = captures(folder);
        return ((Captures.Outcome.Begun) captures.start(new Capture.Plan(CaptureFilter.ALL, time, bytes), "somebody"))
                .status();
    }

    private void ask(String name) {
        byte[] message = LoopTrafficTest.question(name, 1);
        if (loop.wants()) {
            loop.saw(message, message.length, false, ADDRESS, 4, 4_000, message, message.length, 0);
        }
    }

    private Capture.Status last() {
        return captures.status().orElseThrow();
    }

    /** Whole frames, of which the last is STOP; how many there are between it and START. */
    private static int frames(Path file) throws IOException {
        ByteBuffer octets = ByteBuffer.wrap(Files.readAllBytes(file));
        int count = -1;
        while (true) {
            int length = octets.getInt();
            if (length == 0) {
                int control = octets.getInt();
                int type = octets.getInt(octets.position());
                octets.position(octets.position() + control);
                if (type == 3) {
                    assertThat(octets.hasRemaining()).isFalse();
                    return count;
                }
                count = 0;
            } else {
                octets.position(octets.position() + length);
                count++;
            }
        }
    }

    @Test
    void captureWritesWhatTheLoopsSeeUntilItIsTold() throws Exception {
        Capture.Status begun = start(LONG, 1 << 20);
        assertThat(begun.isRunning()).isTrue();
        for (int i = 0; i < 100; i++) {
            ask("www.example.");
        }
        Capture.Status ended = captures.stop().orElseThrow();
        ask("late.example.");
        assertThat(ended.ended()).isEqualTo("it was told to");
        assertThat(ended.messages()).isEqualTo(100);
        assertThat(ended.lost()).isZero();
        assertThat(ended.bytes()).isEqualTo(Files.size(ended.file()));
        assertThat(frames(ended.file())).isEqualTo(200);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ended.file())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(ended.file().getParent())))
                .isEqualTo("rwx------");
    }

    @Test
    void captureEndsAtItsTime() throws Exception {
        Capture.Status begun = start(Duration.ofMillis(50), 1 << 20);
        await().atMost(LONG).until(() -> !last().isRunning());
        assertThat(last().ended()).isEqualTo("its time is over");
        assertThat(last().length()).isGreaterThanOrEqualTo(Duration.ofMillis(50));
        assertThat(frames(begun.file())).isZero();
    }

    @Test
    void captureEndsBeforeItsFileIsTooLarge() throws Exception {
        Capture.Status begun = start(LONG, 4_096);
        await().atMost(LONG).until(() -> {
            ask("www.example.");
            return !last().isRunning();
        });
        assertThat(last().ended()).isEqualTo("the file is as large as it may be");
        assertThat(Files.size(begun.file())).isBetween(3_000L, 4_096L);
        assertThat(frames(begun.file())).isEqualTo((int) (2 * last().messages()));
    }

    @Test
    void thereIsOneAtATime() throws Exception {
        start(LONG, 1 << 20);
        Capture.Plan plan = new Capture.Plan(CaptureFilter.ALL, LONG, 1 << 20);
        assertThat(captures.start(plan, "another"))
                .isInstanceOfSatisfying(
                        Captures.Outcome.Busy.class,
                        busy -> assertThat(busy.why()).contains("goes on already", "stop it"));
        captures.stop();
        assertThat(captures.start(plan, "another")).isInstanceOf(Captures.Outcome.Begun.class);
    }

    @Test
    void countsGoOnFromOneCaptureToTheNext() throws Exception {
        captures = captures(folder);
        Capture.Plan plan = new Capture.Plan(CaptureFilter.ALL, LONG, 64 << 20);
        long octets = 0;
        long lost = 0;
        for (int round = 0; round < 2; round++) {
            long before = lost;
            assertThat(captures.start(plan, "somebody")).isInstanceOf(Captures.Outcome.Begun.class);
            await().atMost(LONG).until(() -> {
                for (int i = 0; i < 20_000; i++) {
                    ask("www.example.");
                }
                return captures.lost() > before;
            });
            Capture.Status ended = captures.stop().orElseThrow();
            octets += ended.bytes();
            lost += ended.lost();
            assertThat(captures.octets()).isEqualTo(octets);
            assertThat(captures.lost()).isEqualTo(lost);
        }
    }

    @Test
    void captureThatTheDiskHasNoRoomForIsRefused() throws Exception {
        Capture.Plan plan = new Capture.Plan(CaptureFilter.ALL, LONG, Long.MAX_VALUE / 2);
        captures = captures(folder);
        assertThat(captures.start(plan, "somebody"))
                .isInstanceOfSatisfying(
                        Captures.Outcome.NoRoom.class,
                        full -> assertThat(full.why()).contains("MiB left", "smaller"));
        assertThat(captures.status()).isEmpty();
    }

    @Test
    void ofCapturesTheLastEightAreKept() throws Exception {
        Path kept = Files.createDirectories(folder.resolve(Captures.FOLDER));
        for (int i = 0; i < 12; i++) {
            Files.createFile(kept.resolve("n1-20200101T0000%02d.000Z.dnstap".formatted(i)));
        }
        Path other = Files.createFile(kept.resolve("notes.txt"));
        start(LONG, 1 << 20);
        try (Stream<Path> files = Files.list(kept)) {
            assertThat(files.filter(file -> file.toString().endsWith(".dnstap")))
                    .hasSize(8);
        }
        assertThat(kept.resolve("n1-20200101T000011.000Z.dnstap")).exists();
        assertThat(kept.resolve("n1-20200101T000004.000Z.dnstap")).doesNotExist();
        assertThat(other).exists();
    }

    @Test
    void stoppingWithoutACaptureSaysThatThereWasNone() throws Exception {
        assertThat(captures.stop()).isEmpty();
    }

    @Test
    void messagesThatTheThreadDoesNotTakeInTimeAreLostAndLoopsGoOn() {
        CaptureQueue queue = traffic.begin(CaptureFilter.ALL).getFirst(); // nobody drains it
        for (int i = 0; i < 20_000; i++) {
            ask("www.example.");
        }
        assertThat(queue.lost()).isPositive();
        traffic.end();
        long lost = queue.lost();
        ask("www.example.");
        assertThat(queue.lost()).isEqualTo(lost);
    }
}
