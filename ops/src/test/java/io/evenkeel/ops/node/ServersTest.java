package io.evenkeel.ops.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServersTest {
    @TempDir
    Path folder = Path.of("");

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("evenkeel"), text);
    }

    @Test
    void fileNamesServersAndTheKeysOfThoseThatFollow() throws Exception {
        Path file = file("""
                # a comment
                server: 127.0.0.1:8101

                api-key-file: keys/hall
                server: http://127.0.0.1:8102
                server: https://n3.example.net
                api-key-file: /keys/yard
                server: [::1]:8081
                """);
        assertThat(Servers.inFile(file))
                .containsExactly(
                        new Servers.Server(URI.create("http://127.0.0.1:8101"), null),
                        new Servers.Server(URI.create("http://127.0.0.1:8102"), folder.resolve("keys/hall")),
                        new Servers.Server(URI.create("https://n3.example.net"), folder.resolve("keys/hall")),
                        new Servers.Server(URI.create("http://[::1]:8081"), Path.of("/keys/yard")));
        assertThat(Servers.userFile(folder.toString(), null)).contains(file);
        assertThat(Servers.userFile(null, folder.toString())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"servers: a:1", "server:", "a:1", "server: http://[", "", "api-key-file: k"})
    void lineThatIsNoneIsNamed(String line) throws Exception {
        Path file = file("# first\n" + line + "\n");
        assertThatThrownBy(() -> Servers.inFile(file))
                .isInstanceOfSatisfying(
                        CommandFailure.class, e -> assertThat(e.exitCode()).isEqualTo(CommandFailure.USAGE))
                .hasMessageStartingWith(file.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "node: {name: n1, data: /var/lib/evenkeel} | http://127.0.0.1:8101 | /var/lib/evenkeel/local-api-key",
                "{node: {data: /d}, admin: {listen: '0.0.0.0:8081'}} | http://127.0.0.1:8081 | /d/local-api-key",
                "{node: {data: /d}, admin: {listen: '[::]:8081'}} | http://127.0.0.1:8081 | /d/local-api-key",
                "{node: {data: /d}, admin: {listen: '[::1]:8081'}} | http://[::1]:8081 | /d/local-api-key",
                "node: {name: n1} | http://127.0.0.1:8101 |"
            })
    void configurationOfANodeNamesItsAdminPortAndItsKey(String yaml, String url, String key) throws Exception {
        assertThat(Servers.inConfiguration(file(yaml)))
                .isEqualTo(new Servers.Server(URI.create(url), key == null ? null : Path.of(key)));
    }

    @Test
    void configurationThatIsNoYamlIsNamed() throws Exception {
        Path file = file("node: {");
        assertThatThrownBy(() -> Servers.inConfiguration(file))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining(file + " is no YAML")
                .hasMessageContaining("--server");
    }
}
