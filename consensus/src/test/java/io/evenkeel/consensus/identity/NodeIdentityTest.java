package io.evenkeel.consensus.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.consensus.identity.DataDirectoryException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeIdentityTest {
    private static final UUID CLUSTER = UUID.randomUUID();

    @TempDir
    Path directory;

    @Test
    void emptyDirectoryHasNoIdentity() throws IOException {
        assertThat(NodeIdentity.load(directory, "c", "n1")).isEmpty();
    }

    @Test
    void whatIsStoredIsLoaded() throws IOException {
        NodeIdentity identity = NodeIdentity.founding("c: a #1 = b", CLUSTER, "n1");
        identity.store(directory);
        assertThat(NodeIdentity.load(directory, "c: a #1 = b", "n1")).contains(identity);
    }

    @Test
    void otherClusterIsRefused() throws IOException {
        member().store(directory);
        assertKind(() -> NodeIdentity.load(directory, "d", "n1"), Kind.OTHER_CLUSTER, "cluster 'c', not 'd'");
    }

    @Test
    void otherNodeIsRefused() throws IOException {
        member().store(directory);
        assertKind(() -> NodeIdentity.load(directory, "c", "n2"), Kind.OTHER_NODE, "node 'n1', not 'n2'");
    }

    @Test
    void newerFormatIsRefusedWhateverElseItHolds() throws IOException {
        Files.writeString(directory.resolve(NodeIdentity.FILE), "format=3\nsomething=else\n");
        assertKind(() -> NodeIdentity.load(directory, "c", "n1"), Kind.NEWER_FORMAT, "format 3");
        Files.writeString(directory.resolve(NodeIdentity.FILE), "format=1\nsomething=else\n");
        assertKind(() -> NodeIdentity.load(directory, "c", "n1"), Kind.OLDER_FORMAT, "export the zones");
    }

    @Test
    void rubbishIsRefused() throws IOException {
        for (String text : new String[] {"", "format=2\n", "format=x\n", "\\u12"}) {
            Files.writeString(directory.resolve(NodeIdentity.FILE), text);
            assertKind(() -> NodeIdentity.load(directory, "c", "n1"), Kind.UNREADABLE, NodeIdentity.FILE);
        }
    }

    @Test
    void raftDataWithoutIdentityIsRefused() throws IOException {
        Files.createDirectories(directory.resolve("raft").resolve(CLUSTER.toString()));
        assertKind(() -> NodeIdentity.load(directory, "c", "n1"), Kind.UNREADABLE, "is missing beside Raft data");
    }

    @Test
    void memberInOrderIsLoaded() throws IOException {
        NodeIdentity member = inOrder();
        assertThat(NodeIdentity.load(directory, "c", "n1")).contains(member);
    }

    /** It is who it was, and must not take part as that. */
    private void assertFlaw(String flaw) throws IOException {
        assertThat(NodeIdentity.load(directory, "c", "n1")).contains(member());
        assertThat(NodeIdentity.find(directory).flaw()).contains(flaw);
    }

    @Test
    void memberWithoutRaftDirectoryHasAFlaw() throws IOException {
        member().store(directory);
        assertFlaw("missing or empty");
    }

    @Test
    void memberWithoutVoteFileHasAFlaw() throws IOException {
        inOrder();
        Files.delete(meta());
        assertFlaw("raft-meta is missing");
    }

    @Test
    void memberWithEmptyVoteFileHasAFlaw() throws IOException {
        inOrder();
        Files.writeString(meta(), "");
        assertFlaw("raft-meta is damaged");
    }

    @Test
    void everyOctetOfTheVoteFileCounts() throws IOException {
        inOrder();
        byte[] whole = Files.readAllBytes(meta());
        for (int i = 0; i < whole.length; i++) {
            byte[] flipped = whole.clone();
            flipped[i] ^= 1;
            Files.write(meta(), flipped);
            assertFlaw("raft-meta is damaged");
        }
    }

    @Test
    void memberWithDamagedVotesIsWhoItWasIfItHoldsZones() throws IOException {
        NodeIdentity member = inOrder();
        NodeIdentity.noteCaughtUp(directory.resolve("raft"));
        Files.writeString(meta(), "term=999999\nvotedFor=n1-1\n");
        assertThat(NodeIdentity.load(directory, "c", "n1")).contains(member);
        assertThat(NodeIdentity.find(directory).flaw()).contains("raft-meta is damaged");
    }

    @Test
    void whatWasOnceFoundDamagedStaysSo() throws IOException {
        inOrder();
        NodeIdentity.noteCaughtUp(directory.resolve("raft"));
        NodeIdentity.noteDamaged(directory.resolve("raft"), "raft-meta was eaten");
        NodeIdentity.noteDamaged(directory.resolve("raft"), "another reason");
        assertThat(NodeIdentity.find(directory).flaw()).isEqualTo("raft-meta was eaten");
    }

    @Test
    void theCopyBesideTheZonesSaysWhoTheNodeIsIfTheIdentityDoesNot() throws IOException {
        NodeIdentity member = inOrder();
        NodeIdentity.noteCaughtUp(directory.resolve("raft"));
        for (byte[] damage : new byte[][] {{}, {'f', 'o', (byte) 0xff}}) {
            Files.write(directory.resolve(NodeIdentity.FILE), damage);
            assertThat(NodeIdentity.load(directory, "c", "n1")).contains(member);
            assertThat(member.isStored(directory)).isFalse();
        }
        Files.delete(directory.resolve(NodeIdentity.FILE));
        assertThat(NodeIdentity.load(directory, "c", "n1")).contains(member);
        assertKind(() -> NodeIdentity.load(directory, "d", "n1"), Kind.OTHER_CLUSTER, "cluster 'c', not 'd'");
        assertKind(() -> NodeIdentity.load(directory, "c", "n2"), Kind.OTHER_NODE, "node 'n1', not 'n2'");
    }

    @Test
    void swappedRaftDirectoryHasAFlaw() throws IOException {
        inOrder();
        NodeIdentity.joining("c", CLUSTER, "n1", 2).claim(directory.resolve("raft"));
        assertFlaw("another node or incarnation");
    }

    @Test
    void secondGroupInRaftDirectoryHasAFlaw() throws IOException {
        inOrder();
        Files.createDirectories(
                directory.resolve("raft").resolve(UUID.randomUUID().toString()));
        assertFlaw("another group");
    }

    @Test
    void interruptedFoundingFoundsAgain() throws IOException {
        NodeIdentity founding = NodeIdentity.founding("c", CLUSTER, "n1");
        founding.store(directory);
        Files.createDirectories(directory.resolve("raft").resolve("half"));
        assertThat(NodeIdentity.load(directory, "c", "n1")).contains(founding);
    }

    @Test
    void interruptedJoiningComesBackAsNextIncarnation() throws IOException {
        NodeIdentity.joining("c", CLUSTER, "n1", 4).store(directory);
        assertThat(NodeIdentity.load(directory, "c", "n1")).contains(NodeIdentity.joining("c", CLUSTER, "n1", 5));
    }

    @Test
    void failedStoreLeavesOldOne() throws IOException {
        member().store(directory);
        // The temporary name is taken by something that cannot be opened for writing.
        Files.createDirectories(directory.resolve(NodeIdentity.FILE + ".new").resolve("x"));
        assertThatThrownBy(() -> NodeIdentity.joining("c", CLUSTER, "n1", 9).store(directory))
                .isInstanceOf(IOException.class);
        assertThat(NodeIdentity.parse(directory.resolve(NodeIdentity.FILE))).isEqualTo(member());
    }

    private static NodeIdentity member() {
        return NodeIdentity.founding("c", CLUSTER, "n1").member();
    }

    private NodeIdentity inOrder() throws IOException {
        NodeIdentity member = member();
        member.store(directory);
        member.claim(directory.resolve("raft"));
        Files.createDirectories(meta().getParent());
        byte[] vote = "term=7\nvotedFor=n1-1\n".getBytes(StandardCharsets.UTF_8);
        Files.write(meta(), Seal.of(meta(), vote));
        Files.write(meta(), vote, StandardOpenOption.APPEND);
        return member;
    }

    private Path meta() {
        return directory
                .resolve("raft")
                .resolve(CLUSTER.toString())
                .resolve("current")
                .resolve("raft-meta");
    }

    private static void assertKind(ThrowingCallable call, Kind kind, String text) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DataDirectoryException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(text);
    }
}
