package io.evenkeel.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.process.VirtualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpeedTest {
    @TempDir
    private Path folder = Path.of("");

    private final VirtualTime time = new VirtualTime();

    private void advance(Duration length) {
        try {
            time.advance(length);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aWriteThatHangsIsSeenWhileItHangsAndForAWhileAfter() {
        DiskSpeed[] self = new DiskSpeed[1];
        boolean[] seen = new boolean[2];
        DiskSpeed speed = new DiskSpeed(folder, time, (_, _) -> {
            advance(Duration.ofMillis(2900));
            seen[0] = self[0].isSlow();
            advance(Duration.ofMillis(200));
            seen[1] = self[0].isSlow();
        });
        self[0] = speed;
        speed.look();
        assertThat(seen).containsExactly(false, true);
        assertThat(speed.seconds()).isEqualTo(3.1);
        assertThat(speed.forced().sumSeconds()).isEqualTo(3.1);
        advance(DiskSpeed.KEPT.minusMillis(1));
        assertThat(speed.isSlow()).isTrue();
        advance(Duration.ofMillis(1));
        assertThat(speed.isSlow()).isFalse();
    }

    @Test
    void aDiskThatTakesNothingIsNotSlow() {
        DiskSpeed speed = new DiskSpeed(folder, time, (_, _) -> {
            throw new IOException("No space left on device");
        });
        speed.look();
        assertThat(speed.isSlow()).isFalse();
        assertThat(speed.forced().counts()).containsOnly(0);
    }

    @Test
    void theFileStaysSmall() throws Exception {
        DiskSpeed speed = new DiskSpeed(folder, time);
        for (int i = 0; i < 5; i++) {
            speed.look();
        }
        assertThat(Files.size(folder.resolve("disk-probe"))).isEqualTo(512);
    }
}
