package io.evenkeel.ops.local;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A process of the shell that takes away all of an {@link OwnCluster} once this process closes it, or is gone: it waits for the end
 * of a pipe that this process alone holds, in a session of its own, which Ctrl-C does not reach.
 */
final class Guard implements AutoCloseable {
    private static final String SCRIPT = "/guard.sh";

    private final Process process;
    private final Path folder;

    private Guard(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
    }

    static Guard of(Path folder) throws IOException {
        String script;
        try (InputStream in = Objects.requireNonNull(Guard.class.getResourceAsStream(SCRIPT), SCRIPT)) {
            script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        List<String> command = new ArrayList<>(OsProcess.onPath("setsid") ? List.of("setsid") : List.of());
        command.addAll(List.of(
                "sh",
                "-c",
                script,
                "evenkeel-guard",
                folder.toString(),
                Long.toString(ProcessHandle.current().pid())));
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new Guard(process, folder);
    }

    /** Has it do its work, and waits until all is gone. */
    @Override
    public void close() throws CommandFailure, IOException {
        process.getOutputStream().close();
        try {
            if (process.waitFor(LocalLimits.STOP.toMillis(), TimeUnit.MILLISECONDS) && process.exitValue() == 0) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // it does its work all the same
            return;
        }
        throw CommandFailure.failed(
                "not all of the cluster in %s could be ended: see what runs there, and delete the folder"
                        .formatted(folder));
    }
}
