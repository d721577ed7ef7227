package io.evenkeel.server.admin;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Each test has a node of its own. */
abstract class AdminTest {
    @TempDir
    Path folder;

    AdminFixture node;

    @BeforeEach
    void start() throws Exception {
        node = new AdminFixture(folder);
    }

    @AfterEach
    void stop() {
        node.close();
    }
}
