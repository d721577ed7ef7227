package io.evenkeel.ops.key;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.Cli;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
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

    @Test
    void rotationGoesInThreeStepsAndInNoOtherOrder() throws Exception {
        Path file = folder.resolve("key.p12");
        said(0, "create", file);
        JsonNode first = Json.MAPPER.readTree(said(0, "show", file).out());
        assertThat(first).hasSize(1);
        String old = first.at("/0/fingerprint").asText();
        assertThat(old).hasSize(64);
        assertThat(first.at("/0/shown").asBoolean()).isTrue();
        assertThat(said(1, "switch", file).out()).contains("nothing to switch to");
        assertThat(said(1, "drop", file).out()).contains("no previous key");

        JsonNode added = Json.MAPPER.readTree(said(0, "next", file).out()).path("entries");
        String next = added.at("/1/fingerprint").asText();
        assertThat(added.at("/0/fingerprint").asText()).isEqualTo(old);
        assertThat(added.at("/1/alias").asText()).isEqualTo("next");
        assertThat(next).isNotEqualTo(old);
        assertThat(said(1, "next", file).out()).contains("holds a next key already");

        JsonNode switched = Json.MAPPER.readTree(said(0, "switch", file).out()).path("entries");
        assertThat(switched.at("/0/fingerprint").asText()).isEqualTo(next);
        assertThat(switched.at("/0/key").asBoolean()).isTrue();
        assertThat(switched.at("/1/alias").asText()).isEqualTo("previous");
        assertThat(switched.at("/1/fingerprint").asText()).isEqualTo(old);
        assertThat(said(1, "next", file).out()).contains("holds a previous key already");

        JsonNode dropped = Json.MAPPER.readTree(said(0, "drop", file).out()).path("entries");
        assertThat(dropped).hasSize(1);
        assertThat(dropped.at("/0/fingerprint").asText()).isEqualTo(next);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(entries()).containsExactly(file);
    }

    @Test
    void whatIsNoKeyFileIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("text.p12"), "hello");
        assertThat(said(1, "show", file).out())
                .contains("text.p12 is no cluster key: it is no PKCS12 file")
                .doesNotContain("tag type");
        assertThat(said(1, "next", file).out())
                .contains("text.p12 is no cluster key: it is no PKCS12 file")
                .doesNotContain("tag type");
        assertThat(file).hasContent("hello");
        assertThat(said(1, "show", folder.resolve("none.p12")).out()).contains("no such file");
    }

    private static Cli said(int code, String verb, Path file) {
        Cli said = Cli.run("cluster", "key", verb, file, "--output", "json");
        assertThat(said.code()).as("%s %s", said.out(), said.err()).isEqualTo(code);
        return said;
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        }
    }
}
