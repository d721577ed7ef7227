package io.evenkeel.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.server.ChildJvm;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** JVMs with the serial collector in which a gigabyte grows old and is forgotten. */
final class HeapKeeperTest {
    private static final int MEBIBYTE = 1 << 20;
    private static final int ALIVE = 32;
    private static final int FORGOTTEN = 1024;
    /** More than the keeper leaves, and less than the heap. */
    private static final int MUCH = 128;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    void collectsWhatHasGrownOldBeforeTheHeapIsFull() throws Exception {
        assertThat(peakOfOldGeneration("kept")).isBetween(32, 160);
    }

    /** Else the test above would say nothing. */
    @Test
    void theCollectorAloneFillsTheHeap() throws Exception {
        assertThat(peakOfOldGeneration("alone")).isGreaterThan(320);
    }

    /** In MiB. */
    private static int peakOfOldGeneration(String how) throws Exception {
        String said =
                ChildJvm.run(List.of("-XX:+UseSerialGC", "-Xms64m", "-Xmx512m", "-Xmn16m"), HeapKeeperTest.class, how);
        return Integer.parseInt(said.lines().toList().getLast());
    }

    /** What such a JVM does. */
    public static void main(String[] arguments) {
        MemoryPoolMXBean old = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().equals("Tenured Gen"))
                .findFirst()
                .orElseThrow();
        if (arguments[0].equals("kept")) {
            HeapKeeper.start();
        }
        // The keeper has its own thread, and this one could fill the heap in less than a turn of it.
        long end = arguments[0].equals("kept") ? System.nanoTime() + PATIENCE.toNanos() : System.nanoTime();
        byte[][] alive = new byte[ALIVE][];
        for (int i = 0; i < FORGOTTEN; i++) {
            alive[i % ALIVE] = new byte[MEBIBYTE];
            awaitCollection(old, end);
        }
        System.out.println(old.getPeakUsage().getUsed() / MEBIBYTE);
    }

    private static void awaitCollection(MemoryPoolMXBean old, long end) {
        while (old.getUsage().getUsed() > (long) MUCH * MEBIBYTE && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }
}
