package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.evenkeel.server.query.Lane;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The bounds on TCP connections, and that UDP does not feel them reached. */
final class TcpLimitsTest extends ListenersFixture {
    private static final Duration LONG = Duration.ofMinutes(5);

    @Test
    void oneConnectionTooManyOfAnAddressClosesTheIdlestOfThat() throws Exception {
        DnsListeners listeners = bind(new TcpSettings(10, 2, LONG, LONG, 0));
        try (Socket other = from("127.0.0.2", listeners);
                Socket first = from("127.0.0.1", listeners);
                Socket second = from("127.0.0.1", listeners)) {
            answered(other, 1);
            answered(second, 2);
            answered(first, 3);
            try (Socket third = from("127.0.0.1", listeners)) {
                answered(third, 4);
                assertThat(second.getInputStream().read()).isEqualTo(-1);
                answered(first, 5);
                answered(other, 6);
            }
        }
        assertThat(listeners.counters().tcpEnded(TcpEnding.ADDRESS)).isEqualTo(1);
        assertThat(listeners.counters().tcpEvicted()).isZero();
    }

    @Test
    void anAddressOfIpv6CountsWithItsSubnet() {
        ClientSite site = ClientSite.of(InetAddress.ofLiteral("2001:db8:1:2::1").getAddress());
        assertThat(ClientSite.of(InetAddress.ofLiteral("2001:db8:1:2:ffff::2").getAddress()))
                .isEqualTo(site);
        assertThat(ClientSite.of(InetAddress.ofLiteral("2001:db8:1:3::1").getAddress()))
                .isNotEqualTo(site);
        byte[] four = InetAddress.ofLiteral("192.0.2.1").getAddress();
        assertThat(ClientSite.of(four)).isEqualTo(ClientSite.of(four.clone()));
        assertThat(ClientSite.of(InetAddress.ofLiteral("192.0.2.2").getAddress()))
                .isNotEqualTo(ClientSite.of(four));
        assertThat(ClientSite.of(InetAddress.ofLiteral("::c000:201").getAddress()))
                .isNotEqualTo(ClientSite.of(four));
    }

