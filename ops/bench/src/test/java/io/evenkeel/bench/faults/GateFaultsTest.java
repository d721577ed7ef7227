package io.evenkeel.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.PartitionedCluster;
import io.evenkeel.ops.node.ClusterFile;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The gate of real nodes, seen from the wire. Needs root and tcpdump: {@code mvn verify -Dfaults}. */
@Tag("faults")
class GateFaultsTest {
    private static final byte[] QUESTION = Message.newQuery(
                    Record.newRecord(Name.fromConstantString("connect.callhome.example."), Type.A, DClass.IN))
            .toWire();

    /** A SYN that is not answered is sent again after 1, 3, 7, 15, 31, 63 and 127 s. */
    private static final Duration CONNECT = LocalCluster.LONG.multipliedBy(4);

    @TempDir
    private Path folder = Path.of("");

    private final List<DatagramSocket> sockets = new ArrayList<>();

    @Test
    void notOnePacketLeavesAClosedNode() throws Exception {
        Assumptions.assumeTrue(PartitionedCluster.impossible().isEmpty(), PartitionedCluster.impossible()::orElseThrow);
        Assumptions.assumeTrue(
                new ProcessBuilder("sh", "-c", "command -v tcpdump").start().waitFor() == 0,
                "tcpdump is not installed (Debian: apt-get install tcpdump)");
        try (PartitionedCluster nodes = new PartitionedCluster(folder.resolve("data"), 3)) {
            InetSocketAddress server = dns(nodes.node("n1"));
            try (Capture capture = new Capture(nodes.namespace("n1"), server)) {
                beforeItHasEverBeenOpen(nodes, server, capture);
                closedByTheOperator(nodes, server, capture);
                assertThat(capture.icmp()).isEmpty();
            }
        } finally {
            sockets.forEach(DatagramSocket::close);
        }
    }

    /** One node alone cannot found a cluster: it waits with its ports bound. Then the others come. */
    private void beforeItHasEverBeenOpen(PartitionedCluster nodes, InetSocketAddress server, Capture capture)
            throws Exception {
        nodes.start("n1");
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .until(() -> get(nodes, "n1", "/livez").status() == 200);
        assertThat(get(nodes, "n1", "/readyz").status()).isEqualTo(503);
        Set<Integer> early = askInVain(server, capture);
        CompletableFuture<Socket> connecting = connecting(server);
        LocalCluster.Said refused = nodes.cluster().run("gate", "open", "--node", "n1");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("no zone");
        assertThat(capture.outbound()).isEmpty();
        assertThat(connecting).isNotDone();

        nodes.start("n2");
        nodes.start("n3");
        nodes.awaitReady();
        try (Socket tcp = connecting.get(CONNECT.toSeconds(), TimeUnit.SECONDS)) {
            // Its SYN was sent again; it asks now, and is answered.
            answered(tcp);
            assertThat(capture.outbound(early))
                    .as("answers to what was asked before")
                    .isEmpty();
        }
    }

