package io.evenkeel.server.node;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How much of this machine works for others: all CPU time that its processors spent on anything, what the hypervisor took away
 * included, less that of this process. Not the load average, which is a minute late, and not how much CPU this process got:
 * a thread that waits for questions gets little on an idle machine too.
 *
 * @param busyTicks of all processors, since the machine has started
 * @param allTicks the same with idle ones
 * @param ownNanos CPU time of this process
 */
public record OutsideLoad(long busyTicks, long allTicks, long ownNanos) {
    private static final Path STAT = Path.of("/proc/stat");
    /** USER_HZ is 100 on each Linux that Java runs on: proc(5). */
    private static final double NANOS_PER_TICK = 1e7;

    /** As it stands; null where it cannot be told. In a container it is of the whole machine, which is what matters. */
    static @Nullable OutsideLoad now() {
        try (BufferedReader reader = Files.newBufferedReader(STAT)) {
            String line = reader.readLine();
            long own = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                    .getProcessCpuTime();
            return line == null ? null : parse(line, own);
        } catch (IOException | NumberFormatException e) {
            // Not Linux, or hidden: then nobody can say that there is any.
            return null;
        }
    }

    /** {@code cpu user nice system idle iowait irq softirq steal guest guest_nice}, the last two of which are in the first two. */
    static @Nullable OutsideLoad parse(String line, long ownNanos) {
        String[] fields = line.trim().split("\\s+", -1);
        if (fields.length < 9 || !fields[0].equals("cpu")) {
            return null;
        }
        long idle = Long.parseLong(fields[4]) + Long.parseLong(fields[5]);
        long all = 0;
        for (int i = 1; i <= 8; i++) {
            all += Long.parseLong(fields[i]);
        }
        return new OutsideLoad(all - idle, all, ownNanos);
    }

    /** Time that this machine's processors have spent on packets of its network cards, in ns; -1 where it cannot be told. */
    public static long softirqNanos() {
        try (BufferedReader reader = Files.newBufferedReader(STAT)) {
            String line = reader.readLine();
            String[] fields = line == null ? new String[0] : line.trim().split("\\s+", -1);
            return fields.length < 9 ? -1 : (long) (Long.parseLong(fields[7]) * NANOS_PER_TICK);
        } catch (IOException | NumberFormatException e) {
            return -1;
        }
    }

    /** Between that sample and this one, from 0 to 1. */
    double shareSince(OutsideLoad before) {
        long all = allTicks - before.allTicks;
        if (all <= 0) {
            return 0;
        }
        double own = (ownNanos - before.ownNanos) / NANOS_PER_TICK;
        return Math.clamp((busyTicks - before.busyTicks - own) / all, 0, 1);
    }
}
