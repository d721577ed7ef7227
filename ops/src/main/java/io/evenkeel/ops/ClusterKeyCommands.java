package io.evenkeel.ops;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cluster key}: the file that makes a node a member. */
@Command(name = "key", description = "The key that all members of one cluster hold.")
final class ClusterKeyCommands implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "do what with a cluster key?");
    }

    @Command(
            name = "create",
            description = {
                "Make the key that all members of one cluster hold (PKCS12, readable by its owner only).",
                "Copy it to each member and name it there as cluster.key-file. An existing file is never overwritten."
            })
    void create(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(
                            names = "--if-missing",
                            description =
                                    "Leave a file that is there as it is, and call that done. Of several that run at"
                                            + " once on one folder the first makes the key of all.")
                    boolean ifMissing,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        boolean created = true;
        if (ifMissing) {
            created = ClusterKey.createIfMissing(file);
        } else {
            ClusterKey.create(file);
        }
        output.result(
                Map.of("file", file.toString(), "created", created),
                created ? "made " + file + "; whoever holds it can be a member" : file + " is there already");
    }
}
