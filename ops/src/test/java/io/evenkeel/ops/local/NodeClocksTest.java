package io.evenkeel.ops.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeClocksTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aProcessHasAClockThatIsWrongByWhatItsFileSays() throws Exception {
        NodeClocks clocks = new NodeClocks(folder);
        String why = NodeClocks.whyNot();
        Assumptions.assumeTrue(why == null || System.getenv("CI") != null, Objects.requireNonNullElse(why, ""));
        for (Duration wrongBy : new Duration[] {Duration.ZERO, Duration.ofHours(1), Duration.ofHours(-1)}) {
            clocks.set("n1", wrongBy);
            ProcessBuilder date = new ProcessBuilder("date", "+%s").redirectErrorStream(true);
            date.environment().putAll(clocks.environment("n1"));
            Process process = date.start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            long ahead = Long.parseLong(said.strip()) - Instant.now().getEpochSecond();
            assertThat(ahead - wrongBy.toSeconds()).isBetween(-5L, 5L);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(folder.resolve("n1.clock"));
        }
    }
}
