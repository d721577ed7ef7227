package io.evenkeel.server.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The largest loads of the last days. */
class LoadPeaksTest {
    private static final long DAY = 86_400;
    private static final long BEGIN = 20_000 * DAY + 5;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void theLargestOfThirtyDaysCountsAndOutlivesTheProcess() throws IOException {
        LoadPeaks peaks = new LoadPeaks(folder);
        assertThat(peaks.largest()).isZero();
        peaks.add(BEGIN, 900.26);
        peaks.add(BEGIN + 60, 100);
        peaks.add(BEGIN + DAY, 500);
        assertThat(peaks.largest()).isEqualTo(900.26);
        peaks.keep(BEGIN + DAY);
        assertThat(folder.resolve(LoadPeaks.NAME)).hasContent("format 1\n20000 900.3\n20001 500.0\n");
        LoadPeaks again = new LoadPeaks(folder);
        assertThat(again.largest()).isEqualTo(900.3);
        again.add(BEGIN + LoadPeaks.DAYS * DAY, 1);
        assertThat(again.largest()).as("after thirty days").isEqualTo(500);
    }

    @Test
    void theFileStaysSmallAndIsWrittenSeldom() throws IOException {
        LoadPeaks peaks = new LoadPeaks(folder);
        for (int day = 0; day < 1_000; day++) {
            peaks.add(BEGIN + day * DAY, 1e9 + day * 1e8);
            peaks.keep(BEGIN + day * DAY);
        }
        Path file = folder.resolve(LoadPeaks.NAME);
        assertThat(Files.readAllLines(file)).hasSize(1 + LoadPeaks.DAYS);
        assertThat(Files.size(file)).isLessThan(1024);
        Files.delete(file);
        peaks.add(BEGIN + 999 * DAY + 10, 1e15);
        peaks.keep(BEGIN + 999 * DAY + 10);
        assertThat(file).as("five minutes have not passed").doesNotExist();
        peaks.keep(BEGIN + 999 * DAY + 300);
        assertThat(file).exists();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "format 2\n",
                "format 1\n20000\n",
                "format 1\n20000 -1\n",
                "format 1\n20000 NaN\n",
                "format 1\nx 1\n"
            })
    void aDamagedFileIsLeftAside(String contents) throws IOException {
        Files.writeString(folder.resolve(LoadPeaks.NAME), contents);
        LoadPeaks peaks = new LoadPeaks(folder);
        assertThat(peaks.largest()).isZero();
        peaks.add(BEGIN, 7);
        peaks.keep(BEGIN);
        assertThat(new LoadPeaks(folder).largest()).isEqualTo(7);
    }

    @Test
    void aClockThatWasAheadLeavesNothingThere() {
        LoadPeaks peaks = new LoadPeaks(folder);
        peaks.add(BEGIN + 100 * DAY, 1e6);
        peaks.add(BEGIN, 5);
        assertThat(peaks.largest()).isEqualTo(5);
    }
}
