package io.evenkeel.ops.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.ops.Cli;
import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code up} and {@code down} ask the machine, and refuse before they start anything. */
class ProcessesTest {
    private static final long LONG_SECONDS = 60;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void processIsKnownByPidAndStart() throws Exception {
        long own = ProcessHandle.current().pid();
        assertThat(OsProcess.isAlive(own, OsProcess.startTicks(own))).isTrue();
        assertThat(OsProcess.isAlive(own, OsProcess.startTicks(own) + 1)).isFalse();

        Process child = sleeping();
        long ticks = OsProcess.startTicks(child.pid());
        assertThat(OsProcess.isAlive(child.pid(), ticks)).isTrue();
        assertThat(child.destroyForcibly().waitFor(LONG_SECONDS, TimeUnit.SECONDS))
                .isTrue();
        assertThat(OsProcess.isAlive(child.pid(), ticks)).isFalse();
    }

    @Test
    void busyPortsAreNamedWithTheirOwner() throws Exception {
        String self = "(pid " + ProcessHandle.current().pid() + ")";
        int tcp;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            tcp = socket.getLocalPort();
            assertThat(Ports.tcpFree(tcp)).isFalse();
            assertThat(Ports.owner("tcp", tcp))
                    .hasValueSatisfying(owner -> assertThat(owner).contains(self));
        }
        assertThat(Ports.tcpFree(tcp)).isTrue();
        int udp;
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
            udp = socket.getLocalPort();
            assertThat(Ports.udpFree(udp)).isFalse();
            assertThat(Ports.owner("udp", udp))
                    .hasValueSatisfying(owner -> assertThat(owner).contains(self));
        }
        assertThat(Ports.udpFree(udp)).isTrue();
    }

    @Test
    void ownerIsFoundInAProcessThatOpensAndClosesAllTheTime() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        // Descriptors below and above the socket's own come and go.
        Thread busy = Thread.ofPlatform().start(() -> {
            while (!ended.get()) {
                try (var one = Files.newInputStream(Path.of("/dev/null"));
                        var two = Files.newInputStream(Path.of("/dev/null"))) {
                    assertThat(one.read() + two.read()).isEqualTo(-2);
                } catch (IOException impossible) {
                    throw new UncheckedIOException(impossible);
                }
            }
        });
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            for (int i = 0; i < 200; i++) {
                assertThat(Ports.owner("tcp", socket.getLocalPort())).isPresent();
            }
        } finally {
            ended.set(true);
            busy.join();
        }
    }

    @Test
    void upRefusesABusyPortAndLeavesNothing() throws Exception {
        try (ServerSocket socket = new ServerSocket()) {
            int port = 0;
            for (int base = 20_000; port == 0 && base < 60_000; base += 10) {
                // All others are free, or one of them would be named first.
                if (new Layout(base, 3)
                        .plan().stream().allMatch(node -> Layout.busyPorts(node).isEmpty())) {
                    socket.bind(new InetSocketAddress(
                            InetAddress.ofLiteral("127.0.0.1"), new Layout(base, 3).adminPort(1)));
                    port = base;
                }
            }
            Cli said = Cli.run("up", "--detach", "--data", folder.resolve("d"), "--base-port", port);
            assertThat(said.code()).isEqualTo(3);
            assertThat(said.err())
                    .contains("TCP port " + new Layout(port, 3).adminPort(1) + " (admin) is in use by")
                    .contains("--base-port");
            assertThat(folder.resolve("d").resolve(ClusterFile.NAME)).doesNotExist();
        }
    }

    @Test
    void upRefusesAFolderOfSomethingElse() throws Exception {
        Files.writeString(folder.resolve("thesis.txt"), "precious");
        Cli said = Cli.run("up", "--detach", "--data", folder);
        assertThat(said.code()).isEqualTo(4);
        assertThat(said.err()).contains("is not empty and not a data folder");
        assertThat(Cli.run("up", "--data", folder.resolve("thesis.txt")).code()).isEqualTo(4);
    }

    @Test
    void upHoldsOptionsAgainstTheDataThatIsThere() throws Exception {
        new ClusterFile(ClusterFile.FORMAT, "evenkeel", new Layout(5300, 3).plan()).write(folder);
        Cli nodes = Cli.run("up", "--detach", "--nodes", "5", "--data", folder);
        assertThat(nodes.code()).isEqualTo(4);
        assertThat(nodes.err()).contains("has 3 nodes").contains("--nodes 3");
        Cli ports = Cli.run("up", "--detach", "--base-port", "6300", "--data", folder);
        assertThat(ports.code()).isEqualTo(4);
        assertThat(ports.err()).contains("has base port 5300");
    }

    @Test
    void downStopsOnlyWhatWasStartedThen() throws Exception {
        Process bystander = sleeping();
        Process node = sleeping();
        try {
            List<ClusterFile.Node> plan = new Layout(5300, 3).plan();
            new ClusterFile(
                            ClusterFile.FORMAT,
                            "evenkeel",
                            List.of(
                                    plan.get(0).withProcess(bystander.pid(), OsProcess.startTicks(bystander.pid()) - 1),
                                    plan.get(1).withProcess(node.pid(), OsProcess.startTicks(node.pid())),
                                    plan.get(2)))
                    .write(folder);
            Cli said = Cli.run("down", "--data", folder);
            assertThat(said.code()).isZero();
            assertThat(said.out()).contains("stopped 1 node;");
            assertThat(node.waitFor(LONG_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(bystander.isAlive()).isTrue();
            assertThat(Cli.run("down", "--data", folder).out()).contains("nothing runs in");
        } finally {
            bystander.destroyForcibly();
            node.destroyForcibly();
        }
    }

    /** Longer than any test, however slow the machine. */
    private static Process sleeping() throws IOException {
        return new ProcessBuilder("sleep", "3600").start();
    }

    @Test
    void oneAtATimeChangesAFolder() throws Exception {
        try (ClusterFolder held = ClusterFolder.open(folder)) {
            assertThat(held).isNotNull();
            assertThatThrownBy(() -> ClusterFolder.open(folder, Duration.ZERO)).hasMessageContaining("is at work in");
        }
        ClusterFolder.open(folder).close();
    }

    @Test
    void aFolderIsMadeForItsOwnerAloneAndOneThatIsThereStaysAsItIs(@TempDir Path above) throws Exception {
        Path folder = above.resolve("not/yet/there");
        ClusterFolder.open(folder).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
        Path shared = Files.createDirectory(above.resolve("shared"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxr-x---"));
        ClusterFolder.open(shared).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shared)))
                .isEqualTo("rwxr-x---");
    }
}