    @Test
    void whoeverIsIdlestGoesFirstHoweverManyThereAre() throws Exception {
        int most = 200;
        TransportCounters counters = new TransportCounters();
        TcpConnections connections = new TcpConnections(TcpSettings.of(most, LONG), counters);
        AnswerLoop loop = loops(Sockets.best(true), 1).first();
        List<EmbeddedChannel> byIdleness = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            byIdleness.add(connect(loop, connections, counters));
        }
        Random random = new Random(7);
        for (int i = 0; i < 3 * most; i++) {
            int busy = random.nextInt(most);
            EmbeddedChannel asks = byIdleness.remove(busy);
            asks.writeInbound(Unpooled.wrappedBuffer(frame(question(i))));
            byIdleness.add(asks);
            EmbeddedChannel idlest = byIdleness.removeFirst();
            assertThat(idlest.isOpen()).isTrue();
            byIdleness.add(connect(loop, connections, counters));
            assertThat(idlest.isOpen()).as("the idlest of turn %d", i).isFalse();
            assertThat(connections.count()).isEqualTo(most);
        }
        assertThat(byIdleness).allMatch(EmbeddedChannel::isOpen);
        assertThat(counters.tcpEvicted()).isEqualTo(3L * most);
        byIdleness.forEach(EmbeddedChannel::finishAndReleaseAll);
        assertThat(connections.heldBytes()).isZero();
    }

    @Test
    void aMessageThatComesOctetByOctetEndsItsConnectionAndAWholeOneDoesNot() throws Exception {
        TransportCounters counters = new TransportCounters();
        TcpConnections connections = new TcpConnections(new TcpSettings(10, 10, LONG, LONG, 0), counters);
        AnswerLoop loop = loops(Sockets.best(true), 1).first();
        EmbeddedChannel slow = connect(loop, connections, counters);
        EmbeddedChannel steady = connect(loop, connections, counters);
        EmbeddedChannel idle = connect(loop, connections, counters);
        long start = System.nanoTime();
        slow.writeInbound(Unpooled.buffer().writeBytes(new byte[] {(byte) 0xFF, 0, 0}));
        ByteBuf much = Unpooled.buffer().writeShort(60_000).writeZero(50_000);
        steady.writeInbound(much);
        idle.writeInbound(Unpooled.wrappedBuffer(frame(question(1))));
        int seconds = 0;
        while (slow.isOpen() && seconds < 10) {
            seconds++;
            connections.sweep(loop, start + Duration.ofSeconds(seconds).toNanos());
            run(slow, steady, idle);
            if (slow.isOpen()) {
                slow.writeInbound(Unpooled.wrappedBuffer(new byte[1]));
            }
        }
        assertThat(seconds)
                .as("the sweep after the one by which it should have been there")
                .isBetween(7, 9);
        assertThat(steady.isOpen()).isTrue();
        assertThat(idle.isOpen()).isTrue();
        assertThat(counters.tcpEnded(TcpEnding.MESSAGE)).isEqualTo(1);
        assertThat(counters.tcpIdleClosed()).isZero();
        List.of(slow, steady, idle).forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    /** So that the test above can fail. */
    @Test
    void withoutThatBoundItsConnectionGoesOn() throws Exception {
        TransportCounters counters = new TransportCounters();
        TcpConnections connections = new TcpConnections(TcpSettings.of(10, LONG), counters);
        AnswerLoop loop = loops(Sockets.best(true), 1).first();
        EmbeddedChannel slow = connect(loop, connections, counters);
        long start = System.nanoTime();
        slow.writeInbound(Unpooled.buffer().writeBytes(new byte[] {(byte) 0xFF, 0, 0}));
        for (int seconds = 1; seconds <= 60; seconds++) {
            connections.sweep(loop, start + Duration.ofSeconds(seconds).toNanos());
            run(slow);
            slow.writeInbound(Unpooled.wrappedBuffer(new byte[1]));
        }
        assertThat(slow.isOpen()).isTrue();
        assertThat(counters.tcpEnded(TcpEnding.MESSAGE)).isZero();
        slow.finishAndReleaseAll();
    }

    @Test
    void allConnectionsTogetherHoldNoMoreThanTheyMay() throws Exception {
        TransportCounters counters = new TransportCounters();
        TcpConnections connections = new TcpConnections(TcpSettings.of(10, LONG), counters);
        AnswerLoop loop = loops(Sockets.best(true), 1).first();
        EmbeddedChannel first = connect(loop, connections, counters);
        first.writeInbound(Unpooled.buffer().writeShort(40_000).writeZero(30_000));
        long held = connections.heldBytes();
        assertThat(held).isBetween(30_002L, 2 * 30_002L);
        assertThat(connections.hold((int) (TransportLimits.TCP_ALL_HELD_BYTES - held)))
                .isTrue();
        EmbeddedChannel greedy = connect(loop, connections, counters);
        greedy.writeInbound(Unpooled.wrappedBuffer(frame(question(1))));
        assertThat(greedy.isOpen()).as("a whole question holds nothing").isTrue();
        greedy.writeInbound(Unpooled.buffer().writeShort(40_000).writeZero(100));
        run(greedy);
        assertThat(greedy.isOpen()).isFalse();
        assertThat(counters.tcpEnded(TcpEnding.MEMORY)).isEqualTo(1);
        assertThat(first.isOpen()).isTrue();
        first.finishAndReleaseAll();
        assertThat(connections.heldBytes()).isEqualTo(TransportLimits.TCP_ALL_HELD_BYTES - held);
        greedy.finishAndReleaseAll();
    }

    @Test
    void aConnectionWithEnoughQuestionsEndsOnceAllThatHaveComeAreAnswered() throws Exception {
        DnsListeners listeners = bind(new TcpSettings(10, 10, LONG, LONG, 5));
        int asked = 50;
        ByteBuffer pipelined = ByteBuffer.allocate(asked * (2 + QUESTION.length));
        for (int id = 0; id < asked; id++) {
            pipelined.put(frame(question(id)));
        }
        try (Socket tcp = from("127.0.0.1", listeners)) {
            tcp.getOutputStream().write(pipelined.array());
            DataInputStream in = new DataInputStream(tcp.getInputStream());
            for (int id = 0; id < asked; id++) {
                assertThat(read(in)).isEqualTo(id);
            }
            assertThat(in.read()).isEqualTo(-1);
        }
        try (Socket again = from("127.0.0.1", listeners)) {
            answered(again, 1);
        }
        assertThat(listeners.counters().tcpEnded(TcpEnding.QUERIES)).isEqualTo(1);
        await().until(() -> listeners.tcpConnections() == 0);
    }

    @Test
    void anOldConnectionEndsInOrderThoughItIsBusy() throws Exception {
        DnsListeners listeners = bind(new TcpSettings(10, 10, LONG, Duration.ofSeconds(1), 0));
        try (Socket tcp = from("127.0.0.1", listeners)) {
            int[] answers = {0};
            await().pollInterval(Duration.ofMillis(20)).until(() -> {
                write(tcp, 1);
                int first = tcp.getInputStream().read();
                if (first < 0) {
                    return true;
                }
                tcp.getInputStream().skipNBytes(1 + QUESTION.length);
                answers[0]++;
                return false;
            });
            assertThat(answers[0]).isPositive();
        }
        assertThat(listeners.counters().tcpEnded(TcpEnding.LIFE)).isEqualTo(1);
        assertThat(listeners.counters().tcpIdleClosed()).isZero();
    }

    /** 10,000 of them are for a drill; these are as many as a process may have open anywhere. */
    @Test
    void slowConnectionsAreBoundedAndUdpIsAnsweredMeanwhile() throws Exception {
        int most = 100;
        DnsListeners listeners = bind(TcpSettings.of(most, LONG));
        InetSocketAddress server = listeners.addresses().getFirst();
        DatagramSocket udp = client(server);
        for (int i = 0; i < 400; i++) {
            Socket slow = open(connect(server));
            try {
                slow.getOutputStream().write(new byte[] {0, 100, (byte) i});
            } catch (SocketException e) {
                assertThat(listeners.counters().tcpEvicted()).as("why: %s", e).isPositive();
            }
            send(udp, i);
            assertThat(receive(udp)).isEqualTo(i);
            assertThat(listeners.tcpConnections()).isLessThanOrEqualTo(most);
        }
        // One that is still there when its message should have come to its end is closed for that.
        await().until(() ->
                listeners.counters().tcpEvicted() + listeners.counters().tcpEnded(TcpEnding.MESSAGE) >= 300);
        assertThat(listeners.counters().tcpEvicted()).isPositive();
        assertThat(listeners.tcpHeldBytes()).isLessThan(most * 1024L);
        try (Socket honest = connect(server)) {
            answered(honest, 7);
        }
    }

    @Test
    void connectionsTakeNoTimeOfTheLoopsForUdp() throws Exception {
        AnswerLoops loops = loops(Sockets.best(true), 1);
        DnsListeners listeners = bind(loops, "127.0.0.1", 10, LONG);
        listeners.open();
        CountDownLatch busy = new CountDownLatch(1);
        try (Socket tcp = connect(listeners.addresses().getFirst())) {
            answered(tcp, 1);
            loops.of(Lane.DEVICE).tcp.forEach(loop -> loop.eventLoop.execute(() -> awaitUninterruptibly(busy)));
            write(tcp, 2);
            DatagramSocket udp = client(listeners.addresses().getFirst());
            send(udp, 3);
            assertThat(receive(udp)).isEqualTo(3);
            busy.countDown();
            assertThat(read(tcp)).isEqualTo(2);
        } finally {
            busy.countDown();
        }
    }

    private DnsListeners bind(TcpSettings tcp) throws IOException {
        DnsListeners listeners = open(DnsListeners.bind(
                loops(Sockets.best(true), 1), List.of(ListenPoint.plain(address("127.0.0.1", 0))), tcp));
        listeners.open();
        return listeners;
    }

    private static Socket from(String address, DnsListeners listeners) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.bind(address(address, 0));
        socket.connect(listeners.addresses().getFirst(), PATIENCE_MILLIS);
        return socket;
    }

    private static void answered(Socket tcp, int id) throws IOException {
        write(tcp, id);
        assertThat(read(tcp)).isEqualTo(id);
    }

    /** Without the network, on the thread of the test. */
    private static EmbeddedChannel connect(AnswerLoop loop, TcpConnections connections, TransportCounters counters) {
        EmbeddedChannel channel = new EmbeddedChannel();
        TcpConnection connection = new TcpConnection(channel, loop, TestListeners.FOR_ALL, connections, counters);
        channel.pipeline().addLast(connection);
        connection.channelActive(channel.pipeline().lastContext()); // an embedded channel is so before it has handlers
        return channel;
    }

    private static void run(EmbeddedChannel... channels) {
        for (EmbeddedChannel channel : channels) {
            channel.runPendingTasks();
        }
    }
}
