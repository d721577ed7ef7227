package io.evenkeel.server.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.consensus.process.VirtualTime;
import io.evenkeel.consensus.trust.ClusterKeyException;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.HostNames;
import io.evenkeel.consensus.trust.Refusals;
import io.evenkeel.consensus.trust.TestKeys;
import io.evenkeel.consensus.trust.TrustsAll;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.server.peer.Outcome.Nothing;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerChannelTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    static Path directory;

    private static ClusterTls ours;
    private static ClusterTls theirs;

    private final ControlCounters counters = new ControlCounters();
    private final Daemons daemons = new Daemons(fault -> {
        throw new AssertionError(fault);
    });
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void keys() throws Exception {
        ours = new ClusterTls(ClusterKeys.load(TestKeys.file(directory, "ours")));
        theirs = new ClusterTls(ClusterKeys.load(TestKeys.file(directory, "theirs")));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private PeerServer serve(@Nullable ClusterTls tls, PeerHandlers handlers) throws Exception {
        PeerServer server = new PeerServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), tls, handlers, counters, daemons);
        open.add(server);
        return server;
    }

    private PeerClient client(InetSocketAddress address, @Nullable ClusterTls tls) {
        PeerClient client = new PeerClient(() -> Map.of("n1", List.of(address)), tls, counters, daemons, Time.SYSTEM);
        open.add(client);
        return client;
    }

    private static final PeerHandlers ECHO = echo(request -> {});

    private interface Step {
        void run(Echo request) throws InterruptedException;
    }

    /** @param first done before each answer */
    private static PeerHandlers echo(Step first) {
        return PeerHandlers.of(
                PeerHandlers.on(Echo.KIND, request -> {
                    first.run(request);
                    return new Outcome.Done<>(request.octets());
                }),
                PeerHandlers.on(Ping.KIND, ping -> new Outcome.NotDone<>(ping.text())));
    }

    private static Outcome<Nothing> pong(String text) {
        return new Outcome.NotDone<>(text);
    }

    private static byte[] answer(Outcome<byte[]> outcome) {
        if (outcome instanceof Outcome.Done<byte[]>(byte[] octets)) {
            return octets;
        }
        throw new AssertionError(outcome.toString());
    }

    @Test
    void manyRequestsShareOneConnectionAndFindTheirOwnAnswers() throws Exception {
        PeerServer server = serve(ours, ECHO);
        PeerClient client = client(server.address(), ours);
        List<CompletableFuture<Outcome<Nothing>>> answers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            answers.add(client.send("n1", new Ping("x" + i)));
        }
        for (int i = 0; i < 500; i++) {
            assertThat(answers.get(i).get(30, TimeUnit.SECONDS)).isEqualTo(pong("x" + i));
        }
        assertThat(counters.get(Counter.PEER_ACCEPTED)).isEqualTo(1);
    }

    @Test
    void slowRequestDoesNotHoldUpTheOthers() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        PeerServer server = serve(ours, echo(_ -> release.await()));
        PeerClient client = client(server.address(), ours);
        CompletableFuture<Outcome<byte[]>> slow = client.send("n1", Echo.of("slow"));
        assertThat(client.call("n1", new Ping("fast"), LONG)).isEqualTo(pong("fast"));
        assertThat(slow).isNotDone();
        release.countDown();
        assertThat(answer(slow.get(30, TimeUnit.SECONDS))).asString().isEqualTo("slow");
    }

    @Test
    void largestChangeFitsAndOneAboveTheLimitIsNotSent() throws Exception {
        PeerServer server = serve(ours, ECHO);
        PeerClient client = client(server.address(), ours);
        byte[] change = new byte[PeerLimits.PEER_FRAME_BYTES - 1024];
        change[change.length - 1] = 42;
        assertThat(answer(client.call("n1", new Echo(change), LONG))).isEqualTo(change);
        assertThat(client.call("n1", new Echo(new byte[PeerLimits.PEER_FRAME_BYTES]), LONG))
                .isInstanceOfSatisfying(
                        Outcome.NotDone.class, not -> assertThat(not.why()).contains("limit"));
    }

    @Test
    void holderOfAnotherKeyIsTurnedAway() throws Exception {
        PeerServer server = serve(ours, ECHO);
        PeerClient stranger = client(server.address(), theirs);
        assertThat(stranger.call("n1", new Ping("x"), LONG)).isNotEqualTo(pong("x"));
        await().atMost(LONG).until(() -> counters.get(Counter.PEER_REJECTED) == 1);
        assertThat(counters.get(Counter.PEER_REQUESTS)).isZero();
    }

    @Test
    void eachKindOfStrangerIsCountedByItsReason() throws Exception {
        Path expired = TestKeys.expired(directory, "expired");
        Path file = directory.resolve("both.p12");
        TestKeys.write(file, directory.resolve("ours.p12"), expired);
        ClusterTls tls = new ClusterTls(ClusterKeys.load(file));
        PeerServer server = serve(tls, ECHO);

        turnedAway(tls, Refusals.Reason.FOREIGN, () -> talk(server, directory.resolve("theirs.p12"), "TLSv1.3"));
        turnedAway(tls, Refusals.Reason.FOREIGN, () -> talk(server, null, "TLSv1.3"));
        turnedAway(tls, Refusals.Reason.NOT_VALID_NOW, () -> talk(server, expired, "TLSv1.3"));
        turnedAway(tls, Refusals.Reason.OLD_PROTOCOL, () -> talk(server, directory.resolve("ours.p12"), "TLSv1.2"));
        turnedAway(tls, Refusals.Reason.PLAIN_TEXT, () -> {
            try (Socket socket =
                    new Socket(server.address().getAddress(), server.address().getPort())) {
                socket.setSoTimeout((int) LONG.toMillis());
                socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                socket.getInputStream().readAllBytes();
                throw new EOFException("closed");
            }
        });
        talk(server, directory.resolve("ours.p12"), "TLSv1.3");
        assertThat(counters.get(Counter.PEER_REJECTED)).isEqualTo(5);
        assertThat(tls.keys().peerPort().count()).isEqualTo(5);
    }

    private interface Attempt {
        void run() throws Exception;
    }

    private static void turnedAway(ClusterTls tls, Refusals.Reason reason, Attempt attempt) {
        long before = tls.keys().peerPort().count(reason);
        assertThatThrownBy(attempt::run).isInstanceOf(IOException.class);
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(tls.keys().peerPort().count(reason)).isEqualTo(before + 1));
    }

    /** One request from somebody who takes any server for a member; fails if there is no answer. */
    private static void talk(PeerServer server, @Nullable Path key, String protocol) throws Exception {
        KeyManager[] shown = {};
        if (key != null) {
            KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
            factory.init(TestKeys.read(key), TestKeys.PASSWORD);
            shown = factory.getKeyManagers();
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(shown, new TrustManager[] {new TrustsAll()}, null);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket(server.address().getAddress(), server.address().getPort())) {
            socket.setSoTimeout((int) LONG.toMillis());
            socket.setEnabledProtocols(new String[] {protocol});
            socket.getOutputStream().write(PeerCodec.encode(1, new Ping("x")));
            if (socket.getInputStream().read() < 0) {
                throw new EOFException("closed");
            }
        }
    }

    @Test
    void keyIsChangedUnderOpenConnectionsAndTheOldOneIsLetInNoMore() throws Exception {
        Path serverFile = directory.resolve("server.p12");
        Path clientFile = directory.resolve("client.p12");
        Path old = directory.resolve("ours.p12");
        Path next = directory.resolve("theirs.p12");
        Files.copy(old, serverFile, StandardCopyOption.COPY_ATTRIBUTES);
        Files.copy(old, clientFile, StandardCopyOption.COPY_ATTRIBUTES);
        ClusterTls serving = new ClusterTls(ClusterKeys.load(serverFile));
        ClusterTls calling = new ClusterTls(ClusterKeys.load(clientFile));
        PeerServer server = serve(serving, ECHO);
        PeerClient client = client(server.address(), calling);
        client.call("n1", new Ping("x"), LONG);
        List<Attempt> steps = List.of(
                () -> TestKeys.write(serverFile, old, next),
                () -> TestKeys.write(clientFile, old, next),
                () -> TestKeys.write(serverFile, next, old),
                () -> TestKeys.write(clientFile, next, old));
        for (Attempt step : steps) {
            step.run();
            settle(serving, calling);
            assertThat(client.call("n1", new Ping("x"), LONG)).isEqualTo(pong("x"));
        }
        assertThat(counters.get(Counter.PEER_ACCEPTED))
                .as("the connection outlives that")
                .isEqualTo(1);

        Files.copy(next, serverFile, StandardCopyOption.REPLACE_EXISTING);
        settle(serving, calling);
        await().atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(client.call("n1", new Ping("x"), LONG)).isEqualTo(pong("x")));
        assertThat(counters.get(Counter.PEER_ACCEPTED)).as("made anew").isEqualTo(2);
        turnedAway(serving, Refusals.Reason.FOREIGN, () -> talk(server, old, "TLSv1.3"));
    }

    private static void settle(ClusterTls... each) {
        for (ClusterTls tls : each) {
            tls.keys().poll();
            tls.keys().poll();
            assertThat(tls.keys().failures()).isZero();
        }
    }

    @Test
    void plainTextIsTurnedAway() throws Exception {
        PeerServer server = serve(ours, ECHO);
        try (Socket socket =
                new Socket(server.address().getAddress(), server.address().getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            await().atMost(LONG).until(() -> counters.get(Counter.PEER_REJECTED) == 1);
        }
        PeerClient client = client(server.address(), ours);
        assertThat(client.call("n1", new Ping("x"), LONG)).isEqualTo(pong("x"));
    }

    @Test
    void rubbishCostsTheConnection() throws Exception {
        PeerServer server = serve(null, ECHO);
        byte[] oversize = {0x7F, 0, 0, 0, 1, 1};
        byte[] short9 = {0, 0, 0, 9, 3, 1, 0, 0, 0, 0, 0, 0, 0};
        byte[] version = PeerCodec.encode(1, new Ping("x"));
        version[4] = 2;
        byte[] field = PeerCodec.encode(1, new Ping("x"));
        field[18] = 9; // a length beyond the frame
        byte[] answer = PeerCodec.encode(1, Ping.KIND, Outcome.done());
        int count = 0;
        for (byte[] rubbish : List.of(oversize, short9, version, field, answer)) {
            try (Socket socket =
                    new Socket(server.address().getAddress(), server.address().getPort())) {
                socket.getOutputStream().write(rubbish);
                socket.getOutputStream().flush();
                socket.setSoTimeout((int) LONG.toMillis());
                InputStream in = socket.getInputStream();
                assertThat(in.read()).isEqualTo(-1);
            }
            int expected = ++count;
            await().atMost(LONG).until(() -> counters.get(Counter.PEER_RUBBISH) == expected);
        }
    }

    @Test
    void requestOfAnotherBuildIsAnsweredAndTheConnectionGoesOn() throws Exception {
        PeerServer server = serve(null, ECHO);
        byte[] later = PeerCodec.encode(1, new Ping("x"));
        later[4] = PeerCodec.VERSION + 1;
        byte[] code = PeerCodec.encode(2, new Ping("x"));
        code[5] = 50;
        byte[] fields = PeerCodec.encode(3, new Ping("x"));
        fields[14] = 77; // another tag in the place of a field that Ping cannot do without
        try (Socket socket =
                new Socket(server.address().getAddress(), server.address().getPort())) {
            socket.setSoTimeout((int) LONG.toMillis());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            for (byte[] strange : List.of(later, code, fields)) {
                socket.getOutputStream().write(strange);
                assertThat(PeerCodec.outcome("n1", Ping.KIND, Objects.requireNonNull(PeerCodec.read(in))))
                        .isInstanceOfSatisfying(
                                Outcome.Refused.class,
                                refused -> assertThat(refused.why()).startsWith("n1 does not understand PING: "));
            }
            socket.getOutputStream().write(PeerCodec.encode(4, new Ping("x")));
            assertThat(PeerCodec.outcome("n1", Ping.KIND, Objects.requireNonNull(PeerCodec.read(in))))
                    .isEqualTo(pong("x"));
        }
        assertThat(counters.get(Counter.PEER_NOT_UNDERSTOOD)).isEqualTo(3);
        assertThat(counters.get(Counter.PEER_RUBBISH)).isZero();
    }

    @Test
    void connectionThatBreaksMidRequestLeavesTheOutcomeUnknownAndIsMadeAnew() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        PeerServer server = serve(ours, echo(_ -> {
            arrived.countDown();
            never.await();
        }));
        InetSocketAddress address = server.address();
        PeerClient client = client(address, ours);
        CompletableFuture<Outcome<byte[]>> lost = client.send("n1", Echo.of("lost"));
        assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
        server.close();
        assertThat(lost.get(30, TimeUnit.SECONDS)).isInstanceOf(Outcome.Unknown.class);
        never.countDown();

        PeerServer again = new PeerServer(address, ours, ECHO, counters, daemons);
        open.add(again);
        await().atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(client.call("n1", new Ping("x"), LONG)).isEqualTo(pong("x")));
    }

    @Test
    void nobodyThereIsToldAsNotSent() throws Exception {
        PeerServer server = serve(ours, ECHO);
        InetSocketAddress address = server.address();
        server.close();
        PeerClient client = client(address, ours);
        assertThat(client.call("n1", new Ping("x"), LONG)).isInstanceOf(Outcome.NotDone.class);
        assertThat(client.call("n7", new Ping("x"), LONG))
                .isInstanceOfSatisfying(
                        Outcome.NotDone.class, not -> assertThat(not.why()).contains("cluster.members"));
    }

    @Test
    void answerThatDoesNotComeIsUnknown() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        PeerServer server = serve(ours, echo(_ -> never.await()));
        PeerClient client = client(server.address(), ours);
        assertThat(client.call("n1", Echo.of("x"), Duration.ofMillis(200)))
                .isEqualTo(new Outcome.Unknown<byte[]>("n1 did not answer within 200 ms"));
        never.countDown();
    }

    @Test
    void strangersWhoDripKeepNeitherTheirPlacesNorMembersOut() throws Exception {
        ClusterTls tls = new ClusterTls(ClusterKeys.load(directory.resolve("ours.p12")));
        PeerServer server = serve(tls, ECHO);
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                sockets.add(new Socket(
                        server.address().getAddress(), server.address().getPort()));
            }
            await().atMost(LONG).until(() -> tls.keys().peerPort().count(Refusals.Reason.TOO_MANY) >= 50);
            PeerClient client = client(server.address(), ours);
            await().atMost(LONG)
                    .ignoreExceptions()
                    .untilAsserted(() ->
                            assertThat(client.call("n1", new Ping("x"), LONG)).isEqualTo(pong("x")));
            for (Socket socket : sockets) {
                socket.setSoTimeout((int) LONG.toMillis());
                assertThat(isOver(socket)).as("closed").isTrue();
            }
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        await().atMost(LONG).until(() -> tls.keys().peerPort().count() >= 100);
        assertThat(tls.keys().known().knows(server.address().getAddress())).isTrue();
    }

    private static boolean isOver(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void peerThatReadsNothingHoldsUpNobody() throws Exception {
        try (java.net.ServerSocket stopped = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            PeerClient client = client((InetSocketAddress) stopped.getLocalSocketAddress(), null);
            byte[] change = new byte[1 << 20];
            List<CompletableFuture<Outcome<byte[]>>> sent = new ArrayList<>();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            sent.add(client.send("n1", new Echo(change)));
                        }
                    })
                    .isInstanceOf(PeerUnreachableException.class)
                    .hasMessageContaining("too many");
            assertThat(sent).hasSizeGreaterThan(8).noneMatch(CompletableFuture::isDone);
        }
    }

    @Test
    void peerThatTakesTheConnectionAndSaysNothingHoldsUpCallersForALittleTimeOnly() throws Exception {
        try (java.net.ServerSocket stopped = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            PeerClient client = client((InetSocketAddress) stopped.getLocalSocketAddress(), ours);
            // Its thread waits for the handshake meanwhile, which would take twice as long to fail.
            for (int i = 0; i < 3; i++) {
                assertThat(client.call("n1", new Ping("x"), LONG))
                        .isEqualTo(new Outcome.NotDone<Nothing>("n1 has not taken the connection yet"));
            }
            await().atMost(LONG).until(() -> counters.get(Counter.PEER_CONNECT_FAILED) == 1);
        }
    }

    @Test
    void aConnectionThatGetsNoPlaceInTimeIsTold() throws Exception {
        VirtualTime time = new VirtualTime();
        Daemons watched = new Daemons(time, fault -> {
            throw new AssertionError(fault);
        });
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        ServerSocket listener = new ServerSocket() {
            @Override
            public Socket accept() throws IOException {
                Socket hangs = new Socket() {
                    @Override
                    public InetAddress getInetAddress() {
                        stuck.countDown();
                        try {
                            go.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        return super.getInetAddress();
                    }
                };
                implAccept(hangs);
                return hangs;
            }
        };
        PeerServer server = new PeerServer(
                listener, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), ours, ECHO, counters, watched);
        open.add(server);
        try (Socket _ =
                new Socket(server.address().getAddress(), server.address().getPort())) {
            stuck.await();
            time.advance(PeerLimits.PEER_ADMIT);
            assertThat(watched.late()).isEmpty();
            time.advance(Duration.ofMillis(1));
            assertThat(watched.late()).containsOnlyKeys("peer-accept");
            go.countDown();
            await().atMost(LONG).until(() -> watched.late().isEmpty());
        }
    }

    @Test
    void withoutKeyOnlyLoopbackIsBound() {
        assertThatThrownBy(() -> new PeerServer(new InetSocketAddress("0.0.0.0", 0), null, ECHO, counters, daemons))
                .isInstanceOf(ClusterKeyException.class)
                .hasMessageContaining("loopback");
    }

    /** Calls itself by that name. */
    private static PeerHandlers called(String name) {
        return PeerHandlers.of(
                PeerHandlers.on(Greet.KIND, _ -> new Outcome.Done<>(name.getBytes(StandardCharsets.UTF_8))),
                PeerHandlers.on(Ping.KIND, _ -> new Outcome.NotDone<>(name)));
    }

    private PeerClient greeting(Supplier<List<InetSocketAddress>> addresses, HostNames.Lookup lookup) {
        PeerClient client = new PeerClient(
                () -> Map.of("n1", addresses.get()),
                new HostNames(lookup, daemons),
                new PeerClient.Greeting(
                        Greet::new,
                        said -> said instanceof byte[] octets ? new String(octets, StandardCharsets.UTF_8) : "?"),
                ours,
                counters,
                daemons,
                Time.SYSTEM);
        open.add(client);
        return client;
    }

    @Test
    void peerIsLookedForAtEachOfItsAddresses() throws Exception {
        PeerServer other = serve(ours, called("n2"));
        PeerServer server = serve(ours, called("n1"));
        InetSocketAddress closed = other.address();
        PeerServer stranger = serve(ours, called("n3"));
        other.close();
        PeerClient client =
                greeting(() -> List.of(closed, stranger.address(), server.address()), InetAddress::getAllByName);
        assertThat(client.call("n1", new Ping("?"), Duration.ofSeconds(30))).isEqualTo(pong("n1"));
        assertThat(client.reachedAt("n1")).isEqualTo(server.address());
    }

    @Test
    void nodeOfAnotherNameIsAskedForItsNameAlone() throws Exception {
        PeerServer stranger = serve(ours, called("n2"));
        PeerClient client = greeting(() -> List.of(stranger.address()), InetAddress::getAllByName);
        assertThat(client.call("n1", new Ping("?"), Duration.ofSeconds(30)))
                .isInstanceOfSatisfying(
                        Outcome.NotDone.class,
                        refused -> assertThat(refused.why())
                                .contains("n1 is not reached: the node at " + AddressText.show(stranger.address())
                                        + " is called n2"));
        assertThat(answer(client.call("n1", new Greet(), Duration.ofSeconds(30))))
                .isEqualTo("n2".getBytes(StandardCharsets.UTF_8));
        assertThat(client.reachedAt("n1")).isNull();
    }

    @Test
    void nodeThatIsStartingIsAskedForItsNameAloneUntilItSaysIt() throws Exception {
        AtomicReference<Outcome<byte[]>> said = new AtomicReference<>(new Outcome.NotDone<>("starting"));
        PeerServer server = serve(
                ours,
                PeerHandlers.of(
                        PeerHandlers.on(Greet.KIND, _ -> said.get()),
                        PeerHandlers.on(Ping.KIND, _ -> new Outcome.NotDone<>("n1"))));
        PeerClient client = greeting(() -> List.of(server.address()), InetAddress::getAllByName);
        assertThat(client.call("n1", new Greet(), Duration.ofSeconds(30))).isEqualTo(said.get());
        assertThat(client.call("n1", new Ping("?"), Duration.ofSeconds(30)))
                .isInstanceOfSatisfying(
                        Outcome.NotDone.class,
                        refused -> assertThat(refused.why()).contains("has not said who it is yet"));
        said.set(new Outcome.Done<>("n1".getBytes(StandardCharsets.UTF_8)));
        assertThat(client.call("n1", new Greet(), Duration.ofSeconds(30))).isInstanceOf(Outcome.Done.class);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(client.call("n1", new Ping("?"), Duration.ofSeconds(10)))
                        .isEqualTo(pong("n1")));
    }

    @Test
    void nameThatGoesToAnotherAddressIsFollowed() throws Exception {
        AtomicReference<InetAddress> at = new AtomicReference<>(InetAddress.ofLiteral("127.0.0.1"));
        PeerServer before = serve(ours, called("n1"));
        int port = before.address().getPort();
        InetSocketAddress named = InetSocketAddress.createUnresolved("n1.example", port);
        PeerClient client = greeting(() -> List.of(named), _ -> new InetAddress[] {at.get()});
        assertThat(client.call("n1", new Ping("?"), Duration.ofSeconds(30))).isEqualTo(pong("n1"));
        before.close();
        at.set(InetAddress.ofLiteral("127.0.0.2"));
        PeerServer after = new PeerServer(new InetSocketAddress(at.get(), port), ours, called("n1"), counters, daemons);
        open.add(after);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(client.call("n1", new Ping("?"), Duration.ofSeconds(10)))
                        .isEqualTo(pong("n1")));
    }

    @Test
    void nameWithoutAddressSaysSo() throws Exception {
        PeerClient client = greeting(() -> List.of(InetSocketAddress.createUnresolved("n1.example", 7500)), name -> {
            throw new UnknownHostException(name);
        });
        assertThat(client.call("n1", new Ping("?"), Duration.ofSeconds(30)))
                .isInstanceOfSatisfying(
                        Outcome.NotDone.class,
                        refused ->
                                assertThat(refused.why()).contains("n1 cannot be reached: n1.example has no address"));
    }
}
