package org.apache.ratis.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFileOutputStreamTest {
    @TempDir
    Path directory;

    private Path file;
    private Path temporary;

    @BeforeEach
    void oldFile() throws IOException {
        file = directory.resolve("raft-meta");
        temporary = directory.resolve("raft-meta.tmp");
        Files.writeString(file, "old");
    }

    /** As Ratis writes its vote file: buffered, so that the first octet reaches the disk only on close. */
    @Test
    void failedWriteInsideTryWithResourcesLeavesOldFile() throws IOException {
        Files.writeString(temporary, "");
        assertThatThrownBy(() -> {
                    try (BufferedWriter writer = new BufferedWriter(new OutputStreamWriter(
                            new AtomicFileOutputStream(file.toFile(), temporary.toFile(), new FullDisk()),
                            StandardCharsets.UTF_8))) {
                        writer.write("new");
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessage("No space left on device");
        assertThat(file).hasContent("old");
        assertThat(temporary).doesNotExist();
    }

    @Test
    void failedWriteMakesCloseThrowToo() throws IOException {
        AtomicFileOutputStream out = new AtomicFileOutputStream(file.toFile(), temporary.toFile(), new FullDisk());
        assertThatThrownBy(() -> out.write(1)).hasMessage("No space left on device");
        assertThatThrownBy(out::close).hasMessageStartingWith("Not replaced after a failed write");
        assertThat(out.isClosed()).isTrue();
        assertThat(file).hasContent("old");
    }

    @Test
    void failedWriteToFullDeviceLeavesOldFile() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "a device without space");
        Files.createSymbolicLink(temporary, full);
        AtomicFileOutputStream out = new AtomicFileOutputStream(file.toFile());
        assertThatThrownBy(() -> out.write(1)).hasMessage("No space left on device");
        assertThatThrownBy(out::close).isInstanceOf(IOException.class);
        assertThat(file).hasContent("old");
    }

    @Test
    void closeReplaces() throws IOException {
        try (AtomicFileOutputStream out = new AtomicFileOutputStream(file.toFile())) {
            out.write("new".getBytes(StandardCharsets.UTF_8));
            assertThat(file).hasContent("old");
        }
        assertThat(file).hasContent("new");
        assertThat(temporary).doesNotExist();
    }

    @Test
    void abortKeepsOldFile() throws IOException {
        try (AtomicFileOutputStream out = new AtomicFileOutputStream(file.toFile())) {
            out.write(1);
            out.abort();
        }
        assertThat(file).hasContent("old");
        assertThat(temporary).doesNotExist();
    }

    @Test
    void ratisLoadsOurClass() {
        assertThat(AtomicFileOutputStream.keepsOldFileAfterFailedWrite()).isTrue();
    }

    private static final class FullDisk extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            throw new IOException("No space left on device");
        }
    }
}
