package io.evenkeel.ops.cli;

import io.evenkeel.ops.key.ClusterKeyCommands;
import io.evenkeel.ops.verb.VerbGroup;
import picocli.CommandLine.Command;

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
public final class ClusterCommands extends VerbGroup {
    /** For picocli. */
    public ClusterCommands() {
        super("a cluster");
    }
}
