package io.evenkeel.ops.cli;

import io.evenkeel.ops.key.ClusterKeyCommands;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code cluster}: what makes nodes a cluster. */
@Command(
        name = "cluster",
        description = "What makes nodes a cluster.",
        subcommands = {
            ClusterKeyCommands.class,
            ClusterStatusCommand.class,
            ClusterMemberCommands.Add.class,
            ClusterMemberCommands.Remove.class,
            ClusterMemberCommands.Transfer.class,
            ClusterLevelCommand.class,
            SafeToStopCommand.class,
            ScrubCommand.class,
            RecoverCommand.class
        })
public final class ClusterCommands implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "do what with a cluster?");
    }
}
