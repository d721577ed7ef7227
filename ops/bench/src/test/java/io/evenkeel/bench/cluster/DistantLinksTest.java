package io.evenkeel.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Linux, root. */
@Tag("faults")
class DistantLinksTest {
    private static final String ONE = "198.19.255.1";
    private static final String OTHER = "198.19.255.2";

    private final Map<String, NetworkNamespace> namespaces = new LinkedHashMap<>();

    @BeforeEach
    void make() throws Exception {
        Assumptions.assumeTrue(PartitionedCluster.impossible().isEmpty(), PartitionedCluster.impossible()::orElseThrow);
        String id = "ek%04x".formatted(ThreadLocalRandom.current().nextInt(0x10000));
        for (String address : List.of(ONE, OTHER)) {
            NetworkNamespace namespace = new NetworkNamespace(id + "-" + address);
            namespaces.put(address, namespace);
            namespace.ip("address", "add", address + "/32", "dev", "lo");
        }
    }

    @AfterEach
    void end() throws IOException {
        for (NetworkNamespace namespace : namespaces.values()) {
            namespace.close();
        }
    }

    @Test
    void packetsTakeTheirTimeAndSomeAreLost() throws Exception {
        Distance distance = new Distance(Duration.ofMillis(75), 0.1, 10_000_000, Duration.ofMillis(150), 7);
        int sent = 400; // fewer than the kernel keeps for a slow reader, at the interface and at the socket
        try (DistantLinks links = new DistantLinks(namespaces, distance);
                DatagramSocket sender = socket(ONE);
                DatagramSocket receiver = socket(OTHER)) {
            CompletableFuture<List<Long>> ages =
                    CompletableFuture.supplyAsync(() -> ages(receiver), Thread::startVirtualThread);
            for (int i = 0; i < sent; i++) {
                byte[] now = ByteBuffer.allocate(Long.BYTES)
                        .putLong(System.nanoTime())
                        .array();
                sender.send(new DatagramPacket(now, now.length, receiver.getLocalSocketAddress()));
            }
            List<Long> came = ages.join();
            assertThat(links.counts().lost()).isEqualTo(sent - came.size());
            // By the seed; the kernel loses none of so few.
            assertThat(came.size()).isBetween(330, 390);
            assertThat(came).allMatch(nanos -> nanos >= distance.oneWay().toNanos());
            // A packet is written when its time has come, however busy the machine: the median says that no other wait
            // is added.
            assertThat(came.stream().sorted().skip(came.size() / 2).findFirst().orElseThrow())
                    .isLessThan(Duration.ofMillis(300).toNanos());
        }
    }

    @Test
    void lineCarriesNoMoreThanItsRate() throws Exception {
        long rate = 10_000_000;
        Distance distance = new Distance(Duration.ofMillis(75), 0, rate, Duration.ofMillis(150), 7);
        long octets = 1_500_000;
        try (DistantLinks links = new DistantLinks(namespaces, distance);
                ServerSocket server = at(OTHER).call(() -> new ServerSocket(0, 1, InetAddress.ofLiteral(OTHER)));
                Socket client = at(ONE).call(() -> new Socket(server.getInetAddress(), server.getLocalPort()))) {
            long begin = System.nanoTime();
            try (Socket accepted = server.accept()) {
                CompletableFuture<Long> read =
                        CompletableFuture.supplyAsync(() -> readAll(accepted), Thread::startVirtualThread);
                client.getOutputStream().write(new byte[(int) octets]);
                client.shutdownOutput();
                assertThat(read.join()).isEqualTo(octets);
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            System.out.printf(
                    "%d octets in %.2f s: %.2f Mbit/s, %s%n",
                    octets, seconds, octets * 8 / seconds / 1e6, links.counts());
            assertThat(seconds).isGreaterThan(octets * 8.0 / rate);
            assertThat(links.counts().overflowed())
                    .as("TCP asks for more than the line has")
                    .isPositive();
        }
    }

    private NetworkNamespace at(String address) {
        return Objects.requireNonNull(namespaces.get(address));
    }

    private DatagramSocket socket(String address) throws IOException {
        return at(address).call(() -> {
            DatagramSocket made = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
            made.setReceiveBufferSize(1 << 20);
            made.setSoTimeout((int) LocalCluster.PATIENCE.toMillis());
            return made;
        });
    }

    /** How long each datagram was under way, until none comes any more. */
    private static List<Long> ages(DatagramSocket receiver) {
        List<Long> ages = new ArrayList<>();
        DatagramPacket packet = new DatagramPacket(new byte[Long.BYTES], Long.BYTES);
        try {
            while (true) {
                receiver.receive(packet);
                ages.add(System.nanoTime() - ByteBuffer.wrap(packet.getData()).getLong());
            }
        } catch (SocketTimeoutException over) {
            return ages;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long readAll(Socket socket) {
        try {
            return socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
