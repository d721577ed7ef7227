package io.evenkeel.consensus.identity;

import io.evenkeel.consensus.identity.DataDirectoryException.Kind;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/*
 * identity.properties is written before the Raft directory is made, and says how far the node has come:
 *
 * FOUNDING  until the group of one has committed its first configuration. Nothing was accepted and nobody added before, so
 *           after a crash whatever is there is thrown away and the cluster is founded again, under the same id.
 * JOINING   until a configuration that holds the node has been seen. The node may have voted already: if its Raft directory
 *           is gone, it comes back as the next incarnation, which has never voted.
 * MEMBER    from then on. If the Raft directory is gone, the node refuses: who has forgotten its votes and what it has
 *           acknowledged can break the cluster (two leaders, lost entries), or is counted as up to date and stays empty.
 *
 * RETIRED once the group has taken the node out, or a later incarnation has its place. It never takes part again as who it was;
 *           when it is let in anew, as a later incarnation, what the Raft directory holds is thrown away.
 *
 * A copy without the phase, raft/owner.properties, lies inside the Raft directory and shows one that was swapped.
 */

/**
 * Who this node is, kept in its data directory as {@code identity.properties}.
 *
 * @param clusterName as configured
 * @param clusterId the Raft group
 * @param node its name
 * @param incarnation which life of that name, from 1
 * @param phase how far it has come
 */
public record NodeIdentity(String clusterName, UUID clusterId, String node, int incarnation, Phase phase) {
    public NodeIdentity {
        // What would not come back as it was written.
        if (!PLAIN.matcher(clusterName).matches() || !PLAIN.matcher(node).matches() || incarnation < 1) {
            throw new IllegalArgumentException(
                    "not a name, or not an incarnation: '" + clusterName + "', '" + node + "', " + incarnation);
        }
    }

    /** File name below the data directory. */
    public static final String FILE = "identity.properties";

    /** Name below the data directory of what Ratis keeps. */
    public static final String RAFT_DIRECTORY = "raft";

    private static final String OWNER_FILE = "owner.properties";
    private static final int FORMAT = 2;
    private static final Pattern PLAIN =
            Pattern.compile("[^\\p{Cntrl}\\s\\\\](?:[^\\p{Cntrl}\\\\]*[^\\p{Cntrl}\\s\\\\])?");

    /** How far a node has come on its way into the group. */
    public enum Phase {
        FOUNDING,
        JOINING,
        MEMBER,
        RETIRED
    }

    /** For a node that is about to found a cluster. */
    public static NodeIdentity founding(String clusterName, UUID clusterId, String node) {
        return new NodeIdentity(clusterName, clusterId, node, 1, Phase.FOUNDING);
    }

    /** For a node that is about to join one. */
    public static NodeIdentity joining(String clusterName, UUID clusterId, String node, int incarnation) {
        return new NodeIdentity(clusterName, clusterId, node, incarnation, Phase.JOINING);
    }

    /**
     * Reads and judges a data directory. What comes back may differ from the file (a next incarnation): {@link #store} it.
     *
     * @return empty if the directory holds nothing: the node may found or join
     * @throws DataDirectoryException if the node must not start on it
     */
    public static Optional<NodeIdentity> load(Path directory, String clusterName, String node) throws IOException {
        Path file = directory.resolve(FILE);
        Path raft = directory.resolve(RAFT_DIRECTORY);
        if (!Files.exists(file)) {
            if (!isEmpty(raft)) {
                throw new DataDirectoryException(
                        Kind.UNREADABLE,
                        directory + ": " + FILE + " is missing beside Raft data; restore it from a backup, or "
                                + START_ANEW);
            }
            return Optional.empty();
        }
        NodeIdentity identity = parse(file);
        if (!identity.clusterName.equals(clusterName)) {
            throw new DataDirectoryException(
                    Kind.OTHER_CLUSTER,
                    directory + ": belongs to cluster '" + identity.clusterName + "', not '" + clusterName
                            + "'; correct cluster.name or use another data directory");
        }
        if (!identity.node.equals(node)) {
            throw new DataDirectoryException(
                    Kind.OTHER_NODE,
                    directory + ": belongs to node '" + identity.node + "', not '" + node
                            + "'; correct node.name or use another data directory");
        }
        return Optional.of(identity.judged(raft));
    }

    private NodeIdentity judged(Path raft) throws IOException {
        if (phase == Phase.FOUNDING || phase == Phase.RETIRED) {
            return this;
        }
        String flaw = flaw(raft);
        if (flaw == null) {
            return this;
        }
        if (phase == Phase.JOINING) {
            return joining(clusterName, clusterId, node, incarnation + 1);
        }
        throw amnesia(raft, flaw);
    }

    /** What to refuse with a Raft directory that has a {@link #flaw}. */
    public DataDirectoryException amnesia(Path raft, String flaw) {
        return new DataDirectoryException(
                Kind.AMNESIA,
                raft + ": " + flaw + ". Node " + node + " has forgotten how it voted and must not take part as "
                        + peerId() + " again; " + START_ANEW
                        + " If the majority of the members has lost its data, see `evenkeel cluster recover --help`.");
    }

