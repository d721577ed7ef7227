package io.evenkeel.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.evenkeel.ops.Cli;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code backup}, {@code restore} and {@code cluster recover} refuse, and that they leave nothing behind then. */
class BackupVerbsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void backupNeverOverwrites() throws Exception {
        Path file = Files.writeString(folder.resolve("b"), "precious");
        Cli said = Cli.run("backup", file, "--server", "127.0.0.1:1", "--api-key-file", file);
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err())
                .isEqualTo("evenkeel: " + file
                        + " exists, and a backup is never written over another file: name a new one");
        assertThat(file).hasContent("precious");
    }

    @Test
    void whatIsNoWholeBackupIsNotKept() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 10);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("EVKNBKUP cut".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            exchange.close();
        });
        server.start();
        try {
            Path key = Files.writeString(folder.resolve("key"), "0123456789abcdef");
            Cli said = Cli.run(
                    "backup",
                    folder.resolve("b"),
                    "--server",
                    "127.0.0.1:" + server.getAddress().getPort(),
                    "--api-key-file",
                    key);
            assertThat(said.code()).isEqualTo(1);
            assertThat(said.err().lines()).hasSize(1);
            assertThat(names()).containsExactly("key");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void restoreRefusesWhatIsNoBackupAndTouchesNothing() throws Exception {
        Path file = Files.writeString(folder.resolve("zone"), "$ORIGIN example.\n");
        Cli said = Cli.run("restore", file, "--data", folder.resolve("new"));
        assertThat(said.code()).isEqualTo(1);
        assertThat(said.err()).isEqualTo("evenkeel: " + file + ": this is no backup of Evenkeel");
        Cli missing = Cli.run("restore", folder.resolve("none"), "--data", folder.resolve("new"));
        assertThat(missing.err()).isEqualTo("evenkeel: " + folder.resolve("none") + ": no such file");
        assertThat(names()).containsExactly("zone");
    }

    @Test
    void recoverRefusesWhatIsNoSurvivor() throws Exception {
        Cli none = Cli.run("cluster", "recover", "--node", "n3", "--data", folder.resolve("x"));
        assertThat(none.code()).isEqualTo(4);
        assertThat(none.err()).contains("there is no cluster of `up`");
        Path config = Files.writeString(
                folder.resolve("c.yaml"), "node: {name: n1, data: %s}".formatted(folder.resolve("empty")));
        Cli empty = Cli.run("cluster", "recover", "--config", config, "--confirm", "evenkeel");
        assertThat(empty.code()).isEqualTo(4);
        assertThat(empty.err()).contains("is no data folder of a node");
        assertThat(names()).containsExactly("c.yaml");
        assertThat(Cli.run("cluster", "recover").code()).isEqualTo(2);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }
}
