package io.evenkeel.zones.check;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * One finding about a zone's text or contents.
 *
 * @param severity an error keeps the zone from being taken, a warning does not
 * @param file the source it was found in, null if the records came from no file
 * @param line where the entry starts, from 1; 0: no line
 * @param owner the name that it is about, null if about none
 * @param message what is wrong, in words
 * @param rule the RFC section that says so, or several; empty if it is a limit of this server
 */
public record ZoneProblem(
        Severity severity,
        @Nullable String file,
        int line,
        @Nullable Name owner,
        String message,
        String rule) {
    /** What was found at a place. */
    public ZoneProblem(Severity severity, @Nullable String file, int line, @Nullable Name owner, Fault fault) {
        this(severity, file, line, owner, fault.text(), fault.rule());
    }

    /** Whether the zone can be taken all the same. */
    public enum Severity {
        ERROR,
        WARNING
    }

    /** Without a place. */
    public static ZoneProblem error(@Nullable Name owner, Fault fault) {
        return new ZoneProblem(Severity.ERROR, null, 0, owner, fault);
    }

    public boolean isError() {
        return severity == Severity.ERROR;
    }

    /** In the form {@code file:line: error: owner: message (rule)}; what is not known is left out. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (file != null) {
            text.append(file).append(line > 0 ? ":" + line : "").append(": ");
        } else if (line > 0) {
            text.append("line ").append(line).append(": ");
        }
        text.append(severity == Severity.ERROR ? "error: " : "warning: ");
        if (owner != null) {
            text.append(owner).append(": ");
        }
        return text.append(new Fault(message, rule)).toString();
    }
}
