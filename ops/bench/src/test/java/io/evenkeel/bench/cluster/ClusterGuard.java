package io.evenkeel.bench.cluster;

import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes down detached nodes of this JVM once it is gone, however that came. One process, {@code guard.sh}, waits for that; it finds
 * the nodes by links to their data folders. Any thread.
 */
final class ClusterGuard {
    private static final Map<Path, Path> LINKS = new HashMap<>();
    private static @Nullable Path folder;
    private static int count;

    private ClusterGuard() {}

    /** From now on, until {@link #leave}. The folder need not be there yet. */
    static synchronized void watch(Path data) throws IOException {
        Path cluster = data.toAbsolutePath();
        if (!LINKS.containsKey(cluster)) {
            LINKS.put(cluster, Files.createSymbolicLink(folder().resolve("c" + ++count), cluster));
        }
    }

    /** Nothing runs there any more. */
    static synchronized void leave(Path data) throws IOException {
        Path link = LINKS.remove(data.toAbsolutePath());
        if (link != null) {
            Files.delete(link);
        }
    }

    private static Path folder() throws IOException {
        Path known = folder;
        if (known == null) {
            known = Files.createTempDirectory("evenkeel-guarded-");
            folder = known;
            Path mine = known;
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(mine), "end-guarded"));
            List<String> command = new ArrayList<>(OsProcess.onPath("setsid") ? List.of("setsid") : List.of());
            command.addAll(List.of(
                    Path.of("guard.sh").toAbsolutePath().toString(),
                    Long.toString(ProcessHandle.current().pid()),
                    mine.toString(),
                    LocalCluster.LAUNCHER.toString()));
            new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        }
        return known;
    }

    /** A JVM that ends in order has closed its clusters; what is left of them is the guard's. */
    private static synchronized void end(Path mine) {
        if (LINKS.isEmpty()) {
            try {
                Files.delete(mine);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
