package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.evenkeel.consensus.process.AddressPrefix;
import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.process.TestLog;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.Lane;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.Transport;
import io.evenkeel.zones.Catalog;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Rcode;

/** Addresses with a lane of their own, and addresses that only some may ask. */
final class LanesTest extends ListenersFixture {
    private static final TcpSettings TCP = TcpSettings.of(10, Duration.ofMinutes(1));

    @ParameterizedTest
    @EnumSource(Sockets.class)
    void infrastructureIsAnsweredWhileTheLoopsOfTheDevicesStandStill(Sockets sockets) throws Exception {
        assumeThereAre(sockets);
        AnswerLoops loops = loops(sockets, 2, true);
        DnsListeners listeners = listen(
                loops,
                ListenPoint.plain(address("127.0.0.1", 0)),
                new ListenPoint(address("127.0.0.2", 0), Lane.INFRASTRUCTURE, List.of()));
        InetSocketAddress devices = listeners.addresses().getFirst();
        InetSocketAddress infrastructure = listeners.addresses().getLast();
        CountDownLatch drowning = new CountDownLatch(1);
        try (Socket tcp = connect(infrastructure)) {
            loops.of(Lane.DEVICE).all().forEach(loop -> loop.eventLoop.execute(() -> awaitUninterruptibly(drowning)));
            DatagramSocket device = client(devices);
            send(device, 1);
            DatagramSocket udp = client(infrastructure);
            send(udp, 2);
            assertThat(receive(udp)).isEqualTo(2);
            write(tcp, 3);
            assertThat(read(tcp)).isEqualTo(3);
            QueryCounters counters = QueryCounters.sum(loops.counters(Lane.INFRASTRUCTURE));
            assertThat(counters.responses(Transport.UDP, Rcode.REFUSED)).isEqualTo(1);
            assertThat(counters.responses(Transport.TCP, Rcode.REFUSED)).isEqualTo(1);
            drowning.countDown();
            assertThat(receive(device)).isEqualTo(1);
            assertThat(QueryCounters.sum(loops.counters(Lane.DEVICE)).responses(Transport.UDP, Rcode.REFUSED))
                    .isEqualTo(1);
        } finally {
            drowning.countDown();
        }
    }

    @Test
    void itTellsWhereItListensAndForWhom() throws Exception {
        List<AddressPrefix> proxies = List.of(AddressPrefix.parse("127.16.0.0/12"));
        DnsListeners listeners = open(DnsListeners.bind(
                loops(Sockets.best(true), 1, true),
                List.of(
                        ListenPoint.plain(address("0.0.0.0", 0)),
                        new ListenPoint(address("127.0.0.2", 0), Lane.INFRASTRUCTURE, List.of()),
                        new ListenPoint(address("127.0.0.3", 0), Lane.DEVICE, proxies, true)),
                TcpSettings.of(2, Duration.ofMinutes(1))));
        int port = listeners.addresses().getFirst().getPort();
        assertThat(listeners.points())
                .extracting(ListenPoint::address)
                .containsExactlyInAnyOrderElementsOf(listeners.addresses());
        assertThat(listeners.points())
                .contains(
                        ListenPoint.plain(address("127.0.0.1", port)),
                        new ListenPoint(address("127.0.0.2", port), Lane.INFRASTRUCTURE, List.of()),
                        new ListenPoint(address("127.0.0.3", port), Lane.DEVICE, proxies, true));
    }

    @Test
    void connectionsOfDevicesTakeNoPlaceOfInfrastructure() throws Exception {
        AnswerLoops loops = loops(Sockets.best(true), 1, true);
        DnsListeners listeners = open(DnsListeners.bind(
                loops,
                List.of(
                        ListenPoint.plain(address("127.0.0.1", 0)),
                        new ListenPoint(address("127.0.0.2", 0), Lane.INFRASTRUCTURE, List.of())),
                TcpSettings.of(2, Duration.ofMinutes(1))));
        listeners.open();
        try (Socket resolver = connect(listeners.addresses().getLast())) {
            write(resolver, 1);
            assertThat(read(resolver)).isEqualTo(1);
            for (int i = 0; i < 10; i++) {
                Socket device = open(connect(listeners.addresses().getFirst()));
                write(device, 2);
                assertThat(read(device)).isEqualTo(2);
            }
            write(resolver, 3);
            assertThat(read(resolver)).isEqualTo(3);
        }
        assertThat(listeners.counters().tcpEvicted()).isEqualTo(8);
    }

