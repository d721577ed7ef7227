package io.evenkeel.server.query;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.CRC32C;
import org.slf4j.LoggerFactory;

/**
 * Drives many messages through the answer path in one thread, checks each answer, and watches that nothing grows: heap after a
 * collection, threads, lines logged. The same seed gives the same run, which the digest of all answers shows. {@code
 * QueryFlood DATAGRAMS SEED}; exit code 1 if anything was violated.
 */
@SuppressWarnings("SystemOut") // its output
public final class QueryFlood {
    /** One in so many answers is read by dnsjava too. */
    private static final int SAMPLE = 50;

    private static final int MOST_TOLD = 10;
    /** For what the virtual machine itself keeps, compiled code's data above all. */
    private static final long HEAP_GROWTH_BYTES = 4 << 20;

    private final FuzzedServer server = new FuzzedServer();
    private final FuzzedMessages messages;
    private final long seed;
    private final CRC32C digest = new CRC32C();
    private final LongAdder logged = new LongAdder();
    private long silent;
    private long octets;
    private long read;
    private int violations;

    private record Footprint(long heapBytes, int threads) {
        static Footprint now() {
            System.gc();
            System.gc();
            return new Footprint(
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                    ManagementFactory.getThreadMXBean().getThreadCount());
        }

        @Override
        public String toString() {
            return "heap %.2f MB, %d threads".formatted(heapBytes / 1e6, threads);
        }
    }

    private QueryFlood(long seed) throws IOException {
        this.seed = seed;
        this.messages = new FuzzedMessages(seed);
    }

    /** Datagrams, and a seed. */
    public static void main(String[] args) throws IOException {
        long datagrams = args.length > 0 ? Long.parseLong(args[0]) : 1_000_000;
        long seed = args.length > 1 ? Long.parseLong(args[1]) : new SplittableRandom().nextLong(1_000_000);
        System.exit(new QueryFlood(seed).run(datagrams) ? 0 : 1);
    }

    private boolean run(long datagrams) throws IOException {
        System.out.printf("%,d datagrams, seed %d%n", datagrams, seed);
        countLogLines();
        long began = System.nanoTime();
        long warm = Math.max(1, datagrams / 10);
        flood(0, warm);
        Footprint before = Footprint.now();
        System.out.printf("after %,d: %s, %d lines logged%n", warm, before, logged.sum());
        flood(warm, datagrams);
        double seconds = (System.nanoTime() - began) / 1e9;
        Footprint after = Footprint.now();
        System.out.printf("after %,d: %s, %d lines logged%n", datagrams, after, logged.sum());
        System.out.printf(
                "%.0f s, %,.0f datagrams/s; %,d answers of %,d octets, %,d silent; %,d read by dnsjava too; digest %08x%n",
                seconds, datagrams / seconds, datagrams - silent, octets, silent, read, digest.getValue());
        System.out.println(rcodes());
        expect(server.counted() == datagrams, server.counted() + " counted as answers or drops");
        expect(server.counters.failures() == 0, server.counters.failures() + " faults of the program");
        expect(logged.sum() == 0, logged.sum() + " lines logged");
        expect(after.heapBytes - before.heapBytes < HEAP_GROWTH_BYTES, "the heap grows");
        expect(after.threads <= before.threads, "threads are left over");
        System.out.println(violations == 0 ? "nothing violated" : violations + " violations");
        return violations == 0;
    }

    private void flood(long from, long to) throws IOException {
        for (long i = from; i < to && violations < MOST_TOLD; i++) {
            int table = messages.table();
            int setup = messages.setup();
            int length = messages.next(table, server.in);
            try {
                int written = server.answer(length, table, setup);
                silent += written == 0 ? 1 : 0;
                octets += written;
                digest.update(server.out, 0, written);
                if (written > 0 && i % SAMPLE == 0) {
                    read++;
                    Invariants.checkReadable(server.in, length, server.out, written);
                }
            } catch (AssertionError | RuntimeException | IOException violation) {
                String input = HexFormat.of().toHexDigits((byte) table)
                        + HexFormat.of().toHexDigits((byte) setup)
                        + HexFormat.of().formatHex(Arrays.copyOf(server.in, length));
                expect(false, "datagram " + i + ": " + violation + "; input of the datagram target: " + input);
            }
        }
    }

    private void expect(boolean condition, String violation) {
        if (!condition) {
            violations++;
            System.out.println("VIOLATION: " + violation);
        }
    }

    private String rcodes() {
        StringBuilder text = new StringBuilder("answers by RCODE:");
        for (int rcode = 0; rcode < QueryCounters.RCODES; rcode++) {
            long count = 0;
            for (Transport transport : Transport.values()) {
                count += server.counters.responses(transport, rcode);
            }
            text.append(count == 0 ? "" : " %d: %,d".formatted(rcode, count));
        }
        return text.append("; truncated: %,d".formatted(server.counters.truncations()))
                .append("; cookies: ")
                .append(Arrays.stream(CookieState.values())
                        .map(state -> state + " %,d".formatted(server.counters.cookies(state)))
                        .toList())
                .toString();
    }

    private void countLogLines() {
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                logged.increment();
            }
        };
        appender.start();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
    }
}
