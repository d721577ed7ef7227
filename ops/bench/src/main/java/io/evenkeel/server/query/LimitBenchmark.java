package io.evenkeel.server.query;

import io.evenkeel.bench.SampleZone;
import io.evenkeel.server.limits.LimitMode;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.limits.Limits;
import io.evenkeel.zones.Catalog;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What the limits on clients cost a question: one of 10,000 clients asks, each within its limits, a loop that is busy. The bar: {@code on} takes 80 ns more
 * than {@code off}; the time that is read once for a batch is in it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LimitBenchmark {
    private static final int QUESTIONS = 1 << 16;
    private static final int CLIENTS = 10_000;
    private static final int BATCH = 32;
    private static final long SECOND = 1_000_000_000L;

    /** {@code allowed}: with 256 prefixes of a higher rate, too. */
    @Param({"off", "on", "allowed"})
    String limits = "";

    @Param("100000")
    int names;

    private final byte[][] in = new byte[QUESTIONS][];
    private final int[] lengths = new int[QUESTIONS];
    /** Of the client of each question, in network order. */
    private final byte[] addresses = new byte[4 * QUESTIONS];

    private int next;
    private final Client client = (to, at) -> {
        System.arraycopy(addresses, 4 * next, to, at, 4);
        return 4;
    };
    private final byte[] out = new byte[65_535];
    private QueryHandler handler = new QueryHandler(AnswerSource.plain(Catalog::new, 1232), new QueryCounters());

    /** Makes the zone, the questions and a loop that is busy. */
    @Setup
    public void load() {
        SampleZone sample = new SampleZone(true, names);
        Catalog catalog = new Catalog().with(sample.load(true));
        // Nothing is dropped: what is measured is an answer with its limits looked at.
        int rate = 2_000;
        LimitSettings.Allowance[] allowed = new LimitSettings.Allowance[limits.equals("allowed") ? 256 : 0];
        for (int i = 0; i < allowed.length; i++) {
            allowed[i] = new LimitSettings.Allowance(InetAddress.ofLiteral("10." + i + ".0.0"), 16, 10);
        }
        LimitSettings settings =
                new LimitSettings(LimitMode.ENFORCE, rate, rate, List.of(allowed), LimitMode.DRY_RUN, rate);
        Limits node = limits.equals("off") ? Limits.none() : new Limits(settings, Duration.ofSeconds(1));
        handler = new QueryHandler(
                new AnswerSource(() -> catalog, AnswerSettings.plain(1232), () -> false, node), new QueryCounters());
        if (!limits.equals("off")) {
            long now = System.nanoTime();
            handler.limits().tick(now - SECOND, 0, false);
            handler.limits().tick(now, SECOND, false);
        }
        Random random = new Random(7);
        byte[] all = new byte[4 * CLIENTS];
        random.nextBytes(all);
        for (int i = 0; i < QUESTIONS; i++) {
            in[i] = sample.question("hit", random.nextInt());
            lengths[i] = in[i].length - 8;
            System.arraycopy(all, 4 * random.nextInt(CLIENTS), addresses, 4 * i, 4);
            addresses[4 * i] = 10;
        }
    }

    /** An answer, as a socket would ask for it. */
    @Benchmark
    public int handle() {
        next = (next + 1) % QUESTIONS;
        if (next % BATCH == 0) {
            handler.limits().now(System.nanoTime());
        }
        return handler.handle(in[next], lengths[next], Transport.UDP, client, out);
    }
}
