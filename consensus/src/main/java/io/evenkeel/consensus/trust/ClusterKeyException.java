package io.evenkeel.consensus.trust;

import java.io.IOException;

/** The cluster key cannot be used; the message is one line that names the file and the remedy. */
public final class ClusterKeyException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param message one line for the operator */
    public ClusterKeyException(String message) {
        super(message);
    }

    ClusterKeyException(String message, Throwable cause) {
        super(message, cause);
    }
}
