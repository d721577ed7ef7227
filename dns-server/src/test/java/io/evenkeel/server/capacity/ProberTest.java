package io.evenkeel.server.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.server.query.AnswerSettings;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.Probes;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.Transport;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.server.transport.ListenPoint;
import io.evenkeel.server.transport.Sockets;
import io.evenkeel.server.transport.TcpSettings;
import io.evenkeel.server.transport.TestListeners;
import io.evenkeel.zones.Catalog;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Questions to real answer paths. */
class ProberTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final Probes probes = Probes.ofLoopback("c", () -> System.currentTimeMillis() / 1000);
    private final List<AutoCloseable> open = new ArrayList<>();

    private record Node(AnswerLoops loops, InetSocketAddress at) {
        QueryCounters counters() {
            return QueryCounters.sum(loops.counters());
        }
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private Node node(String nsid) throws IOException {
        AnswerSettings settings =
                new AnswerSettings(1232, 8, nsid, "test", false, null, false, () -> Duration.ofSeconds(10), probes);
        AnswerLoops loops = AnswerLoops.start(
                Sockets.best(true),
                "probed",
                2,
                new AnswerSource(Catalog::new, settings, () -> false),
                TestListeners.PATIENT);
        open.add(loops);
        DnsListeners listeners =
                DnsListeners.bind(loops, List.of(ListenPoint.plain(ANY)), TcpSettings.of(10, Duration.ofSeconds(10)));
        open.add(listeners);
        listeners.open();
        return new Node(loops, listeners.addresses().getFirst());
    }

    private Prober prober(Prober.Target... targets) {
        return new Prober(probes, Duration.ofSeconds(10), () -> List.of(targets));
    }

    /** Rounds until that is so: a machine that is busy may let one run out. */
    private static void awaitEnd(Prober prober, String member, Probe udp, Probe tcp) {
        await().atMost(PATIENCE).until(() -> {
            prober.look();
            return prober.last(member, Transport.UDP) == udp && prober.last(member, Transport.TCP) == tcp;
        });
    }

    @Test
    void aMemberAnswersAsItselfAndCountsNoQuery() throws Exception {
        Node n2 = node("n2");
        Prober prober = prober(new Prober.Target("n2", n2.at, "n2"));
        assertThat(prober.last("n2", Transport.UDP)).isEqualTo(Probe.NOT_ASKED);
        awaitEnd(prober, "n2", Probe.ANSWERED, Probe.ANSWERED);
        await().atMost(PATIENCE).until(() -> n2.counters().probes() >= 2);
        assertThat(LoadMeter.answers(n2.counters())).isZero();
        assertThat(prober.count("n2", Transport.TCP, Probe.ANSWERED)).isPositive();
        prober.keepOnly(Set.of());
        assertThat(prober.count("n2", Transport.TCP, Probe.ANSWERED)).isZero();
    }

    @Test
    void anotherNodeAtASharedAddressIsTold() throws Exception {
        Node n3 = node("n3");
        Prober prober = prober(new Prober.Target("n2", n3.at, "n2"), new Prober.Target("n3", n3.at, "n3"));
        awaitEnd(prober, "n2", Probe.OTHER, Probe.OTHER);
        awaitEnd(prober, "n3", Probe.ANSWERED, Probe.ANSWERED);
        assertThat(prober.count("n2", Transport.UDP, Probe.OTHER)).isPositive();
        assertThat(prober.count("n2", Transport.UDP, Probe.ANSWERED)).isZero();
    }

    @Test
    void aMemberThatSaysNothingOfItselfMustSayNothing() throws Exception {
        Prober prober = prober(new Prober.Target("n2", node("").at, ""), new Prober.Target("n3", node("").at, "n3"));
        awaitEnd(prober, "n2", Probe.ANSWERED, Probe.ANSWERED);
        assertThat(prober.last("n3", Transport.UDP)).isNotEqualTo(Probe.ANSWERED);
    }

    @Test
    void aDeadMemberAndOneThatHangsAreSilentAndHoldNobodyUp() throws Exception {
        Node alive = node("n2");
        InetSocketAddress dead;
        try (DatagramSocket socket = new DatagramSocket(ANY)) {
            dead = (InetSocketAddress) socket.getLocalSocketAddress();
        }
        ServerSocket hangs = new ServerSocket();
        open.add(hangs);
        hangs.bind(ANY); // takes connections, and never reads
        DatagramSocket mute = new DatagramSocket(hangs.getLocalSocketAddress());
        open.add(mute);
        Prober prober = prober(
                new Prober.Target("dead", dead, "dead"),
                new Prober.Target("hangs", (InetSocketAddress) hangs.getLocalSocketAddress(), "hangs"),
                new Prober.Target("n2", alive.at, "n2"));
        awaitEnd(prober, "n2", Probe.ANSWERED, Probe.ANSWERED);
        for (String member : List.of("dead", "hangs")) {
            assertThat(prober.last(member, Transport.UDP)).as(member).isEqualTo(Probe.SILENT);
            assertThat(prober.last(member, Transport.TCP)).as(member).isEqualTo(Probe.SILENT);
        }
        assertThat(prober.count("hangs", Transport.UDP, Probe.SILENT)).isPositive();
    }

    @Test
    void strangersDatagramsAreNoAnswers() {
        byte[] garbage = {1, 2, 3};
        assertThat(Prober.end(garbage, 1, "")).isNull();
        byte[] answer = new byte[12];
        answer[1] = 1;
        assertThat(Prober.end(answer, 1, "")).as("a question").isNull();
        answer[2] = (byte) 0x80;
        assertThat(Prober.end(answer, 2, "")).as("to another question").isNull();
        assertThat(Prober.end(answer, 1, "")).isEqualTo(Probe.ANSWERED);
        assertThat(Prober.end(answer, 1, "n2")).isEqualTo(Probe.OTHER);
    }
}
