package io.evenkeel.ops.local;

import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Wall clocks of nodes, each of which may be wrong by some time that changes while its node runs; elapsed time stays true, and so does the
 * clock of the machine. A library, libfaketime, stands between the node and that, and looks into a file of the node. Linux. One thread for a node.
 */
final class NodeClocks {
    private static final String LIBRARY = "faketime/libfaketimeMT.so.1";
    /** As the linker reads it: for each program the folder of its own kind. */
    private static final String PRELOADED = "/usr/$LIB/" + LIBRARY;

    /** What a node says of its clock. */
    private static final String METRIC = "evenkeel_clock_timestamp_seconds";
    /** Within it a node that runs says it. */
    private static final Duration SEEN = Duration.ofSeconds(5);
    /** So far off it may be by that: an answer takes time. */
    private static final Duration NEAR = Duration.ofSeconds(2);

    private final Path folder;

    /** @param folder of the cluster; a file of each node lies beside the folder of the node, which may be wiped or full */
    NodeClocks(Path folder) {
        this.folder = folder;
    }

    /** Why there are none here; null if there are. */
    static @Nullable String whyNot() throws IOException {
        return installed()
                ? null
                : "the clock of a node cannot jump, since %s is in no folder of libraries (Linux; Debian: apt install faketime)"
                        .formatted(LIBRARY);
    }

    private static boolean installed() throws IOException {
        for (Path libraries : List.of(Path.of("/usr/lib"), Path.of("/usr/lib64"))) {
            if (Files.exists(libraries.resolve(LIBRARY))) {
                return true;
            }
        }
        Path libraries = Path.of("/usr/lib");
        if (!Files.isDirectory(libraries)) {
            return false;
        }
        try (Stream<Path> below = Files.list(libraries)) { // on Debian a folder for each kind of processor
            return below.anyMatch(each -> Files.exists(each.resolve(LIBRARY)));
        }
    }

    /** Variables by which a node that starts has such a clock. */
    Map<String, String> environment(String name) {
        return Map.of(
                "LD_PRELOAD", PRELOADED,
                "FAKETIME_TIMESTAMP_FILE", file(name).toString(),
                "FAKETIME_NO_CACHE", "1", // else a jump takes effect up to ten seconds later
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                "FAKETIME_FORCE_MONOTONIC_FIX", "0",
                "NO_FAKE_STAT", "1"); // times of files would move with the clock, even of those that are old
    }

    /** The clock of a node is wrong by so much from now on, or from its start on. */
    void set(String name, Duration wrongBy) throws IOException {
        Path aside = folder.resolve(name + ".clock.new");
        Files.writeString(aside, "%+d%n".formatted(wrongBy.toSeconds()));
        // whole, since the node may read it at any time
        Files.move(aside, file(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Returns when a node says by its metric that its clock is wrong by so much; a failure if it does not. */
    static void awaitEffect(AdminClient node, Duration wrongBy)
            throws CommandFailure, IOException, InterruptedException {
        long end = System.nanoTime() + SEEN.toNanos();
        Duration says = wrongBy(node);
        while (says.minus(wrongBy).abs().compareTo(NEAR) > 0) {
            if (System.nanoTime() - end >= 0) {
                throw CommandFailure.failed(
                        "the clock of %s is to be wrong by %d s, and is by %.1f s as its metric %s says: libfaketime has no effect there"
                                .formatted(node.name(), wrongBy.toSeconds(), says.toMillis() / 1e3, METRIC));
            }
            Thread.sleep(LocalLimits.LOOK);
            says = wrongBy(node);
        }
    }

    private static Duration wrongBy(AdminClient node) throws CommandFailure, IOException, InterruptedException {
        try (InputStream metrics = node.open("/metrics")) {
            String text = new String(metrics.readAllBytes(), StandardCharsets.UTF_8);
            String seconds = text.lines()
                    .filter(line -> line.startsWith(METRIC + " "))
                    .findFirst()
                    .orElseThrow(() -> CommandFailure.failed("%s has no metric %s".formatted(node.name(), METRIC)))
                    .substring(METRIC.length())
                    .strip();
            return Duration.ofMillis(Math.round(Double.parseDouble(seconds) * 1e3) - System.currentTimeMillis());
        }
    }

    private Path file(String name) {
        return folder.resolve(name + ".clock");
    }
}
