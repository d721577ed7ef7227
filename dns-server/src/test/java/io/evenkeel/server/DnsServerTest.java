package io.evenkeel.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.evenkeel.consensus.process.FreePorts;
import io.evenkeel.consensus.process.TestLog;
import io.evenkeel.consensus.trust.ClusterKeyException;
import io.evenkeel.consensus.trust.TestKeys;
import io.evenkeel.server.cluster.ControlPlane;
import io.evenkeel.server.log.LogLosses;
import io.evenkeel.server.node.Configuration;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.transport.AddressInUseException;
import io.evenkeel.server.transport.Sockets;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ZoneContents;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** Whole nodes in this process, with real sockets, consensus and disks. */
@Tag("cluster")
final class DnsServerTest {
    static {
        // Ratis' own threads may throw while a division closes under them; that is not what a test that waits is about.
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }

    private static final List<String> NAMES = List.of("n1", "n2", "n3");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final List<DnsServer> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        nodes.reversed().forEach(DnsServer::close);
    }

    @Test
    void aNodeByItselfTakesAZoneAnswersFromItAndHasItAfterARestart() throws Exception {
        DnsServer node = start("n1", "");
        assertThat(node.readiness().ready()).isFalse();
        awaitOpen(node);
        assertThat(ask(node, "www.example.", false).getRcode()).isEqualTo(Rcode.REFUSED);

        create(node);
        for (boolean tcp : new boolean[] {false, true}) {
            Message answer = ask(node, "www.example.", tcp);
            assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
            assertThat(answer.getSection(Section.ANSWER)).hasSize(1);
            assertThat(ask(node, "not-there.example.", tcp).getRcode()).isEqualTo(Rcode.NXDOMAIN);
        }
        assertThat(node.metrics().scrape())
                .contains("evenkeel_zone_serial{zone=\"example.\"} 1.0")
                .contains("evenkeel_dns_responses_total{rcode=\"NXDOMAIN\",transport=\"tcp\"} 1.0")
                .contains("evenkeel_raft_role{role=\"leader\"} 1.0");
        if (Sockets.whyNotBatched() == null) {
            assertThat(node.metrics().scrape())
                    .contains("evenkeel_dns_udp_lost_total{lane=\"device\",loop=\"0\"} 0.0")
                    .contains("evenkeel_dns_udp_wait_seconds_count 3"); // all that was asked over UDP
        }

        node.close();
        DnsServer again =
                start("n1", "dns: {listen: ['127.0.0.1:0', '192.0.2.1:5300'], loops: 1, udp-batches: false}\n");
        awaitOpen(again);
        assertThat(ask(again, "www.example.", false).getSection(Section.ANSWER)).hasSize(1);
        await().atMost(PATIENCE).until(() -> again.readiness().reasons().size() == 1);
        assertThat(again.readiness().reasons().getFirst()).contains("no interface", "192.0.2.1:5300");
        assertThat(again.metrics().scrape())
                .contains("evenkeel_dns_addresses_missing 1.0")
                .doesNotContain("evenkeel_dns_udp_wait_seconds");
    }

    @Test
    void aNodeThatHasNoneOfItsAddressesOpensAndIsNotReady() throws Exception {
        DnsServer node = start("n1", "dns: {listen: ['192.0.2.1:5300'], loops: 1}\n");
        awaitOpen(node);
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> ready = http.send(
                    HttpRequest.newBuilder(URI.create(
                                    "http://127.0.0.1:" + node.healthAddress().getPort() + "/readyz"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).contains("answers nowhere", "192.0.2.1:5300");
        }
        assertThat(node.metrics().scrape()).contains("evenkeel_ready 0.0");
    }

    @Test
    void threeNodesFormAClusterAndOneWithoutTheOthersAnswersFromItsDiskAndSaysSo() throws Exception {
        String members = members(3);
        for (String name : List.of("n1", "n2", "n3")) {
            start(name, members);
        }
        for (DnsServer node : nodes) {
            awaitOpen(node);
        }
        create(nodes.get(1));
        for (DnsServer node : nodes) {
            await().atMost(PATIENCE)
                    .until(() -> ask(node, "www.example.", false).getRcode() == Rcode.NOERROR);
        }
        nodes.forEach(DnsServer::close);
        nodes.clear();

        DnsServer alone = start("n3", members + "gate: {no-quorum-after: 1s, warm-up: 200ms}\n");
        awaitOpen(alone);
        assertThat(alone.life().age()).isGreaterThan(Duration.ofSeconds(1));
        assertThat(alone.readiness().ready()).isTrue();
        assertThat(alone.readiness().reasons()).containsExactly("stale");
        assertThat(ask(alone, "www.example.", false).getRcode()).isEqualTo(Rcode.NOERROR);

        start("n2", members);
        await().atMost(PATIENCE).until(() -> alone.readiness().reasons().isEmpty());
    }

    /** The other members are away and its disk is empty, so it has nothing to answer from. */
    @Test
    void aNodeInADrillSaysWhatItIsWithoutAndRefusesBeforeItIsOpenIfThatIsTheGate() throws Exception {
        String members = members(3);
        DnsServer silent = start("n1", members + "drill: {mode: true}\n");
        assertThatThrownBy(() -> ask(silent, "www.example.", false, Duration.ofMillis(300)))
                .isInstanceOf(IOException.class);
        silent.close();
        nodes.clear();

        DnsServer node;
        try (TestLog log = TestLog.of(DnsServer.class, Level.WARN)) {
            node = start("n1", members + "drill: {mode: true, without: [silent-gate, lanes]}\n" + """
                    dns: {listen: ['127.0.0.1:0', {address: '127.0.0.2:0', lane: infrastructure}], loops: 1}
                    """);
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("drill mode"))
                    .hasSize(1);
        }
        for (boolean tcp : new boolean[] {false, true}) {
            assertThat(ask(node, "www.example.", tcp).getRcode()).isEqualTo(Rcode.REFUSED);
        }
        assertThat(node.life().state()).isNotEqualTo(NodeState.OPEN);
        assertThat(node.readiness().reasons())
                .anySatisfy(reason -> assertThat(reason).contains("in drill mode, without silent-gate, lanes"));
        assertThat(node.metrics().scrape())
                .contains("evenkeel_drill_mode 1.0")
                .doesNotContain("lane=\"infrastructure\"");
    }

    /** A port of a node that has just ended: the system may let go of it a moment later. */
    private static ServerSocket taken(int port) {
        return await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> new ServerSocket(port, 1, InetAddress.getLoopbackAddress()), Objects::nonNull);
    }

    /** Whoever has them keeps them, the Raft port first: the node answers, says why, and goes on by itself. */
    @Test
    void aNodeWithZonesAnswersAlthoughItsPortsAreTaken() throws Exception {
        int raft = FreePorts.next().getPort();
        int admin = FreePorts.next().getPort();
        int health = FreePorts.next().getPort();
        int peer = FreePorts.next().getPort();
        String more = "cluster:\n  members:\n    - {name: n1, raft: '127.0.0.1:" + raft + "', peer: '127.0.0.1:" + peer
                + "'}\nadmin: {listen: '127.0.0.1:" + admin + "'}\nhealth: {listen: '127.0.0.1:" + health
                + "'}\ngate: {no-quorum-after: 1s, warm-up: 200ms}\n";
        DnsServer before = start("n1", more);
        awaitOpen(before);
        create(before);
        before.close();
        nodes.clear();
        DnsServer node;
        try (ServerSocket _ = taken(raft);
                ServerSocket _ = taken(peer);
                ServerSocket _ = taken(admin);
                ServerSocket _ = taken(health)) {
            node = start("n1", more);
            awaitOpen(node);
            assertThat(node.life().age()).isGreaterThan(Duration.ofSeconds(1));
            Message answer = ask(node, "www.example.", false);
            assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
            assertThat(answer.getOPT().getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR))
                    .singleElement()
                    .isInstanceOfSatisfying(
                            ExtendedErrorCodeOption.class,
                            error -> assertThat(error.getErrorCode()).isEqualTo(3));
            assertThat(node.readiness().ready()).isTrue();
            assertThat(String.join("; ", node.readiness().reasons()))
                    .contains("stale", "127.0.0.1:" + raft, "peer channel: cannot listen on 127.0.0.1:" + peer);
        }
        await().atMost(PATIENCE).until(() -> node.readiness().reasons().isEmpty());
        assertThat(ask(node, "www.example.", false).getOPT().getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR))
                .isEmpty();
        await().atMost(PATIENCE).until(() -> connects(admin));
        await().atMost(PATIENCE).until(() -> connects(health));
    }

    @Test
    void aNodeThatIsNewOpensAlthoughItsHealthPortIsTaken() throws Exception {
        int health = FreePorts.next().getPort();
        try (ServerSocket _ = new ServerSocket(health, 1, InetAddress.getLoopbackAddress())) {
            awaitOpen(start("n1", "health: {listen: '127.0.0.1:" + health + "'}\n"));
        }
        await().atMost(PATIENCE).until(() -> connects(health));
    }

    private static boolean connects(int port) {
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aNodeThatNeverHadDataStaysSilentWithoutTheOthers() throws Exception {
        DnsServer alone = start("n1", members(3) + "gate: {no-quorum-after: 1s}\n");
        await().atMost(PATIENCE).until(() -> alone.life().age().toMillis() > 2000);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(alone.readiness().reasons())
                        .singleElement()
                        .asString()
                        .startsWith("starting: ")
                        .contains("n2"));
        assertThat(alone.life().state()).isEqualTo(NodeState.STARTING);
        assertThatThrownBy(() -> ask(alone, "www.example.", false, Duration.ofMillis(300)))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aNodeWhoseFileIsBrokenAnswersByTheConfigurationWithWhichItLastOpenedAndSaysSo() throws Exception {
        DnsServer node = start("n1", "");
        awaitOpen(node);
        create(node);
        Path kept = folder.resolve("n1").resolve("last-config");
        await().atMost(PATIENCE).until(() -> Files.exists(kept));
        assertThat(node.metrics().scrape()).contains("evenkeel_config_last 0.0");
        node.close();

        Path file = folder.resolve("n1.yaml");
        String good = Files.readString(file);
        Files.writeString(file, good + "colour: blue\n");
        DnsServer again = start(file);
        awaitOpen(again);
        assertThat(ask(again, "www.example.", false).getSection(Section.ANSWER)).hasSize(1);
        assertThat(again.readiness().ready()).isTrue();
        assertThat(again.readiness().reasons())
                .anySatisfy(reason -> assertThat(reason)
                        .startsWith("runs on the configuration with which it last opened")
                        .contains(file + ": colour: unknown key")
                        .contains("mend the file and restart this node"));
        assertThat(again.metrics().scrape()).contains("evenkeel_config_last 1.0");
        again.close();

        Files.writeString(file, good);
        DnsServer mended = start(file);
        awaitOpen(mended);
        assertThat(mended.metrics().scrape()).contains("evenkeel_config_last 0.0");
    }

    /** Missing here, damaged there, at once: no node may end, and nobody has a majority. */
    @Test
    void nodesWithZonesAnswerWithoutTheirClusterKeyAndTheirApiKeyAndGoOnOnceTheyHaveThem() throws Exception {
        Path key = TestKeys.file(folder, "key");
        String members = members(3) + "gate: {no-quorum-after: 1s, warm-up: 200ms}\n";
        for (String name : NAMES) {
            Path own = Files.copy(key, keyOf(name), StandardCopyOption.COPY_ATTRIBUTES);
            start(name, withKey(members, own));
        }
        createOnAll();
        nodes.forEach(DnsServer::close);
        nodes.clear();

        Files.delete(keyOf("n1"));
        Files.writeString(keyOf("n2"), "rubbish");
        Path apiKey = folder.resolve("n3").resolve("local-api-key");
        String known = Files.readString(apiKey);
        Files.delete(apiKey);
        Files.createDirectory(apiKey);
        for (String name : NAMES) {
            DnsServer node = start(name, withKey(members, keyOf(name)));
            awaitOpen(node);
            assertThat(node.readiness().ready()).isTrue();
            assertThat(ask(node, "www.example.", false).getRcode()).isEqualTo(Rcode.NOERROR);
        }
        assertReason(nodes.get(0), "n1.p12: not there; copy it from another member");
        assertReason(nodes.get(1), "n2.p12: not a readable PKCS12 file of a cluster");
        assertReason(nodes.get(2), "local-api-key: cannot be read or made");
        for (DnsServer node : nodes.subList(0, 2)) {
            assertThat(node.metrics().scrape()).contains("evenkeel_raft_fault 1.0");
            assertThat(zones(node, "n1").statusCode()).isEqualTo(401);
        }
        assertThat(zones(nodes.get(0), Files.readString(folder.resolve("n1/local-api-key")))
                        .statusCode())
                .isEqualTo(503);
        HttpResponse<String> refused = zones(nodes.get(2), known);
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("local-api-key: cannot be read or made");

        Files.copy(key, keyOf("n1"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.copy(key, keyOf("n2"), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        Files.delete(apiKey);
        Files.writeString(apiKey, known);
        for (DnsServer node : nodes) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(node.readiness().reasons()).isEmpty());
        }
        assertThat(zones(nodes.get(2), known).statusCode()).isEqualTo(200);
    }

    @Test
    void aNodeWithoutZonesEndsWhereItsKeysCannotBeHad() throws Exception {
        assertThatThrownBy(() -> start("n1", withKey(members(3), keyOf("n1"))))
                .isInstanceOf(ClusterKeyException.class)
                .hasMessageContaining("n1.p12: not there");
        Files.createDirectories(folder.resolve("n2/local-api-key"));
        assertThatThrownBy(() -> start("n2", "")).hasMessageContaining("local-api-key: cannot be read or made");
    }

    @Test
    void nodesWhoseCertificateHasEndedAnswerAndSayItAndGoOnOnceTheClockIsRight() throws Exception {
        Path key = TestKeys.file(folder, "key"); // of 30 days
        String members = members(3) + "gate: {no-quorum-after: 1s, warm-up: 200ms}\n";
        AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
        InstantSource clock = () -> Instant.now().plus(ahead.get());
        for (String name : NAMES) {
            start(name, withKey(members, key), clock);
        }
        createOnAll();

        ahead.set(Duration.ofDays(40));
        for (DnsServer node : nodes) {
            assertReason(node, "key.p12: the certificate that it shows ended on");
            assertThat(node.readiness().ready()).isTrue();
            assertThat(node.readiness().hindrances()).as("connections last").isEmpty();
        }
        nodes.forEach(DnsServer::close);
        nodes.clear();
        for (String name : NAMES) {
            DnsServer node = start(name, withKey(members, key), clock);
            awaitOpen(node);
            assertThat(ask(node, "www.example.", false).getRcode()).isEqualTo(Rcode.NOERROR);
            assertReason(node, "stale");
            assertReason(node, "ended on");
        }
        ahead.set(Duration.ZERO);
        for (DnsServer node : nodes) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(node.readiness().reasons()).isEmpty());
        }
    }

    /** The clock stays where it is: nothing is wiped, and nothing but the key file is touched. */
    @Test
    void nodesWhoseCertificateHasEndedAreGivenANewKeyAndTakeChangesAgain() throws Exception {
        Path first = TestKeys.file(folder, "first"); // of 30 days
        Path second = TestKeys.file(folder, "second", "-validity", "100");
        Path key = Files.copy(first, folder.resolve("key.p12"), StandardCopyOption.COPY_ATTRIBUTES);
        String members = withKey(members(3) + "gate: {no-quorum-after: 1s, warm-up: 200ms}\n", key);
        AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
        InstantSource clock = () -> Instant.now().plus(ahead.get());
        for (String name : NAMES) {
            start(name, members, clock);
        }
        createOnAll();
        nodes.forEach(DnsServer::close);
        nodes.clear();

        ahead.set(Duration.ofDays(40));
        for (String name : NAMES) {
            DnsServer node = start(name, members, clock);
            awaitOpen(node);
            assertReason(node, "stale");
        }
        TestKeys.write(key, first, second); // evenkeel cluster key next
        for (DnsServer node : nodes) {
            await().atMost(PATIENCE)
                    .until(() -> node.metrics().scrape().contains("evenkeel_cluster_key_changes_total 1.0"));
            assertReason(node, "ended on");
        }
        TestKeys.write(key, second, first); // evenkeel cluster key switch
        for (DnsServer node : nodes) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(node.readiness().reasons()).isEmpty());
        }
        create(nodes.getLast(), "second.");
        for (DnsServer node : nodes) {
            assertThat(ask(node, "www.example.", false).getRcode()).isEqualTo(Rcode.NOERROR);
            await().atMost(PATIENCE).until(() -> ask(node, "www.second.", false).getRcode() == Rcode.NOERROR);
        }
    }

    private void createOnAll() throws Exception {
        for (DnsServer node : nodes) {
            awaitOpen(node);
        }
        create(nodes.getFirst());
        for (DnsServer node : nodes) {
            await().atMost(PATIENCE)
                    .until(() -> ask(node, "www.example.", false).getRcode() == Rcode.NOERROR);
            await().atMost(PATIENCE).until(() -> node.readiness().reasons().isEmpty());
        }
    }

    private static void assertReason(DnsServer node, String part) {
        assertThat(node.readiness().reasons())
                .anySatisfy(reason -> assertThat(reason).contains(part));
    }

    private Path keyOf(String name) {
        return folder.resolve(name + ".p12");
    }

    private static String withKey(String members, Path key) {
        return members.replace("cluster:\n", "cluster:\n  key-file: '" + key + "'\n");
    }

    private static HttpResponse<String> zones(DnsServer node, String key) throws Exception {
        InetSocketAddress admin = node.adminAddress();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(
                                    "http://127.0.0.1:" + admin.getPort() + "/api/v1/servers/localhost/zones"))
                            .header("X-API-Key", key.strip())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void aTakenAdminPortIsNamedWithItsKey() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> start("n1", "admin: {listen: '127.0.0.1:" + taken.getLocalPort() + "'}\n"))
                    .isInstanceOf(AddressInUseException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort() + " (admin)")
                    .hasMessageContaining("admin.listen");
        }
    }

    @Test
    void aDataFolderThatCannotBeWrittenEndsTheStart() throws Exception {
        Path file = Files.writeString(folder.resolve("n1"), "a file, not a folder");
        assertThatThrownBy(() -> start("n1", ""))
                .isInstanceOf(DiskException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("node.data");
        assertThatThrownBy(() -> DataFolder.prepare(folder, Long.MAX_VALUE)).hasMessageContaining("MiB are needed");
    }

    /** The error is planted where the node logs, on its way into the cluster, who it is. */
    @Test
    void anErrorOnTheWayIntoTheClusterIsCountedAndMakesTheProcessEnd() throws Exception {
        Error planted = new LinkageError("planted");
        try (TestLog _ = TestLog.of(ControlPlane.class.getPackage(), Level.INFO, event -> {
            if (event.getThreadName().equals("startup")
                    && event.getFormattedMessage().contains("planted-1")) {
                throw planted;
            }
        })) {
            DnsServer node = start("planted", "");
            assertThat(node.failed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isSameAs(planted);
            assertThat(node.metrics().scrape()).contains("evenkeel_work_faults_total{work=\"startup\"} 1.0");
        }
    }

    private DnsServer start(String name, String more) throws Exception {
        return start(name, more, InstantSource.system());
    }

    private DnsServer start(String name, String more, InstantSource clock) throws Exception {
        String yaml = "node: {name: " + name + ", data: '" + folder.resolve(name) + "'}\n"
                + (more.contains("dns:") ? "" : "dns: {listen: ['127.0.0.1:0'], loops: 1}\n")
                + (more.contains("admin:") ? "" : "admin: {listen: '127.0.0.1:0'}\n")
                + (more.contains("health:") ? "" : "health: {listen: '127.0.0.1:0'}\n")
                + (more.contains("gate:") ? "" : "gate: {warm-up: 200ms}\n")
                + more;
        Path file = Files.writeString(folder.resolve(name + ".yaml"), yaml);
        return start(file, clock);
    }

    private DnsServer start(Path file) throws Exception {
        return start(file, InstantSource.system());
    }

    private DnsServer start(Path file, InstantSource clock) throws Exception {
        DnsServer node =
                DnsServer.start(Configuration.load(file, Map.of()), new LogLosses(), UnaryOperator.identity(), clock);
        nodes.add(node);
        return node;
    }

    private static String members(int count) throws IOException {
        StringBuilder text = new StringBuilder("cluster:\n  members:\n");
        for (int i = 1; i <= count; i++) {
            text.append("    - {name: n" + i + ", raft: '127.0.0.1:"
                    + FreePorts.next().getPort() + "', peer: '127.0.0.1:"
                    + FreePorts.next().getPort() + "'}\n");
        }
        return text.toString();
    }

    private static void awaitOpen(DnsServer node) throws InterruptedException {
        assertThat(node.life().await(NodeState.OPEN, PATIENCE))
                .as(() -> node.readiness() + " " + node.failed())
                .isTrue();
    }

    private static void create(DnsServer node) throws Exception {
        create(node, "example.");
    }

    private static void create(DnsServer node, String zone) throws Exception {
        Name apex = Name.fromString(zone);
        List<Record> records = List.of(
                Record.fromString(apex, Type.SOA, DClass.IN, 300, "ns h 1 2 3 4 5", apex),
                Record.fromString(apex, Type.NS, DClass.IN, 300, "ns", apex),
                Record.fromString(Name.fromString("ns", apex), Type.A, DClass.IN, 300, "192.0.2.1", apex),
                Record.fromString(Name.fromString("www", apex), Type.A, DClass.IN, 300, "192.0.2.2", apex));
        UUID id = UUID.randomUUID();
        Outcome<Accepted> outcome = node.changes()
                .submit(
                        new RequestId(id.getMostSignificantBits(), id.getLeastSignificantBits()),
                        new Origin("test", "", ""),
                        new Change.CreateZone(apex, new ZoneContents.Inline(records)),
                        PATIENCE);
        assertThat(outcome).isInstanceOf(Outcome.Done.class);
    }

    private static Message ask(DnsServer node, String name, boolean tcp) throws IOException {
        return ask(node, name, tcp, PATIENCE);
    }

    private static Message ask(DnsServer node, String name, boolean tcp, Duration patience) throws IOException {
        SimpleResolver resolver = new SimpleResolver(node.dnsAddresses().getFirst());
        resolver.setEDNS(0);
        resolver.setTimeout(patience);
        resolver.setTCP(tcp);
        return resolver.send(Message.newQuery(Record.newRecord(Name.fromString(name), Type.A, DClass.IN)));
    }
}
