package io.evenkeel.ops.drill;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.local.OwnCluster;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DnsQuestion;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * A version of the sample zone without the names that devices ask for, which somebody imports by way of a node and somebody else rolls back. One
 * thread.
 */
final class BadPush {
    private static final String ZONE = "callhome.example.";
    /** That is gone while it is served. */
    private static final String LOST = "lab.device." + ZONE;

    private static final String FILE = "bad.zone";
    private static final byte[] TEXT = """
            $ORIGIN callhome.example.
            @   300   IN SOA ns1 hostmaster 1 3600 600 1209600 60
            @   86400 IN NS  ns1
            ns1 86400 IN A   192.0.2.1
            """.getBytes(StandardCharsets.US_ASCII);

    private static final Duration WAIT = Duration.ofSeconds(1);

    private final OwnCluster cluster;
    private final String node;
    private long before;

    BadPush(OwnCluster cluster, String node) {
        this.cluster = cluster;
        this.node = node;
    }

    /** Asks as somebody does who does not know what is missing. Says why that is refused; null: it was not. */
    @Nullable
    String refusal() throws CommandFailure, IOException, InterruptedException {
        before = present();
        try {
            push(false);
            return null;
        } catch (CommandFailure e) {
            if (e.exitCode() != CommandFailure.FAILED) {
                throw e; // not now, or nobody knows: no refusal of this zone
            }
            return String.valueOf(e.getMessage());
        }
    }

    /** Asks as somebody does who says that it is meant. */
    void force() throws CommandFailure, IOException, InterruptedException {
        before = present();
        push(true);
    }

    private void push(boolean forced) throws CommandFailure, IOException, InterruptedException {
        AdminClient.Answer _ = client().importZone(ZONE, FILE, false, forced, () -> new ByteArrayInputStream(TEXT));
    }

    /** In one call, as `evenkeel zone rollback`. */
    void rollBack() throws CommandFailure, IOException, InterruptedException {
        JsonNode body = Json.MAPPER.createObjectNode().put("version", before);
        AdminClient.Answer _ = client().change("POST", AdminClient.evenkeelZonePath(ZONE) + "/rollback", body);
    }

    /** Whether all nodes answer as before it. */
    boolean isMended() throws CommandFailure, IOException {
        for (ClusterFile.Node each : cluster.nodes()) {
            InetSocketAddress dns = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), each.dnsPort());
            boolean has = DnsQuestion.ask(dns, RecordArguments.zone(LOST), Type.A, WAIT)
                    .filter(answer -> answer.getRcode() == Rcode.NOERROR)
                    .filter(answer -> !answer.getSection(Section.ANSWER).isEmpty())
                    .isPresent();
            if (!has) {
                return false;
            }
        }
        return true;
    }

    private long present() throws CommandFailure, IOException, InterruptedException {
        JsonNode versions = client().get(AdminClient.evenkeelZonePath(ZONE) + "/versions?limit=1");
        JsonNode newest = versions.path("versions").path(0).path("version");
        if (!newest.isIntegralNumber()) {
            throw CommandFailure.failed("%s knows no version of %s to go back to: %s"
                    .formatted(node, ZONE, versions.path("note").asText()));
        }
        return newest.asLong();
    }

    private AdminClient client() {
        return cluster.client(cluster.node(node));
    }
}
