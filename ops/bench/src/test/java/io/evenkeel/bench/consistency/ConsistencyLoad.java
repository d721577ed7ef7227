package io.evenkeel.bench.consistency;

import io.evenkeel.bench.consistency.ConsistencyClient.Operation;
import io.evenkeel.bench.consistency.ConsistencyClient.Told;
import io.evenkeel.bench.consistency.Event.Outcome;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/*
 * Three kinds of contents. Registers: RRsets that are replaced and deleted, alone or several in one change. Sets: RRsets that
 * many clients add records to at once, which shows a lost update that a replacement would hide. Zones that come and go.
 */

/** One client that does what its random numbers say, one thing after the other, until it is stopped. */
final class ConsistencyLoad implements Runnable {
    static final String REGISTERS = "registers.example.";
    static final String SETS = "sets.example.";

    private static final int REGISTER_COUNT = 20;
    private static final int GROUP_COUNT = 8;
    private static final int RECORDS_PER_SET = 25;
    private static final int REMEMBERED = 50;

    private final ConsistencyClient client;
    private final List<ClusterFile.Node> nodes;
    private final Random random;
    private final AtomicInteger operations;
    private final AtomicInteger acknowledged;
    private final AtomicBoolean stop;
    private final Map<String, Long> avoidUntil = new HashMap<>();
    private final Deque<String> ownRecords = new ArrayDeque<>();
    private final Deque<String> ownZones = new ArrayDeque<>();
    private final Deque<Repetition> repetitions = new ArrayDeque<>();

    /** A request that was answered and will be sent once more. */
    private record Repetition(Operation operation, long afterNanos) {}

    /** What all clients of a run share. */
    record Shared(
            Path data,
            List<ClusterFile.Node> nodes,
            HistoryFile history,
            AtomicInteger operations,
            AtomicInteger acknowledged,
            AtomicBoolean stop) {}

    ConsistencyLoad(Shared shared, int number, Random random) {
        this.client = new ConsistencyClient(number, shared.data(), shared.history());
        this.nodes = shared.nodes();
        this.operations = shared.operations();
        this.acknowledged = shared.acknowledged();
        this.stop = shared.stop();
        this.random = random;
    }

    /** The contents of a zone that has only what it must. */
    static String newZone(String zone, String more) {
        return ("{\"name\":\"%s\",\"kind\":\"Native\",\"zone\":\"$ORIGIN %s\\n$TTL 60\\n@ SOA ns1 h 1 3600 600 86400 60\\n"
                        + "@ NS ns1\\nns1 A 192.0.2.1\\n%s\"}")
                .formatted(zone, zone, more);
    }

