package io.evenkeel.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.server.query.AnswerSettings;
import io.evenkeel.server.query.AnswerSource;
import io.evenkeel.server.query.ClientGoneException;
import io.evenkeel.server.query.DetachedRequest;
import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.MessageKinds;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.SlowHandler;
import io.evenkeel.server.query.Transport;
import io.evenkeel.server.query.Verdict;
import io.evenkeel.server.transport.DetachedRequests.Ending;
import io.evenkeel.zones.Catalog;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Rcode;

/** Later answers, over real sockets; an opcode without a meaning stands for the slow ones. */
@Timeout(120)
final class DetachedRequestsTest extends ListenersFixture {
    private static final int OPCODE = 14;
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final int LARGE = 60_000;

    private final BlockingQueue<DetachedRequest> seen = new LinkedBlockingQueue<>();
    private final CountDownLatch goOn = new CountDownLatch(1);
    private DetachedRequests detached = new DetachedRequests(LONG, LONG);
    private List<QueryCounters> counters = List.of();
    private Supplier<Catalog> catalog = Catalog::new;

    private InetSocketAddress server(Sockets sockets, SlowHandler handler) throws IOException {
        Verdict later = new Verdict.Later(request -> {
            seen.add(request);
            handler.handle(request);
        });
        MessageKinds kinds = MessageKinds.standard(Catalog::new).withOpcode(OPCODE, (_, _) -> later);
        AnswerLoops loops = open(AnswerLoops.start(
                new LaneLoops.Common(
                        sockets,
                        new AnswerSource(catalog, kinds, AnswerSettings.plain(1232), () -> false),
                        TestListeners.PATIENT,
                        DatagramCalls::new,
                        detached),
                "test",
                1,
                false));
        counters = loops.counters();
        DnsListeners listeners = bind(loops, "127.0.0.1", 10, Duration.ofSeconds(2));
        listeners.open();
        return listeners.addresses().getFirst();
    }

    private InetSocketAddress server(SlowHandler handler) throws IOException {
        return server(Sockets.best(true), handler);
    }

