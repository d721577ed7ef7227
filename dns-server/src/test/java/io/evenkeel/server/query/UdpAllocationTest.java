package io.evenkeel.server.query;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.evenkeel.consensus.process.AddressPrefix;
import io.evenkeel.server.limits.LimitAction;
import io.evenkeel.server.limits.LimitCounters;
import io.evenkeel.server.limits.LimitLevel;
import io.evenkeel.server.limits.LimitMode;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.limits.Limits;
import io.evenkeel.server.traffic.Traffic;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.server.transport.ListenPoint;
import io.evenkeel.server.transport.ProxyHeaders;
import io.evenkeel.server.transport.Sockets;
import io.evenkeel.server.transport.TcpSettings;
import io.evenkeel.server.transport.TestListeners;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Name;

/** From socket to socket: what the thread that answers allocates for it. */
final class UdpAllocationTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    /** As many as the code needs to be compiled to what allocates nothing, on a slow machine. */
    private static final int ROUNDS = 2_000;

    private static final int WINDOWS = 20;

    /** As a proxy tells of them. */
    private static final List<String> CLIENTS = List.of("192.0.2.7", "2001:db8::7");

    private static final List<String> ROWS = List.of(
            "ask ns1.plain. A",
            "ask ns1.plain. A edns=1232",
            "ask plain. MX edns=1232",
            "ask no.plain. A",
            "ask ns1.plain. AAAA",
            "ask www.sub.plain. A",
            "ask a.w.plain. A",
            "ask alias.plain. A",
            "ask x.d.plain. A",
            "ask big.plain. TXT",
            "ask big.plain. TXT edns=4096",
            "ask ns1.plain. A edns=1232 option=3 option=10:2464c4abcf10c957",
            "ask elsewhere.test. A edns=1232",
            "ask ns1.example. A edns=1232 do",
            "ask example. DNSKEY edns=1232 do",
            "ask ml.example. A edns=1232 do",
            "ask ns1.example. MX edns=1232 do",
            "ask mc.a.example. MX edns=1232 do",
            "ask mc.b.example. MX edns=1232 do",
            "ask a.z.w.example. MX edns=1232 do",
            "ask a.z.w.example. AAAA edns=1232 do",
            "ask example. SOA opcode=5",
            "send 1234 0000 0001 0000 0000 0000 036e7331");

    @ParameterizedTest
    @CsvSource({"127.0.0.1,false", "::1,false", "127.0.0.1,true"})
    void answeringOverUdpAllocatesNothing(String host, boolean proxied) throws Exception {
        Assumptions.assumeTrue(Sockets.whyNotBatched() == null, Sockets::whyNotBatched);
        Assumptions.assumeTrue(host.equals("127.0.0.1") || hasIpv6());
        Catalog zones = zones();
        String name = "allocation" + host + (proxied ? "-proxied" : "");
        // All are above their limits, and all are answered.
        Limits limits = new Limits(
                new LimitSettings(LimitMode.DRY_RUN, 10, 10, List.of(), LimitMode.DRY_RUN, 10), Duration.ofSeconds(1));
        try (AnswerLoops loops = AnswerLoops.start(
                        Sockets.BATCHED,
                        name,
                        1,
                        new AnswerSource(
                                        () -> zones,
                                        AnswerTable.settings("ask"),
                                        () -> false,
                                        limits,
                                        Traffic.sampled())
                                .counting(new ZoneAnswers(1)),
                        TestListeners.PATIENT);
                DnsListeners listeners = DnsListeners.bind(
                        loops,
                        List.of(new ListenPoint(
                                new InetSocketAddress(InetAddress.ofLiteral(host), 0),
                                Lane.DEVICE,
                                List.of(AddressPrefix.parse(host)),
                                proxied)),
                        TcpSettings.of(1, Duration.ofMinutes(10)));
                DatagramSocket client = new DatagramSocket()) {
            listeners.open();
            client.connect(listeners.addresses().getFirst());
            client.setSoTimeout(30_000);
            List<DatagramPacket> questions = new ArrayList<>();
            for (String row : ROWS) {
                byte[] message = AnswerTable.message(row);
                byte[] header = proxied ? ProxyHeaders.checked(CLIENTS.get(questions.size() % 2), 4711) : new byte[0];
                byte[] datagram = ByteBuffer.allocate(header.length + message.length)
                        .put(header)
                        .put(message)
                        .array();
                questions.add(new DatagramPacket(datagram, datagram.length));
            }
            long thread = threadOf(name);
            long cpu = THREADS.getThreadCpuTime(thread);
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least > 0; round++) {
                TestListeners.makeBusy(loops); // else limits have nothing to do
                long overBefore = over(limits);
                long before = THREADS.getThreadAllocatedBytes(thread);
                for (int i = 0; i < WINDOWS; i++) {
                    exchange(client, questions);
                }
                long allocated = THREADS.getThreadAllocatedBytes(thread) - before;
                least = over(limits) == overBefore ? least : Math.min(least, allocated);
            }
            assertThat(least).isZero();
            assertThat(THREADS.getThreadCpuTime(thread))
                    .as("of the thread that did it")
                    .isGreaterThan(cpu);
            QueryCounters counters = loops.counters().getFirst();
            assertThat(counters.failures()).isZero();
            assertThat(counters.truncations()).isPositive();
            assertThat(counters.cookies(CookieState.NEW)).isPositive();
            assertThat(over(limits)).isPositive();
        }
    }

    private static long over(Limits limits) {
        LimitCounters counters = limits.counters();
        return counters.questions(LimitLevel.IPV4_32, LimitAction.WOULD_DROP)
                + counters.questions(LimitLevel.IPV6_64, LimitAction.WOULD_DROP);
    }

    /** All answers, in the order of the questions since one thread gives them. */
    private static void exchange(DatagramSocket client, List<DatagramPacket> questions) throws IOException {
        for (DatagramPacket question : questions) {
            client.send(question);
        }
        DatagramPacket answer = new DatagramPacket(new byte[4096], 4096);
        for (int i = 0; i < questions.size(); i++) {
            client.receive(answer);
        }
    }

    private static boolean hasIpv6() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .anyMatch(address -> address.equals(InetAddress.ofLiteral("::1")));
    }

    /** Its only one for UDP. */
    private static long threadOf(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(name + "-")
                        && !thread.getName().startsWith(name + "-tcp-"))
                .findFirst()
                .orElseThrow()
                .threadId();
    }

    private static Catalog zones() throws IOException {
        Name plain = Name.fromConstantString("plain.");
        return new AnswerTable(Path.of("src/test/resources/answers/rfc4035.dns"))
                .catalog.with(
                        Zone.load(plain, new ZoneVersion(1, 1), AnswerTable.records(plain, AnswerTable.EVERY_KIND)));
    }
}
