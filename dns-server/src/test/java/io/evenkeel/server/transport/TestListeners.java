package io.evenkeel.server.transport;

import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.Lane;
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

    /** For everybody. */
    static final ListenRules FOR_ALL = new ListenRules(ListenPoint.plain(new InetSocketAddress(0)), ClientPrivacy.FULL);

    private TestListeners() {}

    /** Loops with the best sockets of this machine. */
    public static AnswerLoops loops(int count) {
        return loops(Sockets.best(true), count);
    }

    static AnswerLoops loops(Sockets sockets, int count) {
        return AnswerLoops.start(sockets, "test", count, AnswerSource.plain(Catalog::new, 1232), PATIENT);
    }

    /** Makes the loops of devices as busy as their timers would find them under load; limits then act for two seconds at least. */
    public static void makeBusy(AnswerLoops loops) throws Exception {
        makeBusy(loops, Lane.DEVICE);
    }

    static void makeBusy(AnswerLoops loops, Lane lane) throws Exception {
        for (AnswerLoop loop : loops.of(lane).all().toList()) {
            loop.eventLoop
                    .submit(() -> {
                        long now = System.nanoTime();
                        loop.limits.tick(now - 1_000_000_000L, 0, false);
                        loop.limits.tick(now, 1_000_000_000L, true);
                        if (!loop.limits.acts()) {
                            throw new AssertionError("limits do not act on a loop that was made busy");
                        }
                    })
                    .get();
        }
    }

    /** On loopback and any free port, for one TCP connection that may idle for a second. */
    public static DnsListeners bind(AnswerLoops loops) throws IOException {
        return DnsListeners.bind(
                loops,
                List.of(ListenPoint.plain(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))),
                TcpSettings.of(1, Duration.ofSeconds(1)));
    }
}
