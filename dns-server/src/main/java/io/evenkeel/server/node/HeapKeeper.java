package io.evenkeel.server.node;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryNotificationInfo;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * What a node keeps is few large arrays, so a collection of all costs some tens of milliseconds for each 100 MB; but the serial
 * collector makes one only once the heap may not grow any further. By then replaced versions of large zones take several times
 * what the zones do.
 */

/**
 * Has the old generation collected each time that it has grown by a share of what was alive in it, so that the process takes
 * the memory that its zones need and little more, whatever the heap may grow to. Does nothing under collectors that pace
 * themselves.
 */
public final class HeapKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(HeapKeeper.class);

    /** Of the serial collector. */
    private static final String OLD_GENERATION = "Tenured Gen";

    /** That one, and those of the other collectors that tell what a collection has left. */
    private static final Set<String> OLD_GENERATIONS = Set.of(OLD_GENERATION, "PS Old Gen", "G1 Old Gen");

    /** Octets that it may grow by at least: fewer would mean a collection for each small import. */
    private static final long LEAST_GROWTH = 48L << 20;
    /** It may grow by one part in so many of what is alive. */
    private static final int PARTS = 4;

    private HeapKeeper() {}

    /** Watches the heap of this process from now on. Once. */
    public static void start() {
        oldGeneration().ifPresent(pool -> {
            NotificationEmitter emitter = (NotificationEmitter) ManagementFactory.getMemoryMXBean();
            emitter.addNotificationListener((notification, _) -> grown(notification, pool), null, null);
            allowGrowth(pool);
        });
    }

    /**
     * Which share of all that the heap may have was alive after the last collection of all; empty before the first, or where no
     * pool tells.
     */
    public static OptionalDouble aliveShare() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> OLD_GENERATIONS.contains(pool.getName()))
                .map(MemoryPoolMXBean::getCollectionUsage)
                .filter(usage -> usage != null && usage.getUsed() > 0)
                .mapToDouble(
                        usage -> (double) usage.getUsed() / Runtime.getRuntime().maxMemory())
                .findFirst();
    }

    /** Collects what is left of loading all zones, before anybody waits for an answer. */
    static void settle() {
        oldGeneration().ifPresent(HeapKeeper::collect);
    }

    private static Optional<MemoryPoolMXBean> oldGeneration() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().equals(OLD_GENERATION))
                .findFirst();
    }

    /** On a thread of the JVM that is there for this. */
    private static void grown(Notification notification, MemoryPoolMXBean pool) {
        if (notification.getType().equals(MemoryNotificationInfo.MEMORY_THRESHOLD_EXCEEDED)) {
            collect(pool);
        }
    }

    private static void collect(MemoryPoolMXBean pool) {
        long begin = System.nanoTime();
        System.gc();
        allowGrowth(pool);
        LOG.debug(
                "Collected the old generation in {} ms: {} octets are alive",
                (System.nanoTime() - begin) / 1_000_000,
                pool.getUsage().getUsed());
    }

    private static void allowGrowth(MemoryPoolMXBean pool) {
        MemoryUsage usage = pool.getUsage();
        long allowed = usage.getUsed() + Math.max(LEAST_GROWTH, usage.getUsed() / PARTS);
        // A heap that is nearly full is left to its collector.
        pool.setUsageThreshold(Math.min(allowed, usage.getMax()));
    }
}
