package io.evenkeel.ops.bench;

import java.io.IOException;

/** One socket of a run, never waiting. One thread. */
interface BenchSocket extends AutoCloseable {
    /** Whether it takes a question now. */
    boolean ready(long now) throws IOException;

    /**
     * Sends a question, or keeps it to be sent with the next {@link #flush}.
     *
     * @param dueNanos when it should have gone out
     * @return false if it was not taken
     */
    boolean ask(byte[] message, long dueNanos, long now) throws IOException;

    /** Sends what is kept. */
    void flush() throws IOException;

    /** Takes what has arrived, and gives up what has waited too long; whether anything had arrived. */
    boolean receive() throws IOException;

    /** Questions without an answer. */
    int open();

    @Override
    void close() throws IOException;
}
