package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.server.admin.AdminCounters.Port;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Health and metrics while somebody takes all connections that he can get. {@code -Devenkeel.floodSeconds=60} has it go on for
 * longer and prints what it saw.
 */
final class PortFloodTest extends AdminTest {
    private static final int SECONDS = Integer.getInteger("evenkeel.floodSeconds", 3);
    private static final int DRIPPING = 600;
    private static final int CONNECTS_A_SECOND = 4_000;
    /** Of the flood's connections, the newest ones; more would be the whole of the test's own descriptors. */
    private static final int HELD = 1_000;

    /**
     * Connections that wait to be accepted, above which the flood does. Beyond the kernel's own bound it drops packets of everybody,
     * and a probe is sent again after ever longer pauses, which no server can change.
     */
    private static final int WAITING = AdminLimits.BACKLOG / 4;

    /** Connects between two looks at these. */
    private static final int LOOK = 500;

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final List<String> OPEN = List.of("/livez", "/readyz", "/metrics");

    private final AtomicBoolean over = new AtomicBoolean();

    /** A new connection never waits for a slow one, and gets its answer before it has to make room itself. */
    @Test
    void healthAndMetricsAreAnsweredOnBothPortsUnderAFlood() throws Exception {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (AdminApi health = AdminApi.health(any, node.view, node.counters)) {
            Map<Port, AdminApi> ports = Map.of(Port.ADMIN, node.api, Port.HEALTH, health);
            for (Map.Entry<Port, AdminApi> port : ports.entrySet()) {
                over.set(false);
                InetSocketAddress target = port.getValue().address();
                Thread dripping = start(() -> drip(target));
                await().atMost(LONG).until(() -> node.counters.open(port.getKey()) == AdminLimits.LOOPBACK_CONNECTIONS);
                Thread flood = start(() -> flood(target));
                Probes probes = new Probes();
                long begin = System.nanoTime();
                while (elapsed(begin) < SECONDS || (!probes.eachIsAnswered() && elapsed(begin) < LONG.toSeconds())) {
                    for (AdminApi probed : ports.values()) {
                        OPEN.forEach(path -> probes.ask(probed.address(), path));
                    }
                    LockSupport.parkNanos(50_000_000);
                }
                over.set(true);
                dripping.join();
                flood.join();
                if (SECONDS > 3) {
                    System.out.println("flood of the " + port.getKey() + " port: " + probes);
                }
                // A machine that stands still between a connect and its request may lose one now and then, of few too.
                assertThat(probes.failed()).as("%s", probes).isLessThanOrEqualTo(1 + probes.answered / 9);
                probes.each.forEach(
                        (what, answers) -> assertThat(answers).as(what).isPositive());
            }
        }
    }

    private static double elapsed(long beginNanos) {
        return (System.nanoTime() - beginNanos) / 1e9;
    }

    /** What a prober saw. */
    private static final class Probes {
        private final Map<String, Integer> each = new TreeMap<>();
        private final Map<String, Integer> failures = new TreeMap<>();
        private int answered;
        private int withinASecond;
        private long slowestNanos;

        void ask(InetSocketAddress address, String path) {
            String what = address.getPort() + path;
            each.putIfAbsent(what, 0);
            long begin = System.nanoTime();
            try (Socket socket = new Socket()) {
                socket.connect(address, (int) LONG.toMillis());
                socket.setSoTimeout((int) LONG.toMillis());
                socket.getOutputStream()
                        .write(("GET " + path + " HTTP/1.0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (answer.startsWith("HTTP/1.1 200 ")) {
                    answered++;
                    each.merge(what, 1, Integer::sum);
                    long nanos = System.nanoTime() - begin;
                    withinASecond += nanos < 1_000_000_000 ? 1 : 0;
                    slowestNanos = Math.max(slowestNanos, nanos);
                } else {
                    failures.merge(answer.lines().findFirst().orElse("no answer"), 1, Integer::sum);
                }
            } catch (IOException e) {
                failures.merge(String.valueOf(e.getMessage()), 1, Integer::sum);
            }
        }

        boolean eachIsAnswered() {
            return each.values().stream().allMatch(answers -> answers > 0);
        }

        int failed() {
            return failures.values().stream().mapToInt(Integer::intValue).sum();
        }

        @Override
        public String toString() {
            return answered + " answered, " + withinASecond + " of them within 1 s, the slowest after "
                    + slowestNanos / 1_000_000 + " ms; failed: " + failures;
        }
    }

    /** Work that ends with a broken connection. */
    private interface Work {
        void run() throws IOException;
    }

    private static Thread start(Work work) {
        return Thread.ofPlatform().start(() -> {
            try {
                work.run();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Each an octet a second, of a header without an end; one that is closed is opened again. */
    private void drip(InetSocketAddress target) throws IOException {
        Deque<SocketChannel> slow = new ArrayDeque<>();
        try {
            while (!over.get()) {
                for (int i = 0; i < DRIPPING && !over.get(); i++) {
                    SocketChannel channel = slow.size() < DRIPPING ? null : slow.poll();
                    slow.add(channel != null && write(channel, "x") ? channel : open(target));
                    LockSupport.parkNanos(Duration.ofSeconds(1).toNanos() / DRIPPING);
                }
            }
        } finally {
            close(slow);
        }
    }

    /** Connections that say nothing, or nothing of HTTP, or go at once. */
    private void flood(InetSocketAddress target) throws IOException {
        Deque<SocketChannel> held = new ArrayDeque<>();
        try {
            long due = System.nanoTime();
            for (long i = 0; !over.get(); i++) {
                while (i % LOOK == 0 && waiting(target.getPort()) > WAITING && !over.get()) {
                    LockSupport.parkNanos(Duration.ofSeconds(1).toNanos() * LOOK / CONNECTS_A_SECOND);
                }
                SocketChannel channel = open(target);
                switch ((int) (i % 3)) {
                    case 0 -> held.add(channel);
                    case 1 -> {
                        boolean _ = write(channel, "\u0016\u0003\u0001 no HTTP\n\n");
                        held.add(channel);
                    }
                    default -> {
                        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                        channel.close();
                    }
                }
                if (held.size() > HELD) {
                    held.remove().close();
                }
                // It makes up for a short pause only: all at once after a long one would be another flood.
                due = Math.max(
                        due + Duration.ofSeconds(1).toNanos() / CONNECTS_A_SECOND,
                        System.nanoTime() - Duration.ofMillis(100).toNanos());
                LockSupport.parkNanos(due - System.nanoTime());
            }
        } finally {
            close(held);
        }
    }

    /** Connections that a listening socket has not accepted yet: the receive queue of its line in the kernel's table. */
    private static int waiting(int port) throws IOException {
        String listens = String.format(Locale.ROOT, ":%04X", port);
        int waiting = 0;
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            Path file = Path.of(table);
            for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
                if (!line.contains(listens + " ")) {
                    continue;
                }
                String[] fields = line.strip().split(" +", -1);
                if (fields[1].endsWith(listens) && fields[3].equals("0A")) {
                    waiting += Integer.parseInt(fields[4].substring(fields[4].indexOf(':') + 1), 16);
                }
            }
        }
        return waiting;
    }

    private static SocketChannel open(InetSocketAddress target) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        boolean _ = channel.connect(target);
        return channel;
    }

    /** False if there is no connection, or none any more. */
    private static boolean write(SocketChannel channel, String text) throws IOException {
        try {
            if (channel.finishConnect()) {
                channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
            }
            return true;
        } catch (IOException e) {
            channel.close();
            return false;
        }
    }

    private static void close(Deque<SocketChannel> channels) throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }
}
