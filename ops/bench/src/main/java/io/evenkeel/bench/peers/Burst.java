package io.evenkeel.bench.peers;

import io.evenkeel.bench.BenchCluster;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/*
 * While a process is stopped by a signal, its sockets go on to receive. So a question waits exactly as long as is wanted, in the
 * real queue, and all of a burst are taken out of it in one go.
 *
 * Nobody waits for the answers: they are counted afterwards, so that no send has to wake anybody.
 */

/** Questions that come to a node of ours while it is stopped: what it does with them as it goes on. */
final class Burst implements AutoCloseable {
    private static final int SOCKETS = 16;
    private static final int SOCKET_BYTES = 4 << 20;
    /** To take all of it out of the queue and to be at rest again; what is not done by then is missing in the outcome. */
    private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(600);

    private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final BenchServer server;
    private final BenchCluster cluster;
    private final List<DatagramChannel> sockets = new ArrayList<>();
    private final ByteBuffer answer = ByteBuffer.allocateDirect(4096);
    /** A stopped process would never see that it is to end. */
    private final Thread hook = new Thread(this::goOn, "continue");

    /** @param data the folder of the node's start */
    Burst(BenchServer server, java.nio.file.Path data) throws IOException {
        this.server = server;
        cluster = new BenchCluster(data);
        for (int i = 0; i < SOCKETS; i++) {
            DatagramChannel socket = DatagramChannel.open();
            sockets.add(socket);
            socket.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BYTES);
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), server.port()));
            socket.configureBlocking(false);
        }
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /**
     * What became of one.
     *
     * @param stale dropped for their age
     * @param lost for which the receive buffer had no room
     * @param micros CPU time of the loop, until it was at rest again
     */
    record Outcome(int answered, int stale, int lost, double micros) {
        @Override
        public String toString() {
            return "%d answered, %d stale, %d lost".formatted(answered, stale, lost);
        }
    }

    /** How many questions the receive buffer of the node may hold. */
    double room() throws IOException, InterruptedException {
        return metric("evenkeel_dns_receive_buffer_packets");
    }

    /** Stops the node, sends that many, and lets it go on so long after the last of them. */
    Outcome run(int count, long waitMillis) throws IOException, InterruptedException {
        double stale = stale();
        double lost = lost();
        double micros = Usage.loopMicros(server.pid());
        try {
            stop();
            for (int i = 0; i < count; i++) {
                send(i);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(waitMillis));
        } finally {
            goOn();
        }
        LockSupport.parkNanos(SETTLE_NANOS);
        micros = Usage.loopMicros(server.pid()) - micros;
        return new Outcome(answers(), (int) (stale() - stale), (int) (lost() - lost), micros);
    }

    private void send(int i) throws IOException {
        String host = "callhome-%03d.%s.".formatted(i % BenchZones.HOSTS, Steady.ZONE);
        byte[] question = Message.newQuery(Record.newRecord(Name.fromString(host), Type.A, DClass.IN))
                .toWire();
        if (sockets.get(i % SOCKETS).write(ByteBuffer.wrap(question)) != question.length) {
            throw new IOException("the kernel takes no more questions to send");
        }
    }

    private int answers() throws IOException {
        int count = 0;
        for (DatagramChannel socket : sockets) {
            while (socket.read(answer.clear()) > 0) {
                count++;
            }
        }
        return count;
    }

    private double stale() throws IOException, InterruptedException {
        return metric("evenkeel_dns_dropped_total{reason=\"stale\"}");
    }

    private double lost() throws IOException, InterruptedException {
        return metric("evenkeel_dns_udp_lost_total");
    }

    private double metric(String sample) throws IOException, InterruptedException {
        return cluster.metric(cluster.nodes().getFirst(), sample);
    }

    /** Returns once all its threads stand still. */
    private void stop() throws IOException {
        signal("STOP");
        long end = System.nanoTime() + STOP_NANOS;
        while (!Usage.isStopped(server.pid())) {
            if (System.nanoTime() > end) {
                throw new IOException(server.name() + " does not stop");
            }
            Thread.onSpinWait();
        }
    }

    private void goOn() {
        try {
            signal("CONT");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void signal(String name) throws IOException {
        Process kill = new ProcessBuilder(Programs.path("kill"), "-" + name, Long.toString(server.pid()))
                .inheritIO()
                .start();
        try {
            if (kill.waitFor() != 0 && server.process().isAlive()) {
                throw new IOException("no signal reaches " + server.name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(hook);
        for (DatagramChannel socket : sockets) {
            socket.close();
        }
    }
}
