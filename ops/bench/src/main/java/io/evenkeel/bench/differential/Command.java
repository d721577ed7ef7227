package io.evenkeel.bench.differential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A program that runs to its end. */
final class Command {
    private Command() {}

    /** Its exit code was not 0. */
    static final class Failure extends IOException {
        private static final long serialVersionUID = 1;

        private Failure(String message) {
            super(message);
        }
    }

    /** What it printed; {@link Failure} with that if its exit code is not 0. */
    static String run(Path folder, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            int code = process.waitFor();
            if (code != 0) {
                String line = String.join(" ", command);
                throw new Failure("code %d from %s\n%s"
                        .formatted(code, line.length() > 300 ? line.substring(0, 300) + "..." : line, output));
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command.getFirst() + " ran", e);
        }
        return output;
    }
}
