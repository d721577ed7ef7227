package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.evenkeel.consensus.process.FreePorts;
import io.evenkeel.consensus.process.TestLog;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.admin.AdminCounters.Ended;
import io.evenkeel.server.admin.AdminCounters.Port;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** HTTP as clients see it, and who keeps a place when there are not enough. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class HttpPortTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");
    /** Of a test that is not about time. */
    private static final Duration NEVER = Duration.ofHours(1);

    private static final HttpLimits PATIENT = new HttpLimits(16, 16, 16, NEVER, NEVER, NEVER, 1000, NEVER, NEVER);

    private final AdminCounters counters = new AdminCounters();
    private final List<AutoCloseable> open = new ArrayList<>();
    /** Lets go of requests for {@code /hold}. */
    private final CountDownLatch go = new CountDownLatch(1);

    private final AtomicReference<@Nullable Exchange> held = new AtomicReference<>();
    private final AtomicReference<byte @Nullable []> kept = new AtomicReference<>();
    private final AtomicReference<@Nullable IOException> broken = new AtomicReference<>();

    @AfterEach
    void close() throws Exception {
        go.countDown();
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    @Test
    void theOldestWithoutAHeaderMakesRoomForANewOne() throws Exception {
        HttpPort port = start(places(4, 4));
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            slow.add(connect(port));
            say(slow.get(i), "GET /s");
            int opened = i + 1;
            await().atMost(LONG).until(() -> counters.open(Port.HEALTH) == opened);
        }
        Socket honest = connect(port);
        say(honest, "GET /now HTTP/1.1\r\n\r\n");
        assertThat(reply(honest)).startsWith("HTTP/1.1 200 ").endsWith("/now");
        assertThat(isCut(slow.getFirst())).isTrue();
        assertThat(counters.endedSoFar(Port.HEALTH, Ended.EVICTED)).isEqualTo(1);
        say(slow.get(1), "low HTTP/1.1\r\n\r\n");
        assertThat(reply(slow.get(1))).endsWith("/slow");
    }

    @Test
    void anAnsweredOneStaysLongerThanOneThatNeverAsked() throws Exception {
        HttpPort port = start(places(2, 2));
        Socket answered = connect(port);
        say(answered, "GET /first HTTP/1.1\r\n\r\n");
        reply(answered);
        Socket slow = connect(port);
        await().atMost(LONG).until(() -> counters.open(Port.HEALTH) == 2);
        Socket third = connect(port);
        assertThat(isCut(slow)).isTrue();
        say(answered, "GET /second HTTP/1.1\r\n\r\n");
        assertThat(reply(answered)).endsWith("/second");
        say(third, "GET /third HTTP/1.1\r\n\r\n");
        assertThat(reply(third)).endsWith("/third");
    }

    @Test
    void requestsInWorkKeepTheirPlacesAndAnotherAddressHasItsOwn() throws Exception {
        HttpPort port = start(places(8, 2));
        InetAddress other = InetAddress.ofLiteral("127.0.0.2");
        List<Socket> working = List.of(connect(port, other), connect(port, other));
        for (Socket socket : working) {
            say(socket, "GET /hold HTTP/1.1\r\n\r\n");
            await().atMost(LONG).until(() -> held.getAndSet(null) != null);
        }
        assertThat(isCut(connect(port, other))).isTrue();
        assertThat(counters.endedSoFar(Port.HEALTH, Ended.REFUSED)).isEqualTo(1);
        Socket here = connect(port);
        say(here, "GET /here HTTP/1.1\r\n\r\n");
        assertThat(reply(here)).endsWith("/here");
        go.countDown();
        for (Socket socket : working) {
            assertThat(reply(socket)).endsWith("/hold");
        }
    }

    @Test
    void anAddressIsAnIpv4AddressOrANetworkOfIpv6() {
        assertThat(HttpLimits.group(InetAddress.ofLiteral("2001:db8::1")))
                .isEqualTo(HttpLimits.group(InetAddress.ofLiteral("2001:db8:0:0:ffff::9")))
                .isNotEqualTo(HttpLimits.group(InetAddress.ofLiteral("2001:db8:0:1::1")));
        assertThat(HttpLimits.group(InetAddress.ofLiteral("192.0.2.255")))
                .isNotEqualTo(HttpLimits.group(InetAddress.ofLiteral("192.0.2.254")));
        assertThat(HttpLimits.STANDARD.of(InetAddress.ofLiteral("::1")))
                .isGreaterThan(HttpLimits.STANDARD.of(InetAddress.ofLiteral("192.0.2.1")));
    }

    @Test
    void aHeaderHasItsTimeHoweverItComes() throws Exception {
        HttpPort port = start(new HttpLimits(16, 16, 16, Duration.ofSeconds(1), NEVER, NEVER, 1000, NEVER, NEVER));
        Socket silent = connect(port);
        assertThat(isCut(silent)).isTrue();
        Socket again = connect(port);
        say(again, "GET /first HTTP/1.1\r\n\r\n");
        assertThat(reply(again)).endsWith("/first");
        say(again, "GET /sec");
        assertThat(isCut(again)).isTrue();
        assertThat(counters.endedSoFar(Port.HEALTH, Ended.HEADER)).isEqualTo(2);
        assertThat(counters.endedSoFar(Port.HEALTH, Ended.IDLE)).isZero();
    }

    @Test
    void aConnectionWithoutAnotherRequestEnds() throws Exception {
        HttpPort port = start(new HttpLimits(16, 16, 16, NEVER, Duration.ofMillis(500), NEVER, 1000, NEVER, NEVER));
        Socket socket = connect(port);
        say(socket, "GET /only HTTP/1.1\r\n\r\n");
        assertThat(reply(socket)).endsWith("/only");
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        assertThat(counters.endedSoFar(Port.HEALTH, Ended.IDLE)).isEqualTo(1);
    }

    @Test
    void aBodyThatDripsIsToldSoAndOneThatMovesOnIsNot() throws Exception {
        Duration window = Duration.ofSeconds(1);
        HttpPort port = start(new HttpLimits(16, 16, 16, NEVER, NEVER, window, 1000, NEVER, NEVER));
        Socket dripping = connect(port);
        say(dripping, "PUT /read HTTP/1.1\r\nContent-Length: 5000\r\n\r\nabc");
        assertThat(reply(dripping)).startsWith("HTTP/1.1 400 ").contains("less than 1000 octets within 1 s");
        assertThat(counters.endedSoFar(Port.HEALTH, Ended.SLOW)).isEqualTo(1);

        // In step with the handler, which asks for each piece well within the window, for longer than the window in
        // all.
        SynchronousQueue<Integer> read = new SynchronousQueue<>();
        HttpPort steps = start(new HttpLimits(16, 16, 16, NEVER, NEVER, window, 1000, NEVER, NEVER), exchange -> {
            for (int i = 0; i < 40; i++) {
                read.put(exchange.body().readNBytes(2000).length);
            }
            exchange.reply(200, Map.of(), null);
        });
        Socket honest = connect(steps);
        say(honest, "PUT /steps HTTP/1.1\r\nContent-Length: 80000\r\n\r\n");
        long begin = System.nanoTime();
        for (int i = 0; i < 40; i++) {
            say(honest, "x".repeat(2000));
            assertThat(read.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo(2000);
            long due = begin + (i + 1) * window.toNanos() / 20;
            while (System.nanoTime() - due < 0) {
                Thread.onSpinWait();
            }
        }
        assertThat(reply(honest)).startsWith("HTTP/1.1 200 ");
        assertThat(counters.endedSoFar(Port.HEALTH, Ended.SLOW)).isEqualTo(1);
    }

    @Test
    void aReplyThatIsNotTakenEnds() throws Exception {
        HttpPort port = start(new HttpLimits(16, 16, 16, NEVER, NEVER, Duration.ofSeconds(1), 1 << 20, NEVER, NEVER));
        Socket socket = connect(port);
        say(socket, "GET /endless HTTP/1.1\r\n\r\n");
        await().atMost(LONG).until(() -> broken.get() != null);
        assertThat(counters.endedSoFar(Port.HEALTH, Ended.SLOW)).isEqualTo(1);
        await().atMost(LONG).until(() -> counters.open(Port.HEALTH) == 0);
    }

    @Test
    void aReplyHasItsTimeInAllHoweverSteadilyItIsTaken() throws Exception {
        HttpPort port = start(new HttpLimits(16, 16, 16, NEVER, NEVER, NEVER, 1000, Duration.ofSeconds(1), NEVER));
        Socket socket = connect(port);
        say(socket, "GET /endless HTTP/1.1\r\n\r\n");
        byte[] piece = new byte[1 << 16];
        try {
            while (socket.getInputStream().read(piece) >= 0) {
                Thread.onSpinWait();
            }
        } catch (SocketException e) {
            // As it should be.
        }
        await().atMost(LONG).until(() -> broken.get() != null);
        assertThat(counters.endedSoFar(Port.HEALTH, Ended.SLOW)).isEqualTo(1);
        say(connect(port), "GET /next HTTP/1.1\r\n\r\n");
    }

    @Test
    void whoWaitsForAReplyToBeTakenGoesOnWhenItIsOrWhenTheClientHasGone() throws Exception {
        CountDownLatch over = new CountDownLatch(2);
        byte[] reply = new byte[AdminLimits.QUEUED_BYTES];
        HttpPort port = start(PATIENT, exchange -> {
            if (exchange.rawPath().equals("/gone")) {
                held.set(exchange);
                go.await();
            }
            exchange.reply(200, Map.of()).write(reply);
            exchange.end();
            exchange.awaitTaken();
            over.countDown();
        });
        Socket honest = connect(port);
        say(honest, "GET /taken HTTP/1.0\r\n\r\n");
        assertThat(honest.getInputStream().readAllBytes().length).isGreaterThan(reply.length);
        Socket gone = connect(port);
        say(gone, "GET /gone HTTP/1.1\r\n\r\n");
        await().atMost(LONG).until(() -> held.get() != null);
        gone.setSoLinger(true, 0);
        gone.close();
        go.countDown();
        await().atMost(LONG).until(() -> over.getCount() == 0 || broken.get() != null);
        await().atMost(LONG).until(() -> counters.open(Port.HEALTH) == 0);
    }

    @Test
    void aBodyThatNobodyReadsYetWaitsAtItsSender() throws Exception {
        byte[] body = new byte[64 << 20];
        new Random(1).nextBytes(body);
        HttpPort port = start(PATIENT);
        Socket socket = connect(port);
        Thread sender = Thread.ofVirtual().start(() -> {
            try {
                say(socket, "PUT /hold HTTP/1.1\r\nContent-Length: " + body.length + "\r\n\r\n");
                socket.getOutputStream().write(body);
            } catch (IOException e) {
                broken.set(e);
            }
        });
        Exchange exchange = await().atMost(LONG).until(held::get, taken -> taken != null);
        await().atMost(LONG).until(() -> !exchange.hasRoom());
        assertThat(sender.isAlive()).isTrue();
        go.countDown();
        assertThat(reply(socket)).startsWith("HTTP/1.1 200 ").endsWith("/hold");
        sender.join();
        assertThat(broken.get()).isNull();
        say(socket, "GET /again HTTP/1.1\r\n\r\n");
        assertThat(reply(socket)).endsWith("/again");
    }

    @Test
    void aBodyThatIsFullHasRoomOnlyOnceItsReaderHasTakenHalf() throws Exception {
        HttpPort port = start(PATIENT);
        say(connect(port), "PUT /hold HTTP/1.1\r\nContent-Length: " + 2 * AdminLimits.QUEUED_BYTES + "\r\n\r\n");
        Exchange exchange = await().atMost(LONG).until(held::get, taken -> taken != null);
        assertThat(exchange.offer(new byte[AdminLimits.QUEUED_BYTES], false)).isTrue();
        assertThat(exchange.body().readNBytes(AdminLimits.QUEUED_BYTES / 4)).hasSize(AdminLimits.QUEUED_BYTES / 4);
        assertThat(exchange.offer(new byte[1], false))
                .as("else nobody reads on")
                .isTrue();
        assertThat(exchange.hasRoom()).isFalse();
        assertThat(exchange.body().readNBytes(AdminLimits.QUEUED_BYTES / 2)).hasSize(AdminLimits.QUEUED_BYTES / 2);
        assertThat(exchange.hasRoom()).isTrue();
    }

    @Test
    void largeBodiesStreamBothWaysAndArriveWhole() throws Exception {
        byte[] body = new byte[20 << 20];
        new Random(2).nextBytes(body);
        HttpPort port = start(PATIENT);
        String base = "http://127.0.0.1:" + port.address().getPort();
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (boolean announced : new boolean[] {true, false}) {
                kept.set(null);
                HttpRequest put = HttpRequest.newBuilder(URI.create(base + "/keep"))
                        .PUT(
                                announced
                                        ? BodyPublishers.ofByteArray(body)
                                        : BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                        .build();
                assertThat(client.send(put, BodyHandlers.discarding()).statusCode())
                        .isEqualTo(200);
                assertThat(kept.get()).isEqualTo(body);
            }
            HttpResponse<byte[]> response = client.send(
                    HttpRequest.newBuilder(URI.create(base + "/kept")).build(), BodyHandlers.ofByteArray());
            assertThat(response.headers().firstValue("Transfer-Encoding")).contains("chunked");
            assertThat(response.body()).isEqualTo(body);
        }
    }

    @Test
    void aClientThatAsksFirstIsToldToSendWhenItsBodyIsRead() throws Exception {
        HttpPort port = start(PATIENT);
        String head = " HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
        Socket socket = connect(port);
        say(socket, "PUT /read" + head);
        assertThat(reply(socket)).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
        say(socket, "abc");
        assertThat(reply(socket)).startsWith("HTTP/1.1 200 ").endsWith("3");
        Socket refused = connect(port);
        say(refused, "PUT /unread" + head);
        assertThat(reply(refused)).startsWith("HTTP/1.1 200 ").containsIgnoringCase("connection: close");
        assertThat(refused.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void requestsThatComeAheadAreAnsweredInOrderUpToABound() throws Exception {
        HttpPort port = start(PATIENT);
        Socket socket = connect(port);
        say(
                socket,
                String.join(
                        "\r\n",
                        "PUT /read HTTP/1.1",
                        "Content-Length: 2",
                        "",
                        "xxGET /b HTTP/1.1",
                        "",
                        "PUT /read HTTP/1.1",
                        "Transfer-Encoding: chunked",
                        "",
                        "3",
                        "abc",
                        "0",
                        "",
                        "GET /d HTTP/1.0",
                        "",
                        ""));
        String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertThat(all.replaceAll("(?s)HTTP/1.1 200 .*?\r\n\r\n", "|")).isEqualTo("|2|/b|3|/d");

        Socket greedy = connect(port);
        say(greedy, "GET /hold HTTP/1.1\r\n\r\n" + "GET /more HTTP/1.1\r\n\r\n".repeat(AdminLimits.PIPELINED));
        assertThat(isCut(greedy)).isTrue();
    }

    @Test
    void olderClientsAndHeadAreAnswered() throws Exception {
        HttpPort port = start(PATIENT);
        Socket old = connect(port);
        say(old, "GET /long HTTP/1.0\r\n\r\n");
        String all = new String(old.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertThat(all).startsWith("HTTP/1.1 200 ").doesNotContainIgnoringCase("chunked");
        assertThat(all.substring(all.indexOf("\r\n\r\n") + 4)).hasSize(1 << 20);
        Socket halfClosed = connect(port);
        say(halfClosed, "GET /half HTTP/1.1\r\n\r\n");
        halfClosed.shutdownOutput();
        assertThat(new String(halfClosed.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("/half");
        Socket head = connect(port);
        say(head, "HEAD /x HTTP/1.1\r\n\r\nGET /y HTTP/1.1\r\n\r\n");
        assertThat(head(head)).containsIgnoringCase("content-length: 2");
        assertThat(reply(head)).startsWith("HTTP/1.1 200 ").endsWith("/y");
    }

    @Test
    void aBodyThatIsNoneIsAFaultOfItsSender() throws Exception {
        HttpPort port = start(PATIENT);
        Socket garbled = connect(port);
        say(garbled, "PUT /read HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nthis is no length\r\n");
        assertThat(reply(garbled)).startsWith("HTTP/1.1 400 ").contains("not as HTTP wants it");
        Socket shorter = connect(port);
        say(shorter, "PUT /read HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
        shorter.shutdownOutput();
        assertThat(reply(shorter)).startsWith("HTTP/1.1 400 ").contains("ended too early");
        Socket long1 = connect(port);
        say(long1, "GET / HTTP/1.1\r\nX: " + "x".repeat(2 * AdminLimits.HEADER_BYTES) + "\r\n\r\n");
        assertThat(reply(long1)).startsWith("HTTP/1.1 431 ");
        assertThat(counters.rubbish()).isEqualTo(1);
    }

    @Test
    void aReplyThatIsLeftUnfinishedIsNotTakenForAWholeOne() throws Exception {
        HttpPort port = start(PATIENT);
        Socket socket = connect(port);
        say(socket, "GET /torn HTTP/1.1\r\n\r\n");
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(all);
        } catch (SocketException e) {
            // As it should be.
        }
        assertThat(all.toString(StandardCharsets.US_ASCII)).doesNotEndWith("0\r\n\r\n");
    }

    @Test
    void aFaultCostsOneConnectionAndAnEndedThreadIsReplaced() throws Exception {
        HttpPort port = start(PATIENT);
        Socket socket = connect(port);
        say(socket, "GET /fault HTTP/1.1\r\n\r\n");
        assertThat(isCut(socket)).isTrue();
        Socket next = connect(port);
        say(next, "GET /hold HTTP/1.1\r\n\r\n");
        Exchange exchange = await().atMost(LONG).until(held::get, taken -> taken != null);
        var _ = exchange.connection.channel().eventLoop().parent().shutdownGracefully(0, 0, TimeUnit.SECONDS);
        await().atMost(LONG).until(() -> boundAndAnswers(port));
    }

    /** At another look perhaps: somebody else may have taken its address meanwhile, or it is about to be given back. */
    private boolean boundAndAnswers(HttpPort port) {
        port.bind();
        Socket socket = new Socket();
        open.add(socket);
        try {
            socket.connect(port.address());
            socket.setSoTimeout((int) LONG.toMillis());
            say(socket, "GET /after HTTP/1.1\r\n\r\n");
            return reply(socket).endsWith("/after");
        } catch (IOException notYet) {
            return false;
        }
    }

    @Test
    void aTakenAddressIsTriedAgain() throws Exception {
        InetSocketAddress address = FreePorts.next();
        ServerSocket other = new ServerSocket(address.getPort(), 1, LOOPBACK);
        open.add(other);
        HttpPort port = new HttpPort(Port.HEALTH, "test", address, PATIENT, counters, this::answer, Time.SYSTEM);
        open.add(port);
        port.bind();
        port.bind();
        other.close();
        await().atMost(LONG).until(() -> boundAndAnswers(port));
    }

    /** Moves when it is told to; a thread of the port that asks for it may be kept. */
    private static final class Clock implements Time {
        private final CountDownLatch letGo = new CountDownLatch(1);
        private final CountDownLatch kept = new CountDownLatch(1);
        private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1); // wraps around in this test
        private volatile boolean keeps;

        @Override
        public long nanos() {
            if (keeps && Thread.currentThread().getName().startsWith("http-health")) {
                kept.countDown();
                try {
                    letGo.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return now.get();
        }

        @Override
        public void sleep(Duration length) {
            throw new UnsupportedOperationException("the port does not wait");
        }

        @Override
        public <T> T await(CompletableFuture<T> future, Duration atMost) {
            throw new UnsupportedOperationException("the port does not wait");
        }
    }

    @Test
    void aPortWhoseThreadHangsIsBegunAnewAtTheSameAddressUnlessTheProcessStoodStill() throws Exception {
        Clock clock = new Clock();
        InetSocketAddress address = FreePorts.next();
        HttpPort port = new HttpPort(Port.HEALTH, "test", address, PATIENT, counters, this::answer, clock);
        open.add(port);
        port.bind();
        Socket before = connect(port);
        say(before, "GET /before HTTP/1.1\r\n\r\n");
        assertThat(reply(before)).endsWith("/before");
        clock.keeps = true;
        clock.kept.await();
        try (TestLog log = TestLog.of(HttpPort.class, Level.ERROR)) {
            clock.now.addAndGet(Duration.ofMinutes(1).toNanos()); // SIGSTOP
            port.bind();
            for (int seconds = 0; seconds < AdminLimits.HANGS.toSeconds(); seconds++) {
                clock.now.addAndGet(Duration.ofSeconds(1).toNanos());
                port.bind();
            }
            assertThat(log.lines()).isEmpty();
            clock.keeps = false; // the next thread is not kept
            clock.now.addAndGet(Duration.ofSeconds(1).toNanos());
            port.bind();
            assertThat(log.lines()).singleElement().asString().contains("has done nothing for 10 s; begun anew");
        }
        assertThat(isCut(before)).isTrue();
        Socket socket = connect(port);
        say(socket, "GET /then HTTP/1.1\r\n\r\n");
        assertThat(reply(socket)).endsWith("/then");
        clock.letGo.countDown();
        say(socket, "GET /after HTTP/1.1\r\n\r\n");
        assertThat(reply(socket)).endsWith("/after");
        assertThat(port.address()).isEqualTo(address);
    }

    private static HttpLimits places(int all, int ofLoopback) {
        return new HttpLimits(all, all, ofLoopback, NEVER, NEVER, NEVER, 1000, NEVER, NEVER);
    }

    private HttpPort start(HttpLimits limits) {
        return start(limits, this::respond);
    }

    /** What answers. */
    private interface Handler {
        void handle(Exchange exchange) throws IOException, InterruptedException;
    }

    private HttpPort start(HttpLimits limits, Handler handler) {
        HttpPort port = new HttpPort(
                Port.HEALTH,
                "test",
                new InetSocketAddress(LOOPBACK, 0),
                limits,
                counters,
                exchange -> {
                    try {
                        handler.handle(exchange);
                    } catch (IOException e) {
                        broken.set(e);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                Time.SYSTEM);
        open.add(port);
        port.bind();
        return port;
    }

    private void answer(Exchange exchange) {
        try {
            respond(exchange);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void respond(Exchange exchange) throws IOException, InterruptedException {
        String path = exchange.rawPath();
        switch (path) {
            case "/hold" -> {
                held.set(exchange);
                go.await();
                exchange.body().transferTo(OutputStream.nullOutputStream());
            }
            case "/read" -> {
                try {
                    path = "" + exchange.body().readAllBytes().length;
                } catch (BrokenBodyException e) {
                    exchange.reply(400, Map.of(), String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8));
                    return;
                }
            }
            case "/endless", "/torn", "/long" -> {
                OutputStream out = exchange.reply(200, Map.of());
                byte[] piece = new byte[1 << 16];
                for (int i = 0; !path.equals("/long") || i < 16; i++) {
                    if (path.equals("/torn") && i == 4) {
                        return;
                    }
                    out.write(piece);
                }
                exchange.end();
                return;
            }
            case "/keep" -> kept.set(exchange.body().readAllBytes());
            case "/kept" -> {
                exchange.reply(200, Map.of()).write(Objects.requireNonNull(kept.get()));
                exchange.end();
                return;
            }
            case "/fault" -> throw new LinkageError("planted");
            default -> {}
        }
        exchange.reply(200, Map.of(), path.getBytes(StandardCharsets.US_ASCII));
    }

    private Socket connect(HttpPort port) throws IOException {
        return connect(port, LOOPBACK);
    }

    private Socket connect(HttpPort port, InetAddress from) throws IOException {
        Socket socket = new Socket(LOOPBACK, port.address().getPort(), from, 0);
        open.add(socket);
        socket.setSoTimeout((int) LONG.toMillis());
        return socket;
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** One reply, with the octets that it announces. */
    private static String reply(Socket socket) throws IOException {
        String head = head(socket);
        Matcher length = LENGTH.matcher(head);
        return length.find()
                ? head
                        + new String(
                                socket.getInputStream().readNBytes(Integer.parseInt(length.group(1))),
                                StandardCharsets.US_ASCII)
                : head;
    }

    private static String head(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int octet = socket.getInputStream().read();
            if (octet < 0) {
                throw new EOFException("after " + head);
            }
            head.append((char) octet);
        }
        return head.toString();
    }

    private static boolean isCut(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException e) {
            return true; // reset
        } catch (IOException e) {
            return false; // nothing within the time of the socket
        }
    }
}
