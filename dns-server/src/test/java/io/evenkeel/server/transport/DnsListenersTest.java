package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.Transport;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The gate, the addresses, UDP. */
final class DnsListenersTest extends ListenersFixture {
    private static final int REFUSED = 5;

    /** Each way of being silent that this machine has. */
    static List<Arguments> ways() {
        List<Arguments> ways = new ArrayList<>(List.of(Arguments.of(Sockets.NIO, Silence.UNREAD)));
        if (Epoll.isAvailable()) {
            ways.add(Arguments.of(Sockets.EPOLL, Silence.UNREAD));
            ways.add(Arguments.of(Sockets.EPOLL, Silence.FILTERED));
        }
        if (Sockets.whyNotBatched() == null) {
            ways.add(Arguments.of(Sockets.BATCHED, Silence.UNREAD));
            ways.add(Arguments.of(Sockets.BATCHED, Silence.FILTERED));
        }
        return ways;
    }

    static List<Sockets> kinds() {
        return ways().stream().map(way -> (Sockets) way.get()[0]).distinct().toList();
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

    @ParameterizedTest
    @MethodSource("kinds")
    void itAnswersOverIpv6(Sockets sockets) throws Exception {
        Assumptions.assumeTrue(hasIpv6());
        DnsListeners listeners = bind(loops(sockets, 1), "::1", 10, Duration.ofSeconds(10));
        listeners.open();
        DatagramSocket client = client(listeners.addresses().getFirst());
        send(client, 7);
        assertThat(receive(client)).isEqualTo(7);
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            write(tcp, 8);
            assertThat(read(tcp)).isEqualTo(8);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aReplyLeavesFromTheAddressThatWasAskedUnderAWildcard(Sockets sockets) throws Exception {
        DnsListeners listeners = bind(loops(sockets, 2), "0.0.0.0", 10, Duration.ofSeconds(10));
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
        Assumptions.assumeTrue(silence == Silence.best(Sockets.best(true)) || silence == Silence.UNREAD);
        InetAddress one = InetAddress.ofLiteral("127.0.0.1");
        InetAddress two = InetAddress.ofLiteral("127.0.0.2");
        AtomicReference<List<InetAddress>> machine = new AtomicReference<>(List.of(one));
        AnswerLoops loops = loops(Sockets.best(true), 2);
        DnsListeners listeners = open(DnsListeners.bind(
                loops,
                silence,
                List.of(ListenPoint.plain(address("0.0.0.0", 0))),
                machine::get,
                TcpSettings.of(10, Duration.ofSeconds(10))));
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
    @MethodSource("kinds")
    void anotherServerOnThePortIsNamedAndNeverSharedWith(Sockets sockets) throws Exception {
        for (int count = 1; count <= 2; count++) {
            anotherServerOnThePort(loops(sockets, count));
        }
    }

    private void anotherServerOnThePort(AnswerLoops loops) throws Exception {
        DnsListeners first = bind(loops, "127.0.0.1", 10, Duration.ofSeconds(10));
        InetSocketAddress taken = first.addresses().getFirst();
        assertThatThrownBy(() -> DnsListeners.bind(
                        loops, List.of(ListenPoint.plain(taken)), TcpSettings.of(10, Duration.ofSeconds(10))))
                .isInstanceOf(AddressInUseException.class)
                .hasMessage("another process listens on 127.0.0.1:" + taken.getPort()
                        + " (udp); stop it or choose another with dns.listen");
    }

    @Test
    void anAddressOfAnotherMachineIsNamed() {
        assertThatThrownBy(() -> bind(loops(Sockets.best(true), 1), "192.0.2.1", 10, Duration.ofSeconds(10)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no interface of this machine has the IPv4 address of 192.0.2.1:");
    }

    @Test
    void anAddressThatIsMissingKeepsTheOthersFromNothing() throws Exception {
        DnsListeners listeners = open(DnsListeners.bind(
                loops(Sockets.best(true), 1),
                List.of(ListenPoint.plain(address("192.0.2.1", 53)), ListenPoint.plain(address("127.0.0.1", 0))),
                TcpSettings.of(10, Duration.ofSeconds(10))));
        InetSocketAddress here = listeners.addresses().getFirst();
        listeners.open();
        listeners.rescan();
        DatagramSocket client = client(here);
        send(client, 1);
        assertThat(receive(client)).isEqualTo(1);
        assertThat(listeners.addresses()).containsExactly(here);
        assertThat(listeners.missing())
                .singleElement()
                .asString()
                .contains("no interface of this machine has the IPv4 address of 192.0.2.1:53");
        assertThat(listeners.isNowhere()).isFalse();
    }

    @Test
    void listenersWithoutAnyAddressSaySoUntilTheyHaveOne() throws Exception {
        AtomicReference<List<InetAddress>> machine = new AtomicReference<>(List.of());
        AnswerLoops loops = loops(Sockets.best(true), 1);
        DnsListeners listeners = open(DnsListeners.bind(
                loops,
                Silence.best(loops.sockets()),
                List.of(ListenPoint.plain(address("0.0.0.0", 0))),
                machine::get,
                TcpSettings.of(10, Duration.ofSeconds(10))));
        assertThat(listeners.isNowhere()).isTrue();
        listeners.open();
        assertThat(listeners.isNowhere()).isTrue();
        machine.set(List.of(InetAddress.ofLiteral("127.0.0.1")));
        listeners.rescan();
        assertThat(listeners.isNowhere()).isFalse();
        machine.set(List.of());
        listeners.rescan();
        assertThat(listeners.isNowhere()).isTrue();
    }

    @Test
    void whatCouldNotBeHadIsTakenAsSoonAsItCan() throws Exception {
        InetAddress one = InetAddress.ofLiteral("127.0.0.1");
        InetAddress two = InetAddress.ofLiteral("127.0.0.2");
        AtomicReference<List<InetAddress>> machine = new AtomicReference<>(List.of(one));
        AnswerLoops loops = loops(Sockets.best(true), 1);
        DnsListeners listeners = open(DnsListeners.bind(
                loops,
                Silence.best(loops.sockets()),
                List.of(ListenPoint.plain(address("0.0.0.0", 0))),
                machine::get,
                TcpSettings.of(10, Duration.ofSeconds(10))));
        InetSocketAddress second =
                new InetSocketAddress(two, listeners.addresses().getFirst().getPort());
        listeners.open();
        machine.set(List.of(one, two));
        try (DatagramSocket _ = new DatagramSocket(second)) {
            listeners.rescan();
            assertThat(listeners.missing()).singleElement().asString().contains("127.0.0.2");
        }
        listeners.rescan();
        assertThat(listeners.missing()).isEmpty();
        DatagramSocket client = client(second);
        send(client, 1);
        assertThat(receive(client)).isEqualTo(1);
    }

    @Test
    void anAddressThatCannotBeOpenedIsTriedAgainAndOthersAnswer() throws Exception {
        Assumptions.assumeTrue(Silence.best(Sockets.best(true)) == Silence.FILTERED);
        InetAddress one = InetAddress.ofLiteral("127.0.0.1");
        InetAddress two = InetAddress.ofLiteral("127.0.0.2");
        AnswerLoops loops = loops(Sockets.best(true), 1);
        DnsListeners listeners = open(DnsListeners.bind(
                loops,
                Silence.FILTERED,
                List.of(ListenPoint.plain(address("0.0.0.0", 0))),
                () -> List.of(one, two),
                TcpSettings.of(10, Duration.ofSeconds(10))));
        List<InetSocketAddress> both = listeners.addresses();
        loops.first().receive.sockets().getFirst().filter(false); // there is nothing left to take away
        listeners.open();
        assertThat(listeners.addresses()).containsExactly(both.getLast());
        assertThat(listeners.missing()).singleElement().asString().contains("127.0.0.1");
        listeners.rescan();
        assertThat(listeners.missing()).isEmpty();
        for (InetSocketAddress server : both) {
            DatagramSocket client = client(server);
            send(client, 1);
            assertThat(receive(client)).isEqualTo(1);
        }
    }

    @Test
    void anOpeningThatFailsEverywhereIsNoneAndTheNextOneTriesAgain() throws Exception {
        Assumptions.assumeTrue(Silence.best(Sockets.best(true)) == Silence.FILTERED);
        AnswerLoops loops = loops(Sockets.best(true), 1);
        DnsListeners listeners = bind(loops, Silence.FILTERED, "127.0.0.1");
        InetSocketAddress server = listeners.addresses().getFirst();
        loops.first().receive.sockets().getFirst().filter(false);
        assertThatThrownBy(listeners::open)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot answer on 127.0.0.1:" + server.getPort() + " (udp)");
        assertTcpSilent(server, Silence.FILTERED);
        listeners.open();
        DatagramSocket client = client(server);
        send(client, 1);
        assertThat(receive(client)).isEqualTo(1);
        try (Socket tcp = connect(server)) {
            write(tcp, 2);
            assertThat(read(tcp)).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void rubbishIsCountedAndNothingElse(Sockets sockets) throws Exception {
        AnswerLoops loops = loops(sockets, 1);
        DnsListeners listeners = bind(loops, "127.0.0.1", 10, Duration.ofSeconds(10));
        listeners.open();
        DatagramSocket client = client(listeners.addresses().getFirst());
        client.send(new DatagramPacket(new byte[0], 0));
        client.send(new DatagramPacket(new byte[3], 3));
        client.send(new DatagramPacket(new byte[TransportLimits.UDP_QUERY_BYTES], TransportLimits.UDP_QUERY_BYTES));
        client.send(new DatagramPacket(new byte[60_000], 60_000));
        await().until(() -> loops.counters().getFirst().drops(DropReason.MALFORMED) >= 2);
        assertSilent(client);
        send(client, 5);
        assertThat(receive(client)).isEqualTo(5);
    }

    @Test
    void whatTheKernelHasNoRoomForIsCountedAndWhatAClosedGateDropsIsNot() throws Exception {
        Assumptions.assumeTrue(Sockets.whyNotBatched() == null, Sockets::whyNotBatched);
        AnswerLoops loops = loops(Sockets.BATCHED, 1);
        DnsListeners listeners = bind(loops, Silence.FILTERED, "127.0.0.1");
        QueryCounters counters = loops.counters().getFirst();
        DatagramSocket client = client(listeners.addresses().getFirst());
        for (int turn = 1; turn <= 2; turn++) {
            for (int i = 0; i < 20; i++) {
                send(client, i);
            }
            assertSilent(client);
            listeners.open();
            send(client, 1000);
            assertThat(receive(client)).isEqualTo(1000);
            assertThat(counters.lost()).isZero();
            listeners.shut();
        }
        listeners.open();
        long before = counters.responses(Transport.UDP, REFUSED);
        long sent = 2L * TransportLimits.UDP_SOCKET_BYTES / TransportLimits.KERNEL_DATAGRAM_BYTES;
        overflow(loops, client, sent);
        assertThat(counters.lost()
                        + counters.drops(DropReason.STALE)
                        + counters.responses(Transport.UDP, REFUSED)
                        - before)
                .isGreaterThanOrEqualTo(sent);
        long waited = 0;
        for (int i = 0; i < QueryCounters.WAIT_CLASSES; i++) {
            waited += counters.waits(i);
        }
        assertThat(waited)
                .isPositive()
                .isLessThanOrEqualTo(counters.responses(Transport.UDP, REFUSED) + counters.drops(DropReason.STALE));
    }
}