    @Override
    public void run() {
        try {
            while (!stop.get()) {
                Repetition due = repetitions.peekFirst();
                if (due != null && System.nanoTime() - due.afterNanos() > 0) {
                    repetitions.removeFirst();
                    attempt(due.operation(), node());
                } else {
                    step();
                }
                Thread.sleep(40 + random.nextInt(120)); // a pace; this machine has other work, too
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void step() throws InterruptedException {
        int dice = random.nextInt(100);
        if (dice < 22) {
            setRegister();
        } else if (dice < 27) {
            deleteRegister();
        } else if (dice < 38) {
            changeGroup();
        } else if (dice < 54) {
            addRecord();
        } else if (dice < 58) {
            pruneRecord();
        } else if (dice < 61) {
            changeZones();
        } else if (dice < 65) {
            askForNonsense();
        } else if (dice < 67) {
            note(node(), client.readWhole(node(), REGISTERS));
        } else {
            readSomething(node());
        }
    }

    private ClusterFile.Node node() {
        long now = System.nanoTime();
        List<ClusterFile.Node> good = nodes.stream()
                .filter(node -> now - avoidUntil.getOrDefault(node.name(), now) >= 0)
                .toList();
        List<ClusterFile.Node> choice = good.isEmpty() ? nodes : good;
        return choice.get(random.nextInt(choice.size()));
    }

    /** Who does not answer is left alone for a while. */
    private void note(ClusterFile.Node node, boolean answered) {
        if (!answered) {
            avoidUntil.put(
                    node.name(),
                    System.nanoTime()
                            + Duration.ofMillis(500 + random.nextInt(2_000)).toNanos());
        }
    }

    private void setRegister() throws InterruptedException {
        int op = operations.incrementAndGet();
        String owner = register();
        make(patch(op, REGISTERS, List.of(owner + "/TXT"), false, replace(owner, "TXT", REGISTERS, texts(op))));
    }

    private void deleteRegister() throws InterruptedException {
        int op = operations.incrementAndGet();
        String owner = register();
        make(patch(op, REGISTERS, List.of(owner + "/TXT"), true, delete(owner, "TXT", REGISTERS)));
    }

    private String register() {
        return "r" + random.nextInt(REGISTER_COUNT);
    }

    private List<String> texts(int op) {
        int count = 1 + random.nextInt(4);
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> "\\\"w" + op + "." + i + "." + count + "\\\"")
                .toList();
    }

    private static List<String> group(int number) {
        return List.of("g" + number + "/TXT", "g" + number + "/A", "g" + number + "b/TXT");
    }

    private void changeGroup() throws InterruptedException {
        int op = operations.incrementAndGet();
        int number = random.nextInt(GROUP_COUNT);
        String one = "g" + number;
        String other = one + "b";
        boolean removes = random.nextInt(6) == 0;
        String rrsets = removes
                ? delete(one, "TXT", REGISTERS) + "," + delete(one, "A", REGISTERS) + ","
                        + delete(other, "TXT", REGISTERS)
                : replace(one, "TXT", REGISTERS, texts(op)) + ","
                        + replace(one, "A", REGISTERS, List.of(ConsistencyClient.address(op))) + ","
                        + replace(other, "TXT", REGISTERS, texts(op));
        make(patch(op, REGISTERS, group(number), removes, rrsets));
    }

    private void addRecord() throws InterruptedException {
        int op = operations.incrementAndGet();
        String owner = "s" + op / RECORDS_PER_SET / 4;
        String record = "w" + op + ".1.1";
        String key = owner + "/TXT#" + record;
        Operation add = patch(
                op, SETS, List.of(key), false, rrset(owner, "TXT", SETS, "EXTEND", List.of("\\\"" + record + "\\\"")));
        if (make(add) == Outcome.ACKNOWLEDGED) {
            ownRecords.addLast(key);
            if (ownRecords.size() > REMEMBERED) {
                ownRecords.removeFirst();
            }
        }
    }

    private void pruneRecord() throws InterruptedException {
        String key = ownRecords.pollFirst();
        if (key == null) {
            return;
        }
        int op = operations.incrementAndGet();
        String owner = key.substring(0, key.indexOf('/'));
        String record = key.substring(key.indexOf('#') + 1);
        make(patch(
                op, SETS, List.of(key), true, rrset(owner, "TXT", SETS, "PRUNE", List.of("\\\"" + record + "\\\""))));
    }

    private void changeZones() throws InterruptedException {
        int op = operations.incrementAndGet();
        String old = ownZones.pollFirst();
        if (old != null && random.nextInt(4) == 0) {
            // It is there: whoever makes it again must be told so.
            ownZones.addLast(old);
            make(create(op, old));
        } else if (old != null && random.nextBoolean()) {
            make(new Operation(
                    op,
                    "DELETE",
                    ConsistencyClient.zonePath(old),
                    null,
                    key(op),
                    old,
                    List.of("m/TXT"),
                    true,
                    -1,
                    null));
        } else {
            String zone = "z" + op + ".example.";
            if (make(create(op, zone)) == Outcome.ACKNOWLEDGED) {
                ownZones.addLast(zone);
            }
            if (old != null) {
                ownZones.addLast(old);
            }
        }
    }

    private Operation create(int op, String zone) {
        return new Operation(
                op,
                "POST",
                AdminClient.SERVER + "/zones",
                BodyPublishers.ofString(newZone(zone, "m TXT w" + op + ".1.1\\n")),
                key(op),
                zone,
                List.of("m/TXT"),
                false,
                -1,
                null);
    }

    /** One RRset of it would be fine alone. */
    private void askForNonsense() throws InterruptedException {
        int op = operations.incrementAndGet();
        String owner = register();
        String good = replace(owner, "TXT", REGISTERS, texts(op));
        String bad = "{\"name\":\"" + REGISTERS + "\",\"type\":\"CNAME\",\"ttl\":60,\"changetype\":\"REPLACE\","
                + "\"records\":[{\"content\":\"elsewhere.example.\",\"disabled\":false}]}";
        make(patch(op, REGISTERS, List.of(owner + "/TXT"), false, good + "," + bad));
    }

    private @Nullable String key(int op) {
        return random.nextInt(3) == 0 ? "operation " + op : null;
    }

    private Operation patch(int op, String zone, List<String> keys, boolean removes, String rrsets)
            throws InterruptedException {
        String condition = random.nextInt(8) == 0 ? client.etag(node(), zone).orElse(null) : null;
        long base = condition == null ? -1 : Long.parseLong(condition.replaceAll(".*-|\"", ""));
        return new Operation(
                op,
                "PATCH",
                ConsistencyClient.zonePath(zone),
                BodyPublishers.ofString("{\"rrsets\":[" + rrsets + "]}"),
                // A removal of what is not there changes nothing, so nothing of it is remembered: asked again it is a
                // new one.
                removes ? null : key(op),
                zone,
                keys,
                removes,
                base,
                condition);
    }

    private static String replace(String owner, String type, String zone, List<String> contents) {
        return rrset(owner, type, zone, "REPLACE", contents);
    }

    private static String delete(String owner, String type, String zone) {
        return "{\"name\":\"%s.%s\",\"type\":\"%s\",\"changetype\":\"DELETE\"}".formatted(owner, zone, type);
    }

    private static String rrset(String owner, String type, String zone, String changeType, List<String> contents) {
        List<String> records = contents.stream()
                .map(content -> "{\"content\":\"" + content + "\",\"disabled\":false}")
                .toList();
        return "{\"name\":\"%s.%s\",\"type\":\"%s\",\"ttl\":60,\"changetype\":\"%s\",\"records\":[%s]}"
                .formatted(owner, zone, type, changeType, String.join(",", records));
    }

    /** Asks for it; asks again or after it if the outcome is unknown; looks at it if it was acknowledged. */
    private Outcome make(Operation operation) throws InterruptedException {
        ClusterFile.Node node = node();
        boolean twiceAtOnce = operation.key() != null && random.nextInt(10) == 0;
        Thread twin = twiceAtOnce ? twin(operation, node()) : null;
        Told told = attempt(operation, node);
        if (twin != null) {
            twin.join();
        }
        Outcome outcome = told.outcome();
        if (outcome == Outcome.UNKNOWN) {
            outcome = resolve(operation, told);
        } else if (outcome == Outcome.ACKNOWLEDGED && random.nextInt(3) > 0) {
            readBack(operation, node);
        }
        if (outcome == Outcome.ACKNOWLEDGED && operation.key() != null && random.nextInt(3) == 0) {
            long after =
                    System.nanoTime() + Duration.ofMillis(random.nextInt(8_000)).toNanos();
            repetitions.addLast(new Repetition(operation, after));
        }
        return outcome;
    }

    private Thread twin(Operation operation, ClusterFile.Node node) {
        Duration timeout = timeout();
        return Thread.ofVirtual().start(() -> {
            try {
                client.change(node, operation, timeout);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** The server takes 10 s at most; some clients wait less. */
    private Duration timeout() {
        return Duration.ofMillis(500 + random.nextInt(12_000));
    }

    private Told attempt(Operation operation, ClusterFile.Node node) throws InterruptedException {
        Told told = client.change(node, operation, timeout());
        note(node, told.status() > 0);
        if (told.outcome() == Outcome.ACKNOWLEDGED) {
            acknowledged.incrementAndGet();
        }
        return told;
    }

    private Outcome resolve(Operation operation, Told first) throws InterruptedException {
        String requestId = first.requestId();
        for (int i = 0; i < 4 && !stop.get(); i++) {
            Thread.sleep(200 + random.nextInt(1_500)); // a pace
            Outcome outcome = Outcome.UNKNOWN;
            if (operation.key() != null) {
                outcome = attempt(operation, node()).outcome();
            } else if (!requestId.isEmpty()) {
                outcome = client.askAfter(node(), operation, requestId);
            }
            if (outcome == Outcome.ACKNOWLEDGED) {
                return outcome;
            }
        }
        return Outcome.UNKNOWN;
    }

    private void readBack(Operation operation, ClusterFile.Node node) throws InterruptedException {
        boolean lasting = isLasting(operation.zone());
        List<String> rrsets = operation.keys().stream()
                .map(key -> key.replaceFirst("#.*", ""))
                .toList();
        boolean set = operation.zone().equals(SETS); // too large for a datagram
        if (set || random.nextBoolean()) {
            String owner = rrsets.getFirst().replaceFirst("/.*", "");
            List<String> ofOwner = rrsets.stream()
                    .filter(rrset -> rrset.startsWith(owner + "/"))
                    .toList();
            note(node, client.readApi(node, operation.zone(), lasting, owner, ofOwner));
        } else {
            note(node, client.readDns(node, operation.zone(), lasting, rrsets));
        }
    }

    private static boolean isLasting(String zone) {
        return zone.equals(REGISTERS) || zone.equals(SETS);
    }

    private void readSomething(ClusterFile.Node node) throws InterruptedException {
        int recent = Math.max(0, operations.get() / RECORDS_PER_SET / 4 - random.nextInt(3));
        boolean answered = switch (random.nextInt(6)) {
            case 0 -> {
                String owner = register();
                yield client.readApi(node, REGISTERS, true, owner, List.of(owner + "/TXT"));
            }
            case 1, 2 -> client.readDns(node, REGISTERS, true, List.of(register() + "/TXT"));
            case 3 -> client.readDns(node, REGISTERS, true, group(random.nextInt(GROUP_COUNT)));
            case 4 -> client.readApi(node, SETS, true, "s" + recent, List.of("s" + recent + "/TXT"));
            default -> {
                List<String> rrsets =
                        new ArrayList<>(group(random.nextInt(GROUP_COUNT)).subList(0, 2));
                String owner = rrsets.getFirst().replaceFirst("/.*", "");
                yield client.readApi(node, REGISTERS, true, owner, rrsets);
            }
        };
        note(node, answered);
    }
}
