package io.evenkeel.ops.node;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The folder that {@code up} keeps its nodes in, as an option of a verb. */
public final class DataFolder {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description =
                    "Data folder of the cluster that `up` starts (default: $EVENKEEL_DATA, else .evenkeel beside the sources).")
    private @Nullable Path asked;

    /** Whether the option is there. */
    boolean isAsked() {
        return asked != null;
    }

    /** Absolute; it need not exist. */
    public Path path() {
        return of(asked);
    }

    /** The folder asked for, else that of {@code EVENKEEL_DATA}, else {@code .evenkeel} beside the launcher's sources. */
    public static Path of(@Nullable Path asked) {
        if (asked != null) {
            return asked.toAbsolutePath().normalize();
        }
        String fromEnvironment = Target.environment("EVENKEEL_DATA");
        if (fromEnvironment != null) {
            return Path.of(fromEnvironment).toAbsolutePath().normalize();
        }
        String home = System.getenv("EVENKEEL_HOME");
        return Path.of(home == null ? "" : home, ".evenkeel").toAbsolutePath().normalize();
    }
}
