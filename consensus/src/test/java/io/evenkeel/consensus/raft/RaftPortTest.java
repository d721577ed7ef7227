package io.evenkeel.consensus.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.evenkeel.consensus.ReplicaConfig;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.identity.Member;
import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.Refusals.Reason;
import io.evenkeel.consensus.trust.TestKeys;
import io.evenkeel.consensus.trust.TrustsAll;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.ZoneCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.proto.RaftProtos;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Server;
import org.apache.ratis.thirdparty.io.grpc.netty.GrpcSslContexts;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.apache.ratis.thirdparty.io.netty.channel.nio.NioEventLoopGroup;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContextBuilder;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;
import org.apache.ratis.util.ProtoUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("cluster")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RaftPortTest {
    private static final ZoneCommand TICK = new ZoneCommand.Tick();
    private static final TrustManager[] ALL = {new TrustsAll()};

    @TempDir
    private static Path made = Path.of("");

    private static Path first = Path.of("");
    private static Path second = Path.of("");
    private static Path expired = Path.of("");

    @TempDir
    private Path directory = Path.of("");

    @BeforeAll
    static void keys() throws Exception {
        first = TestKeys.file(made, "first");
        second = TestKeys.file(made, "second");
        expired = TestKeys.expired(made, "expired");
    }

    @Test
    void eachKindOfStrangerIsRefusedAndCounted() throws Exception {
        Path file = directory.resolve("key.p12");
        TestKeys.write(file, first, expired);
        ClusterKeys keys = ClusterKeys.load(file);
        try (TestCluster cluster = new TestCluster(directory, keys, ReplicaTuning.BRISK)) {
            cluster.found("n1");
            int port = port(cluster);

            refused(keys, Reason.FOREIGN, () -> talk(port, second, "TLSv1.3"));
            refused(keys, Reason.FOREIGN, () -> talk(port, null, "TLSv1.3"));
            refused(keys, Reason.NOT_VALID_NOW, () -> talk(port, expired, "TLSv1.3"));
            refused(keys, Reason.OLD_PROTOCOL, () -> talk(port, first, "TLSv1.2"));
            refused(keys, Reason.PLAIN_TEXT, () -> rubbish(port));

            long sum = keys.raftPort().count();
            assertThat(cluster.node("n1").status().refusedConnections()).isGreaterThanOrEqualTo(sum);
            talk(port, first, "TLSv1.3");
            cluster.commit(TICK);
            assertThat(keys.raftPort().count()).as("a member is not counted").isEqualTo(sum);
            assertThat(cluster.node("n1").endedThreads()).isEmpty();
        }
    }

    @Test
    void strangersWhoSayNothingAreTurnedAwayBeforeTheyCostAPipelineAndMembersGetIn() throws Exception {
        ClusterKeys keys = ClusterKeys.load(first);
        try (TestCluster cluster = new TestCluster(directory, keys, ReplicaTuning.BRISK)) {
            cluster.found("n1");
            int port = port(cluster);
            List<Socket> silent = new ArrayList<>();
            AtomicInteger tries = new AtomicInteger();
            try {
                for (int i = 0; i < 100; i++) {
                    silent.add(new Socket(InetAddress.getLoopbackAddress(), port));
                }
                await().atMost(TestCluster.PATIENCE).until(() -> keys.raftPort().count(Reason.TOO_MANY) >= 50);
                await().atMost(TestCluster.PATIENCE).ignoreExceptions().untilAsserted(() -> {
                    tries.incrementAndGet();
                    talk(port, first, "TLSv1.3");
                });
                assertThat(keys.known().knows(InetAddress.getLoopbackAddress())).isTrue();
                for (Socket socket : silent) {
                    socket.setSoTimeout(30_000);
                    assertThat(isOver(socket)).as("closed").isTrue();
                }
            } finally {
                for (Socket socket : silent) {
                    socket.close();
                }
            }
            cluster.commit(TICK);
            // One of the tries has succeeded; whichever failed has been turned away, too.
            assertThat(keys.raftPort().count()).as("each once").isBetween(100L, 99L + tries.get());
        }
    }

    @Test
    void threadsOfThePortThatHaveEndedAreMissed() throws Exception {
        RaftLoops loops = new RaftLoops();
        NioEventLoopGroup boss = new NioEventLoopGroup(1);
        NioEventLoopGroup workers = new NioEventLoopGroup(2);
        Server server = new RaftPort(ClusterKeys.load(first), "n1-1", loops)
                .customize(
                        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                        EnumSet.of(GrpcServices.Type.SERVER))
                .bossEventLoopGroup(boss)
                .workerEventLoopGroup(workers)
                .build()
                .start();
        try {
            talk(server.getPort(), first, "TLSv1.3");
            assertThat(loops.ended()).isEmpty();
            var _ = boss.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            await().atMost(TestCluster.PATIENCE).until(boss::isTerminated);
            assertThat(loops.ended()).singleElement().asString().contains("accepts connections of Raft");
            var _ = workers.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            await().atMost(TestCluster.PATIENCE).until(workers::isTerminated);
            assertThat(loops.ended()).hasSize(2).last().asString().startsWith("2 of the threads that serve");
        } finally {
            server.shutdownNow();
        }
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
    void withoutKeysOnlyALoopbackAddressIsBound() {
        for (String address : new String[] {"0.0.0.0", "192.0.2.1", "::"}) {
            assertThatThrownBy(() -> new ReplicaConfig(
                            directory,
                            UUID.randomUUID(),
                            new Member("n1", 1, "127.0.0.1:7400"),
                            new InetSocketAddress(address, 7400),
                            ReplicaConfig.StartMode.FOUND,
                            null,
                            ReplicaTuning.BRISK))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("loopback");
        }
    }

    @Test
    void whoeverConnectsWithTheCertificateOfTheClusterStillCannotAppend() throws Exception {
        ClusterKeys keys = ClusterKeys.load(first);
        try (TestCluster cluster = new TestCluster(directory, keys, ReplicaTuning.BRISK)) {
            cluster.found("n1");
            long ticks = ticks(cluster);
            byte[] command = CommandCodec.encode(TICK);
            byte[] forged = ClusterKeys.load(second).seal(command);
            try (RaftClient client = client(cluster, keys)) {
                for (byte[] content : new byte[][] {command, forged}) {
                    assertThatThrownBy(() -> succeed(client.io().send(message(content))))
                            .hasStackTraceContaining("not proposed with a key of this cluster");
                }
                assertThat(ticks(cluster)).isEqualTo(ticks);
                succeed(client.io().send(message(keys.seal(command))));
            }
            await().atMost(TestCluster.PATIENCE).until(() -> ticks(cluster) == ticks + 1);
            cluster.commit(TICK);
            assertThat(cluster.leader()).isEqualTo("n1");
        }
    }

    @Test
    void whatIsMeantForAnotherIncarnationIsTurnedAway() throws Exception {
        ClusterKeys keys = ClusterKeys.load(first);
        try (TestCluster cluster = new TestCluster(directory, keys, ReplicaTuning.BRISK)) {
            cluster.found("n1");
            Member member = cluster.member("n1");
            ManagedChannel channel = NettyChannelBuilder.forTarget(member.raftAddress())
                    .sslContext(GrpcSslContexts.configure(
                                    SslContextBuilder.forClient()
                                            .keyManager(keys.keyManager())
                                            .trustManager(keys.trustManager())
                                            .protocols(RaftPort.PROTOCOL),
                                    SslProvider.JDK)
                            .build())
                    .build();
            try {
                RaftServerProtocolServiceGrpc.RaftServerProtocolServiceBlockingStub stub =
                        RaftServerProtocolServiceGrpc.newBlockingStub(channel);
                assertThatThrownBy(() -> stub.requestVote(preVote(cluster, "n1-" + (member.incarnation() + 1))))
                        .hasMessageContaining("this is " + member.peerId());
                RaftProtos.RequestVoteReplyProto reply = stub.requestVote(preVote(cluster, member.peerId()));
                assertThat(reply.getServerReply().getReplyId().toStringUtf8()).isEqualTo(member.peerId());
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static RaftProtos.RequestVoteRequestProto preVote(TestCluster cluster, String to) {
        return RaftProtos.RequestVoteRequestProto.newBuilder()
                .setServerRequest(RaftProtos.RaftRpcRequestProto.newBuilder()
                        .setRequestorId(ByteString.copyFromUtf8("n2-1"))
                        .setReplyId(ByteString.copyFromUtf8(to))
                        .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(RaftGroupId.valueOf(cluster.id()))))
                .setCandidateTerm(1)
                .setPreVote(true)
                .build();
    }

    @Test
    void newHandshakesSeeTheNewKeyAndConnectionsOfTheDroppedOneEnd() throws Exception {
        Path file = directory.resolve("key.p12");
        Files.copy(first, file, StandardCopyOption.COPY_ATTRIBUTES);
        ClusterKeys keys = ClusterKeys.load(file);
        try (TestCluster cluster = new TestCluster(directory, keys, ReplicaTuning.BRISK)) {
            cluster.found("n1");
            int port = port(cluster);
            try (SSLSocket old = connect(port, first, "TLSv1.3")) {
                assertThat(peer(old)).isEqualTo(certificate(first));
                settle(keys, () -> TestKeys.write(file, first, second));
                settle(keys, () -> TestKeys.write(file, second, first));
                try (SSLSocket fresh = connect(port, second, "TLSv1.3")) {
                    assertThat(peer(fresh)).isEqualTo(certificate(second));
                    settle(keys, () -> Files.copy(second, file, StandardCopyOption.REPLACE_EXISTING));
                    old.setSoTimeout(30_000);
                    assertThat(drained(old))
                            .as("ended, since its key was dropped")
                            .isTrue();
                    refused(keys, Reason.FOREIGN, () -> talk(port, first, "TLSv1.3"));
                    fresh.getOutputStream().write("PRI * HTTP/2.0".getBytes(StandardCharsets.US_ASCII));
                    assertThat(peer(fresh)).as("lives on").isEqualTo(certificate(second));
                }
            }
            cluster.commit(TICK);
        }
    }

    @Test
    void threeNodesChangeTheirKeysOneByOneWhileChangesGoOn() throws Exception {
        try (TestCluster cluster = new TestCluster(directory, null, ReplicaTuning.BRISK)) {
            Path[] files = new Path[3];
            ClusterKeys[] keys = new ClusterKeys[3];
            for (int i = 0; i < 3; i++) {
                files[i] = directory.resolve("key" + i + ".p12");
                Files.copy(first, files[i], StandardCopyOption.COPY_ATTRIBUTES);
                keys[i] = ClusterKeys.load(files[i]);
            }
            cluster.form(keys);
            long committed = 0;
            Step[] steps = {
                at -> TestKeys.write(at, first, second),
                at -> TestKeys.write(at, second, first),
                at -> Files.copy(second, at, StandardCopyOption.REPLACE_EXISTING)
            };
            for (Step step : steps) {
                for (int i = 0; i < 3; i++) {
                    Path at = files[i];
                    settle(keys[i], () -> step.on(at));
                    for (int k = 0; k < 5; k++) {
                        cluster.commit(TICK);
                        committed++;
                    }
                }
            }
            cluster.awaitSame(cluster.commit(TICK).index());
            assertThat(ticks(cluster)).isGreaterThanOrEqualTo(committed + 1);
            for (ClusterKeys each : keys) {
                assertThat(each.raftPort().count(Reason.FOREIGN)).isZero();
                assertThat(each.version()).isEqualTo(3);
            }
        }
    }

    private interface Step {
        void on(Path file) throws Exception;
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void settle(ClusterKeys keys, Action change) throws Exception {
        long before = keys.version();
        change.run();
        keys.poll();
        keys.poll();
        assertThat(keys.version()).isEqualTo(before + 1);
    }

    private static void refused(ClusterKeys keys, Reason reason, Action attempt) {
        long before = keys.raftPort().count(reason);
        long all = keys.raftPort().count();
        assertThatThrownBy(attempt::run).isInstanceOf(IOException.class);
        await().atMost(TestCluster.PATIENCE)
                .untilAsserted(() -> assertThat(keys.raftPort().count(reason)).isEqualTo(before + 1));
        assertThat(keys.raftPort().count()).as("and under no other reason").isEqualTo(all + 1);
    }

    private static long ticks(TestCluster cluster) {
        return cluster.node("n1").root().get().state().ticks();
    }

    private static int port(TestCluster cluster) {
        String address = cluster.member("n1").raftAddress();
        return Integer.parseInt(address.substring(address.indexOf(':') + 1));
    }

    private static X509Certificate certificate(Path of) throws Exception {
        return (X509Certificate) TestKeys.read(of).getCertificate("cluster");
    }

    private static Certificate peer(SSLSocket socket) throws IOException {
        return socket.getSession().getPeerCertificates()[0];
    }

    /** Connects, whoever answers, and says what begins HTTP/2; fails if the other side does not answer in kind. */
    private static void talk(int port, @Nullable Path key, String protocol) throws Exception {
        try (SSLSocket socket = connect(port, key, protocol)) {
            socket.getOutputStream()
                    .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.US_ASCII));
            byte[] settings = socket.getInputStream().readNBytes(9);
            if (settings.length < 9) {
                throw new SSLException("closed");
            }
        }
    }

    private static SSLSocket connect(int port, @Nullable Path key, String protocol) throws Exception {
        KeyManager[] shown = {};
        if (key != null) {
            KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
            KeyStore store = TestKeys.read(key);
            factory.init(store, TestKeys.PASSWORD);
            shown = factory.getKeyManagers();
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(shown, ALL, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(30_000);
        socket.setEnabledProtocols(new String[] {protocol});
        var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static void rubbish(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readAllBytes();
            throw new SocketException("closed");
        }
    }

    /** Whether the other side ends the connection; what it says before is read and forgotten. */
    private static boolean drained(SSLSocket socket) throws IOException {
        try {
            socket.getInputStream().readAllBytes();
            return true;
        } catch (SSLException | SocketException ended) {
            return true;
        }
    }

    private static RaftClient client(TestCluster cluster, ClusterKeys keys) {
        Parameters parameters = new Parameters();
        GrpcConfigKeys.TLS.setConf(parameters, RatisSettings.tls(keys));
        Member member = cluster.member("n1");
        return RaftClient.newBuilder()
                .setProperties(new RaftProperties())
                .setParameters(parameters)
                .setRetryPolicy(RetryPolicies.noRetry())
                .setRaftGroup(RaftGroup.valueOf(
                        RaftGroupId.valueOf(cluster.id()),
                        RaftPeer.newBuilder()
                                .setId(member.peerId())
                                .setAddress(member.raftAddress())
                                .build()))
                .build();
    }

    private static Message message(byte[] content) {
        return Message.valueOf(ByteString.copyFrom(Arrays.copyOf(content, content.length)));
    }

    private static void succeed(RaftClientReply reply) throws IOException {
        if (!reply.isSuccess()) {
            throw reply.getException();
        }
    }
}
