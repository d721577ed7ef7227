package io.evenkeel.server.peer;

import java.io.IOException;

/** The request was sent, or partly, and no answer came: what became of it is unknown. */
public final class PeerBrokenException extends IOException {
    private static final long serialVersionUID = 1L;

    PeerBrokenException(String message) {
        super(message);
    }

    PeerBrokenException(String message, Throwable cause) {
        super(message, cause);
    }
}
