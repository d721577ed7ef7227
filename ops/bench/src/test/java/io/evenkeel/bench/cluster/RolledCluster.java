package io.evenkeel.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Nodes on the loopback interface that were brought up by one build, and of which each may be restarted with another. */
public final class RolledCluster implements BreakableCluster {
    private final LocalCluster cluster;
    private final Map<String, Process> restarted = new HashMap<>();
    private Build build;

    /**
     * A build of this software.
     *
     * @param launcher of it
     * @param options of the JVM of a node, as {@code EVENKEEL_NODE_OPTS} takes them
     */
    public record Build(Path launcher, String options) {}

    /** Brings them up by that build. */
    public RolledCluster(Path data, int nodes, Build build) throws IOException, InterruptedException {
        this.build = build;
        this.cluster = new LocalCluster(data.toAbsolutePath(), nodes);
        ClusterGuard.watch(cluster.data());
        Process up = new ProcessBuilder(
                        build.launcher().toString(),
                        "up",
                        "--detach",
                        "--nodes",
                        "" + nodes,
                        "--base-port",
                        "" + cluster.basePort(),
                        "--data",
                        cluster.data().toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(up.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(up.exitValue()).isZero();
    }

    /** What nodes are started with from now on. */
    public void use(Build next) {
        build = next;
    }

    @Override
    public LocalCluster cluster() {
        return cluster;
    }

    @Override
    public void start(String name) throws IOException {
        Build chosen = build;
        restarted.put(name, cluster.serve(name, command -> {
            command[0] = chosen.launcher().toString();
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().put("EVENKEEL_NODE_OPTS", chosen.options());
            return builder;
        }));
    }

    /** As an operator stops it; returns when it is gone. */
    public void stop(String name) throws IOException, InterruptedException {
        ClusterFile.Node node = cluster.node(name);
        LocalCluster.signal("TERM", node);
        LocalCluster.awaitGone(List.of(node));
    }

    @Override
    public void kill(String name) {
        Process process = restarted.get(name);
        if (process != null) {
            LocalCluster.kill(process);
        }
    }

    @Override
    public Optional<PartitionedCluster> networks() {
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        restarted.keySet().forEach(this::kill);
        cluster.close();
    }
}
