package io.evenkeel.server.metrics;

import com.sun.management.OperatingSystemMXBean;
import io.evenkeel.server.node.Descriptors;
import io.evenkeel.server.node.HeapKeeper;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.util.internal.PlatformDependent;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the process uses, as the JVM and the kernel tell: the families that dashboards for any process know, and those of this
 * server. Micrometer's own are taken where they are read at a scrape; its one of collections listens and wants to be closed, and
 * is there only after the first pause.
 */
final class ProcessGauges {
    private static final Path STATM = Path.of("/proc/self/statm");
    private static final long PAGE_BYTES = 4096;

    /** Fields of that file. */
    private static final int SIZE = 0;

    private static final int RESIDENT = 1;

    private ProcessGauges() {}

    static void register(Metrics metrics, Descriptors descriptors, PrometheusMeterRegistry registry) {
        standard(metrics, descriptors, registry);
        old(metrics);
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
        metrics.gauge("evenkeel.descriptors.open", "Descriptors that are open", ProcessGauges::open);
        metrics.gauge("evenkeel.descriptors.max", "Descriptors that may be open", () -> allowed(descriptors));
        metrics.gauge(
                "evenkeel.descriptors.needed",
                "Descriptors that all bounds on connections come to, with 256 for files and the rest",
                descriptors::needed);
    }

    private static void standard(Metrics metrics, Descriptors descriptors, PrometheusMeterRegistry registry) {
        metrics.countSeconds("process.cpu.seconds", "CPU time of the process", ProcessGauges::cpu);
        metrics.gauge("process.resident.memory.bytes", "Memory that the kernel has given it", () -> statm(RESIDENT));
        metrics.gauge("process.virtual.memory.bytes", "Addresses that it has taken", () -> statm(SIZE));
        metrics.gauge("process.open.fds", "Descriptors that are open", ProcessGauges::open);
        metrics.gauge("process.max.fds", "Descriptors that may be open", () -> allowed(descriptors));
        new UptimeMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new JvmInfoMetrics().bindTo(registry);
        registry.getPrometheusRegistry().register(ProcessGauges::collections);
    }

    /** Names of the last release, which go with the next one. */
    private static void old(Metrics metrics) {
        metrics.gauge("evenkeel.process.cpu.seconds", "CPU time of the process", ProcessGauges::cpu);
        metrics.gauge(
                "evenkeel.process.resident.memory.bytes", "Memory that the kernel has given it", () -> statm(RESIDENT));
        metrics.gauge("evenkeel.gc.seconds", "Time spent collecting garbage", ProcessGauges::collecting);
        metrics.gauge(
                "evenkeel.threads",
                "Platform threads",
                () -> ManagementFactory.getThreadMXBean().getThreadCount());
    }

    private static double cpu() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
    }

    private static double allowed(Descriptors descriptors) {
        return descriptors.allowed() < 0 ? Double.NaN : descriptors.allowed();
    }

    private static double open() {
        long open = Descriptors.open();
        return open < 0 ? Double.NaN : open;
    }

    private static double heapUsed() {
        return (double) Runtime.getRuntime().totalMemory()
                - Runtime.getRuntime().freeMemory();
    }

    private static double statm(int field) {
        try {
            return Long.parseLong(Files.readString(STATM).split(" ", 3)[field]) * (double) PAGE_BYTES;
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

    private static SummarySnapshot collections() {
        SummarySnapshot.Builder summary = SummarySnapshot.builder()
                .name("jvm_gc_collection_seconds")
                .help("Time spent collecting garbage, by collector");
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            summary.dataPoint(SummaryDataPointSnapshot.builder()
                    .count(Math.max(0, collector.getCollectionCount()))
                    .sum(Math.max(0, collector.getCollectionTime()) / 1e3)
                    .labels(Labels.of("gc", collector.getName()))
                    .build());
        }
        return summary.build();
    }

    private static double collecting() {
        long millis = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            millis += Math.max(0, collector.getCollectionTime());
        }
        return millis / 1e3;
    }
}
