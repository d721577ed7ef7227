package io.evenkeel.bench.faults;

import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs in the process of a node, from outside: so many lines a second, of all given templates in turn, for some seconds, each fiftieth with a stack
 * trace. {@link LogStorm} loads it and reads what came of it.
 */
public final class LogAgent {
    /** System property of the node: {@code runs}, then {@code ended LINES SLOWEST-NANOS}. */
    static final String STATE = "evenkeel.test.log-storm";

    private static final int THREADS = 4;
    private static final int TRACES = 50;
    private static final int AT_ONCE = 50;

    private LogAgent() {}

    /** @param order lines a second, seconds, and a file with a template in each line, with tabs between */
    public static void agentmain(String order, Instrumentation instrumentation) throws Exception {
        String[] parts = order.split("\t", -1);
        long perSecond = Long.parseLong(parts[0]);
        long lines = perSecond * Long.parseLong(parts[1]) / THREADS;
        List<String> templates = Files.readAllLines(Path.of(parts[2]));
        AtomicLong slowest = new AtomicLong();
        AtomicLong left = new AtomicLong(THREADS);
        AtomicLong logged = new AtomicLong();
        System.setProperty(STATE, "runs");
        for (int thread = 0; thread < THREADS; thread++) {
            int first = thread * 31;
            Thread.ofPlatform().daemon().name("test-log-" + thread).start(() -> {
                long worst = log(templates, first, lines, perSecond / THREADS, logged);
                slowest.accumulateAndGet(worst, Math::max);
                if (left.decrementAndGet() == 0) {
                    System.setProperty(STATE, "ended " + logged + " " + slowest);
                }
            });
        }
    }

    /** The slowest call, in ns. */
    private static long log(List<String> templates, int first, long lines, long perSecond, AtomicLong logged) {
        long begin = System.nanoTime();
        long slowest = 0;
        Exception trace = new IllegalStateException("of a storm of lines");
        for (long line = 0; line < lines; line++) {
            if (line % AT_ONCE == 0) {
                long due = begin + line * 1_000_000_000L / perSecond;
                for (long now = System.nanoTime(); now - due < 0; now = System.nanoTime()) {
                    LockSupport.parkNanos(due - now);
                }
                if (System.nanoTime() - begin > 2_000_000_000L * lines / perSecond) {
                    break; // a machine that is too slow for that many
                }
            }
            int number = (int) ((first + line) % templates.size());
            Logger log = LoggerFactory.getLogger("io.evenkeel.storm.Class" + number % 97);
            String template = templates.get(number);
            long called = System.nanoTime();
            switch ((int) (line % 3)) {
                case 0 -> log.info(template, line, "a value", first);
                case 1 -> log.warn(template, line, "a value", first);
                default -> log.error(template, line, "a value", line % TRACES == 0 ? trace : first);
            }
            slowest = Math.max(slowest, System.nanoTime() - called);
            logged.incrementAndGet();
        }
        return slowest;
    }
}
