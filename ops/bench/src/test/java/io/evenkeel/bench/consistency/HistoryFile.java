package io.evenkeel.bench.consistency;

import io.evenkeel.ops.verb.Json;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A history as it comes about: one event a line, in the order in which they ended. Any thread. */
final class HistoryFile implements AutoCloseable {
    private final Path file;
    private final BufferedWriter writer;
    private final long began = System.nanoTime();

    HistoryFile(Path file) throws IOException {
        this.file = file;
        this.writer = Files.newBufferedWriter(file);
    }

    /** The present time in it. */
    long now() {
        return System.nanoTime() - began;
    }

    /** Notes what ends now. */
    synchronized void add(Event event) {
        try {
            writer.write(Json.line(event.endingAt(now())));
            writer.newLine();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        writer.close();
    }
}
