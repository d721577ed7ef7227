package io.evenkeel.server.storage;

import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.process.Daemons;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/** The disk of a node for tests; it looks at nothing by itself. */
public final class TestStorage {
    private TestStorage() {}

    /** With its files in that folder, and 1 GiB for them. */
    public static Storage of(Path folder, Replica replica) {
        return new Storage(
                "n1",
                new StorageKeeper.Settings(folder, null, 0, 0, 1 << 30),
                true,
                null,
                () -> null,
                Map::of,
                () -> replica,
                InstantSource.system(),
                new Daemons(fault -> {
                    throw new AssertionError(fault);
                }));
    }
}
