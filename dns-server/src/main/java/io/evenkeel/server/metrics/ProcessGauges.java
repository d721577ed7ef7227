package io.evenkeel.server.metrics;

import com.sun.management.OperatingSystemMXBean;
import io.evenkeel.server.node.Descriptors;
import io.evenkeel.server.node.HeapKeeper;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the process uses, as the JVM and the kernel tell. */
final class ProcessGauges {
    private static final Path STATM = Path.of("/proc/self/statm");
    private static final long PAGE_BYTES = 4096;

    private ProcessGauges() {}

    static void register(Metrics metrics, Descriptors descriptors) {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        metrics.gauge(
                "evenkeel.process.cpu.seconds", "CPU time of the process", () -> system.getProcessCpuTime() / 1e9);
        metrics.gauge(
                "evenkeel.process.resident.memory.bytes",
                "Memory that the kernel has given it",
                ProcessGauges::resident);
        metrics.gauge("evenkeel.heap.used.bytes", "Java heap in use, garbage included", ProcessGauges::heapUsed);
        metrics.gauge(
                "evenkeel.heap.max.bytes",
                "Java heap at most",
                () -> Runtime.getRuntime().maxMemory());
        metrics.gauge(
                "evenkeel.heap.live.ratio",
                "Share of the heap that was alive after the last collection of all; NaN before the first",
                () -> HeapKeeper.aliveShare().orElse(Double.NaN));
        metrics.gauge(
                "evenkeel.direct.memory.used.bytes",
                "Memory for sockets and files outside the heap",
                ProcessGauges::direct);
        metrics.gauge("evenkeel.gc.seconds", "Time spent collecting garbage", ProcessGauges::collecting);
        metrics.gauge("evenkeel.descriptors.open", "Descriptors that are open", ProcessGauges::open);
        metrics.gauge(
                "evenkeel.descriptors.max",
                "Descriptors that may be open",
                () -> descriptors.allowed() < 0 ? Double.NaN : descriptors.allowed());
        metrics.gauge(
                "evenkeel.descriptors.needed",
                "Descriptors that all bounds on connections come to, with 256 for files and the rest",
                descriptors::needed);
        metrics.gauge(
                "evenkeel.threads",
                "Platform threads",
                () -> ManagementFactory.getThreadMXBean().getThreadCount());
    }

    private static double open() {
        long open = Descriptors.open();
        return open < 0 ? Double.NaN : open;
    }

    private static double heapUsed() {
        return (double) Runtime.getRuntime().totalMemory()
                - Runtime.getRuntime().freeMemory();
    }

    private static double resident() {
        try {
            return Long.parseLong(Files.readString(STATM).split(" ", 3)[1]) * (double) PAGE_BYTES;
        } catch (IOException e) {
            // Not Linux: a gap in the series says so.
            return Double.NaN;
        }
    }

    private static double direct() {
        double bytes = Math.max(0, PlatformDependent.usedDirectMemory());
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            if (pool.getName().equals("direct")) {
                bytes += pool.getMemoryUsed();
            }
        }
        return bytes;
    }

    private static double collecting() {
        long millis = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            millis += Math.max(0, collector.getCollectionTime());
        }
        return millis / 1e3;
    }
}
