package io.evenkeel.consensus.raft;

import org.apache.ratis.server.impl.ReadIndexHeartbeats;
import org.apache.ratis.util.AtomicFileOutputStream;
import org.apache.ratis.util.ExitUtils;
import org.apache.ratis.util.PeerProxyMap;

/** What Ratis must find, and must not do, in the process that it runs in. */
final class RatisProcess {
    private RatisProcess() {}

    /**
     * Before the first server is built; again does no harm.
     *
     * @throws IllegalStateException if the class path is in the wrong order
     */
    static void prepare() {
        requireOurClasses();
        keepProcessAlive();
        GrpcLog.redirect();
    }

    /** Three classes of Ratis' own are wrong; see ours. */
    private static void requireOurClasses() {
        try {
            if (AtomicFileOutputStream.keepsOldFileAfterFailedWrite()
                    && ReadIndexHeartbeats.confirmsEachRead()
                    && PeerProxyMap.followsPeers()) {
                return;
            }
        } catch (NoSuchMethodError | IllegalAccessError e) {
            throw new IllegalStateException(
                    "The class path has Ratis' own AtomicFileOutputStream, ReadIndexHeartbeats or PeerProxyMap before ours: a full"
                            + " disk would destroy the vote file, a leader that is cut off confirm reads, or a member whose address"
                            + " changes never be reached again. Put the consensus module before"
                            + " ratis-common and ratis-server, or leave these classes out of the jar",
                    e);
        }
        throw new IllegalStateException(
                "AtomicFileOutputStream, ReadIndexHeartbeats and PeerProxyMap are neither ours nor Ratis'");
    }

    /** Ratis ends the process if it cannot bind a port, and on any uncaught exception in any thread once it has tried to. */
    private static void keepProcessAlive() {
        Thread.UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
        ExitUtils.disableSystemExit();
        ExitUtils.setTerminateOnUncaughtException(false);
        Thread.setDefaultUncaughtExceptionHandler(handler);
    }
}
