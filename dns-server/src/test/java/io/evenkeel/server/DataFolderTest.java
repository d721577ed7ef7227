package io.evenkeel.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.evenkeel.consensus.process.TestLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DataFolderTest {
    @TempDir
    private Path above = Path.of("");

    private Path folder() {
        return above.resolve("data");
    }

    private String mode() throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder()));
    }

    @Test
    void aFolderThatIsMadeIsForItsUserAlone() throws Exception {
        try (TestLog log = TestLog.of(DataFolder.class, Level.WARN)) {
            DataFolder.prepare(folder(), 0);
            assertThat(log.lines()).isEmpty();
        }
        assertThat(mode()).isEqualTo("rwx------");
        assertThat(folder()).isEmptyDirectory();
    }

    @Test
    void aFolderThatEverybodyMayEnterStaysSoAndIsTold() throws Exception {
        Files.createDirectory(folder());
        Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString("rwxr-xr-x"));
        try (TestLog log = TestLog.of(DataFolder.class, Level.WARN)) {
            DataFolder.prepare(folder(), 0);
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .contains("data folder " + folder(), "rwxr-xr-x", "chmod 700 " + folder());
        }
        assertThat(mode()).isEqualTo("rwxr-xr-x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwx------", "rwxr-x---", "rwxrwx---"})
    void aFolderThatIsThereForItsUserAndGroupIsTheOperatorsChoice(String mode) throws Exception {
        Files.createDirectory(folder());
        Files.setPosixFilePermissions(folder(), PosixFilePermissions.fromString(mode));
        try (TestLog log = TestLog.of(DataFolder.class, Level.WARN)) {
            DataFolder.prepare(folder(), 0);
            assertThat(log.lines()).isEmpty();
        }
        assertThat(mode()).isEqualTo(mode);
    }
}
