package io.evenkeel.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.evenkeel.server.cluster.ControlPlane;
import io.evenkeel.server.node.Configuration;
import io.evenkeel.server.node.NodeState;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.transport.AddressInUseException;
import io.evenkeel.server.transport.Sockets;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ZoneContents;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
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
                    .contains("evenkeel_dns_udp_lost_total{loop=\"0\"} 0.0")
                    .contains("evenkeel_dns_udp_wait_seconds_count 3"); // all that was asked over UDP
        }

        node.close();
        DnsServer again = start("n1", "dns: {listen: ['127.0.0.1:0'], loops: 1, udp-batches: false}\n");
        awaitOpen(again);
        assertThat(ask(again, "www.example.", false).getSection(Section.ANSWER)).hasSize(1);
        await().atMost(PATIENCE).until(() -> again.readiness().reasons().isEmpty());
        assertThat(again.metrics().scrape()).doesNotContain("evenkeel_dns_udp_wait_seconds");
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

        DnsServer alone = start("n3", members + "gate: {no-quorum-after: 3s}\n");
        awaitOpen(alone);
        assertThat(alone.life().age()).isGreaterThan(Duration.ofSeconds(3));
        assertThat(alone.readiness().ready()).isTrue();
        assertThat(alone.readiness().reasons()).containsExactly("stale");
        assertThat(ask(alone, "www.example.", false).getRcode()).isEqualTo(Rcode.NOERROR);

        start("n2", members);
        await().atMost(PATIENCE).until(() -> alone.readiness().reasons().isEmpty());
    }

    /** Whoever has them keeps them, the Raft port first: the node answers, says why, and goes on by itself. */
    @Test
    void aNodeWithZonesAnswersAlthoughItsPortsAreTaken() throws Exception {
        int raft = FreePorts.next().getPort();
        int admin = FreePorts.next().getPort();
        int peer = FreePorts.next().getPort();
        String more = "cluster:\n  members:\n    - {name: n1, raft: '127.0.0.1:" + raft + "', peer: '127.0.0.1:" + peer
                + "'}\nadmin: {listen: '127.0.0.1:" + admin + "'}\ngate: {no-quorum-after: 1s, warm-up: 200ms}\n";
        DnsServer before = start("n1", more);
        awaitOpen(before);
        create(before);
        before.close();
        nodes.clear();
        DnsServer node;
        try (ServerSocket _ = new ServerSocket(raft, 1, InetAddress.getLoopbackAddress());
                ServerSocket _ = new ServerSocket(peer, 1, InetAddress.getLoopbackAddress());
                ServerSocket _ = new ServerSocket(admin, 1, InetAddress.getLoopbackAddress())) {
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
        AppenderBase<ILoggingEvent> planting = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (event.getThreadName().equals("startup")
                        && event.getFormattedMessage().contains("planted-1")) {
                    throw planted;
                }
            }
        };
        planting.start();
        Logger logger = (Logger) LoggerFactory.getLogger(ControlPlane.class.getPackageName());
        Level before = logger.getLevel();
        logger.setLevel(Level.INFO);
        logger.addAppender(planting);
        try {
            DnsServer node = start("planted", "");
            assertThat(node.failed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isSameAs(planted);
            assertThat(node.metrics().scrape()).contains("evenkeel_work_faults_total{work=\"startup\"} 1.0");
        } finally {
            logger.detachAppender(planting);
            logger.setLevel(before);
        }
    }

    private DnsServer start(String name, String more) throws Exception {
        String yaml = "node: {name: " + name + ", data: '" + folder.resolve(name) + "'}\n"
                + (more.contains("dns:") ? "" : "dns: {listen: ['127.0.0.1:0'], loops: 1}\n")
                + (more.contains("admin:") ? "" : "admin: {listen: '127.0.0.1:0'}\n")
                + (more.contains("gate:") ? "" : "gate: {warm-up: 200ms}\n")
                + more;
        Path file = Files.writeString(folder.resolve(name + ".yaml"), yaml);
        return start(file);
    }

    private DnsServer start(Path file) throws Exception {
        DnsServer node = DnsServer.start(Configuration.load(file, Map.of()), () -> 0);
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
        Name apex = Name.fromString("example.");
        List<Record> records = List.of(
                Record.fromString(apex, Type.SOA, DClass.IN, 300, "ns.example. h.example. 1 2 3 4 5", Name.root),
                Record.fromString(apex, Type.NS, DClass.IN, 300, "ns.example.", Name.root),
                Record.fromString(Name.fromString("ns.example."), Type.A, DClass.IN, 300, "192.0.2.1", Name.root),
                Record.fromString(Name.fromString("www.example."), Type.A, DClass.IN, 300, "192.0.2.2", Name.root));
        UUID id = UUID.randomUUID();
        Outcome<Accepted> outcome = node.changes()
                .submit(
                        new RequestId(id.getMostSignificantBits(), id.getLeastSignificantBits()),
                        "test",
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