    /** More wait behind them than may be answered later at once: the first that ends makes room for a question, and its answer throws. */
    @Test
    void aFaultOnTheWayBackFromALaterAnswerIsCountedAndEndsTheConnection() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        catalog = () -> {
            if (asked.incrementAndGet() == 1) {
                throw new AssertionError("planted");
            }
            return new Catalog();
        };
        InetSocketAddress server = server(this::whenTold);
        try (Socket tcp = connect(server)) {
            for (int id = 1; id <= TransportLimits.DETACHED_OF_ONE; id++) {
                tcp.getOutputStream().write(frame(slow(id)));
            }
            write(tcp, 100);
            await().until(() -> seen.size() == TransportLimits.DETACHED_OF_ONE);
            assertThat(asked).hasValue(0);
            goOn.countDown();
            await().until(() -> sum().failures() == 1);
            DataInputStream in = new DataInputStream(tcp.getInputStream());
            assertThatThrownBy(() -> {
                        while (true) {
                            read(in);
                        }
                    })
                    .as("closed, and not left to wait")
                    .isInstanceOfAny(EOFException.class, SocketException.class);
        }
        await().until(() -> detached.count() == 0);
        try (Socket next = connect(server)) {
            write(next, 101);
            assertThat(read(next)).isEqualTo(101);
        }
        assertThat(sum().failures()).isEqualTo(1);
    }

    private QueryCounters sum() {
        return QueryCounters.sum(counters);
    }

    private static byte[] slow(int id) {
        byte[] message = question(id);
        message[2] = OPCODE << 3;
        return message;
    }

    private static void echo(DetachedRequest request) throws InterruptedException, ClientGoneException {
        byte[] answer = request.message();
        answer[2] |= (byte) 0x80;
        request.send(answer, answer.length);
    }

    /** Answers once it may. */
    private void whenTold(DetachedRequest request) throws InterruptedException, ClientGoneException {
        goOn.await();
        echo(request);
    }

    private static void forEver(DetachedRequest request) throws InterruptedException {
        assertThat(request.message()).isNotEmpty();
        new CountDownLatch(1).await();
    }

    @Test
    void overTcpOthersAreAnsweredBeforeASlowOne() throws Exception {
        try (Socket tcp = connect(server(this::whenTold))) {
            tcp.getOutputStream().write(frame(slow(1)));
            write(tcp, 2);
            assertThat(read(tcp)).isEqualTo(2);
            goOn.countDown();
            assertThat(read(tcp)).isEqualTo(1);
            write(tcp, 3);
            assertThat(read(tcp)).isEqualTo(3);
        }
        assertThat(seen.take().transport()).isEqualTo(Transport.TCP);
        await().until(() -> detached.ended(Ending.ANSWERED) == 1 && detached.count() == 0);
        await().until(() -> sum().responses(Transport.TCP, Rcode.NOERROR) == 1);
        assertThat(sum().drops(DropReason.UNANSWERED)).isZero();
    }

    @ParameterizedTest
    @EnumSource(Sockets.class)
    void overUdpAnAnswerFindsItsClientLater(Sockets sockets) throws Exception {
        Assumptions.assumeTrue(sockets != Sockets.BATCHED || Sockets.whyNotBatched() == null, Sockets::whyNotBatched);
        Assumptions.assumeTrue(!sockets.areLinux() || Sockets.best(false) == Sockets.EPOLL, "no epoll here");
        InetSocketAddress server = server(sockets, this::whenTold);
        DatagramSocket first = client(server);
        DatagramSocket second = client(server);
        first.send(new DatagramPacket(slow(1), QUESTION.length));
        DetachedRequest request = seen.take();
        assertThat(request.client()).isEqualTo(new byte[] {127, 0, 0, 1});
        assertThat(request.limit()).isEqualTo(512);
        for (int id = 2; id < 200; id++) {
            send(second, id);
            assertThat(receive(second)).isEqualTo(id);
        }
        goOn.countDown();
        assertThat(receive(first)).isEqualTo(1);
        send(second, 300);
        assertThat(receive(second)).isEqualTo(300);
        await().until(() -> sum().responses(Transport.UDP, Rcode.NOERROR) == 1);
    }

    @Test
    void manyMessagesWaitForAClientThatDoesNotRead() throws Exception {
        int messages = 1_000;
        AtomicInteger sent = new AtomicInteger();
        InetSocketAddress server = server(request -> {
            byte[] answer = new byte[LARGE];
            answer[2] = (byte) 0x80;
            for (int i = 0; i < messages; i++) {
                answer[0] = (byte) (i >> 8);
                answer[1] = (byte) i;
                request.send(answer, LARGE);
                sent.incrementAndGet();
            }
        });
        try (Socket tcp = new Socket()) {
            tcp.setReceiveBufferSize(4096);
            tcp.setSoTimeout(PATIENCE_MILLIS);
            tcp.connect(server, PATIENCE_MILLIS);
            tcp.getOutputStream().write(frame(slow(1)));
            await().during(Duration.ofSeconds(1))
                    .atMost(Duration.ofSeconds(60))
                    .until(sent::get, count -> count > 0 && count < 30);
            DataInputStream in = new DataInputStream(new java.io.BufferedInputStream(tcp.getInputStream()));
            for (int i = 0; i < messages; i++) {
                assertThat(read(in)).isEqualTo(i);
            }
            write(tcp, 2);
            assertThat(read(in)).isEqualTo(2);
        }
        await().until(() -> detached.ended(Ending.ANSWERED) == 1);
    }

    @Test
    void oneThatIsNeverAnsweredEndsAtItsDeadlineAndItsConnectionGoesOn() throws Exception {
        detached = new DetachedRequests(Duration.ofMillis(200), Duration.ofMillis(300));
        InetSocketAddress server = server(DetachedRequestsTest::forEver);
        DatagramSocket udp = client(server);
        udp.send(new DatagramPacket(slow(1), QUESTION.length));
        try (Socket tcp = connect(server)) {
            tcp.getOutputStream().write(frame(slow(1)));
            await().until(() -> detached.ended(Ending.EXPIRED) == 2 && detached.count() == 0);
            write(tcp, 2);
            assertThat(read(tcp)).isEqualTo(2);
        }
        await().until(() -> sum().drops(DropReason.UNANSWERED) == 2);
        send(udp, 3);
        assertThat(receive(udp)).isEqualTo(3);
    }

    @Test
    void aMessageThatIsTakenMovesTheDeadlineOn() throws Exception {
        detached = new DetachedRequests(LONG, Duration.ofSeconds(5));
        InetSocketAddress server = server(request -> {
            CountDownLatch never = new CountDownLatch(1);
            for (int i = 0; i < 5; i++) {
                boolean _ = never.await(1200, TimeUnit.MILLISECONDS); // 6 s in all
                echo(request);
            }
        });
        try (Socket tcp = connect(server)) { // idle connections are closed after 2 s
            tcp.getOutputStream().write(frame(slow(1)));
            for (int i = 0; i < 5; i++) {
                assertThat(read(tcp)).isEqualTo(1);
            }
        }
        await().until(() -> detached.ended(Ending.ANSWERED) == 1);
    }

    @Test
    void aClientThatGoesEndsTheWork() throws Exception {
        InetSocketAddress server = server(DetachedRequestsTest::forEver);
        Socket tcp = connect(server);
        tcp.setSoLinger(true, 0); // a reset: an end of its side alone would mean that it still reads
        tcp.getOutputStream().write(frame(slow(1)));
        DetachedRequest request = seen.take();
        tcp.close();
        await().until(() -> detached.ended(Ending.CUT_OFF) == 1 && detached.count() == 0);
        await().until(() -> sum().drops(DropReason.UNANSWERED) == 1);
        assertThat(request.sent()).isZero();
    }

    @Test
    void aHandlerMaySendNothing() throws Exception {
        InetSocketAddress server =
                server(request -> assertThat(request.message()).isNotEmpty());
        try (Socket tcp = connect(server)) {
            tcp.getOutputStream().write(frame(slow(1)));
            write(tcp, 2);
            assertThat(read(tcp)).isEqualTo(2);
            await().until(() -> detached.ended(Ending.UNANSWERED) == 1);
        }
        await().until(() -> sum().drops(DropReason.UNANSWERED) == 1);
    }

    @Test
    void aFaultIsAnsweredServfailAndCounted() throws Exception {
        InetSocketAddress server = server(request -> {
            throw new IllegalStateException("planted for a request of " + request.bytes() + " octets");
        });
        try (Socket tcp = connect(server)) {
            tcp.getOutputStream().write(frame(slow(7)));
            byte[] answer = readMessage(tcp);
            assertThat(answer[1]).isEqualTo((byte) 7);
            assertThat(answer[3] & 0xF).isEqualTo(Rcode.SERVFAIL);
        }
        await().until(() -> detached.ended(Ending.FAILED) == 1 && sum().failures() == 1);
        await().until(() -> sum().responses(Transport.TCP, Rcode.SERVFAIL) == 1);
    }

    @Test
    void aClientThatHasEndedItsSideStillGetsItsAnswer() throws Exception {
        try (Socket tcp = connect(server(this::whenTold))) {
            tcp.getOutputStream().write(frame(slow(5)));
            tcp.shutdownOutput();
            DetachedRequest _ = seen.take();
            goOn.countDown();
            assertThat(read(tcp)).isEqualTo(5);
            assertThat(tcp.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aConnectionWithManyAtWorkIsNotReadFrom() throws Exception {
        try (Socket tcp = connect(server(this::whenTold))) {
            for (int i = 0; i < TransportLimits.DETACHED_OF_ONE + 5; i++) {
                tcp.getOutputStream().write(frame(slow(i)));
            }
            write(tcp, 1000);
            await().during(Duration.ofMillis(500))
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> seen.size() == TransportLimits.DETACHED_OF_ONE);
            goOn.countDown();
            boolean[] answered = new boolean[TransportLimits.DETACHED_OF_ONE + 5];
            boolean last = false;
            for (int i = 0; i <= answered.length; i++) {
                int id = read(tcp);
                last |= id == 1000;
                if (id != 1000) {
                    answered[id] = true;
                }
            }
            assertThat(answered).doesNotContain(false);
            assertThat(last).isTrue();
        }
    }

    @Test
    void beyondTheBoundUdpGetsSilenceAndTcpSomethingToGoOnWith() throws Exception {
        InetSocketAddress server = server(this::whenTold);
        DatagramSocket udp = client(server);
        for (int i = 0; i < TransportLimits.DETACHED; i++) {
            udp.send(new DatagramPacket(slow(i), QUESTION.length));
            DetachedRequest _ = seen.take(); // so that no queue runs over
        }
        assertThat(detached.count()).isEqualTo(TransportLimits.DETACHED);
        udp.send(new DatagramPacket(slow(999), QUESTION.length));
        await().until(() -> sum().drops(DropReason.BUSY) == 1);
        try (Socket tcp = connect(server)) {
            tcp.getOutputStream().write(frame(slow(6)));
            byte[] answer = readMessage(tcp);
            assertThat(answer[1]).isEqualTo((byte) 6);
            assertThat(answer[3] & 0xF).isEqualTo(Rcode.SERVFAIL);
        }
        assertThat(detached.ended(Ending.TURNED_DOWN)).isEqualTo(2);
        goOn.countDown();
        await().until(() -> detached.count() == 0);
    }

    @Test
    void transfersAreRefusedOnThatWay() throws Exception {
        byte[] axfr = question(8);
        axfr[QUESTION.length - 3] = (byte) 252;
        try (Socket tcp = connect(server(this::whenTold))) {
            tcp.getOutputStream().write(frame(axfr));
            byte[] answer = readMessage(tcp);
            assertThat(answer[1]).isEqualTo((byte) 8);
            assertThat(answer[3] & 0xF).isEqualTo(Rcode.REFUSED);
        }
        await().until(() -> detached.ended(Ending.ANSWERED) == 1);
        await().until(() -> sum().responses(Transport.TCP, Rcode.REFUSED) == 1);
    }
}
