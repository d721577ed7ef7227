package io.evenkeel.zones.build;

/** An entry of a master file that cannot be used. */
final class BadEntryException extends Exception {
    private static final long serialVersionUID = 1L;

    BadEntryException(String message) {
        super(message);
    }
}
