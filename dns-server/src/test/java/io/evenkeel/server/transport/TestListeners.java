package io.evenkeel.server.transport;

import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.zones.Catalog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** Loops and sockets of a server without zones, which refuses every question. */
public final class TestListeners {
    /** Clients so patient that no question is dropped for its age when a busy machine lets a loop wait. */
    public static final ReceiveSettings PATIENT = new ReceiveSettings(Duration.ofSeconds(20), 0.1);

    private TestListeners() {}

    /** Loops with the best sockets of this machine. */
    public static AnswerLoops loops(int count) {
        return loops(Sockets.best(true), count);
    }

    static AnswerLoops loops(Sockets sockets, int count) {
        return AnswerLoops.start(sockets, "test", count, AnswerSource.plain(Catalog::new, 1232), PATIENT);
    }

    /** On loopback and any free port, for one TCP connection that may idle for a second. */
    public static DnsListeners bind(AnswerLoops loops) throws IOException {
        return DnsListeners.bind(
                loops, List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)), 1, Duration.ofSeconds(1));
    }
}
