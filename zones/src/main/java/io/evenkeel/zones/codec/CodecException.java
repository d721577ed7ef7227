package io.evenkeel.zones.codec;

import java.io.IOException;

/** Octets that are not what they should be: cut short, damaged, or out of bounds. */
public class CodecException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong, without data */
    public CodecException(String message) {
        super(message);
    }

    /** @param cause what dnsjava or the inflater found */
    public CodecException(String message, Throwable cause) {
        super(message, cause);
    }
}
