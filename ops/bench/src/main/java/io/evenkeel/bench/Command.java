package io.evenkeel.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that runs to its end; it ends with this one if that is interrupted. */
public final class Command {
    /** Importing a zone of 2,000,000 names takes longest. */
    private static final int LIMIT_SECONDS = 900;

    private static final int LINE_LENGTH = 300;

    private Command() {}

    /** Its exit code was not 0. */
    public static final class Failure extends IOException {
        private static final long serialVersionUID = 1;

        private Failure(String message) {
            super(message);
        }
    }

    /**
     * Runs it in that folder; after a quarter of an hour it is killed.
     *
     * @return what it printed, on both outputs
     * @throws Failure with that if its exit code is not 0
     */
    public static String run(Path folder, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        Thread hook = new Thread(process::destroy, "stop-" + command.getFirst());
        Runtime.getRuntime().addShutdownHook(hook);
        Thread watch = Thread.ofVirtual().start(() -> killWhenLate(process));
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0) {
                String line = String.join(" ", command);
                throw new Failure("code %d from %s%n%s"
                        .formatted(
                                code,
                                line.length() > LINE_LENGTH ? line.substring(0, LINE_LENGTH) + "..." : line,
                                output));
            }
            return output;
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command.getFirst() + " ran", e);
        } finally {
            watch.interrupt();
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    private static void killWhenLate(Process process) {
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
        }
    }
}