    private static final String START_ANEW =
            "if the other members are up, delete the data directory and start: the node joins anew and copies the zones.";

    /** Why the Raft directory is not one that this identity has left in order; null if it is. */
    public @Nullable String flaw(Path raft) throws IOException {
        if (isEmpty(raft)) {
            return "is missing or empty";
        }
        Path owner = raft.resolve(OWNER_FILE);
        if (!Files.exists(owner)) {
            return OWNER_FILE + " is missing";
        }
        if (!Files.readString(owner).equals(ownerText())) {
            return "belongs to another node or incarnation";
        }
        Path meta = raft.resolve(clusterId.toString()).resolve("current").resolve("raft-meta");
        if (!Files.exists(meta)) {
            return "raft-meta is missing";
        }
        try {
            Long.parseLong(properties(meta).getProperty("term", ""));
        } catch (NumberFormatException e) {
            return "raft-meta is empty or damaged";
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(raft, Files::isDirectory)) {
            for (Path entry : entries) {
                if (!entry.endsWith(clusterId.toString())) {
                    return "holds another group as well: " + entry.getFileName();
                }
            }
        }
        return null;
    }

    /** Writes it, atomically and forced to disk. */
    public void store(Path directory) throws IOException {
        Files.createDirectories(directory);
        String text = "# Who this node is. Written by the node; do not edit.\nformat=" + FORMAT + "\ncluster="
                + clusterName
                + "\ncluster-id=" + clusterId + "\nnode=" + node + "\nincarnation=" + incarnation + "\nphase=" + phase
                + "\n";
        DurableFile.write(directory.resolve(FILE), text.getBytes(StandardCharsets.UTF_8));
    }

    /** The cluster that a Raft directory belongs to; null if it is not there or does not say. */
    public static @Nullable UUID ownerOf(Path raft) throws IOException {
        Path owner = raft.resolve(OWNER_FILE);
        if (!Files.exists(owner)) {
            return null;
        }
        try {
            return UUID.fromString(properties(owner).getProperty("cluster-id", ""));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Empties the Raft directory and marks it as this node's. */
    public void claim(Path raft) throws IOException {
        if (Files.exists(raft)) {
            try (Stream<Path> files = Files.walk(raft)) {
                for (Path path : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                    Files.delete(path);
                }
            }
        }
        Files.createDirectories(raft);
        DurableFile.write(raft.resolve(OWNER_FILE), ownerText().getBytes(StandardCharsets.UTF_8));
    }

    /** The same, further on its way. */
    public NodeIdentity member() {
        return new NodeIdentity(clusterName, clusterId, node, incarnation, Phase.MEMBER);
    }

    /** The same, taken out. */
    public NodeIdentity retired() {
        return new NodeIdentity(clusterName, clusterId, node, incarnation, Phase.RETIRED);
    }

    /** As the other members know it. */
    public Member self(String raftAddress, String peerAddress) {
        return new Member(node, incarnation, raftAddress, peerAddress);
    }

    /** The Raft peer id. */
    public String peerId() {
        return self("", "").peerId();
    }

    /**
     * What that file says, without a judgement.
     *
     * @throws DataDirectoryException if it cannot be understood
     */
    public static NodeIdentity parse(Path file) throws IOException {
        Properties values = properties(file);
        try {
            int format = Integer.parseInt(value(values, "format"));
            if (format > FORMAT) {
                throw new DataDirectoryException(
                        Kind.NEWER_FORMAT,
                        file + ": has format " + format + ", this version reads up to " + FORMAT
                                + "; start the version that wrote it, or a later one");
            }
            if (format < FORMAT) {
                throw new DataDirectoryException(
                        Kind.OLDER_FORMAT,
                        file + ": has format " + format + " of an early version, this one reads format " + FORMAT
                                + "; export the zones with the version that wrote it, or "
                                + START_ANEW);
            }
            return new NodeIdentity(
                    value(values, "cluster"),
                    UUID.fromString(value(values, "cluster-id")),
                    value(values, "node"),
                    Integer.parseInt(value(values, "incarnation")),
                    Phase.valueOf(value(values, "phase")));
        } catch (IllegalArgumentException e) {
            throw unreadable(file, String.valueOf(e.getMessage()));
        }
    }

    private static String value(Properties values, String key) {
        String value = values.getProperty(key);
        if (value == null) {
            throw new IllegalArgumentException(key + " is missing");
        }
        return value;
    }

    private static DataDirectoryException unreadable(Path file, String why) {
        return new DataDirectoryException(
                Kind.UNREADABLE, file + ": cannot be read, " + why + "; restore it from a backup, or " + START_ANEW);
    }

    private static Properties properties(Path file) throws IOException {
        Properties values = new Properties();
        try {
            values.load(new StringReader(Files.readString(file)));
        } catch (IllegalArgumentException e) {
            throw unreadable(file, String.valueOf(e.getMessage()));
        }
        return values;
    }

    private String ownerText() {
        return "cluster-id=" + clusterId + "\nnode=" + node + "\nincarnation=" + incarnation + "\n";
    }

    private static boolean isEmpty(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return true;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            return !entries.iterator().hasNext();
        }
    }
}
