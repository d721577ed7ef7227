package io.evenkeel.ops.drill;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.local.OwnCluster;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DnsQuestion;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.OsProcess;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/**
 * Looks at a cluster while a fleet asks it: one thread changes a record again and again, by way of whichever node takes it, and one for
 * each node asks as what it sees itself and which change it answers with.
 */
final class ClusterWatch {
    /** Between two changes, and between two looks at a node. */
    private static final Duration PACE = Duration.ofMillis(200);
    /** For any answer: a client that has none by then asks another node. */
    static final Duration WAIT = Duration.ofSeconds(1);

    static final String ZONE = "callhome.example.";
    /** That is changed again and again. */
    static final String RECORD = "drill." + ZONE;

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final OwnCluster cluster;
    private final ClusterBooks books;
    private final Name record;
    private final Lookouts lookouts = new Lookouts();

    ClusterWatch(OwnCluster cluster, ClusterBooks books) throws CommandFailure {
        this.cluster = cluster;
        this.books = books;
        record = RecordArguments.zone(RECORD);
    }

    void begin(long nanos) {
        lookouts.begin(nanos);
        lookouts.start("drill-writer", this::write);
        for (ClusterFile.Node node : cluster.nodes()) {
            lookouts.start("drill-look-" + node.name(), () -> look(node.name()));
        }
    }

    /** Nothing more is asked, soon. */
    void stop() {
        lookouts.stop();
    }

    /** Returns when nothing is asked any more. */
    void end() throws InterruptedException {
        lookouts.end();
    }

    private void write() throws InterruptedException {
        List<ClusterFile.Node> nodes = cluster.nodes();
        int node = 0;
        for (long number = 1; lookouts.waits(PACE); number++) {
            if (isAccepted(cluster, nodes.get(node), record, number)) {
                books.accepted(lookouts.now(), number);
            } else {
                node = (node + 1) % nodes.size();
            }
        }
    }

    /** Whether a node has accepted a record with that number. */
    static boolean isAccepted(OwnCluster cluster, ClusterFile.Node node, Name record, long number)
            throws InterruptedException {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.putArray("rrsets")
                .addObject()
                .put("name", record.toString())
                .put("type", "TXT")
                .put("ttl", 60)
                .put("changetype", "REPLACE")
                .putArray("records")
                .addObject()
                .put("content", "\"" + number + "\"")
                .put("disabled", false);
        try {
            int status = cluster.client(node)
                    .once("PATCH", AdminClient.zonePath(ZONE), body, WAIT)
                    .status();
            return status / 100 == 2 && status != 202; // 202: it does not know yet
        } catch (CommandFailure | IOException notThere) {
            return false;
        }
    }

    private void look(String name) throws InterruptedException {
        while (lookouts.waits(PACE)) {
            ClusterFile.Node node = cluster.node(name);
            OsProcess.residentBytes(node.pid()).ifPresent(octets -> books.resident(name, octets));
            role(node);
            serves(node);
            log(node);
        }
    }

    private void log(ClusterFile.Node node) {
        try {
            books.log(node.name(), cluster.log(node.name()));
        } catch (IOException e) {
            books.said(lookouts.now(), node.name(), "has a log that cannot be looked at: " + Output.reason(e));
        }
    }

    private void role(ClusterFile.Node node) throws InterruptedException {
        Optional<JsonNode> status = status(cluster, node);
        books.role(
                lookouts.now(),
                node.name(),
                status.map(ClusterWatch::role).orElse(""),
                status.map(each -> each.path("term").asLong()).orElse(0L));
    }

    /** What a node says of itself; empty if it does not. */
    static Optional<JsonNode> status(OwnCluster cluster, ClusterFile.Node node) throws InterruptedException {
        try {
            AdminClient.Answer answer = cluster.client(node).once("GET", AdminClient.EVENKEEL + "/status", null, WAIT);
            return answer.status() == 200 ? Optional.of(answer.json()) : Optional.empty();
        } catch (CommandFailure | IOException notThere) {
            return Optional.empty();
        }
    }

    /** In small letters. */
    static String role(JsonNode status) {
        return status.path("role").asText().toLowerCase(Locale.ROOT);
    }

    private void serves(ClusterFile.Node node) {
        long asked = lookouts.now();
        try {
            served(node, record).ifPresent(number -> books.answered(asked, node.name(), number));
        } catch (IOException e) {
            books.said(lookouts.now(), node.name(), "could not be asked: " + e.getMessage());
        }
    }

    /** The number that a node answers with, 0 before the first change; empty if it does not answer. */
    static OptionalLong served(ClusterFile.Node node, Name record) throws IOException {
        Optional<Message> answer =
                DnsQuestion.ask(new InetSocketAddress(LOOPBACK, node.dnsPort()), record, Type.TXT, WAIT);
        return answer.filter(each -> each.getRcode() == Rcode.NOERROR || each.getRcode() == Rcode.NXDOMAIN).stream()
                .mapToLong(ClusterWatch::number)
                .findFirst();
    }

    private static long number(Message answer) {
        return answer.getSection(Section.ANSWER).stream()
                .filter(TXTRecord.class::isInstance)
                .mapToLong(
                        each -> Long.parseLong(((TXTRecord) each).getStrings().getFirst()))
                .findFirst()
                .orElse(0);
    }
}
