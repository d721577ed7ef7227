package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.server.query.DropReason;
import io.evenkeel.zones.Catalog;
import io.netty.channel.epoll.Epoll;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real sockets on loopback; the catalog is empty, so that every question is answered REFUSED. */
final class DnsListenersTest {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int SILENCE_MILLIS = 300;
    private static final byte[] QUESTION = {
        0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0, 1
    };

    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : toClose.reversed()) {
            one.close();
        }
    }

    /** Each way of being silent that this machine has. */
    static List<Arguments> ways() {
        List<Arguments> ways = new ArrayList<>(List.of(Arguments.of(Sockets.NIO, Silence.UNREAD)));
        if (Epoll.isAvailable()) {
            ways.add(Arguments.of(Sockets.EPOLL, Silence.UNREAD));
            ways.add(Arguments.of(Sockets.EPOLL, Silence.FILTERED));
        }
        return ways;
    }

    @Test
    void linuxHasSocketFilters() {
        assertThat(Silence.best(Sockets.NIO)).isEqualTo(Silence.UNREAD);
        Assumptions.assumeTrue(Epoll.isAvailable());
        assertThat(Silence.best(Sockets.EPOLL)).isEqualTo(Silence.FILTERED);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void beforeOpeningItIsSilentAndWhatQueuedUpIsNeverAnswered(Sockets sockets, Silence silence) throws Exception {
        AnswerLoops loops = loops(sockets, 2);
        DnsListeners listeners = bind(loops, silence, "127.0.0.1");
        InetSocketAddress server = listeners.addresses().getFirst();
        List<DatagramSocket> early = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            DatagramSocket client = client(server);
            send(client, i);
            early.add(client);
        }
        assertSilent(early.getFirst());
        assertTcpSilent(server, silence);

        listeners.open();
        for (DatagramSocket client : early) {
            send(client, 1000);
            assertThat(receive(client)).isEqualTo(1000);
        }
        long gate = loops.counters().stream()
                .mapToLong(counters -> counters.drops(DropReason.GATE))
                .sum();
        assertThat(gate).as("dropped by us, and not by the kernel").isEqualTo(silence == Silence.UNREAD ? 20 : 0);
        try (Socket tcp = connect(server)) {
            write(tcp, 1);
            assertThat(read(tcp)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void shutItAnswersWhatItHasReceivedAndThenNothing(Sockets sockets, Silence silence) throws Exception {
        AnswerLoops loops = loops(sockets, 2);
        DnsListeners listeners = bind(loops, silence, "127.0.0.1");
        listeners.open();
        InetSocketAddress server = listeners.addresses().getFirst();
        try (Socket asking = connect(server);
                Socket idle = connect(server)) {
            write(asking, 0);
            assertThat(read(asking)).isEqualTo(0);
            await().until(() -> listeners.tcpConnections() == 2);
            CountDownLatch busy = new CountDownLatch(1);
            loops.all().forEach(loop -> loop.eventLoop.execute(() -> awaitUninterruptibly(busy)));
            List<DatagramSocket> clients = new ArrayList<>();
            for (int i = 1; i <= 100; i++) {
                DatagramSocket client = client(server);
                send(client, i);
                clients.add(client);
                write(asking, i);
            }
            Thread shutting = Thread.ofVirtual().start(listeners::shut);
            busy.countDown();
            for (int i = 1; i <= 100; i++) {
                assertThat(receive(clients.get(i - 1))).isEqualTo(i);
                assertThat(read(asking)).isEqualTo(i);
            }
            assertThat(asking.getInputStream().read()).isEqualTo(-1);
            assertThat(idle.getInputStream().read()).isEqualTo(-1);
            // Half of it is still open: what a client says late meets no reset.
            write(idle, 7);
            write(idle, 8);
            shutting.join();
            send(clients.getFirst(), 3000);
            assertSilent(clients.getFirst());
            assertTcpSilent(server, silence);
        }
        await().until(() -> listeners.tcpConnections() == 0);

        listeners.open();
        DatagramSocket client = client(server);
        send(client, 2000);
        assertThat(receive(client)).isEqualTo(2000);
        try (Socket tcp = connect(server)) {
            write(tcp, 2001);
            assertThat(read(tcp)).isEqualTo(2001);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aClosingNodeLosesNoAnswer(Sockets sockets, Silence silence) throws Exception {
        AnswerLoops loops = loops(sockets, 1);
        DnsListeners listeners = bind(loops, silence, "127.0.0.1");
        listeners.open();
        InetSocketAddress server = listeners.addresses().getFirst();
        DatagramSocket client = client(server);
        try (Socket tcp = connect(server)) {
            await().until(() -> listeners.tcpConnections() == 1);
            CountDownLatch busy = new CountDownLatch(1);
            loops.first().eventLoop.execute(() -> awaitUninterruptibly(busy));
            for (int i = 0; i < 200; i++) {
                send(client, i);
                write(tcp, i);
            }
            Thread closing = Thread.ofVirtual().start(listeners::close);
            busy.countDown();
            for (int i = 0; i < 200; i++) {
                assertThat(receive(client)).isEqualTo(i);
                assertThat(read(tcp)).isEqualTo(i);
            }
            assertThat(tcp.getInputStream().read()).isEqualTo(-1);
            tcp.shutdownOutput();
            closing.join();
        }
    }

    @Test
    void aConnectionBegunBeforeTheOpeningIsMadeAfterIt() throws Exception {
        Assumptions.assumeTrue(Epoll.isAvailable());
        DnsListeners listeners = bind(loops(Sockets.EPOLL, 1), Silence.FILTERED, "127.0.0.1");
        CompletableFuture<Socket> connecting = CompletableFuture.supplyAsync(() -> {
            try {
                return open(connect(listeners.addresses().getFirst()));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        assertThatThrownBy(() -> connecting.get(SILENCE_MILLIS, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        listeners.open();
        Socket tcp = connecting.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        write(tcp, 1);
        assertThat(read(tcp)).isEqualTo(1);
    }

    @Test
    void itAnswersOverIpv6() throws Exception {
        Assumptions.assumeTrue(hasIpv6());
        DnsListeners listeners = bind(loops(Sockets.best(), 1), "::1", 10, Duration.ofSeconds(10));
        listeners.open();
        DatagramSocket client = client(listeners.addresses().getFirst());
        send(client, 7);
        assertThat(receive(client)).isEqualTo(7);
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            write(tcp, 8);
            assertThat(read(tcp)).isEqualTo(8);
        }
    }

    @Test
    void aReplyLeavesFromTheAddressThatWasAskedUnderAWildcard() throws Exception {
        DnsListeners listeners = bind(loops(Sockets.best(), 2), "0.0.0.0", 10, Duration.ofSeconds(10));
        listeners.open();
        List<InetAddress> local = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address)
                .toList();
        assertThat(listeners.addresses())
                .extracting(InetSocketAddress::getAddress)
                .containsExactlyElementsOf(local);
        for (InetSocketAddress server : listeners.addresses()) {
            // Unconnected and unbound: it would take a reply from anywhere, and says from where it came.
            DatagramSocket client = open(new DatagramSocket());
            client.setSoTimeout(PATIENCE_MILLIS);
            client.send(new DatagramPacket(question(3), QUESTION.length, server));
            DatagramPacket reply = new DatagramPacket(new byte[512], 512);
            client.receive(reply);
            assertThat(reply.getSocketAddress()).isEqualTo(server);
        }
    }

    @ParameterizedTest
    @CsvSource({"FILTERED, true", "FILTERED, false", "UNREAD, true", "UNREAD, false"})
    void underAWildcardAddressesMayComeAndGo(Silence silence, boolean whileShut) throws Exception {
        Assumptions.assumeTrue(silence == Silence.best(Sockets.best()) || silence == Silence.UNREAD);
        InetAddress one = InetAddress.ofLiteral("127.0.0.1");
        InetAddress two = InetAddress.ofLiteral("127.0.0.2");
        AtomicReference<List<InetAddress>> machine = new AtomicReference<>(List.of(one));
        AnswerLoops loops = loops(Sockets.best(), 2);
        DnsListeners listeners = open(DnsListeners.bind(
                loops, silence, List.of(address("0.0.0.0", 0)), machine::get, 10, Duration.ofSeconds(10)));
        int port = listeners.addresses().getFirst().getPort();
        DatagramSocket toTwo = client(new InetSocketAddress(two, port));
        if (whileShut) {
            machine.set(List.of(one, two));
            listeners.rescan();
            send(toTwo, 1);
            assertSilent(toTwo);
            assertTcpSilent(new InetSocketAddress(two, port), silence);
        }
        listeners.open();

        machine.set(List.of(one, two));
        listeners.rescan();
        send(toTwo, 2);
        assertThat(receive(toTwo)).isEqualTo(2);
        try (Socket tcp = connect(new InetSocketAddress(two, port))) {
            write(tcp, 3);
            assertThat(read(tcp)).isEqualTo(3);
        }

        machine.set(List.of(two));
        listeners.rescan();
        assertThat(listeners.addresses()).containsExactly(new InetSocketAddress(two, port));
        assertThatThrownBy(() -> connect(new InetSocketAddress(one, port))).isInstanceOf(ConnectException.class);
        send(toTwo, 4);
        assertThat(receive(toTwo)).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void anotherServerOnThePortIsNamedAndNeverSharedWith(int loopCount) throws Exception {
        AnswerLoops loops = loops(Sockets.best(), loopCount);
        DnsListeners first = bind(loops, "127.0.0.1", 10, Duration.ofSeconds(10));
        InetSocketAddress taken = first.addresses().getFirst();
        assertThatThrownBy(() -> DnsListeners.bind(loops, List.of(taken), 10, Duration.ofSeconds(10)))
                .isInstanceOf(AddressInUseException.class)
                .hasMessage("another process listens on 127.0.0.1:" + taken.getPort()
                        + " (udp); stop it or choose another with dns.listen");
    }

    @Test
    void anAddressOfAnotherMachineIsNamed() {
        assertThatThrownBy(() -> bind(loops(Sockets.best(), 1), "192.0.2.1", 10, Duration.ofSeconds(10)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no interface of this machine has the IPv4 address of 192.0.2.1:");
    }

    @Test
    void rubbishIsCountedAndNothingElse() throws Exception {
        AnswerLoops loops = loops(Sockets.best(), 1);
        DnsListeners listeners = bind(loops, "127.0.0.1", 10, Duration.ofSeconds(10));
        listeners.open();
        DatagramSocket client = client(listeners.addresses().getFirst());
        client.send(new DatagramPacket(new byte[0], 0));
        client.send(new DatagramPacket(new byte[3], 3));
        client.send(new DatagramPacket(new byte[Limits.UDP_QUERY_BYTES], Limits.UDP_QUERY_BYTES));
        client.send(new DatagramPacket(new byte[60_000], 60_000));
        await().until(() -> loops.counters().getFirst().drops(DropReason.MALFORMED) >= 2);
        assertSilent(client);
        send(client, 5);
        assertThat(receive(client)).isEqualTo(5);
    }

    @Test
    void manyQuestionsMayBeAskedAtOnceOverOneConnection() throws Exception {
        DnsListeners listeners = bind(loops(Sockets.best(), 1), "127.0.0.1", 10, Duration.ofSeconds(10));
        listeners.open();
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            int count = 20_000;
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    DataOutputStream out =
                            new DataOutputStream(new java.io.BufferedOutputStream(tcp.getOutputStream()));
                    for (int i = 0; i < count; i++) {
                        out.writeShort(QUESTION.length);
                        out.write(question(i));
                    }
                    out.flush();
                    tcp.shutdownOutput();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(tcp.getInputStream()));
            for (int i = 0; i < count; i++) {
                assertThat(read(in)).isEqualTo(i & 0xffff);
            }
            writer.join();
            assertThat(in.read()).as("closed once all is answered").isEqualTo(-1);
        }
    }

    @Test
    void aQuestionMayComeInPieces() throws Exception {
        DnsListeners listeners = bind(loops(Sockets.best(), 1), "127.0.0.1", 10, Duration.ofSeconds(10));
        listeners.open();
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            byte[] question = question(9);
            tcp.getOutputStream().write(0);
            for (byte octet : new byte[] {(byte) QUESTION.length}) {
                tcp.getOutputStream().write(octet);
            }
            for (byte octet : question) {
                tcp.getOutputStream().write(octet);
                tcp.getOutputStream().flush();
            }
            assertThat(read(tcp)).isEqualTo(9);
        }
    }

    @Test
    void aConnectionThatNeverCompletesAQuestionIsClosedThoughItSends() throws Exception {
        DnsListeners listeners = bind(loops(Sockets.best(), 1), "127.0.0.1", 10, Duration.ofSeconds(1));
        listeners.open();
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            tcp.getOutputStream().write(new byte[] {0, 100});
            await().atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        try {
                            tcp.getOutputStream().write(1);
                        } catch (SocketException e) {
                            return true;
                        }
                        return false;
                    });
        }
        assertThat(listeners.counters().tcpIdleClosed()).isEqualTo(1);
        await().until(() -> listeners.tcpConnections() == 0);
    }

    @Test
    void oneConnectionTooManyClosesTheIdlest() throws Exception {
        DnsListeners listeners = bind(loops(Sockets.best(), 2), "127.0.0.1", 2, Duration.ofSeconds(60));
        listeners.open();
        InetSocketAddress server = listeners.addresses().getFirst();
        try (Socket first = connect(server);
                Socket second = connect(server)) {
            write(first, 1);
            assertThat(read(first)).isEqualTo(1);
            write(second, 2);
            assertThat(read(second)).isEqualTo(2);
            write(first, 3);
            assertThat(read(first)).isEqualTo(3);
            try (Socket third = connect(server)) {
                write(third, 4);
                assertThat(read(third)).isEqualTo(4);
                assertThat(second.getInputStream().read()).isEqualTo(-1);
                write(first, 5);
                assertThat(read(first)).isEqualTo(5);
            }
        }
        assertThat(listeners.counters().tcpEvicted()).isEqualTo(1);
    }

    @Test
    void aClientThatDoesNotReadIsNotReadFromAndOthersAreAnswered() throws Exception {
        AnswerLoops loops = loops(Sockets.best(), 1);
        DnsListeners listeners = bind(loops, "127.0.0.1", 10, Duration.ofSeconds(2));
        listeners.open();
        InetSocketAddress server = listeners.addresses().getFirst();
        try (Socket greedy = new Socket()) {
            greedy.setReceiveBufferSize(4096);
            greedy.connect(server, PATIENCE_MILLIS);
            byte[] frame = new byte[2 + QUESTION.length];
            frame[1] = (byte) QUESTION.length;
            System.arraycopy(QUESTION, 0, frame, 2, QUESTION.length);
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        greedy.getOutputStream().write(frame);
                    }
                } catch (IOException e) {
                    // Closed as idle: it stopped taking what it asked for.
                    assertThat(e).isInstanceOf(SocketException.class);
                }
            });
            DatagramSocket other = client(server);
            send(other, 6);
            assertThat(receive(other)).isEqualTo(6);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> listeners.counters().tcpIdleClosed() == 1);
            writer.join();
        }
    }

    @Test
    void aQuestionLongerThanAnyEndsTheConnection() throws Exception {
        DnsListeners listeners = bind(loops(Sockets.best(), 1), "127.0.0.1", 10, Duration.ofSeconds(10));
        listeners.open();
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            tcp.getOutputStream().write(new byte[] {(byte) 0xff, (byte) 0xff, 1});
            assertThatThrownBy(() -> read(tcp)).isInstanceOfAny(EOFException.class, SocketException.class);
        }
        assertThat(listeners.counters().tcpOversize()).isEqualTo(1);
    }

    private AnswerLoops loops(Sockets sockets, int count) {
        return open(AnswerLoops.start(sockets, "test", count, Catalog::new, 1232));
    }

    private DnsListeners bind(AnswerLoops loops, Silence silence, String host) throws IOException {
        return open(DnsListeners.bind(
                loops, silence, List.of(address(host, 0)), Addresses::ofInterfaces, 10, Duration.ofSeconds(10)));
    }

    private DnsListeners bind(AnswerLoops loops, String host, int tcpConnections, Duration idle) throws IOException {
        return open(DnsListeners.bind(loops, List.of(address(host, 0)), tcpConnections, idle));
    }

    private <T extends AutoCloseable> T open(T closeable) {
        toClose.add(closeable);
        return closeable;
    }

    private static InetSocketAddress address(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    private DatagramSocket client(InetSocketAddress server) throws IOException {
        DatagramSocket client = open(new DatagramSocket());
        client.connect(server);
        client.setSoTimeout(PATIENCE_MILLIS);
        return client;
    }

    private static void send(DatagramSocket client, int id) throws IOException {
        client.send(new DatagramPacket(question(id), QUESTION.length));
    }

    private static int receive(DatagramSocket client) throws IOException {
        DatagramPacket reply = new DatagramPacket(new byte[512], 512);
        client.receive(reply);
        assertThat(reply.getData()[2] & 0x80).isEqualTo(0x80);
        return ((reply.getData()[0] & 0xff) << 8) | (reply.getData()[1] & 0xff);
    }

    private static void assertSilent(DatagramSocket client) throws IOException {
        client.setSoTimeout(SILENCE_MILLIS);
        assertThatThrownBy(() -> receive(client)).isInstanceOf(SocketTimeoutException.class);
        client.setSoTimeout(PATIENCE_MILLIS);
    }

    private static void assertTcpSilent(InetSocketAddress server, Silence silence) {
        try (Socket socket = new Socket()) {
            assertThatThrownBy(() -> socket.connect(server, SILENCE_MILLIS))
                    .isInstanceOf(silence == Silence.FILTERED ? SocketTimeoutException.class : ConnectException.class);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] question(int id) {
        byte[] question = QUESTION.clone();
        question[0] = (byte) (id >> 8);
        question[1] = (byte) id;
        return question;
    }

    private static Socket connect(InetSocketAddress server) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true); // what is written has arrived
        socket.connect(server, PATIENCE_MILLIS);
        return socket;
    }

    private static void write(Socket socket, int id) throws IOException {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeShort(QUESTION.length);
        out.write(question(id));
    }

    private static int read(Socket socket) throws IOException {
        return read(new DataInputStream(socket.getInputStream()));
    }

    private static int read(DataInputStream in) throws IOException {
        byte[] answer = new byte[in.readUnsignedShort()];
        in.readFully(answer);
        assertThat(answer[2] & 0x80).isEqualTo(0x80);
        return ((answer[0] & 0xff) << 8) | (answer[1] & 0xff);
    }

    private static boolean hasIpv6() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .anyMatch(address -> address.equals(InetAddress.ofLiteral("::1")));
    }
}
