package io.evenkeel.consensus.identity;

import io.evenkeel.consensus.identity.DataDirectoryException.Kind;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/*
 * identity.properties is written before the Raft directory is made, and says how far the node has come:
 *
 * FOUNDING  until the group of one has committed its first configuration. Nothing was accepted and nobody added before, so
 *           after a crash whatever is there is thrown away and the cluster is founded again, under the same id.
 * JOINING   until a configuration that holds the node has been seen. The node may have voted already: if its Raft directory
 *           is gone, it comes back as the next incarnation, which has never voted.
 * MEMBER    from then on. Who has forgotten its votes and what it has acknowledged can break the cluster (two leaders, lost
 *           entries), or is counted as up to date and stays empty. If the Raft directory is gone, the node refuses; if it is
 *           damaged, but holds zones, the node answers from these, takes no part, and comes back as the next incarnation.
 *
 * RETIRED once the group has taken the node out, or a later incarnation has its place. It never takes part again as who it was;
 *           when it is let in anew, as a later incarnation, what the Raft directory holds is thrown away.
 *
 * A copy without the phase, raft/owner.properties, lies inside the Raft directory: it shows one that was swapped, and says whose
 * zones these are if identity.properties cannot be read. raft/damaged says that the votes or the log in there were once found
 * damaged: whatever anybody mends or puts back, they are not to be used again.
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

    /** Beside it: a Raft directory that was found damaged, kept for its zones while the node comes back without it. */
    public static final String DAMAGED_DIRECTORY = "raft-damaged";

    private static final String OWNER_FILE = "owner.properties";
    private static final String CAUGHT_UP = "caught-up";
    private static final String DAMAGED = "damaged";
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
     * What a data directory says.
     *
     * @param flaw why the node must not take part as that any more; null if it may
     */
    public record Found(NodeIdentity identity, @Nullable String flaw) {}

    /**
     * Reads and judges a data directory. What comes back may differ from the file (a next incarnation): {@link #store} it. A
     * member whose Raft directory is damaged or gone comes back as it was, for only a leader knows what it may be next; see
     * {@link #find}.
     *
     * @return empty if the directory holds nothing: the node may found or join
     * @throws DataDirectoryException if the node must not start on it
     */
    public static Optional<NodeIdentity> load(Path directory, String clusterName, String node) throws IOException {
        Path raft = directory.resolve(RAFT_DIRECTORY);
        if (!Files.exists(directory.resolve(FILE)) && isEmpty(raft)) {
            return Optional.empty();
        }
        Found found;
        try {
            found = find(directory);
        } catch (DataDirectoryException e) {
            throw e;
        } catch (IOException e) {
            // A disk that cannot be read at present: the replica says so, and tries again.
            NodeIdentity owner = hasCaughtUp(raft) ? owner(raft) : null;
            if (owner == null) {
                throw e;
            }
            found = new Found(owner, null);
        }
        NodeIdentity identity = found.identity;
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
        return Optional.of(found.flaw != null && identity.phase == Phase.JOINING ? identity.next() : identity);
    }

    /**
     * Who a data directory belongs to. If {@link #FILE} is damaged or missing, the copy beside the zones says it.
     *
     * @throws DataDirectoryException if nobody can say, or another version wrote it
     * @throws IOException if it cannot be read
     */
    public static Found find(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        Path raft = directory.resolve(RAFT_DIRECTORY);
        NodeIdentity identity;
        try {
            identity = parse(file);
        } catch (DataDirectoryException e) {
            NodeIdentity owner = e.kind() == Kind.UNREADABLE && hasCaughtUp(raft) ? owner(raft) : null;
            if (owner == null) {
                throw e;
            }
            identity = owner;
        }
        boolean takesPart = identity.phase == Phase.JOINING || identity.phase == Phase.MEMBER;
        return new Found(identity, takesPart ? identity.flaw(raft) : null);
    }

    /** Whether what lies there has once held all that was committed, and so is something to answer from. */
    public static boolean hasCaughtUp(Path raft) {
        return Files.exists(raft.resolve(CAUGHT_UP));
    }

    /** Notes that, beside the log, so that it goes when that goes. */
    public static void noteCaughtUp(Path raft) throws IOException {
        DurableFile.write(raft.resolve(CAUGHT_UP), new byte[0]);
    }

    /** Notes that the votes or the log there must not be used again. */
    public static void noteDamaged(Path raft, String why) throws IOException {
        if (!Files.exists(raft.resolve(DAMAGED))) {
            DurableFile.write(raft.resolve(DAMAGED), (why + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private static final String START_ANEW =
            "if the other members are up, delete the data directory and start: the node joins anew and copies the zones.";

    /** Why the Raft directory is not one that this identity has left in order; null if it is. */
    public @Nullable String flaw(Path raft) throws IOException {
        if (isEmpty(raft)) {
            return "is missing or empty";
        }
        if (Files.exists(raft.resolve(DAMAGED))) {
            return Files.readString(raft.resolve(DAMAGED)).strip();
        }
        Path owner = raft.resolve(OWNER_FILE);
        if (!Files.exists(owner)) {
            return OWNER_FILE + " is missing";
        }
        if (!Files.readString(owner).equals(ownerText())) {
            return "belongs to another node or incarnation";
        }
        Path current = raft.resolve(clusterId.toString()).resolve("current");
        if (!Files.exists(current.resolve(Seal.VOTE))) {
            return Seal.VOTE + " is missing";
        }
        for (String name : new String[] {Seal.VOTE, Seal.MEMBERS}) {
            String flaw = Seal.flaw(current.resolve(name));
            if (flaw != null) {
                return flaw;
            }
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
        DurableFile.makePrivateFolder(directory);
        DurableFile.write(directory.resolve(FILE), text().getBytes(StandardCharsets.UTF_8));
    }

    /** Whether the file says exactly this. */
    public boolean isStored(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        return Files.exists(file) && Arrays.equals(Files.readAllBytes(file), text().getBytes(StandardCharsets.UTF_8));
    }

    private String text() {
        return "# Who this node is. Written by the node; do not edit.\nformat=" + FORMAT + "\ncluster="
                + clusterName
                + "\ncluster-id=" + clusterId + "\nnode=" + node + "\nincarnation=" + incarnation + "\nphase=" + phase
                + "\n";
    }

    /** Whose Raft directory it is, as a member; null if it is not there or does not say. */
    public static @Nullable NodeIdentity owner(Path raft) throws IOException {
        Path owner = raft.resolve(OWNER_FILE);
        if (!Files.exists(owner)) {
            return null;
        }
        try {
            Properties values = properties(owner);
            return new NodeIdentity(
                    value(values, "cluster"),
                    UUID.fromString(value(values, "cluster-id")),
                    value(values, "node"),
                    Integer.parseInt(value(values, "incarnation")),
                    Phase.MEMBER);
        } catch (DataDirectoryException | IllegalArgumentException e) {
            return null;
        }
    }

    /** Empties the Raft directory and marks it as this node's. */
    public void claim(Path raft) throws IOException {
        DurableFile.deleteTree(raft);
        Files.createDirectories(raft);
        DurableFile.write(raft.resolve(OWNER_FILE), ownerText().getBytes(StandardCharsets.UTF_8));
    }

    /** The same, further on its way. */
    public NodeIdentity member() {
        return new NodeIdentity(clusterName, clusterId, node, incarnation, Phase.MEMBER);
    }

    /** The same in its next life, on its way in: it has never voted. */
    public NodeIdentity next() {
        return joining(clusterName, clusterId, node, incarnation + 1);
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
        if (!Files.exists(file)) {
            throw new DataDirectoryException(
                    Kind.UNREADABLE,
                    file.toAbsolutePath().getParent() + ": " + file.getFileName()
                            + " is missing beside Raft data; restore it from a backup, or " + START_ANEW);
        }
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
            // Octets that are no text make a file that says nothing, not one that cannot be read.
            values.load(new StringReader(new String(Files.readAllBytes(file), StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            throw unreadable(file, String.valueOf(e.getMessage()));
        }
        return values;
    }

    private String ownerText() {
        return "cluster=" + clusterName + "\ncluster-id=" + clusterId + "\nnode=" + node + "\nincarnation="
                + incarnation + "\n";
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
