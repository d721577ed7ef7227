package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.server.query.QueryCounters;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

/** Real sockets on loopback; the catalog is empty unless a test brings one, so that every question is answered REFUSED. */
abstract class ListenersFixture {
    static {
        Awaitility.setDefaultTimeout(Duration.ofMinutes(1)); // of machines that have other work
    }

    static final int PATIENCE_MILLIS = 30_000;
    static final int SILENCE_MILLIS = 300;
    static final byte[] QUESTION = {
        0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0, 1
    };

    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : toClose.reversed()) {
            one.close();
        }
    }

    AnswerLoops loops(Sockets sockets, int count) {
        return open(TestListeners.loops(sockets, count));
    }

    DnsListeners bind(AnswerLoops loops, Silence silence, String host) throws IOException {
        return open(DnsListeners.bind(
                loops,
                silence,
                List.of(ListenPoint.plain(address(host, 0))),
                Addresses::ofInterfaces,
                TcpSettings.of(10, Duration.ofSeconds(10))));
    }

    DnsListeners bind(AnswerLoops loops, String host, int tcpConnections, Duration idle) throws IOException {
        return open(DnsListeners.bind(
                loops, List.of(ListenPoint.plain(address(host, 0))), TcpSettings.of(tcpConnections, idle)));
    }

    <T extends AutoCloseable> T open(T closeable) {
        toClose.add(closeable);
        return closeable;
    }

    static InetSocketAddress address(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    DatagramSocket client(InetSocketAddress server) throws IOException {
        DatagramSocket client = open(new DatagramSocket());
        client.connect(server);
        client.setSoTimeout(PATIENCE_MILLIS);
        return client;
    }

    static void send(DatagramSocket client, int id) throws IOException {
        client.send(new DatagramPacket(question(id), QUESTION.length));
    }

    static int receive(DatagramSocket client) throws IOException {
        DatagramPacket reply = new DatagramPacket(new byte[512], 512);
        client.receive(reply);
        assertThat(reply.getData()[2] & 0x80).isEqualTo(0x80);
        return ((reply.getData()[0] & 0xff) << 8) | (reply.getData()[1] & 0xff);
    }

    static void assertSilent(DatagramSocket client) throws IOException {
        client.setSoTimeout(SILENCE_MILLIS);
        assertThatThrownBy(() -> receive(client)).isInstanceOf(SocketTimeoutException.class);
        client.setSoTimeout(PATIENCE_MILLIS);
    }

    static void assertTcpSilent(InetSocketAddress server, Silence silence) {
        try (Socket socket = new Socket()) {
            assertThatThrownBy(() -> socket.connect(server, SILENCE_MILLIS))
                    .isInstanceOf(silence == Silence.FILTERED ? SocketTimeoutException.class : ConnectException.class);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Asks a loop that stands still more than its socket has room for; returns when the kernel has told of what it lost. */
    static void overflow(AnswerLoops loops, DatagramSocket client, long questions) throws IOException {
        CountDownLatch stands = new CountDownLatch(1);
        CountDownLatch busy = new CountDownLatch(1);
        loops.first().eventLoop.execute(() -> {
            stands.countDown();
            awaitUninterruptibly(busy);
        });
        awaitUninterruptibly(stands);
        for (int i = 0; i < questions; i++) {
            send(client, i);
        }
        busy.countDown();
        QueryCounters counters = loops.counters().getFirst();
        // What is lost is told with what comes after it.
        await().until(() -> {
            send(client, 1001);
            return counters.lost() > 0;
        });
    }

    static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] question(int id) {
        byte[] question = QUESTION.clone();
        question[0] = (byte) (id >> 8);
        question[1] = (byte) id;
        return question;
    }

    static Socket connect(InetSocketAddress server) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true); // what is written has arrived
        socket.connect(server, PATIENCE_MILLIS);
        return socket;
    }

    static void write(Socket socket, int id) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeShort(QUESTION.length);
        out.write(question(id));
    }

    static int read(Socket socket) throws IOException {
        return read(new DataInputStream(socket.getInputStream()));
    }

    static byte[] frame(byte[] message) {
        return ByteBuffer.allocate(2 + message.length)
                .putShort((short) message.length)
                .put(message)
                .array();
    }

    static byte[] readMessage(Socket socket) throws IOException {
        return readMessage(new DataInputStream(socket.getInputStream()));
    }

    private static byte[] readMessage(DataInputStream in) throws IOException {
        byte[] answer = new byte[in.readUnsignedShort()];
        in.readFully(answer);
        return answer;
    }

    static int read(DataInputStream in) throws IOException {
        byte[] answer = readMessage(in);
        assertThat(answer[2] & 0x80).isEqualTo(0x80);
        return ((answer[0] & 0xff) << 8) | (answer[1] & 0xff);
    }

    static boolean hasIpv6() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .anyMatch(address -> address.equals(InetAddress.ofLiteral("::1")));
    }
}
