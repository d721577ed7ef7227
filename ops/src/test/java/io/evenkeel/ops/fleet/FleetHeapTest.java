package io.evenkeel.ops.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a device takes of the heap, in a process of its own that does nothing else. */
class FleetHeapTest {
    /** Of a device: its state, what it waits for, and its timer. A gibibyte would be 5,000. */
    private static final double MOST_OCTETS = 100;

    /** Less cannot hold two times and a timer, so it would not have been measured. */
    private static final double LEAST_OCTETS = 30;

    @Test
    void twoHundredThousandDevicesThatWaitFitIntoAProcess() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FleetHeap.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        List<long[]> fleets = said.lines()
                .filter(line -> line.startsWith(FleetHeap.PREFIX))
                .map(line -> Stream.of(line.substring(FleetHeap.PREFIX.length()).split(" ", -1))
                        .mapToLong(Long::parseLong)
                        .toArray())
                .toList();
        assertThat(fleets).as(said).hasSize(2);
        for (long[] fleet : fleets) {
            assertThat(fleet[2]).as("devices that wait while nobody answers").isEqualTo(fleet[0]);
            assertThat(fleet[3]).as("devices that wait when all are answered").isZero();
        }
        long[] small = fleets.getFirst();
        long[] large = fleets.getLast();
        assertThat(large[0]).isEqualTo(FleetHeap.LARGE);
        assertThat((double) (large[1] - small[1]) / (large[0] - small[0]))
                .as("octets of the heap of a device")
                .isBetween(LEAST_OCTETS, MOST_OCTETS);
    }
}
