package io.evenkeel.ops.cli;

import picocli.CommandLine.Option;

/** {@code --force}: the node is told that a change is meant which takes most of a zone. */
final class Force {
    @Option(
            names = "--force",
            description =
                    "Make the change even if it takes more than half of the names of a zone of 50 or more, or all but its SOA,"
                            + " NS and their addresses.")
    private boolean forced;

    boolean isGiven() {
        return forced;
    }

    /** The path of a change, with what the node is to be told. */
    String in(String path) {
        return forced ? path + "?force=true" : path;
    }
}
