package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.evenkeel.consensus.process.AddressPrefix;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.TestLog;
import io.evenkeel.server.query.AnswerSettings;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.CookieSecrets;
import io.evenkeel.server.query.CookieState;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.Lane;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.zones.Catalog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Section;

/** Addresses behind a proxy: what it tells of its clients, and what becomes of all else. */
final class ProxyTest extends ListenersFixture {
    private static final byte[] CLIENT_COOKIE = {1, 2, 3, 4, 5, 6, 7, 8};

    @ParameterizedTest
    @EnumSource(Sockets.class)
    void aQuestionOfAProxyIsAnsweredToItAndAllElseIsDropped(Sockets sockets) throws Exception {
        Assumptions.assumeTrue(sockets != Sockets.BATCHED || Sockets.whyNotBatched() == null, Sockets::whyNotBatched);
        Assumptions.assumeTrue(!sockets.areLinux() || Sockets.best(false) == Sockets.EPOLL, "no epoll here");
        AnswerLoops loops = loops(sockets);
        DnsListeners listeners = listen(loops, 10);
        InetSocketAddress server = listeners.addresses().getFirst();
        DatagramSocket stranger = open(new DatagramSocket(address("127.0.0.1", 0)));
        DatagramSocket proxy = open(new DatagramSocket(address("127.0.0.9", 0)));
        proxy.setSoTimeout(PATIENCE_MILLIS);
        send(stranger, server, ProxyHeaders.of("192.0.2.7", 1), question(1));
        send(proxy, server, question(2));
        send(proxy, server, Arrays.copyOf(ProxyHeaders.of("192.0.2.7", 1), 20));
        send(proxy, server, ProxyHeaders.of("192.0.2.7", 1));
        send(proxy, server, ProxyHeaders.local(), question(3));
        send(proxy, server, ProxyHeaders.of("2001:db8::7", 1), question(4));
        assertThat(receive(proxy)).isEqualTo(3);
        assertThat(receive(proxy)).isEqualTo(4);
        QueryCounters counters = loops.counters().getFirst();
        assertThat(counters.drops(DropReason.SOURCE)).isEqualTo(1);
        assertThat(counters.drops(DropReason.PROXY)).isEqualTo(2);
        assertThat(counters.drops(DropReason.SHORT)).as("a header alone").isEqualTo(1);

        try (TestLog log = TestLog.of(ListenRules.class, Level.WARN)) {
            listeners.rescan();
            listeners.rescan();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains(AddressText.show(server)))
                    .satisfiesExactly(
                            line -> assertThat(line).contains("127.0.0.1 asked on", "127.0.0.9"),
                            line -> assertThat(line).contains("127.0.0.9 sent no header", "useProxyProtocol"));
        }
    }

    @Test
    void aConnectionOfAProxyBeginsWithAHeaderInAnyPieces() throws Exception {
        AnswerLoops loops = loops(Sockets.best(true));
        DnsListeners listeners = listen(loops, 10);
        try (Socket tcp = from("127.0.0.9", listeners)) {
            byte[] stream = join(ProxyHeaders.of("192.0.2.7", 1), frame(question(1)), frame(question(2)));
            for (byte octet : stream) {
                tcp.getOutputStream().write(octet);
            }
            assertThat(read(tcp)).isEqualTo(1);
            assertThat(read(tcp)).isEqualTo(2);
        }
        try (Socket tcp = from("127.0.0.9", listeners)) {
            write(tcp, 3);
            assertThat(tcp.getInputStream().read())
                    .as("closed without an answer")
                    .isEqualTo(-1);
        } catch (java.net.SocketException e) {
            assertThat(e).as("closed with octets unread").hasMessageContaining("reset");
        }
        try (Socket tcp = from("127.0.0.1", listeners)) {
            assertThat(tcp.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(listeners.counters().tcpEnded(TcpEnding.PROXY)).isEqualTo(1);
        assertThat(listeners.counters().tcpEnded(TcpEnding.SOURCE)).isEqualTo(1);
    }

    @Test
    void connectionsCountForTheClientsThatTheProxyTellsOf() throws Exception {
        DnsListeners listeners = listen(loops(Sockets.best(true)), 1);
        try (Socket one = from("127.0.0.9", listeners);
                Socket two = from("127.0.0.9", listeners);
                Socket again = from("127.0.0.9", listeners)) {
            asked(one, "192.0.2.7", 1);
            asked(two, "192.0.2.8", 2);
            asked(again, "192.0.2.7", 3);
            assertThat(one.getInputStream().read()).isEqualTo(-1);
            write(two, 4);
            assertThat(read(two)).isEqualTo(4);
        }
        assertThat(listeners.counters().tcpEnded(TcpEnding.ADDRESS)).isEqualTo(1);
    }

    /** RFC 7873 §4: a cookie is its client's, not the proxy's. */
    @Test
    void aCookieIsGoodForTheClientThatTheProxyTellsOfAndForNoOther() throws Exception {
        CookieSecrets cookies = CookieSecrets.create(() -> 1_700_000_000L);
        AnswerSettings settings =
                new AnswerSettings(1232, 8, "n1", "test", false, cookies, false, () -> Duration.ofSeconds(10));
        AnswerLoops loops = open(AnswerLoops.start(
                Sockets.best(true),
                "test",
                1,
                new AnswerSource(Catalog::new, settings, () -> false),
                TestListeners.PATIENT));
        InetSocketAddress server = listen(loops, 10).addresses().getFirst();
        DatagramSocket proxy = open(new DatagramSocket(address("127.0.0.9", 0)));
        proxy.setSoTimeout(PATIENCE_MILLIS);
        byte[] learned = cookie(ask(proxy, server, "192.0.2.7", CLIENT_COOKIE));
        assertThat(learned).hasSize(24);
        ask(proxy, server, "192.0.2.7", learned);
        ask(proxy, server, "192.0.2.8", learned);
        QueryCounters counters = loops.counters().getFirst();
        assertThat(counters.cookies(CookieState.VALID)).isEqualTo(1);
        assertThat(counters.cookies(CookieState.INVALID)).isEqualTo(1);
    }

    private static void asked(Socket tcp, String client, int id) throws IOException {
        tcp.getOutputStream().write(join(ProxyHeaders.of(client, 1), frame(question(id))));
        assertThat(read(tcp)).isEqualTo(id);
    }

    private static byte[] ask(DatagramSocket proxy, InetSocketAddress server, String client, byte[] cookie)
            throws IOException {
        Message message = new Message(question(1));
        message.addRecord(
                new OPTRecord(1232, 0, 0, 0, new GenericEDNSOption(EDNSOption.Code.COOKIE, cookie)),
                Section.ADDITIONAL);
        send(proxy, server, ProxyHeaders.of(client, 1), message.toWire());
        DatagramPacket reply = new DatagramPacket(new byte[512], 512);
        proxy.receive(reply);
        return Arrays.copyOf(reply.getData(), reply.getLength());
    }

    private static byte[] cookie(byte[] answer) throws IOException {
        EDNSOption option = Objects.requireNonNull(new Message(answer).getOPT())
                .getOptions(EDNSOption.Code.COOKIE)
                .getFirst();
        byte[] wire = option.toWire();
        return Arrays.copyOfRange(wire, 4, wire.length);
    }

    private static void send(DatagramSocket from, InetSocketAddress to, byte[]... parts) throws IOException {
        byte[] datagram = join(parts);
        from.send(new DatagramPacket(datagram, datagram.length, to));
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static Socket from(String address, DnsListeners listeners) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        socket.bind(address(address, 0));
        socket.connect(listeners.addresses().getFirst(), PATIENCE_MILLIS);
        return socket;
    }

    private AnswerLoops loops(Sockets sockets) {
        return loops(sockets, 1);
    }

    private DnsListeners listen(AnswerLoops loops, int perAddress) throws IOException {
        Duration minute = Duration.ofMinutes(1);
        DnsListeners listeners = open(DnsListeners.bind(
                loops,
                List.of(new ListenPoint(
                        address("127.0.0.1", 0), Lane.DEVICE, List.of(AddressPrefix.parse("127.0.0.9")), true)),
                new TcpSettings(10, perAddress, minute, minute, 0)));
        listeners.open();
        return listeners;
    }
}
