package io.evenkeel.bench.peers;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code ops/bench/native/load.c} in a {@link ClientNetwork}, which asks until it is told to end. */
final class ClientLoad implements AutoCloseable {
    /** Longer than anybody lets it. */
    private static final int MOST_SECONDS = 300;

    private final Process process;
    private final Path output;

    /**
     * How to ask.
     *
     * @param sources addresses of clients, by turns
     * @param rate questions a second; 0: as fast as they are answered
     */
    record How(int sources, double rate) {}

    /**
     * @param program the compiled generator
     * @param before the command that runs it, if any
     */
    ClientLoad(ClientNetwork clients, Path folder, List<String> before, Path program, int port, Path questions, How how)
            throws IOException {
        output = folder.resolve("client-load");
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                program.toString(),
                "-e",
                "-c",
                "8",
                "-w",
                "24",
                "-l",
                Integer.toString(MOST_SECONDS),
                "-s",
                Integer.toString(how.sources()),
                "-r",
                String.format(Locale.ROOT, "%.0f", how.rate()),
                ClientNetwork.SERVER,
                Integer.toString(port),
                questions.toString()));
        process = new ProcessBuilder(clients.inside(command))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    /** Ends it; what it has seen. */
    Load.Result end() throws IOException, InterruptedException {
        boolean alive = process.isAlive();
        process.destroy();
        int code = process.waitFor();
        String said = Files.readString(output);
        if (!alive || code != 0) {
            throw new IOException("the load has ended with code %d: %s".formatted(code, said));
        }
        return new Load.Result(new ObjectMapper().readTree(said));
    }

    @Override
    public void close() {
        process.destroy();
    }
}
