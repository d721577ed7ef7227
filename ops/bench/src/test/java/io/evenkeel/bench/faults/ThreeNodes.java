package io.evenkeel.bench.faults;

import io.evenkeel.bench.cluster.LocalCluster;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Each test has three open nodes of its own. */
abstract class ThreeNodes {
    @TempDir
    Path folder = Path.of("");

    LocalCluster cluster = new LocalCluster(Path.of(""), 3);

    /** Of the nodes, beside that of this process. */
    Map<String, String> environment() {
        return Map.of();
    }

    @BeforeEach
    void start() throws Exception {
        cluster = new LocalCluster(folder.resolve("data"), 3, environment());
        cluster.up();
    }

    @AfterEach
    void end() throws Exception {
        cluster.close();
    }
}
