package io.evenkeel.ops.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

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
}
