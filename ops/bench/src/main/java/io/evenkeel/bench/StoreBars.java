package io.evenkeel.bench;

import com.sun.management.ThreadMXBean;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.QueryHandler;
import io.evenkeel.server.query.Transport;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.xbill.DNS.Record;

/**
 * What a zone in memory costs, against its bars: {@code StoreBars deep|flat [names]}. Heap per record, CPU time and allocation
 * of a change of one RRset and of an answer. CPU time of the thread, so that other work on the machine counts less.
 */
public final class StoreBars {
    private static final double BYTES_PER_RECORD = 50;
    private static final double MICROS_PER_CHANGE = 10;
    private static final double BYTES_PER_CHANGE = 4000;

    private static final int CHANGES = 50_000;
    private static final int QUESTIONS = 1 << 18;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final SampleZone sample;
    private boolean held = true;

    private StoreBars(SampleZone sample) {
        this.sample = sample;
    }

    /** Exit code 1 if a bar is missed. */
    public static void main(String[] args) {
        SampleZone sample =
                new SampleZone(args[0].equals("deep"), args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000);
        System.out.printf(Locale.ROOT, "%s, %,d names%n", args[0], sample.names());
        StoreBars bars = new StoreBars(sample);
        usedBytes(); // a first call allocates, and so counts a thread's buffer as used
        loadSigned(new SampleZone(sample.deep(), sample.names() / 4));
        bars.load(false);
        Zone zone = bars.load(true);
        bars.change(zone);
        for (String kind : List.of("hit", "missing", "referral", "wildcard")) {
            bars.answer(new Catalog().with(zone), kind);
        }
        System.exit(bars.held ? 0 : 1);
    }

    /** Told, not held against a bar. */
    private static void loadSigned(SampleZone sample) {
        long before = usedBytes();
        Zone zone = sample.loadSigned();
        System.out.printf(
                Locale.ROOT,
                "  density, signed: %.1f bytes/record of %,d, which are those of %,d names%n",
                (double) (usedBytes() - before) / zone.records(),
                zone.records(),
                sample.names());
    }

    private Zone load(boolean mixed) {
        long before = usedBytes();
        long start = System.nanoTime();
        Zone zone = sample.load(mixed);
        double seconds = (System.nanoTime() - start) / 1e9;
        double bytes = usedBytes() - before;
        System.out.printf(Locale.ROOT, "  %,d records made and loaded in %.1f s%n", zone.records(), seconds);
        print(mixed ? "density, mixed" : "density, A only", bytes / zone.records(), "bytes/record", BYTES_PER_RECORD);
        return zone;
    }

    /** Each round changes the addresses of many hosts, each change on top of the last; the best round counts. */
    private void change(Zone loaded) {
        Zone zone = loaded;
        double micros = Double.MAX_VALUE;
        double bytes = Double.MAX_VALUE;
        for (int round = 0; round < 6; round++) {
            List<List<Record>> removed = new ArrayList<>();
            List<List<Record>> added = new ArrayList<>();
            for (int i = 0; i < Math.min(CHANGES, sample.names()); i++) {
                int host = (int) (i * 7919L % sample.names()); // a prime: each host once
                Record before =
                        zone.rrset(SampleZone.name(sample.host(host)), 1).getFirst();
                removed.add(List.of(before));
                added.add(List.of(SampleZone.address(before.getName(), host + round + 1)));
            }
            long allocated = THREADS.getCurrentThreadAllocatedBytes();
            long start = THREADS.getCurrentThreadCpuTime();
            for (int i = 0; i < added.size(); i++) {
                zone = zone.with(new ZoneVersion(1, 2), removed.get(i), added.get(i));
            }
            micros = Math.min(micros, (THREADS.getCurrentThreadCpuTime() - start) / 1e3 / added.size());
            bytes = Math.min(bytes, (double) (THREADS.getCurrentThreadAllocatedBytes() - allocated) / added.size());
        }
        print("change of one RRset", micros, "us of CPU", MICROS_PER_CHANGE);
        print("change of one RRset", bytes, "bytes allocated", BYTES_PER_CHANGE);
    }

    /** Names at random; the best round counts. */
    private void answer(Catalog catalog, String kind) {
        QueryHandler handler = new QueryHandler(AnswerSource.plain(() -> catalog, 1232), new QueryCounters());
        byte[] out = new byte[65_535];
        byte[][] messages = new byte[QUESTIONS][];
        Random random = new Random(7);
        for (int i = 0; i < QUESTIONS; i++) {
            messages[i] = sample.question(kind, random.nextInt());
        }
        double nanos = Double.MAX_VALUE;
        double bytes = Double.MAX_VALUE;
        for (int round = 0; round < 10; round++) {
            long allocated = THREADS.getCurrentThreadAllocatedBytes();
            long start = THREADS.getCurrentThreadCpuTime();
            for (byte[] message : messages) {
                handler.handle(message, message.length - 8, Transport.UDP, out);
            }
            nanos = Math.min(nanos, (double) (THREADS.getCurrentThreadCpuTime() - start) / QUESTIONS);
            bytes = Math.min(bytes, (double) (THREADS.getCurrentThreadAllocatedBytes() - allocated) / QUESTIONS);
        }
        System.out.printf(Locale.ROOT, "  answer, %s: %.0f ns of CPU%n", kind, nanos);
        print("answer, " + kind, bytes, "bytes allocated", 0);
    }

    private void print(String what, double value, String unit, double bar) {
        System.out.printf(
                Locale.ROOT,
                "  %s: %.1f %s, bar %,.0f: %s%n",
                what,
                value,
                unit,
                bar,
                value <= bar ? "held" : "MISSED");
        held &= value <= bar;
    }

    private static long usedBytes() {
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
