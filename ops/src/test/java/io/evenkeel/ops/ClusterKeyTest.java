package io.evenkeel.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterKeyTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void createdKeyIsTheOwnersAndValidNowAndForALifetime() throws Exception {
        Path file = folder.resolve("key.p12");
        Cli said = Cli.run("cluster", "key", "create", file);
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(entries()).containsExactly(file);

        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, "evenkeel".toCharArray());
        }
        assertThat(store.isKeyEntry("cluster")).isTrue();
        X509Certificate certificate = (X509Certificate) store.getCertificate("cluster");
        Instant now = Instant.now();
        assertThat(certificate.getPublicKey().getAlgorithm()).isEqualTo("EC");
        assertThat(certificate.getNotBefore().toInstant())
                .isBetween(now.minus(Duration.ofHours(25)), now.minus(Duration.ofHours(22)));
        assertThat(certificate.getNotAfter().toInstant()).isAfter(now.plus(Duration.ofDays(99 * 365)));
    }

    @Test
    void existingFileIsLeftAsItIs() throws Exception {
        Path file = Files.writeString(folder.resolve("key.p12"), "precious");
        Cli refused = Cli.run("cluster", "key", "create", file);
        assertThat(refused.code()).isEqualTo(CommandFailure.FAILED);
        assertThat(refused.err()).contains("key.p12 exists").contains("never overwritten");

        Cli left = Cli.run("cluster", "key", "create", file, "--if-missing", "--output", "json");
        assertThat(left.code()).as(left.err()).isZero();
        assertThat(left.out()).contains("\"created\":false");
        assertThat(file).hasContent("precious");
        assertThat(entries()).containsExactly(file);
    }

    @Test
    void folderThatIsMissingIsNamed() {
        Cli said = Cli.run("cluster", "key", "create", folder.resolve("none/key.p12"), "--if-missing");
        assertThat(said.code()).isEqualTo(CommandFailure.FAILED);
        assertThat(said.err()).contains("no such folder").contains("none");
    }

    @Test
    void ofManyAtOnceOneMakesTheKeyOfAll() throws Exception {
        Path file = folder.resolve("key.p12");
        List<Callable<Cli>> runs = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            runs.add(() -> Cli.run("cluster", "key", "create", file, "--if-missing", "--output", "json"));
        }
        List<String> said = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(runs.size())) {
            for (Future<Cli> run : threads.invokeAll(runs)) {
                assertThat(run.get().code()).as(run.get().err()).isZero();
                said.add(run.get().out());
            }
        }
        assertThat(said).filteredOn(line -> line.contains("\"created\":true")).hasSize(1);
        assertThat(said).filteredOn(line -> line.contains("\"created\":false")).hasSize(3);
        assertThat(entries()).as("nothing half-made is left").containsExactly(file);
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        }
    }
}