    private void closedByTheOperator(PartitionedCluster nodes, InetSocketAddress server, Capture capture)
            throws Exception {
        LocalCluster cluster = nodes.cluster();
        assertThat(cluster.run("zone", "import", LocalCluster.SAMPLE, "--create")
                        .code())
                .isZero();
        for (ClusterFile.Node node : cluster.nodes()) {
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() -> PartitionedCluster.serial(node).isPresent());
        }
        try (Socket busy = connect(server);
                Socket idle = connect(server)) {
            answered(busy);
            assertThat(cluster.run("gate", "close", "--node", "n1").code())
                    .as("not confirmed")
                    .isEqualTo(2);
            answered(busy);
            LocalCluster.Said closed = cluster.run("gate", "close", "--node", "n1", "--yes");
            assertThat(closed.code()).as(closed.err()).isZero();
            assertThat(busy.getInputStream().read()).isEqualTo(-1);
            assertThat(idle.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(get(nodes, "n1", "/livez").status()).isEqualTo(200);
        assertThat(get(nodes, "n1", "/readyz").status()).isEqualTo(503);
        assertThat(get(nodes, "n1", "/readyz").body()).contains("closed by the operator");
        assertThat(cluster.counter(nodes.node("n1"), "evenkeel_gate_open ")).isZero();
        Set<Integer> late = askInVain(server, capture);

        LocalCluster.Said second = cluster.run("gate", "close", "--node", "n2", "--yes");
        assertThat(second.code()).as(second.err()).isZero();
        LocalCluster.Said last = cluster.run("gate", "close", "--node", "n3", "--yes");
        assertThat(last.code()).isEqualTo(1);
        assertThat(last.err()).contains("n1 is not open").contains("n2 is not open");
        assertThat(PartitionedCluster.serial(nodes.node("n3"))).isPresent();
        assertThat(cluster.run("gate", "close", "--node", "n3", "--yes", "--force")
                        .code())
                .isZero();
        assertThat(cluster.run("gate", "status").code()).isEqualTo(1);

        assertThat(capture.outbound(late)).isEmpty();
        for (ClusterFile.Node node : cluster.nodes()) {
            LocalCluster.Said open = cluster.run("gate", "open", "--node", node.name());
            assertThat(open.code()).as(open.err()).isZero();
        }
        assertThat(cluster.run("gate", "status").code()).isZero();
        assertThat(PartitionedCluster.serial(nodes.node("n1"))).isPresent();
        assertThat(capture.outbound(late))
                .as("answers to what was asked while closed")
                .isEmpty();
    }

    /** Asks in every way, and shows that all of it came to the node and nothing went back; the ports it was asked from. */
    private Set<Integer> askInVain(InetSocketAddress server, Capture capture) throws Exception {
        Set<Integer> ports = new TreeSet<>();
        DatagramSocket last = new DatagramSocket();
        sockets.add(last);
        for (byte[] message : List.of(QUESTION, new byte[0], new byte[] {1, 2, 3}, new byte[1400])) {
            for (int i = 0; i < 25; i++) {
                DatagramSocket socket = new DatagramSocket();
                sockets.add(socket);
                // Not connected: a connected one sends no empty datagram.
                socket.send(new DatagramPacket(message, message.length, server));
                ports.add(socket.getLocalPort());
                last = socket;
            }
        }
        for (int i = 0; i < 3; i++) {
            try (Socket socket = new Socket()) {
                socket.bind(null);
                ports.add(socket.getLocalPort());
                assertThatThrownBy(() -> socket.connect(server, 500)).isInstanceOf(SocketTimeoutException.class);
            }
        }
        Awaitility.await()
                .atMost(LocalCluster.LONG)
                .untilAsserted(() ->
                        assertThat(capture.inbound(ports)).as(capture::toString).isGreaterThanOrEqualTo(103));
        DatagramSocket waiting = last;
        waiting.setSoTimeout(1000);
        assertThatThrownBy(() -> waiting.receive(new DatagramPacket(new byte[512], 512)))
                .isInstanceOf(SocketTimeoutException.class);
        assertThat(capture.outbound(ports)).isEmpty();
        return ports;
    }

    private static void answered(Socket tcp) throws IOException {
        DataOutputStream out = new DataOutputStream(tcp.getOutputStream());
        out.writeShort(QUESTION.length);
        out.write(QUESTION);
        byte[] answer = new byte[new DataInputStream(tcp.getInputStream()).readUnsignedShort()];
        new DataInputStream(tcp.getInputStream()).readFully(answer);
        assertThat(answer[2] & 0x80).isEqualTo(0x80);
    }

    private static CompletableFuture<Socket> connecting(InetSocketAddress server) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return connect(server);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    private static Socket connect(InetSocketAddress server) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout((int) LocalCluster.LONG.toMillis());
        socket.connect(server, (int) CONNECT.toMillis());
        return socket;
    }

    private static LocalCluster.Reply get(PartitionedCluster nodes, String name, String path) {
        return nodes.cluster().send(nodes.node(name), "GET", path, null, Duration.ofSeconds(5));
    }

    private static InetSocketAddress dns(ClusterFile.Node node) {
        String address = node.dns();
        int colon = address.indexOf(':');
        return new InetSocketAddress(InetAddress.ofLiteral(address.substring(0, colon)), node.dnsPort());
    }
}
