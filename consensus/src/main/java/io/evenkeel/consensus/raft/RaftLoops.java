package io.evenkeel.consensus.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.StreamSupport;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.netty.channel.EventLoop;
import org.apache.ratis.thirdparty.io.netty.channel.EventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/*
 * gRPC makes these threads, shares them among all servers of the process, and has nobody look after them: one that has ended by an
 * Error is given work for ever, and does none. A server that is built anew gets the same ones while any connection has them, so
 * only another process has them all again. gRPC ends them itself about a second after the last server has ended.
 *
 * Those of connections to others are shown to nobody, and known by their names. gRPC ends all of them together about a second after
 * the last connection, which could not be told from the end of the only one by an Error: so there is always one more user of them.
 */

/** The event loops of gRPC, behind the Raft port of one server and of its connections to others, as far as they are known. Any thread. */
final class RaftLoops {
    private static final String CONNECTING = "grpc-default-worker-ELG-";

    /** Never connects, and keeps gRPC from ending the threads of connections as long as this process lives. */
    @SuppressWarnings("UnusedVariable") // it does that by being there
    private static final ManagedChannel USER =
            NettyChannelBuilder.forAddress("localhost", 1).usePlaintext().build();

    private volatile @Nullable EventLoopGroup accepting;
    private volatile @Nullable EventLoopGroup serving;
    private volatile boolean left;

    /** Names of threads that were seen at some time. */
    private final Set<String> connecting = ConcurrentHashMap.newKeySet();

    /** The listening channel is on that one. */
    void accepts(EventLoop loop) {
        accepting = group(loop);
    }

    /** A connection is on that one. */
    void serves(EventLoop loop) {
        serving = group(loop);
    }

    /** The server is about to end: from now on no loop is missed. */
    void leave() {
        left = true;
    }

    /** What has ended by a fault of this program, a line for people each; empty if nothing has. */
    List<String> ended() {
        List<String> lines = new ArrayList<>();
        if (!left && countEnded(accepting) > 0) {
            lines.add(
                    "the thread that accepts connections of Raft has ended by a fault of this program: no new one comes in");
        }
        long gone = left ? 0 : countEnded(serving);
        if (gone > 0) {
            lines.add(gone + " of the threads that serve connections of Raft have ended by a fault of this program:"
                    + " their connections stand still");
        }
        long mute = left ? 0 : countMute(RaftThreads.names(CONNECTING));
        if (mute > 0) {
            lines.add(mute + " of the threads of connections to other members have ended by a fault of this program:"
                    + " what is sent to those members waits");
        }
        return lines;
    }

    /**
     * Those of connections to others that were there, and are no longer.
     *
     * @param alive names
     */
    long countMute(Set<String> alive) {
        connecting.addAll(alive);
        return connecting.stream().filter(name -> !alive.contains(name)).count();
    }

    private static long countEnded(@Nullable EventLoopGroup group) {
        return group == null
                ? 0
                : StreamSupport.stream(group.spliterator(), false)
                        .filter(EventExecutor::isShuttingDown)
                        .count();
    }

    /** With those that serve nothing yet: a new connection may come to any of them. */
    private static EventLoopGroup group(EventLoop loop) {
        EventLoopGroup parent = loop.parent();
        return parent == null ? loop : parent;
    }
}
