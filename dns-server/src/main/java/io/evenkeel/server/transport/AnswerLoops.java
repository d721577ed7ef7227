package io.evenkeel.server.transport;

import io.evenkeel.consensus.process.ThreadNiceness;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.QueryHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** The event loops that answer, each with a handler and counters of its own. */
public final class AnswerLoops implements AutoCloseable {
    private final Sockets sockets;
    private final EventLoopGroup group;
    private final List<AnswerLoop> loops;
    private final ReceiveSettings receiving;
    private final DetachedRequests detached;
    private final List<ReceiveLog> logs;

    private AnswerLoops(
            Sockets sockets,
            EventLoopGroup group,
            List<AnswerLoop> loops,
            ReceiveSettings receiving,
            DetachedRequests detached) {
        this.sockets = sockets;
        this.group = group;
        this.loops = loops;
        this.receiving = receiving;
        this.detached = detached;
        this.logs = IntStream.range(0, loops.size())
                .mapToObj(i -> new ReceiveLog(i, loops.get(i), receiving))
                .toList();
    }

    /**
     * Starts the threads.
     *
     * @param name of the threads, with a number behind it
     * @param count 0: the processors less two, at least one, so that consensus keeps a share of the machine in a flood
     * @param receiving how long questions may wait
     */
    public static AnswerLoops start(
            Sockets sockets, String name, int count, AnswerSource source, ReceiveSettings receiving) {
        DetachedRequests detached = new DetachedRequests(receiving.clientTimeout(), TransportLimits.DETACHED_PROGRESS);
        return start(sockets, name, count, source, receiving, DatagramCalls::new, detached);
    }

    /** @param calls made anew for each loop that receives in batches */
    static AnswerLoops start(
            Sockets sockets,
            String name,
            int count,
            AnswerSource source,
            ReceiveSettings receiving,
            Supplier<DatagramCalls> calls,
            DetachedRequests detached) {
        int threads = count > 0 ? count : Math.max(1, Runtime.getRuntime().availableProcessors() - 2);
        ThreadFactory named = new DefaultThreadFactory(name, true);
        ThreadFactory givingWay = loop -> named.newThread(() -> {
            ThreadNiceness.raise(ThreadNiceness.ANSWERING);
            loop.run();
        });
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(threads, givingWay, sockets.ioHandlerFactory());
        List<AnswerLoop> loops = new ArrayList<>();
        for (EventExecutor executor : group) {
            QueryCounters counters = new QueryCounters();
            QueryHandler handler = new QueryHandler(source, counters);
            DatagramSlots slots = sockets == Sockets.BATCHED
                    ? new DatagramSlots(source.settings().udpPayload(), calls.get())
                    : null;
            ReceiveControl receive = new ReceiveControl(receiving, counters);
            EventLoop eventLoop = (EventLoop) executor;
            loops.add(new AnswerLoop(eventLoop, handler, counters, slots, receive, detached));
            Future<?> _ = eventLoop.scheduleWithFixedDelay(
                    receive::survivingTick, receive.tickNanos(), receive.tickNanos(), TimeUnit.NANOSECONDS);
        }
        return new AnswerLoops(sockets, group, List.copyOf(loops), receiving, detached);
    }

    /** The counters of each loop. */
    public List<QueryCounters> counters() {
        return loops.stream().map(loop -> loop.counters).toList();
    }

    /** CPU time that the threads have used so far, in ns; does not grow where the JVM cannot tell. */
    public long cpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (AnswerLoop loop : loops) {
            if (loop.eventLoop instanceof SingleThreadEventExecutor executor && threads.isThreadCpuTimeSupported()) {
                sum += Math.max(
                        0, threads.getThreadCpuTime(executor.threadProperties().id()));
            }
        }
        return sum;
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

    /** Logs which of them have fallen behind, or are level again, since the last call. For one thread that calls it every second. */
    public void observe() {
        logs.forEach(ReceiveLog::observe);
    }

    /** Which of them are behind, one line for people each; empty if none is. Any thread. */
    public List<String> behind() {
        return logs.stream()
                .map(ReceiveLog::behind)
                .filter(text -> !text.isEmpty())
                .toList();
    }

    /** How long a loop looks at no socket at most, one time in a thousand aside, in seconds. */
    public double pauseSeconds(int loop) {
        return loops.get(loop).receive.state().pauseNanos() / 1e9;
    }

    /** Whether it is known how long questions over UDP have waited, and how many the kernel has lost. */
    public boolean knowsWaits() {
        return sockets == Sockets.BATCHED;
    }

    Sockets sockets() {
        return sockets;
    }

    EventLoopGroup group() {
        return group;
    }

    List<AnswerLoop> all() {
        return loops;
    }

    AnswerLoop first() {
        return loops.getFirst();
    }

    AnswerLoop of(EventLoop eventLoop) {
        for (AnswerLoop loop : loops) {
            if (loop.eventLoop.equals(eventLoop)) {
                return loop;
            }
        }
        throw new IllegalStateException("not one of the answering loops: " + eventLoop);
    }

    /** Stops the threads; waits for them a bounded time. */
    @Override
    public void close() {
        group.shutdownGracefully(0, TransportLimits.STOP.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(2 * TransportLimits.STOP.toMillis());
    }
}
