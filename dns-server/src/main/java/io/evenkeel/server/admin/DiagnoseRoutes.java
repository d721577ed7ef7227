package io.evenkeel.server.admin;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.LockInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.lang.management.ThreadInfo;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Views of the process for somebody who looks for a fault. */
final class DiagnoseRoutes {
    private static final String TEXT = "text/plain; charset=utf-8";
    /** Of all threads; a node has some dozens. */
    private static final int MOST_CHARS = 1 << 20;

    private final Supplier<String> configuration;

    /** @param configuration as text, without secrets */
    DiagnoseRoutes(Supplier<String> configuration) {
        this.configuration = configuration;
    }

    List<Route> routes() {
        return List.of(
                new Route(
                        "GET",
                        EvenkeelRoutes.BASE + "/configuration",
                        Access.KEYED,
                        _ -> Reply.text(200, TEXT, configuration.get())),
                new Route("GET", EvenkeelRoutes.BASE + "/threads", Access.KEYED, DiagnoseRoutes::threads));
    }

    private static Reply threads(Call call) throws ApiException, InterruptedException {
        call.memory().growTo(AdminLimits.THREADS_BYTES);
        return new Reply(200, Map.of("Content-Type", TEXT), DiagnoseRoutes::write);
    }

    /** As of one moment; what waits for whom. */
    private static void write(OutputStream out) throws IOException {
        int written = 0;
        for (ThreadInfo thread : ManagementFactory.getThreadMXBean().dumpAllThreads(true, true)) {
            if (written > MOST_CHARS) {
                out.write("and more\n".getBytes(StandardCharsets.UTF_8));
                return;
            }
            StringBuilder text = new StringBuilder();
            text.append(thread.getThreadName()).append(" (").append(thread.getThreadState());
            LockInfo lock = thread.getLockInfo();
            if (lock != null) {
                text.append(" on ").append(lock);
            }
            if (thread.getLockOwnerName() != null) {
                text.append(", held by ").append(thread.getLockOwnerName());
            }
            text.append(")\n");
            StackTraceElement[] trace = thread.getStackTrace();
            for (int depth = 0; depth < trace.length; depth++) {
                text.append("    at ").append(trace[depth]).append('\n');
                for (MonitorInfo monitor : thread.getLockedMonitors()) {
                    if (monitor.getLockedStackDepth() == depth) {
                        text.append("    holds ").append(monitor).append('\n');
                    }
                }
            }
            text.append('\n');
            out.write(text.toString().getBytes(StandardCharsets.UTF_8));
            written += text.length();
        }
    }
}
