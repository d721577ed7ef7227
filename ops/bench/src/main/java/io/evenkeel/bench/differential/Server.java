package io.evenkeel.bench.differential;

import java.io.IOException;

/** A name server that runs, on 127.0.0.1. */
interface Server extends AutoCloseable {
    String name();

    int port();

    /** Where it says why it refuses a zone. */
    String log();

    /** Fails, with its log's place, if its process has ended. */
    void checkAlive() throws IOException;

    /** Ends its process and waits for that. */
    @Override
    void close() throws IOException;
}
