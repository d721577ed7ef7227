package io.evenkeel.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.consensus.InMemoryReplica;
import io.evenkeel.consensus.ReplicaTuning;
import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.server.capacity.ClusterCapacity;
import io.evenkeel.server.capacity.TestVitals;
import io.evenkeel.server.cluster.ClusterService;
import io.evenkeel.server.cluster.ControlPlane;
import io.evenkeel.server.cluster.ControlSettings;
import io.evenkeel.server.cluster.LimitControl;
import io.evenkeel.server.cluster.OwnNode;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.log.JournalFiles;
import io.evenkeel.server.log.LogLevels;
import io.evenkeel.server.node.Gate;
import io.evenkeel.server.node.NodeLife;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.node.Readiness;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.NodeStanding;
import io.evenkeel.server.storage.Storage;
import io.evenkeel.server.storage.TestStorage;
import io.evenkeel.server.traffic.Captures;
import io.evenkeel.server.traffic.Traffic;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A single node whose log is in memory, with its admin API on a free port. */
final class AdminFixture implements AutoCloseable {
    static final String ZONES = "/api/v1/servers/localhost/zones";
    static final long FILE_BYTES = 1 << 20;

    /** A key with the right {@code bulk}. */
    static final String BULK_KEY = "fedcba9876543210fedcba9876543210";

    static final String EXAMPLE_ZONE = ZONES + "/example.";
    static final String IMPORT = "/api/v1/evenkeel/zones/example.";

    static final String FILE = """
            $ORIGIN example.
            $TTL 300
            @ SOA ns1 hostmaster 7 3600 600 86400 300
            @ NS ns1
            ns1 A 192.0.2.1
            www AAAA 2001:db8::1
            """;

    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    final InMemoryReplica replica;
    final AdminCounters counters = new AdminCounters();
    private final NodeLife life = new NodeLife();
    private final Readiness own = new Readiness(life, () -> false, () -> false, List::of);
    /** What the node says of itself; null: what its gate makes of it. */
    private final AtomicReference<Readiness.@Nullable Verdict> said = new AtomicReference<>();

    /** What the rest of the node has been told to hold its clients to, the newest last. */
    final List<LimitSettings> inForce = new CopyOnWriteArrayList<>();

    final LimitControl limits;
    final Traffic traffic = Traffic.sampled();
    private final Captures captures;
    final Gate gate;
    /** Of heap that requests may take. */
    final AtomicLong workOctets = new AtomicLong(64L << 20);

