package io.evenkeel.server.transport;

/** A thread that the process cannot go on without has ended, or stands still for good: its work is not done until the process is started anew. */
public final class LoopEndedException extends Exception {
    private static final long serialVersionUID = 1;

    /** @param message which thread, and what is known of it */
    public LoopEndedException(String message) {
        super(message);
    }
}
