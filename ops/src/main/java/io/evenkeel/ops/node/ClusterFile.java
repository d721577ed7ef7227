package io.evenkeel.ops.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * {@code DATA/cluster.json}: the nodes that {@code up} made in a data folder, and the processes that it started last.
 * Paths in it are relative to the folder, so that the folder can be moved.
 *
 * @param format of this file
 * @param cluster its name
 * @param nodes in order of their number
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ClusterFile(int format, String cluster, List<Node> nodes) {
    /** The newest that is known, and the one that is written. */
    public static final int FORMAT = 1;
    /** Of the file, in the data folder. */
    public static final String NAME = "cluster.json";

    /** Keeps a copy of the list. */
    public ClusterFile {
        nodes = List.copyOf(nodes);
    }

    /**
     * One node on this machine.
     *
     * @param pid of the process started last, 0 if none was, or {@code down} has stopped it
     * @param startTicks when that process began, see {@link OsProcess#startTicks}; tells it from a later one of the same pid
     * @param dns address and port of its DNS socket, UDP and TCP
     * @param admin of its admin API
     * @param raft of its Raft port
     * @param peer of its peer channel
     * @param apiKeyFile the file that the node writes its key for local operators to
     * @param config its configuration
     * @param log its log
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Node(
            String name,
            long pid,
            long startTicks,
            String dns,
            String admin,
            String raft,
            String peer,
            String apiKeyFile,
            String config,
            String log) {
        /** The same node as another process. */
        public Node withProcess(long newPid, long newStartTicks) {
            return new Node(name, newPid, newStartTicks, dns, admin, raft, peer, apiKeyFile, config, log);
        }

        /** Whether the process started last lives. */
        public boolean runs() {
            return pid > 0 && OsProcess.isAlive(pid, startTicks);
        }

        /** Of its admin API. */
        public URI adminUri() {
            return URI.create("http://" + admin);
        }

        /** Of {@link #dns}. */
        public int dnsPort() {
            return Integer.parseInt(dns.substring(dns.lastIndexOf(':') + 1));
        }
    }

    /** The same nodes, of which none runs. */
    public ClusterFile withoutProcesses() {
        return new ClusterFile(
                format,
                cluster,
                nodes.stream().map(node -> node.withProcess(0, 0)).toList());
    }

    /** The same with that node in the place of the one of its name. */
    public ClusterFile with(Node replacing) {
        return new ClusterFile(
                format,
                cluster,
                nodes.stream()
                        .map(node -> node.name().equals(replacing.name()) ? replacing : node)
                        .toList());
    }

    /** What is written in {@code folder}; empty if nothing is. */
    public static Optional<ClusterFile> read(Path folder) throws CommandFailure {
        Path file = folder.resolve(NAME);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode tree = Json.MAPPER.readTree(Files.readAllBytes(file));
            int format = tree.path("format").asInt();
            if (format > FORMAT) {
                throw new CommandFailure(
                        CommandFailure.DATA_FOLDER,
                        "%s has format %d and this version knows up to %d: use the newer version, or another --data"
                                .formatted(file, format, FORMAT));
            }
            return Optional.of(Json.MAPPER.treeToValue(tree, ClusterFile.class));
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandFailure(
                    CommandFailure.DATA_FOLDER,
                    "%s cannot be read (%s): restore it, or use another --data".formatted(file, firstLine(e)));
        }
    }

    /** Writes it whole or not at all. */
    public void write(Path folder) throws IOException {
        Path target = folder.resolve(NAME);
        Path temporary = folder.resolve(NAME + ".new");
        Files.write(temporary, Json.pretty(this));
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String firstLine(Exception e) {
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