    @ParameterizedTest
    @EnumSource(Sockets.class)
    void onlyThoseAllowedAreLetInAndTheFirstOtherOneIsLogged(Sockets sockets) throws Exception {
        assumeThereAre(sockets);
        AnswerLoops loops = loops(sockets, 1, false);
        DnsListeners listeners = listen(
                loops,
                new ListenPoint(address("127.0.0.1", 0), Lane.DEVICE, List.of(AddressPrefix.parse("127.16.0.0/12"))));
        InetSocketAddress server = listeners.addresses().getFirst();
        DatagramSocket stranger = open(new DatagramSocket(address("127.0.0.1", 0)));
        DatagramSocket friend = open(new DatagramSocket(address("127.31.255.254", 0)));
        friend.setSoTimeout(PATIENCE_MILLIS);
        for (DatagramSocket client : List.of(stranger, friend)) {
            client.send(new DatagramPacket(question(1), QUESTION.length, server));
        }
        assertThat(receive(friend)).isEqualTo(1);
        assertThat(loops.counters().getFirst().drops(DropReason.SOURCE)).isEqualTo(1);
        try (Socket tcp = connect(server)) {
            assertThat(tcp.getInputStream().read()).isEqualTo(-1);
        }
        try (Socket tcp = new Socket()) {
            tcp.bind(address("127.16.0.1", 0));
            tcp.connect(server, PATIENCE_MILLIS);
            tcp.setSoTimeout(PATIENCE_MILLIS);
            write(tcp, 2);
            assertThat(read(tcp)).isEqualTo(2);
        }
        assertThat(listeners.counters().tcpEnded(TcpEnding.SOURCE)).isEqualTo(1);
        try (TestLog log = TestLog.of(ListenRules.class, Level.WARN)) {
            listeners.rescan();
            listeners.rescan();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains(AddressText.show(server)))
                    .singleElement()
                    .asString()
                    .contains("127.0.0.1 asked on", "127.16.0.0/12");
        }
    }

    @ParameterizedTest
    @CsvSource({"FULL,192.0.2.7 ", "PREFIX,192.0.2.0/24 ", "NONE,a client "})
    void whoeverIsTurnedAwayIsNamedAsFarAsHeMayBe(ClientPrivacy privacy, String named) {
        ListenRules rules = new ListenRules(
                new ListenPoint(
                        address("127.0.0.1", 53), Lane.DEVICE, List.of(AddressPrefix.parse("127.16.0.0/12")), true),
                privacy);
        byte[] stranger = {(byte) 192, 0, 2, 7};
        assertThat(rules.admits(stranger, 4)).isFalse();
        rules.noteBare(stranger, 4);
        try (TestLog log = TestLog.of(ListenRules.class, Level.WARN)) {
            rules.observe();
            assertThat(log.lines())
                    .hasSize(2)
                    .allSatisfy(line -> assertThat(line.toString()).contains(named));
            assertThat(privacy == ClientPrivacy.FULL
                            || log.lines().stream()
                                    .noneMatch(line -> line.toString().contains("192.0.2.7")))
                    .isTrue();
        }
    }

    @Test
    void anAddressThatStandsForItselfIsNotTheWildcards() throws Exception {
        InetAddress one = InetAddress.ofLiteral("127.0.0.1");
        InetAddress two = InetAddress.ofLiteral("127.0.0.2");
        int port = listen(loops(Sockets.best(true), 1, false), ListenPoint.plain(address("127.0.0.1", 0)))
                .addresses()
                .getFirst()
                .getPort();
        close();
        ListenRules everywhere = new ListenRules(ListenPoint.plain(address("0.0.0.0", port)), ClientPrivacy.FULL);
        ListenRules own = new ListenRules(
                new ListenPoint(address("127.0.0.2", port), Lane.INFRASTRUCTURE, List.of()), ClientPrivacy.FULL);
        for (List<ListenRules> configured : List.of(List.of(everywhere, own), List.of(own, everywhere))) {
            assertThat(Addresses.expand(configured, () -> List.of(one, two)))
                    .containsOnlyKeys(new InetSocketAddress(one, port), new InetSocketAddress(two, port))
                    .containsEntry(new InetSocketAddress(one, port), everywhere)
                    .containsEntry(new InetSocketAddress(two, port), own);
        }
    }

    @Test
    void aPrefixHoldsTheAddressesThatBeginWithItsBits() {
        SourcePrefixes prefixes = new SourcePrefixes(List.of(
                AddressPrefix.parse("10.20.0.0/15"),
                AddressPrefix.parse("192.0.2.7"),
                AddressPrefix.parse("2001:db8::/33")));
        for (String in : List.of("10.20.0.0", "10.21.255.255", "192.0.2.7", "2001:db8:7fff::1")) {
            assertThat(contain(prefixes, in)).as(in).isTrue();
        }
        for (String out : List.of("10.22.0.0", "10.19.255.255", "192.0.2.6", "2001:db8:8000::", "::a14:0")) {
            assertThat(contain(prefixes, out)).as(out).isFalse();
        }
        assertThat(contain(new SourcePrefixes(List.of(AddressPrefix.parse("0.0.0.0/0"))), "203.0.113.9"))
                .isTrue();
    }

    private static boolean contain(SourcePrefixes prefixes, String address) {
        byte[] octets = InetAddress.ofLiteral(address).getAddress();
        return prefixes.contain(octets, octets.length);
    }

    private static void assumeThereAre(Sockets sockets) {
        Assumptions.assumeTrue(sockets != Sockets.BATCHED || Sockets.whyNotBatched() == null, Sockets::whyNotBatched);
        Assumptions.assumeTrue(!sockets.areLinux() || Sockets.best(false) == Sockets.EPOLL, "no epoll here");
    }

    private AnswerLoops loops(Sockets sockets, int count, boolean infrastructure) {
        return open(AnswerLoops.start(
                sockets, "test", count, infrastructure, AnswerSource.plain(Catalog::new, 1232), TestListeners.PATIENT));
    }

    private DnsListeners listen(AnswerLoops loops, ListenPoint... points) throws IOException {
        DnsListeners listeners = open(DnsListeners.bind(loops, List.of(points), TCP));
        listeners.open();
        return listeners;
    }
}
