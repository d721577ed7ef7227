package io.evenkeel.server.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.LeaderView;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.trust.ClusterKeyException;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.Refusals;
import io.evenkeel.consensus.trust.TestKeys;
import io.evenkeel.consensus.trust.TrustsAll;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.zones.RequestId;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
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

    private PeerServer serve(@Nullable ClusterTls tls, PeerHandler handler) throws Exception {
        PeerServer server =
                new PeerServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), tls, handler, counters);
        open.add(server);
        return server;
    }

    private PeerClient client(InetSocketAddress address, @Nullable ClusterTls tls) {
        PeerClient client = new PeerClient(Map.of("n1", address), tls, counters);
        open.add(client);
        return client;
    }

    private static PeerMessage.Hello hello(String node) {
        return new PeerMessage.Hello("c", null, node, 0, "1");
    }

    private static PeerMessage.Answer echo(PeerMessage.Request request) {
        return switch (request) {
            case PeerMessage.Hello h -> new PeerMessage.Busy(h.node());
            case PeerMessage.Submit s -> new PeerMessage.Outcome(s.change());
            case PeerMessage.Join _, PeerMessage.Manage _, PeerMessage.Look _ -> new PeerMessage.Done();
            case PeerMessage.AskGate _ -> new PeerMessage.GateAnswer(true);
        };
    }

    @Test
    void everyMessageSurvivesTheWayThereAndBack() throws Exception {
        UUID id = UUID.randomUUID();
        Member member = new Member("n2", 3, "127.0.0.1:7402", "127.0.0.1:7502");
        List<PeerMessage> messages = List.of(
                new PeerMessage.Hello("c", id, "n1", 2, "0.1"),
                new PeerMessage.HelloAnswer(
                        "c", null, "n1", 0, "0.1", "n1", null, List.of(), 0, PeerMessage.Standing.UNKNOWN),
                new PeerMessage.HelloAnswer(
                        "c", id, "n1", 1, "0.1", "n1", "n2", List.of(member), 4, PeerMessage.Standing.OUT),
                new PeerMessage.Manage(PeerMessage.Manage.Verb.ADD, "n4", "127.0.0.1:1", "127.0.0.1:2"),
                new PeerMessage.Look(),
                new PeerMessage.LookAnswer(
                        "n1",
                        2,
                        ReplicaStatus.Role.LEADER,
                        3,
                        null,
                        5,
                        6,
                        "OPEN",
                        true,
                        List.of("stale"),
                        List.of(new LeaderView.Follower("n2-1", 5, Duration.ofMillis(7)))),
                new PeerMessage.Join(id, member),
                new PeerMessage.AskGate(),
                new PeerMessage.GateAnswer(true),
                new PeerMessage.GateAnswer(false),
                new PeerMessage.Done(),
                new PeerMessage.NotLeader(null),
                new PeerMessage.NotLeader("n2"),
                new PeerMessage.Busy("b"),
                new PeerMessage.Refused("r"),
                new PeerMessage.Failed("f"));
        for (PeerMessage message : messages) {
            byte[] frame = PeerCodec.encode(7, message);
            PeerCodec.Frame read = PeerCodec.read(new java.io.DataInputStream(new java.io.ByteArrayInputStream(frame)));
            assertThat(read).isEqualTo(new PeerCodec.Frame(7, message));
        }
    }

    @Test
    void manyRequestsShareOneConnectionAndFindTheirOwnAnswers() throws Exception {
        PeerServer server = serve(ours, PeerChannelTest::echo);
        PeerClient client = client(server.address(), ours);
        List<CompletableFuture<PeerMessage.Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            answers.add(client.send("n1", hello("x" + i)));
        }
        for (int i = 0; i < 500; i++) {
            assertThat(answers.get(i).get(30, TimeUnit.SECONDS)).isEqualTo(new PeerMessage.Busy("x" + i));
        }
        assertThat(counters.get(Counter.PEER_ACCEPTED)).isEqualTo(1);
    }

    @Test
    void slowRequestDoesNotHoldUpTheOthers() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        PeerServer server = serve(ours, request -> {
            if (request instanceof PeerMessage.Join) {
                release.await();
            }
            return echo(request);
        });
        PeerClient client = client(server.address(), ours);
        CompletableFuture<PeerMessage.Answer> slow =
                client.send("n1", new PeerMessage.Join(UUID.randomUUID(), new Member("n2", 1, "127.0.0.1:1")));
        assertThat(client.call("n1", hello("fast"), LONG)).isEqualTo(new PeerMessage.Busy("fast"));
        assertThat(slow).isNotDone();
        release.countDown();
        assertThat(slow.get(30, TimeUnit.SECONDS)).isEqualTo(new PeerMessage.Done());
    }

    @Test
    void largestChangeFitsAndOneAboveTheLimitIsNotSent() throws Exception {
        PeerServer server = serve(ours, PeerChannelTest::echo);
        PeerClient client = client(server.address(), ours);
        byte[] change = new byte[PeerLimits.PEER_FRAME_BYTES - 1024];
        change[change.length - 1] = 42;
        PeerMessage.Answer answer =
                client.call("n1", new PeerMessage.Submit(1, new RequestId(1, 2), "p", change), LONG);
        assertThat(((PeerMessage.Outcome) answer).outcome()).isEqualTo(change);
        assertThatThrownBy(() -> client.call(
                        "n1",
                        new PeerMessage.Submit(1, new RequestId(1, 2), "p", new byte[PeerLimits.PEER_FRAME_BYTES]),
                        LONG))
                .isInstanceOf(PeerUnreachableException.class)
                .hasMessageContaining("limit");
    }

    @Test
    void holderOfAnotherKeyIsTurnedAway() throws Exception {
        PeerServer server = serve(ours, PeerChannelTest::echo);
        PeerClient stranger = client(server.address(), theirs);
        assertThatThrownBy(() -> stranger.call("n1", hello("x"), LONG)).isInstanceOf(IOException.class);
        await().atMost(LONG).until(() -> counters.get(Counter.PEER_REJECTED) == 1);
        assertThat(counters.get(Counter.PEER_REQUESTS)).isZero();
    }

    @Test
    void eachKindOfStrangerIsCountedByItsReason() throws Exception {
        Path expired = TestKeys.expired(directory, "expired");
        Path file = directory.resolve("both.p12");
        TestKeys.write(file, directory.resolve("ours.p12"), expired);
        ClusterTls tls = new ClusterTls(ClusterKeys.load(file));
        PeerServer server = serve(tls, PeerChannelTest::echo);

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
            socket.getOutputStream().write(PeerCodec.encode(1, hello("x")));
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
        PeerServer server = serve(serving, PeerChannelTest::echo);
        PeerClient client = client(server.address(), calling);
        client.call("n1", hello("x"), LONG);
        List<Attempt> steps = List.of(
                () -> TestKeys.write(serverFile, old, next),
                () -> TestKeys.write(clientFile, old, next),
                () -> TestKeys.write(serverFile, next, old),
                () -> TestKeys.write(clientFile, next, old));
        for (Attempt step : steps) {
            step.run();
            settle(serving, calling);
            assertThat(client.call("n1", hello("x"), LONG)).isEqualTo(new PeerMessage.Busy("x"));
        }
        assertThat(counters.get(Counter.PEER_ACCEPTED))
                .as("the connection outlives that")
                .isEqualTo(1);

        Files.copy(next, serverFile, StandardCopyOption.REPLACE_EXISTING);
        settle(serving, calling);
        await().atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(client.call("n1", hello("x"), LONG)).isEqualTo(new PeerMessage.Busy("x")));
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
        PeerServer server = serve(ours, PeerChannelTest::echo);
        try (Socket socket =
                new Socket(server.address().getAddress(), server.address().getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            await().atMost(LONG).until(() -> counters.get(Counter.PEER_REJECTED) == 1);
        }
        PeerClient client = client(server.address(), ours);
        assertThat(client.call("n1", hello("x"), LONG)).isEqualTo(new PeerMessage.Busy("x"));
    }

    @Test
    void oversizeFrameAndUnknownVersionCostTheConnection() throws Exception {
        PeerServer server = serve(null, PeerChannelTest::echo);
        byte[] oversize = {0x7F, 0, 0, 0, 1, 1};
        byte[] version = PeerCodec.encode(1, hello("x"));
        version[4] = 99;
        byte[] kind = PeerCodec.encode(1, hello("x"));
        kind[5] = 50;
        byte[] trailing = PeerCodec.encode(1, new PeerMessage.Done());
        int count = 0;
        for (byte[] rubbish : List.of(oversize, version, kind, trailing)) {
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
    void connectionThatBreaksMidRequestLeavesTheOutcomeUnknownAndIsMadeAnew() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        PeerServer server = serve(ours, request -> {
            arrived.countDown();
            never.await();
            return echo(request);
        });
        InetSocketAddress address = server.address();
        PeerClient client = client(address, ours);
        CompletableFuture<PeerMessage.Answer> lost = client.send("n1", hello("lost"));
        assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
        server.close();
        assertThatThrownBy(() -> lost.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(PeerBrokenException.class);
        never.countDown();

        PeerServer again = new PeerServer(address, ours, PeerChannelTest::echo, counters);
        open.add(again);
        await().atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(client.call("n1", hello("x"), LONG)).isEqualTo(new PeerMessage.Busy("x")));
    }

    @Test
    void nobodyThereIsToldAsNotSent() throws Exception {
        PeerServer server = serve(ours, PeerChannelTest::echo);
        InetSocketAddress address = server.address();
        server.close();
        PeerClient client = client(address, ours);
        assertThatThrownBy(() -> client.call("n1", hello("x"), LONG)).isInstanceOf(PeerUnreachableException.class);
        assertThatThrownBy(() -> client.call("n7", hello("x"), LONG))
                .isInstanceOf(PeerUnreachableException.class)
                .hasMessageContaining("cluster.members");
    }

    @Test
    void answerThatDoesNotComeIsUnknown() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        PeerServer server = serve(ours, request -> {
            never.await();
            return echo(request);
        });
        PeerClient client = client(server.address(), ours);
        assertThatThrownBy(() -> client.call("n1", hello("x"), Duration.ofMillis(200)))
                .isInstanceOf(PeerBrokenException.class)
                .hasMessageContaining("did not answer");
        never.countDown();
    }

    @Test
    void strangersWhoDripCannotKeepTheirSlot() throws Exception {
        PeerServer server = serve(ours, PeerChannelTest::echo);
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < PeerLimits.PEER_HANDSHAKES; i++) {
                sockets.add(new Socket(
                        server.address().getAddress(), server.address().getPort()));
            }
            for (Socket socket : sockets) {
                socket.setSoTimeout((int) LONG.toMillis());
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        PeerClient client = client(server.address(), ours);
        await().atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(
                        () -> assertThat(client.call("n1", hello("x"), LONG)).isEqualTo(new PeerMessage.Busy("x")));
    }

    @Test
    void peerThatReadsNothingHoldsUpNobody() throws Exception {
        try (java.net.ServerSocket stopped = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            PeerClient client = client((InetSocketAddress) stopped.getLocalSocketAddress(), null);
            byte[] change = new byte[1 << 20];
            List<CompletableFuture<PeerMessage.Answer>> sent = new ArrayList<>();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            sent.add(client.send("n1", new PeerMessage.Submit(1, new RequestId(1, i), "p", change)));
                        }
                    })
                    .isInstanceOf(PeerUnreachableException.class)
                    .hasMessageContaining("too many");
            assertThat(sent).hasSizeGreaterThan(8).noneMatch(CompletableFuture::isDone);
        }
    }

    @Test
    void withoutKeyOnlyLoopbackIsBound() {
        assertThatThrownBy(() ->
                        new PeerServer(new InetSocketAddress("0.0.0.0", 0), null, PeerChannelTest::echo, counters))
                .isInstanceOf(ClusterKeyException.class)
                .hasMessageContaining("loopback");
    }
}
