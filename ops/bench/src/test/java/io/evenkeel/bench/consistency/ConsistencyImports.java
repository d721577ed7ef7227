package io.evenkeel.bench.consistency;

import io.evenkeel.bench.consistency.ConsistencyClient.Operation;
import io.evenkeel.bench.consistency.ConsistencyClient.Told;
import io.evenkeel.bench.consistency.Event.Outcome;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Brings zones that do not fit, which must be refused, beside one that does. Each run on a thread of its own. */
final class ConsistencyImports {
    /** What a node of a run has for its JVM: little, so that a zone that does not fit is cheap to make. */
    static final String NODE_OPTIONS = "-ea -Xmx192m";

    /** Of about 60 octets each: more than such a node has for zones, read or not. */
    private static final int TOO_MANY = 2_000_000;

    private static final int FITTING = 40_000;
    /** Of the zone text that is made at once. */
    private static final int CHUNK = 2_000;

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** So often a change is asked for of which nobody knows what has become. */
    private static final int TURNS = 4;

    private final ConsistencyClient client;
    private final List<ClusterFile.Node> nodes;
    private final AtomicInteger operations;
    private final Random random;
    private final Consumer<String> complaint;

    /** @param complaint takes what no history shows */
    ConsistencyImports(
            ConsistencyClient client,
            List<ClusterFile.Node> nodes,
            AtomicInteger operations,
            Random random,
            Consumer<String> complaint) {
        this.client = client;
        this.nodes = nodes;
        this.operations = operations;
        this.random = random;
        this.complaint = complaint;
    }

    /** Several at once now and then, through different nodes. */
    void run() {
        int count = random.nextInt(3) == 0 ? nodes.size() : 1;
        int first = random.nextInt(nodes.size());
        List<Thread> threads = java.util.stream.IntStream.range(0, count)
                .mapToObj(i -> {
                    ClusterFile.Node node = nodes.get((first + i) % nodes.size());
                    boolean announced = random.nextBoolean();
                    return Thread.ofVirtual().start(() -> uninterrupted(() -> bringTooMuch(node, announced)));
                })
                .toList();
        bringWhatFits();
        uninterrupted(() -> {
            for (Thread thread : threads) {
                thread.join();
            }
        });
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    private static void uninterrupted(Work work) {
        try {
            work.run();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void bringTooMuch(ClusterFile.Node node, boolean announced) throws InterruptedException {
        Operation operation = put(TOO_MANY, announced);
        for (int turn = 0; turn < TURNS; turn++) {
            Told told = client.change(node, operation, PATIENCE);
            if (told.outcome() == Outcome.ACKNOWLEDGED) {
                complaint.accept(node.name() + " took in " + operation.zone() + ", which cannot fit: " + told);
            }
            if (told.status() == 507) {
                // Also of a full disk, which says so.
                if (!told.said().matches("(?s).*MiB.*-Xmx.*|.*(space|room).*")) {
                    complaint.accept(node.name() + " refuses " + operation.zone() + " and does not say why: " + told);
                }
                break;
            }
            if (told.outcome() == Outcome.REFUSED && told.status() != 503 && told.status() != 0) {
                complaint.accept(node.name() + " refuses " + operation.zone() + " for another reason: " + told);
                break;
            }
        }
        look(operation.zone());
    }

    /** And takes it away again. */
    void bringWhatFits() {
        uninterrupted(this::bringAndTakeAway);
    }

    private void bringAndTakeAway() throws InterruptedException {
        Operation operation = put(FITTING, random.nextBoolean());
        if (insist(operation) == Outcome.ACKNOWLEDGED) {
            look(operation.zone());
            Outcome _ = insist(new Operation(
                    operations.incrementAndGet(),
                    "DELETE",
                    ConsistencyClient.zonePath(operation.zone()),
                    null,
                    "no more " + operation.zone(),
                    operation.zone(),
                    operation.keys(),
                    true,
                    -1,
                    null));
        }
        look(operation.zone());
    }

    private Outcome insist(Operation operation) throws InterruptedException {
        Outcome outcome = Outcome.UNKNOWN;
        for (int turn = 0; turn < TURNS && outcome != Outcome.ACKNOWLEDGED; turn++) {
            ClusterFile.Node node = nodes.get(random.nextInt(nodes.size()));
            outcome = client.change(node, operation, PATIENCE).outcome();
        }
        return outcome;
    }

    private void look(String zone) {
        nodes.forEach(node -> client.readDns(node, zone, false, List.of("m/TXT")));
    }

    private Operation put(int records, boolean announced) {
        int op = operations.incrementAndGet();
        String zone = "i" + op + ".example.";
        return new Operation(
                op,
                "PUT",
                AdminClient.EVENKEEL + "/zones/" + zone + "?create=true",
                body(op, zone, records, announced),
                "import " + op,
                zone,
                List.of("m/TXT"),
                false,
                -1,
                null);
    }

    /** @param announced whether its length is told before it is sent */
    private static BodyPublisher body(int op, String zone, int records, boolean announced) {
        String begin =
                "$ORIGIN %s\n$TTL 60\n@ SOA ns1 h 1 3600 600 86400 60\n@ NS ns1\nns1 A 192.0.2.1\nm TXT w%d.1.1\n"
                        .formatted(zone, op);
        // Made as it is sent.
        BodyPublisher text = BodyPublishers.ofByteArrays(() -> Stream.concat(
                        Stream.of(begin.getBytes(StandardCharsets.US_ASCII)),
                        IntStream.range(0, records / CHUNK).mapToObj(ConsistencyImports::chunk))
                .iterator());
        long length = begin.length() + (long) records / CHUNK * chunk(0).length;
        return announced ? BodyPublishers.fromPublisher(text, length) : text;
    }

    /** All of one length. */
    private static byte[] chunk(int number) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < CHUNK; i++) {
            text.append("device-")
                    .append(10_000_000 + number * CHUNK + i)
                    .append(" TXT \"a device in the hall of the works\"\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
