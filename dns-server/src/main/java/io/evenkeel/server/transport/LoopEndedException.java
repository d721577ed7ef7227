package io.evenkeel.server.transport;

/** A thread that answers has ended, or stands still for good: its share of the clients meets silence until the process is started anew. */
public final class LoopEndedException extends Exception {
    private static final long serialVersionUID = 1;

    /** @param message which loop, and what is known of it */
    public LoopEndedException(String message) {
        super(message);
    }
}
