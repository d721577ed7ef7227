package io.evenkeel.zones.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a state says it takes of the heap, beside what it takes, in a process of its own that does nothing else. */
class HeapOctetsTest {
    @Test
    void stateTakesAsMuchHeapAsItSays() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        // Each collection leaves what is alive, and nothing else is taken for used.
                        "-XX:MarkSweepAlwaysCompactCount=1",
                        "-XX:-UseTLAB",
                        "-XX:+UseCompactObjectHeaders",
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HeapOctets.class.getName())
                .redirectErrorStream(true)
                .start();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith(HeapOctets.PREFIX))
                .toList();
        assertThat(process.waitFor()).as(String.join("\n", lines)).isZero();

        assertThat(lines).hasSize(HeapOctets.SHAPES);
        for (String line : lines) {
            String[] words = line.split(" ", -1);
            long says = Long.parseLong(words[2]);
            long takes = Long.parseLong(words[3]);
            assertThat((double) says / takes).as(line).isBetween(0.98, 1.2);
        }
    }
}
