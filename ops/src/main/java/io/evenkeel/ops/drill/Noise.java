package io.evenkeel.ops.drill;

import io.evenkeel.ops.local.OwnCluster;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What strangers, broken clients and wrong keys do at the ports of a node, each kind at the same rate in a thread of its own, from addresses
 * that nobody else of the drill has: members that share an address with strangers wait for their turn beside them. Linux.
 */
final class Noise implements AutoCloseable {
    private static final int ADDRESSES = 200;
    private static final int RUBBISH = 100;
    /** For a connection and for the first octet of an answer. */
    private static final Duration WAIT = Duration.ofSeconds(1);
    /** What has been left undone for longer is not made up for. */
    private static final long BEHIND_NANOS = 1_000_000_000L;

    private static final String ZONE = "callhome.example.";

    private final ClusterFile.Node node;
    private final String key;
    private final byte[] hello;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Map<Kind, LongAdder> made = new EnumMap<>(Kind.class);
    private final Map<Kind, LongAdder> failed = new EnumMap<>(Kind.class);
    private final List<Thread> threads = new ArrayList<>();

    /** One thing that somebody does. */
    private enum Kind {
        /** A datagram that is no question. */
        RUBBISH,
        /** A question for a zone that nobody has. */
        ZONE,
        /** A message over TCP that breaks off. */
        TCP,
        /** A request with a wrong key. */
        KEY,
        /** A request that is none. */
        HTTP,
        /** A master file that breaks off, with the right key. */
        IMPORT,
        /** A stranger at the port of Raft. */
        RAFT,
        /** A stranger at the channel between nodes. */
        PEER
    }

    private Noise(ClusterFile.Node node, String key, byte[] hello) {
        this.node = node;
        this.key = key;
        this.hello = hello;
        for (Kind kind : Kind.values()) {
            made.put(kind, new LongAdder());
            failed.put(kind, new LongAdder());
        }
    }

    static Noise begin(OwnCluster cluster, String name, int rate) throws CommandFailure, IOException {
        ClusterFile.Node node = cluster.node(name);
        Noise noise = new Noise(node, Files.readString(cluster.apiKeyFile(name)).strip(), hello());
        try (DatagramSocket _ = new DatagramSocket(new InetSocketAddress(source(0), 0))) {
            for (Kind kind : Kind.values()) {
                noise.threads.add(Thread.ofVirtual().name("drill-noise-" + kind).start(() -> noise.run(kind, rate)));
            }
            return noise;
        } catch (IOException e) {
            throw CommandFailure.failed(
                    "noise comes from addresses of its own, 127.2.0.1 to 127.2.0.%d, which needs Linux: %s"
                            .formatted(ADDRESSES, e.getMessage()));
        }
    }

    private static InetAddress source(long number) throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 2, 0, (byte) (1 + number % ADDRESSES)});
    }

    /** What a client of TLS says first. */
    private static byte[] hello() throws IOException {
        try {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine();
            engine.setUseClientMode(true);
            ByteBuffer first = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), first);
            byte[] octets = new byte[first.flip().remaining()];
            first.get(octets);
            return octets;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("a JDK without TLS", e);
        }
    }

    private void run(Kind kind, int rate) {
        long every = TimeUnit.SECONDS.toNanos(1) / rate;
        long next = System.nanoTime();
        Random random = new Random(kind.name().hashCode());
        try {
            for (long number = 0; !ended.await(next - System.nanoTime(), TimeUnit.NANOSECONDS); number++) {
                try {
                    one(kind, number, random);
                    Objects.requireNonNull(made.get(kind)).increment();
                } catch (IOException | CommandFailure e) {
                    Objects.requireNonNull(failed.get(kind)).increment(); // a node may be gone, or too busy for it
                }
                next = Math.max(next + every, System.nanoTime() - BEHIND_NANOS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void one(Kind kind, long number, Random random) throws IOException, CommandFailure {
        byte[] rubbish = new byte[1 + random.nextInt(RUBBISH)];
        random.nextBytes(rubbish);
        switch (kind) {
            case RUBBISH -> datagram(number, rubbish);
            case ZONE ->
                datagram(
                        number,
                        Message.newQuery(Record.newRecord(
                                        RecordArguments.zone("n%d.nobody.example".formatted(number)),
                                        Type.A,
                                        DClass.IN))
                                .toWire());
            case TCP -> connection(number, node.dns(), new byte[] {2, 0, 1, 2, 3}, false);
            case KEY ->
                connection(number, node.admin(), request("GET", AdminClient.SERVER, "wrong" + number, ""), true);
            case HTTP -> connection(number, node.admin(), rubbish, false);
            case IMPORT ->
                connection(
                        number,
                        node.admin(),
                        request(
                                "PUT",
                                AdminClient.evenkeelZonePath(ZONE) + "?name=broken",
                                key,
                                "Content-Type: text/dns\r\nContent-Length: 1000\r\n"),
                        false);
            case RAFT -> connection(number, node.raft(), number % 2 == 0 ? hello : rubbish, false);
            case PEER -> connection(number, node.peer(), number % 2 == 0 ? hello : rubbish, false);
        }
    }

    private byte[] request(String method, String path, String withKey, String headers) {
        return "%s %s HTTP/1.1\r\nHost: %s\r\nX-API-Key: %s\r\n%s\r\n"
                .formatted(method, path, node.admin(), withKey, headers)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private void datagram(long number, byte[] octets) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(source(number), 0))) {
            socket.send(new DatagramPacket(octets, octets.length, address(node.dns())));
        }
    }

    private static InetSocketAddress address(String text) {
        return new InetSocketAddress(
                InetAddress.ofLiteral("127.0.0.1"), Integer.parseInt(text.substring(text.lastIndexOf(':') + 1)));
    }

    /** @param waits whether for the first octet of an answer; else it is ended at once */
    private static void connection(long number, String to, byte[] octets, boolean waits) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout((int) WAIT.toMillis());
            socket.bind(new InetSocketAddress(source(number), 0));
            socket.connect(address(to), (int) WAIT.toMillis());
            OutputStream out = socket.getOutputStream();
            out.write(octets);
            if (waits && socket.getInputStream().read() < 0) {
                throw new IOException("no answer");
            }
        }
    }

    /** How much of each kind there was. */
    String text() {
        return "has heard "
                + made.entrySet().stream()
                        .map(each -> "%d %s (%d in vain)"
                                .formatted(
                                        each.getValue().sum(),
                                        each.getKey().name().toLowerCase(Locale.ROOT),
                                        Objects.requireNonNull(failed.get(each.getKey()))
                                                .sum()))
                        .collect(Collectors.joining(", "));
    }

    /** Nothing more is begun; what is under way ends within some seconds. */
    @Override
    public void close() {
        ended.countDown();
    }
}