    final NodeView view = new NodeView(
            this::verdict,
            () -> 0.5,
            () -> "0.5 s",
            () -> null,
            () -> "evenkeel_up 1\n",
            () -> "node.name: n1\n",
            () -> false,
            workOctets::get,
            workOctets::get);
    final AtomicReference<ClusterCapacity> capacity =
            new AtomicReference<>(new ClusterCapacity("n1", List.of(), 0, null, null, null));
    final AtomicReference<List<DnsAddress>> dnsAddresses = new AtomicReference<>(List.of(
            new DnsAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 5301), false, false, List.of())));
    final AdminApi api;

    private final HttpClient http = HttpClient.newHttpClient();
    private final ControlPlane control;
    private final String key;

    AdminFixture(Path folder) throws Exception {
        this(folder, new InMemoryReplica("n1"));
    }

    /** @param replica leads, or nothing is written when the cluster is founded */
    AdminFixture(Path folder, InMemoryReplica replica) throws Exception {
        this.replica = replica;
        this.limits = new LimitControl("n1", replica.root(), inForce::add);
        Daemons daemons = new Daemons(fault -> {
            throw new AssertionError(fault);
        });
        ControlSettings.Listed self = new ControlSettings.Listed(
                "n1",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
        control = ControlPlane.open(
                new ControlSettings("0.1", "test", folder, self, List.of(), true, ReplicaTuning.BRISK, 0),
                null,
                replica.root(),
                (_, _) -> replica,
                new ControlCounters(),
                new OwnNode(
                        () -> false,
                        () -> true,
                        _ -> new ClusterService.Health("OPEN", true, List.of()),
                        TestVitals::idle,
                        () -> ""),
                daemons);
        control.form();
        say(NodeState.OPEN);
        gate = new Gate(life, replica.root(), () -> {}, () -> {});
        Storage storage = TestStorage.of(folder, replica);
        Path bulk = Files.writeString(folder.resolve("bulk.key"), BULK_KEY);
        captures = new Captures(
                traffic,
                folder.resolve(Captures.FOLDER),
                "n1",
                "evenkeel 0.1",
                ClientPrivacy.FULL,
                _ -> Optional.empty(),
                daemons);
        api = AdminApi.start(
                new AdminSettings(
                        ANY,
                        "0.1",
                        "test",
                        "n1",
                        folder,
                        ClientPrivacy.FULL,
                        FILE_BYTES,
                        List.of(new AdminSettings.Key("bulk", bulk, true))),
                control,
                replica.root(),
                view,
                gate,
                capacity::get,
                limits,
                storage,
                dnsAddresses::get,
                captures,
                new JournalFiles(folder),
                new LogLevels(),
                counters);
        key = Files.readString(folder.resolve(ApiKeys.FILE)).strip();
    }

    private Readiness.Verdict verdict() {
        Readiness.Verdict verdict = said.get();
        return verdict == null ? own.verdict(new NodeStanding("", null, false, List.of(), false, "n1")) : verdict;
    }

    /** From now on the node says this of itself, whatever its gate does; ready if it is open. */
    void say(NodeState state, String... reasons) {
        said.set(new Readiness.Verdict(state, state == NodeState.OPEN, false, List.of(reasons), List.of()));
    }

    /** From now on the node says that this keeps changes from it. */
    void hinder(String... hindrances) {
        said.set(new Readiness.Verdict(NodeState.OPEN, true, false, List.of("stale"), List.of(hindrances)));
    }

    /** From now on the node says of itself what its gate makes of it. */
    void followGate() {
        said.set(null);
    }

    String key() {
        return key;
    }

    HttpRequest.Builder request(String method, String path, BodyPublisher body) {
        return request(api.address().getPort(), method, path, body);
    }

    HttpRequest.Builder request(int port, String method, String path, BodyPublisher body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofMinutes(3))
                .method(method, body);
    }

    HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return http.send(request, BodyHandlers.ofString());
    }

    HttpResponse<String> send(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(
                        method, path, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .header("X-API-Key", key);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send("GET", path, "");
    }

    HttpResponse<byte[]> bytes(String path) throws IOException, InterruptedException {
        return http.send(
                request("GET", path, BodyPublishers.noBody())
                        .header("X-API-Key", key)
                        .build(),
                BodyHandlers.ofByteArray());
    }

    static JsonNode json(HttpResponse<String> response) throws IOException {
        return Reply.JSON.readTree(response.body());
    }

    /** The contents of one RRset as this node serves it. */
    List<String> contents(String zone, String name, String type) throws IOException, InterruptedException {
        JsonNode rrsets = json(get(ZONES + "/" + zone + "?rrset_name=" + name + "&rrset_type=" + type))
                .path("rrsets");
        return rrsets.isEmpty() ? List.of() : rrsets.path(0).findValuesAsText("content");
    }

    /** Makes {@code example.} with two name servers. */
    void createExample() throws IOException, InterruptedException {
        HttpResponse<String> response = send("POST", ZONES, EXAMPLE);
        if (response.statusCode() != 201) {
            throw new IOException(response.statusCode() + " " + response.body());
        }
    }

    static final String EXAMPLE = """
            {"name": "example.", "kind": "Native", "nameservers": ["ns1.example.", "ns2.example."],
             "rrsets": [
              {"name": "ns1.example.", "type": "A", "ttl": 300, "records": [{"content": "192.0.2.1"}]},
              {"name": "ns2.example.", "type": "A", "ttl": 300, "records": [{"content": "192.0.2.2"}]}]}
            """;

    /** A request to change one RRset. */
    static String patch(String changeType, String name, String type, String... contents) {
        StringBuilder records = new StringBuilder();
        for (String content : contents) {
            records.append(records.isEmpty() ? "" : ",")
                    .append("{\"content\": \"%s\", \"disabled\": false}".formatted(content.replace("\"", "\\\"")));
        }
        return "{\"rrsets\": [{\"name\": \"%s\", \"type\": \"%s\", \"ttl\": 60, \"changetype\": \"%s\", \"records\": [%s]}]}"
                .formatted(name, type, changeType, records);
    }

    /** @param parts what the message has to contain */
    static void assertError(HttpResponse<String> response, int status, String... parts) throws Exception {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(json(response).path("error").asText()).isNotEmpty();
        for (String part : parts) {
            assertThat(json(response).path("error").asText()).contains(part);
        }
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    }

    @Override
    public void close() {
        captures.close();
        http.close();
        api.close();
        control.close();
    }
}
