package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.QueryCounters;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real sockets, read and written by the test itself. */
final class DatagramSlotsTest extends ListenersFixture {
    private static final int HUGE = 66_000; // longer than a datagram may be

    // Relative, since the kernel's address has room for little.
    private static final Path SERVER =
            Path.of("target/" + ProcessHandle.current().pid() + ".server");
    private static final Path CLIENT =
            Path.of("target/" + ProcessHandle.current().pid() + ".client");

    private final QueryCounters counters = new QueryCounters();
    private final TransportCounters errors = new TransportCounters();
    private final byte[] octets = new byte[HUGE];

    @BeforeEach
    void possible() {
        Assumptions.assumeTrue(Sockets.whyNotBatched() == null, Sockets::whyNotBatched);
    }

    @AfterEach
    void removeNames() throws IOException {
        Files.deleteIfExists(SERVER);
        Files.deleteIfExists(CLIENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void itTellsWhenADatagramCameAndFromWhom(String host) throws Exception {
        Assumptions.assumeTrue(host.equals("127.0.0.1") || hasIpv6());
        LinuxSocket server = udp(host);
        DatagramSlots.askForControl(server);
        DatagramSlots slots = new DatagramSlots(512, new DatagramCalls());
        DatagramSocket client = client(server.localAddress());
        long before = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        send(client, 2);
        await().until(() -> slots.receive(server.intValue()) == 1);
        slots.select(0);
        assertThat(slots.read(octets)).isEqualTo(QUESTION.length);
        assertThat(Arrays.copyOf(octets, QUESTION.length)).isEqualTo(question(2));
        assertThat(slots.receivedNanos()).isBetween(before, slots.realTimeNanos());
        assertThat(slots.lost()).isZero();
        assertThat(slots.port()).isEqualTo(client.getLocalPort());
        byte[] address = client.getLocalAddress().getAddress();
        byte[] to = new byte[18];
        assertThat(slots.putAddress(to, 1)).isEqualTo(address.length);
        assertThat(Arrays.copyOfRange(to, 1, 1 + address.length)).isEqualTo(address);
    }

    @Test
    void anErrorThatWaitsOnTheSocketKeepsNoDatagramBack() throws Exception {
        LinuxSocket server = udp("127.0.0.1");
        DatagramSlots slots = new DatagramSlots(512, new DatagramCalls());
        DatagramSocket client = client(server.localAddress());
        send(client, 1);
        await().until(() -> slots.receive(server.intValue()) == 1);
        slots.select(0);
        slots.answer(octets, slots.read(octets));
        InetSocketAddress address = (InetSocketAddress) client.getLocalSocketAddress();
        server.connect(address); // only a connected socket hears of it
        client.close();
        slots.send(server.intValue(), counters, errors);
        try (DatagramSocket again = new DatagramSocket(address)) {
            again.connect(server.localAddress());
            send(again, 2);
            await().until(() -> slots.receive(server.intValue()) == 1);
            slots.select(0);
            assertThat(slots.read(octets)).isEqualTo(QUESTION.length);
            assertThat(Arrays.copyOf(octets, QUESTION.length)).isEqualTo(question(2));
        }
    }

    @Test
    void aDatagramThatMayHaveBeenCutIsTold() throws Exception {
        Socket server = unix(SERVER);
        Socket client = unix(CLIENT);
        int[] lengths = {
            0,
            7,
            TransportLimits.UDP_QUERY_BYTES - 1,
            TransportLimits.UDP_QUERY_BYTES,
            TransportLimits.UDP_QUERY_BYTES + 1,
            60_000
        };
        for (int length : lengths) {
            assertThat(send(client, length, SERVER)).isTrue();
        }
        DatagramSlots slots = new DatagramSlots(512, new DatagramCalls());
        assertThat(slots.receive(server.intValue())).isEqualTo(lengths.length);
        for (int i = 0; i < lengths.length; i++) {
            slots.select(i);
            assertThat(slots.read(octets)).isEqualTo(Math.min(lengths[i], TransportLimits.UDP_QUERY_BYTES));
        }
        assertThat(slots.receive(server.intValue())).isZero();
    }

    @Test
    void oneAnswerThatTheKernelRefusesKeepsNoOtherBack() throws Exception {
        Socket server = unix(SERVER);
        server.setSendBufferSize(HUGE / 4);
        Socket client = unix(CLIENT);
        int[] lengths = {HUGE, 12, HUGE, HUGE, 13, 14, HUGE};
        for (int _ : lengths) {
            assertThat(send(client, 1, SERVER)).isTrue();
        }
        DatagramSlots slots = new DatagramSlots(HUGE, new DatagramCalls());
        assertThat(slots.receive(server.intValue())).isEqualTo(lengths.length);
        for (int i = 0; i < lengths.length; i++) {
            slots.select(i);
            slots.read(octets);
            slots.answer(octets, lengths[i]);
        }
        slots.send(server.intValue(), counters, errors);
        assertThat(errors.socketErrors()).isEqualTo(4);
        assertThat(counters.drops(DropReason.OVERFLOW)).isZero();
        slots.send(server.intValue(), counters, errors); // of which there is none left
        for (int expected : new int[] {12, 13, 14, 0}) {
            assertThat(receive(client)).isEqualTo(expected);
        }
    }

    @Test
    void answersOfABatchThatBrokeOffGoToNobody() throws Exception {
        Socket server = unix(SERVER);
        Socket client = unix(CLIENT);
        DatagramSlots slots = new DatagramSlots(512, new DatagramCalls());
        for (int length = 1; length <= 2; length++) {
            assertThat(send(client, length, SERVER)).isTrue();
            assertThat(slots.receive(server.intValue())).isEqualTo(1);
            slots.select(0);
            slots.answer(octets, slots.read(octets)); // the first is not sent
        }
        slots.send(server.intValue(), counters, errors);
        assertThat(receive(client)).isEqualTo(2);
        assertThat(receive(client)).isZero();
    }

    @Test
    void whenTheKernelTakesNoMoreTheRestIsDroppedAndCounted() throws Exception {
        Socket server = unix(SERVER);
        Socket client = unix(CLIENT);
        for (int i = 0; i < 3; i++) {
            assertThat(send(client, 1, SERVER)).isTrue();
        }
        Socket other = open(new Closing(Socket.newSocketDomainDgram())).socket;
        int room = 0;
        while (send(other, 1, CLIENT)) {
            room++;
        }
        assertThat(receive(client)).isEqualTo(1);
        DatagramSlots slots = new DatagramSlots(512, new DatagramCalls());
        assertThat(slots.receive(server.intValue())).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            slots.select(i);
            slots.answer(octets, slots.read(octets) + 1);
        }
        slots.send(server.intValue(), counters, errors);
        assertThat(counters.drops(DropReason.OVERFLOW)).isEqualTo(2);
        assertThat(errors.socketErrors()).isZero();
        for (int i = 1; i < room; i++) {
            assertThat(receive(client)).isEqualTo(1);
        }
        assertThat(receive(client)).isEqualTo(2);
        assertThat(receive(client)).isZero();
    }

    @Test
    void aNodeOnAnotherMachineWouldBeToldWhy() {
        String os = System.getProperty("os.name");
        try {
            System.setProperty("os.name", "Plan 9");
            assertThat(DatagramCalls.whyNot()).startsWith("this is Plan 9 on ");
        } finally {
            System.setProperty("os.name", os);
        }
    }

    private LinuxSocket udp(String host) throws IOException {
        LinuxSocket socket =
                LinuxSocket.newSocketDgram(host.contains(":") ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET);
        open(new Closing(socket));
        socket.bind(new InetSocketAddress(host, 0));
        return socket;
    }

    /** Datagrams that are there when sending returns, and whose receiver can hold up the sender, as a network card can. */
    private Socket unix(Path name) throws IOException {
        Socket socket = open(new Closing(Socket.newSocketDomainDgram())).socket;
        socket.bind(new DomainSocketAddress(name.toString()));
        return socket;
    }

    /** False if there is no room. */
    private static boolean send(Socket from, int length, Path to) throws IOException {
        ByteBuffer octets = ByteBuffer.allocateDirect(length);
        byte[] name = to.toString().getBytes(StandardCharsets.UTF_8);
        return length == 0
                ? from.sendToDomainSocket(octets, 0, 0, name) == 0
                : from.sendToDomainSocket(octets, 0, length, name) == length;
    }

    /** Its length; 0: nothing there. */
    private static int receive(Socket to) throws IOException {
        return to.read(ByteBuffer.allocateDirect(HUGE), 0, HUGE);
    }

    private record Closing(Socket socket) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
