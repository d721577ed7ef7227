package io.evenkeel.server.transport;

import io.evenkeel.server.limits.LoopLimits;
import io.evenkeel.server.query.Client;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.QueryHandler;
import io.evenkeel.server.query.Transport;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One event loop and all that answering on it needs; used by that loop only, except for the counters' readers. */
final class AnswerLoop {
    /** The handler may look a little beyond the end of a question. */
    private static final int SLACK_BYTES = 8;

    static final int MESSAGE_BYTES = 65_535;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    final EventLoop eventLoop;
    final QueryCounters counters;
    /** The question is put here. */
    final byte[] in = new byte[MESSAGE_BYTES + SLACK_BYTES];
    /** The answer is found here. */
    final byte[] out = new byte[MESSAGE_BYTES];

    /** For datagrams, where {@link Sockets#BATCHED} are used. */
    final @Nullable DatagramSlots slots;

    /** Keeps the queues in front of its UDP sockets short. */
    final ReceiveControl receive;

    /** When its idle connections were looked for last; for the loop only. */
    long sweptNanos = System.nanoTime();

    final QueryHandler handler;
    /** Is to know the time before each {@link #answer}; once for all messages that are read together. */
    final LoopLimits limits;

    private final DetachedRequests detached;

    AnswerLoop(
            EventLoop eventLoop,
            QueryHandler handler,
            QueryCounters counters,
            @Nullable DatagramSlots slots,
            ReceiveControl receive,
            DetachedRequests detached) {
        this.eventLoop = eventLoop;
        this.handler = handler;
        this.limits = handler.limits();
        this.counters = counters;
        this.slots = slots;
        this.receive = receive;
        this.detached = detached;
    }

    /** Length of the answer in {@code out} to the message in {@code in}; 0: silence, or it is answered later. */
    int answer(int length, Transport transport, Client client) {
        int written = handler.handle(in, length, transport, client, out);
        return written == QueryHandler.LATER ? detached.take(this, length, transport, client) : written;
    }

    /** Repeats work on its thread, whatever becomes of it: Netty drops a timer for good once its task has thrown, and tells nobody. */
    Future<?> every(long nanos, Runnable work) {
        return eventLoop.scheduleWithFixedDelay(surviving(work), nanos, nanos, TimeUnit.NANOSECONDS);
    }

    /** The same work; a fault of this program in it is counted and logged, and goes no further. */
    Runnable surviving(Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (Throwable fault) {
                handler.failed(fault);
            }
        };
    }

    /** What its timer calls, each {@link ReceiveControl#tickNanos}. */
    void tick() {
        receive.survivingTick();
        long cpu = THREADS.isCurrentThreadCpuTimeSupported() ? THREADS.getCurrentThreadCpuTime() : -1;
        long now = System.nanoTime();
        limits.tick(now, cpu, receive.isFull());
        handler.traffic().tick(now);
    }

    /** CPU time that its thread has used so far, in ns; -1 where the JVM cannot tell, and once the thread has ended. Any thread. */
    long cpuNanos() {
        return eventLoop instanceof SingleThreadEventExecutor executor && THREADS.isThreadCpuTimeSupported()
                ? THREADS.getThreadCpuTime(executor.threadProperties().id())
                : -1;
    }
}
