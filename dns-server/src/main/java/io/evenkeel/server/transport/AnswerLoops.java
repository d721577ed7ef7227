package io.evenkeel.server.transport;

import io.evenkeel.server.limits.Limits;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.Lane;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.ZoneAnswers;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The event loops that answer, each with a handler and counters of its own. */
public final class AnswerLoops implements AutoCloseable {
    private final Sockets sockets;
    private final LaneLoops devices;
    private final @Nullable LaneLoops infrastructure;
    private final List<AnswerLoop> loops;
    private final List<AnswerLoop> udp;
    private final Limits limits;
    private final ZoneAnswers zones;
    private final ReceiveSettings receiving;
    private final DetachedRequests detached;
    private final List<ReceiveLog> logs;
    private final CompletableFuture<Throwable> ended = new CompletableFuture<>();
    private volatile boolean closing;

    private AnswerLoops(LaneLoops.Common common, LaneLoops devices, @Nullable LaneLoops infrastructure) {
        this.limits = common.source().limits();
        this.zones = common.source().zones();
        this.sockets = common.sockets();
        this.devices = devices;
        this.infrastructure = infrastructure;
        this.receiving = common.receiving();
        this.detached = common.detached();
        // Those for UDP first: metrics and log lines name them by their numbers.
        this.udp = laneLoops().flatMap(lane -> lane.udp.stream()).toList();
        this.loops = Stream.concat(udp.stream(), laneLoops().flatMap(lane -> lane.tcp.stream()))
                .toList();
        this.logs = IntStream.range(0, udp.size())
                .mapToObj(i -> new ReceiveLog(i, udp.get(i), receiving))
                .toList();
        for (int i = 0; i < loops.size(); i++) {
            int loop = i;
            loops.get(i).eventLoop.terminationFuture().addListener(_ -> {
                if (!closing) {
                    ended.complete(new LoopEndedException("the answering loop " + loop
                            + " has ended by a fault of this program, which the log tells before this line"));
                }
            });
        }
    }

    /**
     * Starts the threads.
     *
     * @param name of the threads, with a number behind it
     * @param count of those that answer devices over UDP; 0: the processors less two, at least one, so that consensus keeps a share of
     *     the machine in a flood. For each four of them one more answers over TCP
     * @param infrastructure whether there are two more, one each for UDP and TCP, for {@link Lane#INFRASTRUCTURE}
     * @param receiving how long questions may wait
     */
    public static AnswerLoops start(
            Sockets sockets,
            String name,
            int count,
            boolean infrastructure,
            AnswerSource source,
            ReceiveSettings receiving) {
        DetachedRequests detached = new DetachedRequests(receiving.clientTimeout(), TransportLimits.DETACHED_PROGRESS);
        return start(
                new LaneLoops.Common(sockets, source, receiving, DatagramCalls::new, detached),
                name,
                count,
                infrastructure);
    }

    /** Starts those of {@link Lane#DEVICE} alone. */
    public static AnswerLoops start(
            Sockets sockets, String name, int count, AnswerSource source, ReceiveSettings receiving) {
        return start(sockets, name, count, false, source, receiving);
    }

    static AnswerLoops start(LaneLoops.Common common, String name, int count, boolean infrastructure) {
        int threads = count > 0 ? count : Math.max(1, Runtime.getRuntime().availableProcessors() - 2);
        return new AnswerLoops(
                common,
                LaneLoops.ofDevices(common, name, threads),
                infrastructure ? LaneLoops.ofInfrastructure(common, name) : null);
    }

    /**
     * Completes, if ever, when a loop has ended without being told to. Its clients would meet silence, since the kernel has given them to its
     * sockets, so the process should end.
     */
    public CompletableFuture<Throwable> ended() {
        return ended;
    }

    /** The counters of each loop, those of {@link #udpCounters} first. */
    public List<QueryCounters> counters() {
        return loops.stream().map(loop -> loop.counters).toList();
    }

    /** The counters of each loop that answers over UDP: those of devices, then the one of infrastructure if there is one. */
    public List<QueryCounters> udpCounters() {
        return udp.stream().map(loop -> loop.counters).toList();
    }

    /** For whom a loop that answers over UDP is, by its number. */
    public Lane lane(int loop) {
        return loop < devices.udp.size() ? Lane.DEVICE : Lane.INFRASTRUCTURE;
    }

    /** How many loops answer devices over UDP: what a node can carry counts by these. */
    public int deviceLoops() {
        return devices.udp.size();
    }

    /** CPU time that the threads have used so far, in ns; does not grow where the JVM cannot tell. */
    public long cpuNanos() {
        return loops.stream().mapToLong(loop -> Math.max(0, loop.cpuNanos())).sum();
    }

    /** The same of one thread; -1 where the JVM cannot tell. */
    public long cpuNanos(int loop) {
        return loops.get(loop).cpuNanos();
    }

    /** On their clients. */
    public Limits limits() {
        return limits;
    }

    /** What they count of the answers out of each zone. */
    public ZoneAnswers zones() {
        return zones;
    }

    /** What is answered away from them. */
    public DetachedRequests detached() {
        return detached;
    }

    /** How long questions may wait. */
    public ReceiveSettings receiving() {
        return receiving;
    }

    /** @param qps questions that one of them can answer a second */
    public void capacity(double qps) {
        loops.forEach(loop -> loop.receive.capacity(qps));
    }

    /** Logs which of them have fallen behind, or are level again, since the last call, and what limits have dropped. For one thread that calls it every second. */
    public void observe() {
        logs.forEach(ReceiveLog::observe);
        limits.observe(System.nanoTime());
    }

    /** Which of them are behind, one line for people each; empty if none is. Any thread. */
    public List<String> behind() {
        return logs.stream()
                .map(ReceiveLog::behind)
                .filter(text -> !text.isEmpty())
                .toList();
    }

    /** How long a loop that answers over UDP looks at no socket at most, one time in a thousand aside, in seconds. */
    public double pauseSeconds(int loop) {
        return udp.get(loop).receive.state().pauseNanos() / 1e9;
    }

    /** Whether it is known how long questions over UDP have waited, and how many the kernel has lost. */
    public boolean knowsWaits() {
        return sockets == Sockets.BATCHED;
    }

    Sockets sockets() {
        return sockets;
    }

    /** Those for UDP first. */
    List<AnswerLoop> all() {
        return loops;
    }

    AnswerLoop first() {
        return loops.getFirst();
    }

    /** The loops of a lane, which it has been started with. */
    LaneLoops of(Lane lane) {
        return lane == Lane.DEVICE ? devices : Objects.requireNonNull(infrastructure, "no loops for that lane");
    }

    /** The lanes that have loops. */
    public List<Lane> lanes() {
        return infrastructure == null ? List.of(Lane.DEVICE) : List.of(Lane.DEVICE, Lane.INFRASTRUCTURE);
    }

    /** The counters of the loops of a lane, which it has. */
    public List<QueryCounters> counters(Lane lane) {
        return of(lane).all().map(loop -> loop.counters).toList();
    }

    private Stream<LaneLoops> laneLoops() {
        return infrastructure == null ? Stream.of(devices) : Stream.of(devices, infrastructure);
    }

    /** Stops the threads; waits for them a bounded time. */
    @Override
    public void close() {
        closing = true;
        List<Future<?>> stopping =
                laneLoops().flatMap(lane -> lane.stop().stream()).toList();
        stopping.forEach(one -> one.awaitUninterruptibly(2 * TransportLimits.STOP.toMillis()));
    }
}
