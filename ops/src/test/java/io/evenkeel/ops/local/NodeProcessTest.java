package io.evenkeel.ops.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NodeProcessTest {
    @Test
    void nodesRunWithTheOptionsOfTheImageAndThoseOfTheUserAfterThem() throws IOException {
        List<String> options = NodeProcess.options("  -Xmx2g -Xlog:gc ");
        assertThat(options).startsWith("-XX:+UseCompactObjectHeaders", "-XX:+UseSerialGC", "-Xmx1g");
        assertThat(options).endsWith("-Xmx2g", "-Xlog:gc");
        String image = Files.readString(Path.of("../docker/jvm.options"));
        assertThat(NodeProcess.options(""))
                .isNotEmpty()
                .filteredOn(option -> !option.equals("-XX:+IgnoreUnrecognizedVMOptions")) // elsewhere than on Linux
                .allSatisfy(option -> assertThat(image).contains("\n" + option + "\n"));
    }

    @Test
    void nodesRunTheProgramThatStartsThem() throws ReflectiveOperationException {
        assertThat(Class.forName(NodeProcess.MAIN_CLASS).getMethod("main", String[].class))
                .isNotNull();
    }

    /** What the launcher prepares may be gone, empty, or of another JVM: that costs time, and nothing else. */
    @ParameterizedTest
    @ValueSource(strings = {"", "none of this JVM"})
    void jvmStartsWithACacheThatItCannotUseAndWithNone(String contents, @TempDir Path folder) throws Exception {
        Path cache = folder.resolve("evenkeel.aot");
        if (!contents.isEmpty()) {
            Files.writeString(cache, contents);
        }
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:AOTCache=" + cache,
                        "-version")
                .redirectErrorStream(true)
                .start();
        String said = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(jvm.waitFor()).as(said).isZero();
        assertThat(said).contains("AOT cache").contains("openjdk version");
    }
}
