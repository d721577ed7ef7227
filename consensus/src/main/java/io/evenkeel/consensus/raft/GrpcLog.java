package io.evenkeel.consensus.raft;

import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what gRPC logs with java.util.logging to where all else is logged, warnings and above. By itself it prints to the
 * error stream, at INFO a stack trace for every connection that brings rubbish: whoever can connect could fill a disk. That
 * line is the only trace of such a connection, so it is counted and written nowhere.
 */
final class GrpcLog extends Handler {
    private static final String NAME = "org.apache.ratis.thirdparty.io.grpc";
    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(NAME);

    // Loggers are held weakly, with all that was set on them.
    private static final Logger GRPC = Logger.getLogger(NAME);

    private static final Logger CONNECTIONS = Logger.getLogger(NAME + ".netty.NettyServerTransport.connections");
    private static final LongAdder REFUSED = new LongAdder();

    private GrpcLog() {}

    /** Does nothing the second time. */
    static synchronized void redirect() {
        if (GRPC.getUseParentHandlers()) {
            GRPC.setUseParentHandlers(false);
            GRPC.setLevel(Level.WARNING);
            CONNECTIONS.setLevel(Level.INFO);
            GRPC.addHandler(new GrpcLog());
        }
    }

    /** Connections of this process' Raft port that brought no Raft; who fails in the TLS handshake is counted elsewhere. */
    static long refusedConnections() {
        return REFUSED.sum();
    }

    @Override
    public void publish(LogRecord entry) {
        if (CONNECTIONS.getName().equals(entry.getLoggerName())) {
            REFUSED.increment();
        } else if (isLoggable(entry)) {
            LOG.warn("{}: {}", entry.getLoggerName(), entry.getMessage(), entry.getThrown());
        }
    }

    @Override
    public void flush() {
        // Nothing is kept back.
    }

    @Override
    public void close() {
        // Nothing is held open.
    }
}
