package io.evenkeel.ops.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterFolderTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aWipedNodeHasItsConfigurationAndNothingElse() throws Exception {
        Path own = Files.createDirectories(folder.resolve("n1"));
        Path other =
                Files.writeString(Files.createDirectories(folder.resolve("n2")).resolve("node.log"), "x");
        Path configuration = Files.writeString(own.resolve("evenkeel.yaml"), "node: {name: n1}");
        Files.writeString(own.resolve("node.log"), "x");
        Files.writeString(
                Files.createDirectories(own.resolve("raft/group/current")).resolve("log_0-9"), "x");
        ClusterFolder.wipe(own);
        try (Stream<Path> files = Files.walk(own)) {
            assertThat(files).containsExactlyInAnyOrder(own, configuration);
        }
        assertThat(other).exists();
    }
}
