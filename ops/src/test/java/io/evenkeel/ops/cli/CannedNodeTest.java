package io.evenkeel.ops.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Each test has a node of canned answers. */
abstract class CannedNodeTest {
    /** A lock of those that make temporary master files: one of them sees whether any are left. */
    static final String MASTER_FILES = "evenkeel*.zone";

    @TempDir
    Path folder = Path.of("");

    CannedNode node;

    @BeforeEach
    void start() throws IOException {
        node = new CannedNode(folder);
    }

    @AfterEach
    void stop() {
        node.close();
    }
}
