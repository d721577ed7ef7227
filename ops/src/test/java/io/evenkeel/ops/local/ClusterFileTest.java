package io.evenkeel.ops.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterFileTest {
    @TempDir
    private Path folder = Path.of("");

    private static ClusterFile threeNodes() {
        return new ClusterFile(ClusterFile.FORMAT, "evenkeel", new Layout(5300, 3).plan());
    }

    @Test
    void whatIsWrittenIsRead() throws Exception {
        assertThat(ClusterFile.read(folder)).isEmpty();
        threeNodes().write(folder);
        assertThat(ClusterFile.read(folder)).contains(threeNodes());
    }

    @Test
    void newerFormatIsRefusedAndUnknownFieldsAreNot() throws Exception {
        Files.writeString(folder.resolve(ClusterFile.NAME), "{\"format\":2,\"members\":{}}");
        assertThatThrownBy(() -> ClusterFile.read(folder))
                .hasMessageContaining("format 2")
                .isInstanceOfSatisfying(
                        CommandFailure.class, e -> assertThat(e.exitCode()).isEqualTo(4));
        Files.writeString(
                folder.resolve(ClusterFile.NAME), "{\"format\":1,\"cluster\":\"evenkeel\",\"nodes\":[],\"note\":1}");
        assertThat(ClusterFile.read(folder)).isPresent();
    }

    @Test
    void halfAFileIsRefusedInOneLine() throws Exception {
        Files.writeString(folder.resolve(ClusterFile.NAME), "{\"format\":1,\"clu");
        assertThatThrownBy(() -> ClusterFile.read(folder))
                .hasMessageContaining("cannot be read")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void portsOfAllNodesAreApartWhateverTheBase() {
        for (int base : new int[] {1024, 5300, Layout.MAX_BASE_PORT}) {
            Set<String> addresses = new HashSet<>();
            for (ClusterFile.Node node : new Layout(base, 5).plan()) {
                for (String address :
                        new String[] {node.dns(), node.admin(), node.raft(), node.peer(), Layout.health(node)}) {
                    assertThat(addresses.add(address)).isTrue();
                    assertThat(Integer.parseInt(address.substring(10))).isBetween(1025, 65_535);
                }
            }
        }
        assertThat(threeNodes().nodes().getLast())
                .extracting(
                        ClusterFile.Node::dns, ClusterFile.Node::admin, ClusterFile.Node::raft, ClusterFile.Node::peer)
                .containsExactly("127.0.0.1:5303", "127.0.0.1:8103", "127.0.0.1:7403", "127.0.0.1:7503");
        assertThat(Layout.health(threeNodes().nodes().getLast())).isEqualTo("127.0.0.1:8203");
        assertThat(new Layout(5400, 3).plan().getLast())
                .extracting(
                        ClusterFile.Node::dns, ClusterFile.Node::raft, ClusterFile.Node::peer, ClusterFile.Node::admin)
                .containsExactly("127.0.0.1:5403", "127.0.0.1:5423", "127.0.0.1:5443", "127.0.0.1:5463");
        assertThat(Layout.health(new Layout(5400, 3).plan().getLast())).isEqualTo("127.0.0.1:5483");
    }

    @Test
    void clustersWhoseBasesDifferByAHundredShareNoPort() {
        Set<String> taken = new HashSet<>();
        Set<Integer> ofTheUsual = Set.of(7400, 7500, 8100, 8200);
        for (int base = 1100; base <= Layout.MAX_BASE_PORT; base += 100) {
            if (ofTheUsual.contains(base)) {
                continue;
            }
            for (ClusterFile.Node node : new Layout(base, 5).plan()) {
                for (String address :
                        List.of(node.dns(), node.raft(), node.peer(), node.admin(), Layout.health(node))) {
                    assertThat(taken.add(address)).as(address).isTrue();
                }
            }
        }
    }
}
