package io.evenkeel.ops.local;

import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DataFolder;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.Verb;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code down}: ends the nodes of a data folder. */
@Command(
        name = "down",
        description = "Stop the nodes that `up` started. Their data stays, `up` starts them again with it.")
public final class DownCommand extends Verb {
    @Mixin
    private DataFolder data = new DataFolder();

    @Option(names = "--kill", description = "Kill at once (SIGKILL) instead of asking to end (SIGTERM).")
    private boolean kill;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Path folder = data.path();
        Optional<ClusterFile> cluster = ClusterFile.read(folder);
        if (cluster.isEmpty()) {
            output.result(Map.of("stopped", 0), "nothing runs: there is no cluster in " + folder);
            return 0;
        }
        try (ClusterFolder held = ClusterFolder.open(folder)) {
            ClusterFile current = ClusterFile.read(folder).orElse(cluster.get());
            int stopped = held.stop(current, kill, output::progress);
            forget(current, folder);
            output.result(
                    Map.of("stopped", stopped),
                    stopped == 0
                            ? "nothing runs in " + folder
                            : "%s %d %s; the data stays in %s"
                                    .formatted(
                                            kill ? "killed" : "stopped",
                                            stopped,
                                            stopped == 1 ? "node" : "nodes",
                                            folder));
        }
        return 0;
    }

    /** A node without a process was stopped: an {@code up} that keeps its nodes running leaves it alone. */
    private void forget(ClusterFile cluster, Path folder) {
        try {
            cluster.withoutProcesses().write(folder);
        } catch (IOException e) {
            output.progress(
                    "evenkeel: %s cannot be written (%s): an `up` in another terminal may start killed nodes again"
                            .formatted(folder.resolve(ClusterFile.NAME), Output.reason(e)));
        }
    }
}
