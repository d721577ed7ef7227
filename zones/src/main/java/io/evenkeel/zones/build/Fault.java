package io.evenkeel.zones.build;

/**
 * What is wrong with zone data.
 *
 * @param text in words, naming the thing and the limit
 * @param rule the RFC section that says so, or several; empty if it is a limit of this server
 */
public record Fault(String text, String rule) {
    /** A limit of this server. */
    static Fault limit(String text) {
        return new Fault(text, "");
    }

    /** The text, and its rule in parentheses. */
    @Override
    public String toString() {
        return rule.isEmpty() ? text : text + " (" + rule + ")";
    }
}
