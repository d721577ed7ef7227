package io.evenkeel.server.admin;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Counts connections that do not speak HTTP. The JDK's server turns them away by itself and tells nobody but its log, so
 * that log is read; nothing of it is written anywhere.
 */
final class RubbishLog extends Handler {
    /** Held here: a logger that nobody holds may be collected, and its level with it. */
    private static final Logger SERVER = Logger.getLogger("com.sun.net.httpserver");

    private final AdminCounters counters;

    private RubbishLog(AdminCounters counters) {
        this.counters = counters;
    }

    static RubbishLog attach(AdminCounters counters) {
        RubbishLog log = new RubbishLog(counters);
        SERVER.setLevel(Level.FINE);
        SERVER.setUseParentHandlers(false);
        SERVER.addHandler(log);
        return log;
    }

    void detach() {
        SERVER.removeHandler(this);
    }

    @Override
    public void publish(LogRecord record) {
        String message = record.getMessage();
        // "request line [status reason] (why)"; the exchange that was not begun has no other trace.
        if (message != null && (message.contains(" [400 ") || message.contains(" [501 "))) {
            counters.countRubbish();
        }
    }

    @Override
    public void flush() {
        // Nothing is kept.
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
