package io.evenkeel.bench.faults;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.ops.bench.Crowd;
import io.evenkeel.ops.bench.CrowdCounts;
import io.evenkeel.ops.fleet.QuestionPattern;
import io.evenkeel.ops.fleet.Sources;
import io.evenkeel.ops.verb.CommandFailure;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A crowd that asks servers while a test does other things; its seconds are the test's clock. */
final class RunningCrowd implements AutoCloseable {
    static final Duration TIMEOUT = Duration.ofSeconds(1);

    /** Above what a loaded machine keeps from a process. */
    static final Duration LONG_TIMEOUT = TIMEOUT.multipliedBy(4);

    /** For the environment of a node whose devices wait so long: else it drops a question whose answer they would have taken. */
    static final Map<String, String> KNOWS_LONG_TIMEOUT =
            Map.of("EVENKEEL_DNS_CLIENT_TIMEOUT", LONG_TIMEOUT.toSeconds() + "s");

    static final Duration PAUSE = Duration.ofSeconds(10);

    private static final String NAMES = "dev-####.device.callhome.example";
    private static final int SOCKETS = 4096;
    private static final long SEED = 1;
    /** Longer than any test: it is ended, and a crowd that ends before says nothing of the rest. */
    private static final Duration LONGEST = Duration.ofHours(3);

    private final BlockingQueue<CrowdCounts> seconds = new LinkedBlockingQueue<>();
    private final CompletableFuture<CrowdCounts> total = new CompletableFuture<>();
    private final Crowd crowd;
    private boolean ended;

    /** Devices that ask for names of the sample zone, each one of the servers; they begin at once. */
    RunningCrowd(List<InetSocketAddress> servers, int devices, Duration pause) throws CommandFailure {
        this(servers, devices, TIMEOUT, pause);
    }

    RunningCrowd(List<InetSocketAddress> servers, int devices, Duration timeout, Duration pause) throws CommandFailure {
        crowd = new Crowd(
                new Crowd.Settings(
                        servers,
                        devices,
                        timeout.toNanos(),
                        pause.toNanos(),
                        LONGEST.toSeconds(),
                        SOCKETS,
                        Sources.of("sources", List.of(), servers.getFirst().getAddress()),
                        SEED),
                QuestionPattern.of(NAMES, "names", "A", "type", QuestionPattern.Edns.NONE));
        Thread.ofPlatform().name("crowd").start(() -> {
            try {
                total.complete(crowd.run(seconds::add));
            } catch (Exception e) {
                total.completeExceptionally(e);
            }
        });
    }

    /** Waits for so many seconds of the crowd, from the last one that was taken on. */
    List<CrowdCounts> next(int count) throws InterruptedException {
        List<CrowdCounts> taken = new ArrayList<>();
        while (taken.size() < count) {
            CrowdCounts second = seconds.poll(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            if (second != null) {
                taken.add(second);
            } else if (total.isDone()) {
                throw new AssertionError("the crowd ended with " + total.join());
            }
        }
        return taken;
    }

    /** Leaves out the seconds that are over, and the present one. */
    void skip() throws InterruptedException {
        seconds.clear();
        List<CrowdCounts> _ = next(1);
    }

    /** The 99th percentile of the median second, in µs. */
    static double slowest(List<CrowdCounts> seconds) {
        List<Double> sorted = seconds.stream()
                .map(second -> Objects.requireNonNull(second.latencyMicros().get("p99")))
                .sorted()
                .toList();
        return sorted.get(sorted.size() / 2);
    }

    /** Ends it; what came of all. */
    CrowdCounts end() {
        if (!ended && total.isDone()) {
            ended = true;
            throw new AssertionError("the crowd had ended before: " + total.join());
        }
        ended = true;
        crowd.stop();
        return total.orTimeout(LocalCluster.LONG.toSeconds(), TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        CrowdCounts ignored = end();
    }
}
