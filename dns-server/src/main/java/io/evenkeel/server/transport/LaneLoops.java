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
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The event loops of one lane: those that answer over UDP, and others for TCP, which give way to them: neither a flood of connections
 * nor slow ones take their time.
 */
final class LaneLoops {
    final List<AnswerLoop> udp;
    final List<AnswerLoop> tcp;
    /** Spreads the connections over the loops for TCP. */
    final EventLoopGroup tcpGroup;

    private final EventLoopGroup udpGroup;

    /**
     * What all loops of a node have in common.
     *
     * @param calls made anew for each loop that receives in batches
     */
    record Common(
            Sockets sockets,
            AnswerSource source,
            ReceiveSettings receiving,
            Supplier<DatagramCalls> calls,
            DetachedRequests detached) {
        /** The same without limits on clients, and without a sample of their questions. */
        Common withoutLimits() {
            AnswerSource unlimited = new AnswerSource(
                            source.catalog(), source.kinds(), source.settings(), source.stale())
                    .counting(source.zones());
            return new Common(sockets, unlimited, receiving, calls, detached);
        }
    }

    private LaneLoops(Common common, String name, int udpLoops, int udpNiceness, int tcpNiceness) {
        int tcpLoops = Math.ceilDiv(udpLoops, TransportLimits.UDP_LOOPS_PER_TCP_LOOP);
        udpGroup = group(common, name, udpLoops, udpNiceness);
        tcpGroup = group(common, name + "-tcp", tcpLoops, tcpNiceness);
        udp = loops(common, udpGroup, common.sockets == Sockets.BATCHED);
        tcp = loops(common, tcpGroup, false);
    }

    /** Starts the threads of the lane of the devices. */
    static LaneLoops ofDevices(Common common, String name, int udpLoops) {
        return new LaneLoops(common, name, udpLoops, ThreadNiceness.ANSWERING, ThreadNiceness.ANSWERING_CONNECTIONS);
    }

    /** Starts those of the other lane: one each, since few ask there, and they go before the devices' where a processor is short. */
    static LaneLoops ofInfrastructure(Common common, String name) {
        return new LaneLoops(
                common.withoutLimits(),
                name + "-infra",
                1,
                ThreadNiceness.ANSWERING_INFRASTRUCTURE,
                ThreadNiceness.ANSWERING);
    }

    private static EventLoopGroup group(Common common, String name, int threads, int niceness) {
        ThreadFactory named = new DefaultThreadFactory(name, true);
        ThreadFactory givingWay = loop -> named.newThread(() -> {
            ThreadNiceness.raise(niceness);
            loop.run();
        });
        return new MultiThreadIoEventLoopGroup(threads, givingWay, common.sockets.ioHandlerFactory());
    }

    private static List<AnswerLoop> loops(Common common, EventLoopGroup group, boolean batched) {
        List<AnswerLoop> loops = new ArrayList<>();
        for (EventExecutor executor : group) {
            QueryCounters counters = new QueryCounters();
            QueryHandler handler = new QueryHandler(common.source, counters);
            DatagramSlots slots =
                    batched ? new DatagramSlots(common.source.settings().udpPayload(), common.calls.get()) : null;
            ReceiveControl receive = new ReceiveControl(common.receiving, counters);
            EventLoop eventLoop = (EventLoop) executor;
            AnswerLoop loop = new AnswerLoop(eventLoop, handler, counters, slots, receive, common.detached);
            loops.add(loop);
            var _ = loop.every(receive.tickNanos(), loop::tick);
        }
        return List.copyOf(loops);
    }

    /** All of them, those for UDP first. */
    Stream<AnswerLoop> all() {
        return Stream.concat(udp.stream(), tcp.stream());
    }

    /** The one whose connections run on it. */
    AnswerLoop ofConnections(EventLoop eventLoop) {
        for (AnswerLoop loop : tcp) {
            if (loop.eventLoop.equals(eventLoop)) {
                return loop;
            }
        }
        throw new IllegalStateException("not one of the loops for TCP: " + eventLoop);
    }

    /** Begins to stop the threads; done when they have. */
    List<Future<?>> stop() {
        return Stream.of(udpGroup, tcpGroup)
                .<Future<?>>map(
                        group -> group.shutdownGracefully(0, TransportLimits.STOP.toMillis(), TimeUnit.MILLISECONDS))
                .toList();
    }
}
