package io.evenkeel.consensus.snapshot;

import java.io.IOException;

/** A file that no cluster can be made from. The message names the file and what is wrong with it, in one line. */
public final class BackupException extends IOException {
    private static final long serialVersionUID = 1;

    /** @param message names the file, what is wrong with it, and the remedy if there is one */
    public BackupException(String message) {
        super(message);
    }
}
