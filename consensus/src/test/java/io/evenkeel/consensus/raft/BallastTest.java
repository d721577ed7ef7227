package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BallastTest {
    private static final long SIZE = 1 << 20;

    @TempDir
    private Path folder = Path.of("");

    private boolean isThere() {
        return Files.exists(folder.resolve(Ballast.FILE));
    }

    @Test
    void itGoesForWantOfRoomAndComesBackWithIt() throws Exception {
        Ballast it = new Ballast(folder, SIZE);
        it.look(10 * SIZE, SIZE);
        assertThat(isThere()).isTrue();
        assertThat(folder.resolve(Ballast.FILE)).hasSize(SIZE);
        it.look(SIZE / 4, SIZE);
        assertThat(isThere()).as("a quarter of it is left beside").isTrue();
        it.look(SIZE / 4 - 1, SIZE);
        assertThat(isThere()).isFalse();
        assertThat(it.isUsedUp()).isFalse();
        it.look(SIZE, SIZE);
        assertThat(it.isUsedUp()).as("what it has given up is there").isFalse();
        it.look(SIZE / 8 - 1, SIZE);
        assertThat(it.isUsedUp()).isTrue();
        it.look(3 * SIZE - 1, SIZE);
        assertThat(it.isUsedUp()).isFalse();
        assertThat(isThere()).isFalse();
        it.look(3 * SIZE, SIZE);
        assertThat(isThere()).isTrue();
    }

    @Test
    void thatOfAnEarlierProcessCounts() throws Exception {
        new Ballast(folder, SIZE).look(10 * SIZE, SIZE);
        Ballast next = new Ballast(folder, SIZE);
        next.look(SIZE / 4 - 1, SIZE);
        assertThat(isThere()).isFalse();
    }

    @Test
    void ofTheRealDiskItTakesASmallShare() {
        Ballast ballast = new Ballast(folder, SIZE);
        ballast.look();
        assertThat(isThere()).isTrue();
        assertThat(ballast.isUsedUp()).isFalse();
    }
}
