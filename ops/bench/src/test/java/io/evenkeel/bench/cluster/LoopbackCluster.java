package io.evenkeel.bench.cluster;

import io.evenkeel.ops.local.ClusterFolder;
import io.evenkeel.ops.local.Layout;
import io.evenkeel.ops.node.ClusterFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Nodes on the loopback interface, each a process that this JVM starts, and that ends with it. Any thread. */
public final class LoopbackCluster implements BreakableCluster {
    private final LocalCluster cluster;
    private final Map<String, Process> processes = new ConcurrentHashMap<>();
    private final Map<String, String> options = new ConcurrentHashMap<>();

    /** Makes keys and configurations as {@code up} does; starts nothing yet. */
    public LoopbackCluster(Path data, int nodes) throws Exception {
        Path folder = data.toAbsolutePath();
        this.cluster = new LocalCluster(folder, nodes);
        try (ClusterFolder held = ClusterFolder.open(folder)) {
            held.prepare(new ClusterFile(ClusterFile.FORMAT, "evenkeel", new Layout(cluster.basePort(), nodes).plan()));
        }
    }

    @Override
    public LocalCluster cluster() {
        return cluster;
    }

    /** Adds to the configuration of all nodes, from their next start on. */
    public void configure(String yaml) throws IOException {
        for (ClusterFile.Node node : cluster.nodes()) {
            Files.writeString(cluster.data().resolve(node.config()), yaml, StandardOpenOption.APPEND);
        }
    }

    /** Options of the JVM of one node, from its next start on. */
    public void options(String name, String jvm) {
        options.put(name, jvm);
    }

    /** Those that it has now. */
    public String options(String name) {
        return options.getOrDefault(name, "");
    }

    @Override
    public void start(String name) throws IOException {
        processes.put(name, cluster.serve(name, command -> {
            ProcessBuilder builder = new ProcessBuilder(command);
            String own = options.get(name);
            if (own != null) {
                builder.environment().put("EVENKEEL_NODE_OPTS", own);
            }
            return builder;
        }));
    }

    /**
     * Starts one node in another way.
     *
     * @param wrapper makes what runs a command, under the pid of the process that it starts
     */
    public Process start(String name, Function<String[], ProcessBuilder> wrapper) throws IOException {
        Process process = cluster.serve(name, wrapper);
        processes.put(name, process);
        return process;
    }

    @Override
    public void kill(String name) {
        LocalCluster.kill(Objects.requireNonNull(processes.get(name), name));
    }

    @Override
    public Optional<PartitionedCluster> networks() {
        return Optional.empty();
    }

    @Override
    public void close() {
        processes.keySet().forEach(this::kill);
    }
}
