package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.process.AddressPrefix;
import io.evenkeel.server.limits.LimitAction;
import io.evenkeel.server.limits.LimitLevel;
import io.evenkeel.server.limits.LimitMode;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.limits.Limits;
import io.evenkeel.server.limits.LoopLimits;
import io.evenkeel.server.query.AnswerSettings;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.Lane;
import io.evenkeel.server.query.Transport;
import io.evenkeel.zones.Catalog;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Limits behind real sockets: the loop knows how busy it is, what time it is, and of which client a message is. */
final class LimitedListenersTest extends ListenersFixture {
    private static final int RATE = 100;

    private static final String PROXY = "127.0.0.9";

    /** Questions of a client beside a loud one, far fewer than its rate. */
    private static final int QUIET = 20;

    private int asked;

    private AnswerLoops limited(Sockets sockets, Limits limits) {
        return open(AnswerLoops.start(
                sockets,
                "test",
                1,
                new AnswerSource(Catalog::new, AnswerSettings.plain(1232), () -> false, limits),
                TestListeners.PATIENT));
    }

    private static Limits limits() {
        return new Limits(
                new LimitSettings(LimitMode.ENFORCE, RATE, RATE, List.of(), LimitMode.OFF, RATE),
                Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @EnumSource(Sockets.class)
    void overUdpAClientIsHeldToItsRateAsTimeGoesOn(Sockets sockets) throws Exception {
        assumeThereAre(sockets);
        Limits limits = limits();
        AnswerLoops loops = limited(sockets, limits);
        DnsListeners listeners = bind(loops, Silence.UNREAD, "127.0.0.1");
        listeners.open();
        InetSocketAddress server = listeners.addresses().getFirst();
        DatagramSocket client = client(server);
        await().pollInterval(Duration.ofMillis(1)).until(() -> {
            TestListeners.makeBusy(loops);
            for (int i = 0; i < 20; i++) {
                ask(client);
            }
            return limits.counters().questions(LimitLevel.IPV4_32, LimitAction.DROPPED) > 0;
        });
        long within = limits.counters().counted() - over(limits);
        await().until(() -> {
            TestListeners.makeBusy(loops);
            ask(client);
            return limits.counters().counted() - over(limits) > within + 2;
        });
    }

    /** A question that nobody has asked: one that is asked again after REFUSED is dropped for that. */
    private byte[] fresh() {
        byte[] question = question(asked & 0xFFFF);
        int type = 256 + asked++ % 60_000;
        question[question.length - 4] = (byte) (type >> 8);
        question[question.length - 3] = (byte) type;
        return question;
    }

    private void ask(DatagramSocket client) throws IOException {
        send(client, fresh());
    }

    private static void send(DatagramSocket client, byte[] datagram) throws IOException {
        client.send(new DatagramPacket(datagram, datagram.length));
    }

    private static void assumeThereAre(Sockets sockets) {
        Assumptions.assumeTrue(sockets != Sockets.BATCHED || Sockets.whyNotBatched() == null);
        Assumptions.assumeTrue(sockets == Sockets.NIO || Sockets.best(true).areLinux());
    }

    private DnsListeners listen(AnswerLoops loops, ListenPoint... points) throws IOException {
        DnsListeners listeners =
                open(DnsListeners.bind(loops, List.of(points), TcpSettings.of(10, Duration.ofMinutes(1))));
        listeners.open();
        return listeners;
    }

    private static ListenPoint behindProxy() {
        return new ListenPoint(address("127.0.0.1", 0), Lane.DEVICE, List.of(AddressPrefix.parse(PROXY)), true);
    }

    private static byte[] join(byte[] header, byte[] message) {
        return ByteBuffer.allocate(header.length + message.length)
                .put(header)
                .put(message)
                .array();
    }

    /** The proxy asks for a loud client all the time: had its own address a rate, hardly any question of the quiet one would be answered. */
    @ParameterizedTest
    @EnumSource(Sockets.class)
    void overUdpEachClientThatAProxyTellsOfHasARateOfItsOwn(Sockets sockets) throws Exception {
        assumeThereAre(sockets);
        Limits limits = limits();
        AnswerLoops loops = limited(sockets, limits);
        DatagramSocket proxy = open(new DatagramSocket(address(PROXY, 0)));
        proxy.connect(listen(loops, behindProxy()).addresses().getFirst());
        proxy.setSoTimeout(PATIENCE_MILLIS);
        await().pollInterval(Duration.ofMillis(1)).until(() -> {
            makeLoud(loops, proxy);
            return dropped(limits, LimitLevel.IPV4_32) > 0;
        });
        for (int i = 0; i < QUIET; i++) {
            makeLoud(loops, proxy);
            byte[] question = fresh();
            question[0] = (byte) 0xFF; // no loud one has such an id
            question[1] = (byte) i;
            send(proxy, join(ProxyHeaders.of("203.0.113.9", 4711), question));
            int id = receive(proxy);
            while (id != (0xFF00 | i)) {
                id = receive(proxy);
            }
        }
        assertThat(limits.counters().questions(LimitLevel.PROVEN, LimitAction.DROPPED))
                .as("what a proxy tells over UDP nobody has proven")
                .isZero();
    }

    private void makeLoud(AnswerLoops loops, DatagramSocket proxy) throws Exception {
        TestListeners.makeBusy(loops);
        for (int i = 0; i < 20; i++) {
            byte[] question = fresh();
            question[0] &= 0x7F;
            send(proxy, join(ProxyHeaders.of("192.0.2.7", 4711), question));
        }
    }

    @Test
    void overTcpTooWhereTheAddressToldStandsForTheClient() throws Exception {
        Limits limits = limits();
        AnswerLoops loops = limited(Sockets.best(true), limits);
        InetSocketAddress server = listen(loops, behindProxy()).addresses().getFirst();
        try (Socket loud = proxied(server, "192.0.2.7");
                Socket quiet = proxied(server, "203.0.113.9")) {
            await().pollInterval(Duration.ofMillis(1)).until(() -> {
                makeLoud(loops, loud);
                return dropped(limits, LimitLevel.PROVEN) > 0;
            });
            for (int i = 0; i < QUIET; i++) {
                makeLoud(loops, loud);
                byte[] question = fresh();
                quiet.getOutputStream().write(frame(question));
                assertThat(readMessage(quiet)).startsWith(question[0], question[1]);
            }
        }
    }

    private void makeLoud(AnswerLoops loops, Socket loud) throws Exception {
        TestListeners.makeBusy(loops);
        for (int i = 0; i < 20; i++) {
            loud.getOutputStream().write(frame(fresh()));
        }
    }

    private static Socket proxied(InetSocketAddress server, String client) throws IOException {
        Socket socket = new Socket();
        socket.bind(address(PROXY, 0));
        socket.connect(server, PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        socket.getOutputStream().write(ProxyHeaders.of(client, 4711));
        return socket;
    }

    private static long dropped(Limits limits, LimitLevel level) {
        return limits.counters().questions(level, LimitAction.DROPPED);
    }

    @Test
    void infrastructureMeetsNoLimitWhileDevicesDo() throws Exception {
        Limits limits = limits();
        AnswerLoops loops = open(AnswerLoops.start(
                Sockets.best(true),
                "test",
                1,
                true,
                new AnswerSource(Catalog::new, AnswerSettings.plain(1232), () -> false, limits),
                TestListeners.PATIENT));
        DnsListeners listeners = listen(
                loops,
                ListenPoint.plain(address("127.0.0.1", 0)),
                new ListenPoint(address("127.0.0.2", 0), Lane.INFRASTRUCTURE, List.of()));
        DatagramSocket device = client(listeners.addresses().getFirst());
        await().pollInterval(Duration.ofMillis(1)).until(() -> {
            TestListeners.makeBusy(loops, Lane.DEVICE);
            for (int i = 0; i < 20; i++) {
                ask(device);
            }
            return dropped(limits, LimitLevel.IPV4_32) > 0;
        });
        TestListeners.makeBusy(loops, Lane.INFRASTRUCTURE);
        DatagramSocket udp = client(listeners.addresses().getLast());
        try (Socket tcp = connect(listeners.addresses().getLast())) {
            for (int i = 0; i < 5 * RATE; i++) { // at once: far above the rate of a client
                ask(udp);
                receive(udp);
                tcp.getOutputStream().write(frame(fresh()));
                read(tcp);
            }
        }
        assertThat(dropped(limits, LimitLevel.PROVEN)).isZero();
    }

    private static long over(Limits limits) {
        long over = 0;
        for (LimitAction action : LimitAction.values()) {
            over += limits.counters().questions(LimitLevel.IPV4_32, action);
        }
        return over;
    }

    @Test
    void overTcpTooAndTheConnectionLives() throws Exception {
        Limits limits = limits();
        AnswerLoops loops = limited(Sockets.best(true), limits);
        DnsListeners listeners = bind(loops, Silence.UNREAD, "127.0.0.1");
        listeners.open();
        InetSocketAddress server = listeners.addresses().getFirst();
        TestListeners.makeBusy(loops);
        int questions = 2_000;
        try (Socket client = new Socket(server.getAddress(), server.getPort());
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            client.setSoTimeout(PATIENCE_MILLIS);
            DataOutputStream out = new DataOutputStream(client.getOutputStream());
            var sent = executor.submit(() -> {
                for (int i = 0; i < questions; i++) {
                    out.writeShort(QUESTION.length);
                    out.write(fresh());
                }
                out.flush();
                client.shutdownOutput();
                return null;
            });
            DataInputStream in = new DataInputStream(client.getInputStream());
            int answers = 0;
            for (int length = in.read(); length >= 0; length = in.read()) {
                in.skipNBytes((length << 8) | in.read());
                answers++;
            }
            sent.get();
            assertThat(answers).isBetween(RATE, questions - 1);
            assertThat(limits.counters().questions(LimitLevel.PROVEN, LimitAction.DROPPED))
                    .isEqualTo(questions - answers);
        }
    }

    /** The timer's own measure: nobody tells the loop that it is busy. */
    @Test
    void aLoopThatIsFloodedFindsThatItIsBusyAndACalmOneThatItIsNot() throws Exception {
        Limits limits = limits();
        AnswerLoops loops = open(AnswerLoops.start(
                Sockets.best(true),
                "test",
                1,
                new AnswerSource(Catalog::new, AnswerSettings.plain(1232), () -> false, limits),
                ReceiveSettings.DEFAULT));
        DnsListeners listeners = bind(loops, Silence.UNREAD, "127.0.0.1");
        listeners.open();
        LoopLimits loop = limits.loops().getFirst();
        DatagramSocket client = client(listeners.addresses().getFirst());
        byte[] question = question(1);
        DatagramPacket packet = new DatagramPacket(question, question.length);
        // Without a pause between two looks, in which the loop would rest.
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> {
            for (int i = 0; i < 5_000; i++) {
                client.send(packet);
            }
            return loop.acts();
        });
        await().until(() -> !loop.acts() && loop.load() < 0.1);
        long counted = limits.counters().counted();
        client.send(packet);
        await().until(() -> loops.counters().getFirst().responses(Transport.UDP, 5) > 0);
        assertThat(limits.counters().counted()).isEqualTo(counted);
    }
}
