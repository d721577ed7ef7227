package io.evenkeel.zones.check;

import java.util.regex.Pattern;

/**
 * What is wrong with zone data.
 *
 * @param text in words, naming the thing and the limit
 * @param rule the RFC section that says so, or several; empty if it is a limit of this server
 */
public record Fault(String text, String rule) {
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    /** What is quoted from a text must not steer a terminal or break a line of a log: control characters become {@code \DDD}. */
    public Fault {
        text = CONTROL.matcher(text)
                .replaceAll(match -> "\\\\%03d".formatted((int) match.group().charAt(0)));
    }

    /** A limit of this server. */
    public static Fault limit(String text) {
        return new Fault(text, "");
    }

    /** The text, and its rule in parentheses. */
    @Override
    public String toString() {
        return rule.isEmpty() ? text : text + " (" + rule + ")";
    }
}
