package io.evenkeel.consensus.raft;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/** What this node has voted or acknowledged is not on its disk any more as it was. Waiting does not help. */
final class DamagedException extends IOException {
    private static final long serialVersionUID = 1;

    /** @param message names the file and what is wrong with it */
    DamagedException(String message) {
        super(message);
    }

    /** Among the causes of a failure; null if it is none of them. */
    static @Nullable DamagedException in(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof DamagedException damage) {
                return damage;
            }
        }
        return null;
    }

    /** Whether a failed read says nothing about the contents: no permission, a disk that does not answer. */
    static boolean isOfTheDisk(IOException e) {
        String message = String.valueOf(e.getMessage());
        return (e instanceof FileSystemException && !(e instanceof NoSuchFileException))
                || (e instanceof FileNotFoundException && !message.contains("No such file"))
                || message.contains("Input/output error")
                || message.contains("Is a directory")
                || message.contains("Too many open files");
    }
}
