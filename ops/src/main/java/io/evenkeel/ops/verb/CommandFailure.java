package io.evenkeel.ops.verb;

import java.io.Serial;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A verb cannot do what was asked: one line for the operator, further lines if there is more to say, an exit code. */
public final class CommandFailure extends Exception {
    /** It failed, and the same again would; the lines say why. */
    public static final int FAILED = 1;
    /** Bad usage or configuration. */
    public static final int USAGE = 2;
    /** An address is in use. */
    public static final int ADDRESS_IN_USE = 3;
    /** The data folder cannot be used: other cluster, other size, newer format, in use. */
    public static final int DATA_FOLDER = 4;
    /** The disk is full or fails. */
    public static final int DISK = 5;

    /** Not now: nothing was changed, and the same may be done when it is tried again. */
    public static final int LATER = 6;
    /** Whether a change was made, or will be, is not known. */
    public static final int UNKNOWN = 7;

    @Serial
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final transient List<String> details;

    /** One line; it says what to do about it. */
    public CommandFailure(int exitCode, String message) {
        this(exitCode, message, List.of());
    }

    /** The same with further lines, for instance every problem of a zone file. */
    public CommandFailure(int exitCode, String message, List<String> details) {
        super(message);
        this.exitCode = exitCode;
        this.details = List.copyOf(details);
    }

    /** With {@link #FAILED}. */
    public static CommandFailure failed(String message) {
        return new CommandFailure(FAILED, message);
    }

    /** With {@link #LATER}. */
    public static CommandFailure later(String message) {
        return new CommandFailure(LATER, message);
    }

    /** Of the process; one of the constants here. */
    public int exitCode() {
        return exitCode;
    }

    /** The exit code as a word, for programs that read JSON. */
    public String code() {
        return switch (exitCode) {
            case USAGE -> "usage";
            case ADDRESS_IN_USE -> "address-in-use";
            case DATA_FOLDER -> "data-folder";
            case DISK -> "disk";
            case LATER -> "later";
            case UNKNOWN -> "unknown";
            default -> "failed";
        };
    }

    /** All of it, for programs that read JSON. */
    public Map<String, Object> value() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("error", getMessage());
        value.put("errors", details);
        value.put("code", code());
        value.put("exitCode", exitCode);
        return value;
    }

    /** Further lines, for instance every problem of a zone file. */
    public List<String> details() {
        return details;
    }

    @Override
    public String getMessage() {
        String message = super.getMessage();
        return message == null ? "failed" : message;
    }
}
