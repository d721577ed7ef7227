package io.evenkeel.ops.bench;

import picocli.CommandLine.Option;

/** The type of the questions whose names {@code --names} describes. */
final class TypeOption {
    @Option(
            names = "--type",
            paramLabel = "TYPE",
            defaultValue = "A",
            description = "Of --names (default: ${DEFAULT-VALUE}).")
    private String type = "A";

    String type() {
        return type;
    }
}
