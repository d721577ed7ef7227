package io.evenkeel.consensus.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.zones.Hash256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SnapshotTooLargeTest {
    private static final long MEBIBYTE = 1 << 20;
    private static final Path DIRECTORY = Path.of("snapshot.1_7");
    private static final SnapshotManifest MANIFEST =
            new SnapshotManifest(new UUID(1, 2), 1, 7, 3, 1_000_000, 300 * MEBIBYTE, Hash256.ZERO, List.of());

    @Test
    void heapThatCannotHoldTheZonesIsToldWhatIsNeeded() {
        assertThatThrownBy(() -> SnapshotTooLargeException.check(DIRECTORY, MANIFEST, 256 * MEBIBYTE))
                .isInstanceOf(SnapshotTooLargeException.class)
                .hasMessageContaining("300 MiB")
                .hasMessageContaining("256 MiB")
                .hasMessageContaining("-Xmx416m");
    }

    @Test
    void heapThatIsNamedCanHoldThem() {
        assertThatCode(() -> SnapshotTooLargeException.check(DIRECTORY, MANIFEST, 416 * MEBIBYTE))
                .doesNotThrowAnyException();
    }

    @Test
    void itIsFoundAmongTheCausesOfAnother() {
        IOException other = new IOException("another");
        assertThat(SnapshotTooLargeException.among(other)).isNull();
        assertThatThrownBy(() -> SnapshotTooLargeException.check(DIRECTORY, MANIFEST, 1))
                .satisfies(small -> assertThat(SnapshotTooLargeException.among(
                                new IllegalStateException(new IOException("no start", small))))
                        .isSameAs(small));
    }
}
