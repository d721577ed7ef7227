package io.evenkeel.consensus.identity;

import java.io.IOException;

/** A data directory that this node must not be started on. The message names the directory, the reason and the remedy. */
public final class DataDirectoryException extends IOException {
    private static final long serialVersionUID = 1;

    private final Kind kind;

    /** @param message names the directory, the reason and the remedy */
    public DataDirectoryException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** What is wrong with it. */
    public Kind kind() {
        return kind;
    }

    /** Reasons not to start. */
    public enum Kind {
        /** It holds data of another cluster. */
        OTHER_CLUSTER,
        /** It holds data of another node. */
        OTHER_NODE,
        /** A later version has written it. */
        NEWER_FORMAT,
        /** An earlier version has written it, in a format that is no longer read. */
        OLDER_FORMAT,
        /** It holds data where none may be. */
        NOT_EMPTY,
        /** The identity cannot be read, or is missing beside data. */
        UNREADABLE,
        /** The node is known, what it voted and acknowledged is gone. */
        AMNESIA,
        /** Too little room to keep a log. */
        NO_SPACE
    }
}
