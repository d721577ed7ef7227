package io.evenkeel.consensus.raft;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.ratis.thirdparty.io.netty.channel.EventLoop;
import org.apache.ratis.thirdparty.io.netty.channel.EventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

/*
 * gRPC makes these threads, shares them among all servers of the process, and has nobody look after them: one that has ended by an
 * Error is given work for ever, and does none. A server that is built anew gets the same ones while any connection has them, so
 * only another process has them all again. gRPC ends them itself about a second after the last server has ended.
 *
 * Those of connections to others are shown to nobody. They are known by their names: the number of their group, which gRPC ends as
 * a whole about a second after the last connection, and their own.
 */

/** The event loops of gRPC, behind the Raft port of one server and of its connections to others, as far as they are known. Any thread. */
final class RaftLoops {
    private static final String CONNECTING = "grpc-default-worker-ELG-";

    /** A group that gRPC ends is gone as a whole by then, if somebody looks each second. */
    static final Duration GONE = Duration.ofSeconds(2);

    private volatile @Nullable EventLoopGroup accepting;
    private volatile @Nullable EventLoopGroup serving;
    private volatile boolean left;

    /** Names of threads, and when each was last seen, in ns; of groups that live. Guarded by this. */
    private final Map<String, Long> connecting = new HashMap<>();

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
        long mute = left ? 0 : countMute(RaftThreads.names(CONNECTING), System.nanoTime());
        if (mute > 0) {
            lines.add(mute + " of the threads of connections to other members have ended by a fault of this program:"
                    + " what is sent to those members waits");
        }
        return lines;
    }

    /**
     * Threads that have ended while others of their group live.
     *
     * @param alive names
     * @param now in ns
     */
    synchronized long countMute(Set<String> alive, long now) {
        alive.forEach(name -> connecting.put(name, now));
        Set<String> groups = alive.stream().map(RaftLoops::group).collect(Collectors.toSet());
        connecting.keySet().removeIf(name -> !groups.contains(group(name)));
        return connecting.values().stream()
                .filter(seen -> now - seen >= GONE.toNanos())
                .count();
    }

    private static String group(String name) {
        return name.substring(0, name.lastIndexOf('-'));
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
