package io.evenkeel.ops.drill;

import io.evenkeel.ops.fleet.FleetCounts;
import io.evenkeel.ops.local.SmallDisk;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The log of the design of 2020, as the fleet gives cause for it: a line for each question that is asked again and each
 * answer that comes too late, in plain files that roll by size and that nobody deletes, on a small volume in memory. A thread of its own writes; it keeps up with the seconds of the run, whose
 * number bounds what waits for it. The guard of the cluster takes the volume away.
 */
final class OldLog {
    static final int VOLUME_MIB = 32;
    private static final int ROLL_BYTES = 8 << 20;
    private static final int BLOCK_BYTES = 1 << 16;
    private static final Duration WRITE = Duration.ofSeconds(10);
    private static final String LINE =
            "2020-11-19 03:14:15,926 WARN  [dns-worker] c.e.dns.QueryListener - %s: query for dev.device.callhome.example. IN A from /192.0.2.17 %s%n";
    /** No second of a run. */
    private static final long END = -1;

    private final Path folder;
    private final BlockingQueue<Second> seconds = new LinkedBlockingQueue<>();
    private final Thread thread =
            Thread.ofPlatform().name("drill-old-log").daemon().unstarted(this::write);
    /** Octets on the volume at the end of each second. Guarded by this. */
    private final List<Long> fill = new ArrayList<>();

    /** In which second a line had no room for the first time; 0: in none. Guarded by this. */
    private long fullAt;
    /** Guarded by this. */
    private long lines;
    /** Guarded by this. */
    private long lost;
    /** Guarded by this. */
    private @Nullable String problem;

    private @Nullable FileChannel file;
    private int files;
    private long written;

    /** Of events; {@link #END} for the end. */
    private record Second(long number, List<Events> nodes) {}

    private record Events(String node, long again, long late) {}

    private OldLog(Path folder) {
        this.folder = folder;
    }

    /** Mounts its volume in that folder; root. */
    static OldLog mount(Path parent) throws CommandFailure, IOException, InterruptedException {
        Path folder = Files.createDirectory(parent.resolve("log-of-2020"));
        SmallDisk _ = SmallDisk.mount(folder, VOLUME_MIB);
        OldLog log = new OldLog(folder);
        log.thread.start();
        return log;
    }

    void second(FleetCounts counts) {
        seconds.add(new Second(
                Math.round(counts.seconds()),
                counts.nodes().stream()
                        .map(part -> new Events(part.name(), Math.max(0, part.sent() - part.first()), part.late()))
                        .toList()));
    }

    /** Returns when all is written. */
    void end() throws InterruptedException {
        seconds.add(new Second(END, List.of()));
        thread.join(WRITE.toMillis());
    }

    private void write() {
        try {
            for (Second second = seconds.take(); second.number() != END; second = seconds.take()) {
                for (Events events : second.nodes()) {
                    write(second.number(), LINE.formatted(events.node(), "is asked again"), events.again());
                    write(second.number(), LINE.formatted(events.node(), "answered late"), events.late());
                }
                synchronized (this) {
                    fill.add(written);
                }
            }
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            synchronized (this) {
                problem = "the log of the design of 2020 cannot be written: " + Output.reason(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** So many lines, as far as there is room. */
    private void write(long second, String line, long count) throws IOException {
        byte[] octets = line.getBytes(StandardCharsets.UTF_8);
        int most = BLOCK_BYTES / octets.length;
        for (long left = count; left > 0; left -= most) {
            int now = (int) Math.min(left, most);
            ByteBuffer block = ByteBuffer.allocate(now * octets.length);
            while (block.hasRemaining()) {
                block.put(octets);
            }
            int lost = (block.capacity() - append(block.flip())) / octets.length;
            count(second, now, lost);
        }
    }

    /** How many octets found room. */
    private int append(ByteBuffer block) throws IOException {
        int before = block.position();
        try {
            if (file == null || file.position() >= ROLL_BYTES) {
                if (file != null) {
                    file.close();
                }
                Path next = folder.resolve("server-%d.log".formatted(++files));
                file = FileChannel.open(next, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            }
            while (block.hasRemaining()) {
                written += file.write(block);
            }
        } catch (IOException e) {
            if (Files.getFileStore(folder).getUnallocatedSpace() > BLOCK_BYTES) {
                throw e;
            }
        }
        return block.position() - before;
    }

    private synchronized void count(long second, int now, int missing) {
        lines += now - missing;
        lost += missing;
        if (missing > 0 && fullAt == 0) {
            fullAt = second;
        }
    }

    /** Why it shows nothing; null if it does. */
    synchronized @Nullable String problem() {
        if (problem != null || fullAt > 0) {
            return problem;
        }
        return "the log of the design of 2020 filled its volume of %d MiB to %d %% only: it takes a longer run, or more devices"
                .formatted(VOLUME_MIB, fill.isEmpty() ? 0 : fill.getLast() * 100 / (VOLUME_MIB << 20));
    }

    /** Its octets at the end of each second. */
    synchronized List<Long> fill() {
        return List.copyOf(fill);
    }

    /** As it is printed. */
    synchronized Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("volumeMiB", VOLUME_MIB);
        map.put("lines", lines);
        map.put("lost", lost);
        map.put("fullAtSecond", fullAt);
        map.put("octets", fill.isEmpty() ? 0 : fill.getLast());
        return map;
    }

    synchronized String text() {
        return fullAt == 0
                ? "%,d lines were written, and there was room for all".formatted(lines)
                : "%,d lines were written; the volume of %d MiB was full in second %d, and %,d lines found no room"
                        .formatted(lines, VOLUME_MIB, fullAt, lost);
    }
}
