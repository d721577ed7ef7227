package io.evenkeel.server.config;

import java.util.List;

/** The configuration cannot be used; carries everything that is wrong with it, one line each. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<String> problems;

    /** @param problems at least one line: file, key, what is wrong, what is allowed */
    public ConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** One line each. */
    public List<String> problems() {
        return problems;
    }
}
