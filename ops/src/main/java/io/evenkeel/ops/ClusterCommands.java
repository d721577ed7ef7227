package io.evenkeel.ops;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cluster}: what makes nodes a cluster. */
@Command(name = "cluster", description = "What makes nodes a cluster.")
final class ClusterCommands implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "do what with a cluster?");
    }

    @Command(
            name = "key",
            description = {
                "Make the key that all members of one cluster hold (PKCS12, readable by its owner only).",
                "Copy it to each member and name it there as cluster.key-file. An existing file is never overwritten."
            })
    void key(@Parameters(paramLabel = "FILE") Path file, @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        ClusterKey.create(file);
        output.result(Map.of("file", file.toString()), "made " + file + "; whoever holds it can be a member");
    }
}
