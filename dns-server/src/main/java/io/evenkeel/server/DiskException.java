package io.evenkeel.server;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The disk does not allow what a node needs; the message names the folder, what is needed and the remedy. */
public final class DiskException extends IOException {
    private static final long serialVersionUID = 1;

    DiskException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
