package io.evenkeel.server.cli;

import io.evenkeel.consensus.identity.DataDirectoryException;
import io.evenkeel.consensus.trust.ClusterKeyException;
import io.evenkeel.server.DiskException;
import io.evenkeel.server.cluster.FormationException;
import io.evenkeel.server.config.ConfigException;
import io.evenkeel.server.transport.AddressInUseException;
import java.io.IOException;
import java.util.Locale;

/** What the end of a process tells whoever started it. */
enum ExitCode {
    /** As asked. */
    FINE(0),
    /** Anything that has no code of its own. */
    FAILED(1),
    /** Bad usage, configuration or key file. */
    USAGE(2),
    /** Another process has a port. */
    ADDRESS_IN_USE(3),
    /** The data folder is another cluster's or node's, of a later version, or has lost what must not be forgotten. */
    DATA(4),
    /** No space, or no permission. */
    DISK(5);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static ExitCode of(Throwable failure) {
        return switch (failure) {
            case ConfigException _, ClusterKeyException _ -> USAGE;
            case AddressInUseException _ -> ADDRESS_IN_USE;
            case DataDirectoryException e when e.kind() == DataDirectoryException.Kind.NO_SPACE -> DISK;
            case DataDirectoryException _, FormationException _ -> DATA;
            case DiskException _ -> DISK;
            case IOException e when message(e).toLowerCase(Locale.ROOT).contains("no space left") -> DISK;
            default -> failure.getCause() == null ? FAILED : of(failure.getCause());
        };
    }

    /** What to print: one line where the failure is one that we know. */
    static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.toString() : message;
    }
}
