package io.evenkeel.consensus.raft;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.util.Daemon;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Ratis starts the threads of a server in the group that it is given, and goes on saying RUNNING when one of them has ended of an
 * Error: a follower holds no elections then, a leader commits nothing. An uncaught Error comes to the group. The thread that
 * writes the log belongs to an executor, which keeps an Error to itself and the thread alive: only the stack of that thread tells.
 */

/** The threads of one Raft server, of which none may end before the server does. */
final class RaftThreads extends ThreadGroup {
    private static final Logger LOG = LoggerFactory.getLogger(RaftThreads.class);

    private static final String LOG_WORKER = "SegmentedRaftLogWorker";

    private volatile @Nullable String ended;

    /** Once it has been seen at its work. Of the thread that asks, as is the method that sets it. */
    private @Nullable Thread logWorker;

    RaftThreads(String peerId) {
        super("raft-" + peerId);
    }

    /** Executors have threads in this group, too, which they replace: only Ratis' own are missed. */
    @Override
    public void uncaughtException(Thread thread, Throwable fault) {
        if (thread instanceof Daemon) {
            ended = hasEnded(thread) + ": " + fault;
        }
        LOG.error("A fault of this program on {}", thread.getName(), fault);
    }

    /**
     * Why the server cannot go on; null if nothing speaks for that. One thread at a time.
     *
     * @param memberId as the names of its threads begin
     */
    @Nullable
    String broken(String memberId) {
        if (ended != null) {
            return ended;
        }
        Thread known = logWorker;
        if (known == null) {
            logWorker = find(memberId + "-" + LOG_WORKER);
            return null;
        }
        return isAtWork(known) ? null : hasEnded(known);
    }

    private static String hasEnded(Thread thread) {
        return "its thread " + thread.getName() + " has ended by a fault of this program";
    }

    /** Those that begin so, of all threads of the process. Any thread. */
    static Set<String> names(String prefix) {
        return all().map(Thread::getName)
                .filter(name -> name.startsWith(prefix))
                .collect(Collectors.toSet());
    }

    private static @Nullable Thread find(String name) {
        return all().filter(thread -> thread.getName().equals(name) && isAtWork(thread))
                .findFirst()
                .orElse(null);
    }

    private static Stream<Thread> all() {
        ThreadGroup all = Thread.currentThread().getThreadGroup();
        while (all.getParent() != null) {
            all = all.getParent();
        }
        Thread[] threads = new Thread[2 * all.activeCount()];
        int count = all.enumerate(threads);
        return Arrays.stream(threads, 0, count);
    }

    private static boolean isAtWork(Thread worker) {
        return Arrays.stream(worker.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("run")
                        && frame.getClassName().endsWith("." + LOG_WORKER));
    }
}
