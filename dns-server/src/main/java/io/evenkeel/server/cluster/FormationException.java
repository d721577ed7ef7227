package io.evenkeel.server.cluster;

import java.io.IOException;

/** This node and the others do not belong together; the message is one line that says which, and the remedy. */
public final class FormationException extends IOException {
    private static final long serialVersionUID = 1L;

    FormationException(String message) {
        super(message);
    }
}
