package org.apache.ratis.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.evenkeel.consensus.identity.Seal;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AtomicFileOutputStreamTest {
    @TempDir
    Path directory;

    private Path file;
    private Path temporary;

    @BeforeEach
    void oldFile() throws IOException {
        file = directory.resolve("any-file");
        temporary = directory.resolve("any-file.tmp");
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

    /** What the end of the process leaves between any two octets, before the rename and after it. */
    @ParameterizedTest
    @ValueSource(strings = {Seal.VOTE, Seal.MEMBERS})
    void writingThatIsStoppedAnywhereLeavesTheOldFileOrTheNewAndItsSumFits(String name) throws IOException {
        Path sealed = directory.resolve(name);
        Path unfinished = directory.resolve(name + ".tmp");
        LogEntryProto old = LogEntryProto.newBuilder().setTerm(6).setIndex(60).build();
        LogEntryProto next = LogEntryProto.newBuilder().setTerm(7).setIndex(70).build();
        try (AtomicFileOutputStream out = new AtomicFileOutputStream(sealed.toFile())) {
            old.writeTo(out);
        }
        byte[] before = Files.readAllBytes(sealed);
        int length = before.length;
        for (int octets = 0; octets <= length; octets++) {
            AtomicFileOutputStream out = new AtomicFileOutputStream(
                    sealed.toFile(), unfinished.toFile(), new Dying(Files.newOutputStream(unfinished), octets));
            next.writeTo(out);
            assertThatThrownBy(out::close).isInstanceOf(EndOfProcess.class);
            assertThat(sealed).hasBinaryContent(before);
            assertThat(Seal.flaw(sealed)).isNull();
        }
        try (AtomicFileOutputStream out = new AtomicFileOutputStream(sealed.toFile())) {
            next.writeTo(out);
        }
        assertThat(Files.readAllBytes(sealed)).hasSize(length).isNotEqualTo(before);
        assertThat(Seal.flaw(sealed)).isNull();
        if (name.equals(Seal.MEMBERS)) {
            LogEntryProto read = LogEntryProto.parseFrom(Files.readAllBytes(sealed));
            assertThat(read.getIndex()).as("Ratis reads past the sum").isEqualTo(70);
        }
    }

    @Test
    void ratisReadsPastTheSumOfTheVote() throws IOException {
        Path vote = directory.resolve(Seal.VOTE);
        Properties written = new Properties();
        written.setProperty("term", "7");
        written.setProperty("votedFor", "n1-1");
        try (BufferedWriter out = new BufferedWriter(
                new OutputStreamWriter(new AtomicFileOutputStream(vote.toFile()), StandardCharsets.UTF_8))) {
            written.store(out, "");
        }
        Properties read = new Properties();
        read.load(Files.newBufferedReader(vote));
        assertThat(read).isEqualTo(written);
        assertThat(Seal.flaw(vote)).isNull();
        Files.writeString(vote, Files.readString(vote).replace("term=7", "term=999999"));
        assertThat(Seal.flaw(vote)).contains("raft-meta is damaged");
    }

    @Test
    void fullDiskLeavesTheOldVote() throws IOException {
        Path vote = Files.writeString(directory.resolve(Seal.VOTE), "old");
        Path unfinished = Files.writeString(directory.resolve(Seal.VOTE + ".tmp"), "");
        AtomicFileOutputStream out = new AtomicFileOutputStream(vote.toFile(), unfinished.toFile(), new FullDisk());
        out.write(1);
        assertThatThrownBy(out::close).hasMessage("No space left on device");
        assertThat(vote).hasContent("old");
        assertThat(unfinished).doesNotExist();
    }

    @Test
    void ratisLoadsOurClass() {
        assertThat(AtomicFileOutputStream.keepsOldFileAfterFailedWrite()).isTrue();
    }

    /** Nothing of the process happens after it. */
    private static final class EndOfProcess extends Error {
        private static final long serialVersionUID = 1;
    }

    /** Ends the process after so many octets; if there are not that many, when it is to be closed. */
    private static final class Dying extends OutputStream {
        private final OutputStream disk;
        private int left;

        Dying(OutputStream disk, int left) {
            this.disk = disk;
            this.left = left;
        }

        @Override
        public void write(int b) throws IOException {
            if (left-- == 0) {
                disk.close();
                throw new EndOfProcess();
            }
            disk.write(b);
        }

        @Override
        public void close() throws IOException {
            disk.close();
            throw new EndOfProcess();
        }
    }

    private static final class FullDisk extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            throw new IOException("No space left on device");
        }
    }
}
