package io.evenkeel.server.traffic;

import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.process.Daemons;
import java.nio.file.Path;
import java.util.Optional;

/** Captures for tests in which nobody begins one. */
public final class TestCaptures {
    private TestCaptures() {}

    /** With its files in that folder. */
    public static Captures of(Path folder) {
        return new Captures(
                Traffic.sampled(),
                folder,
                "n1",
                "evenkeel",
                ClientPrivacy.FULL,
                _ -> Optional.empty(),
                new Daemons(fault -> {
                    throw new AssertionError(fault);
                }));
    }
}
