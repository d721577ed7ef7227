package io.evenkeel.server.peer;

import java.io.IOException;

/** The request was not sent: nothing of it can have happened. */
final class PeerUnreachableException extends IOException {
    private static final long serialVersionUID = 1L;

    PeerUnreachableException(String message) {
        super(message);
    }

    PeerUnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
