package io.evenkeel.ops.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Nodes by the addresses of their admin APIs, as a file of this user, or the configuration of the node on this machine, names them where
 * nothing else does.
 */
final class Servers {
    /** A list of addresses is short; a longer file is some other file. */
    private static final long MAX_FILE_BYTES = 1 << 20;

    /** Of the node on this machine, where docs/operations.md has it. */
    private static final Path CONFIGURATION = Path.of("/etc/evenkeel/evenkeel.yaml");

    private static final String SERVER = "server";
    private static final String KEY_FILE = "api-key-file";

    private Servers() {}

    /**
     * One of them.
     *
     * @param keyFile with its API key; null: it is not told
     */
    record Server(URI url, @Nullable Path keyFile) {}

    /** Those of the user's file, else that of this machine; none if there is neither. */
    static List<Server> ofThisUser() throws CommandFailure, IOException {
        Optional<Path> file = userFile(Target.environment("XDG_CONFIG_HOME"), System.getProperty("user.home"));
        if (file.isPresent()) {
            return inFile(file.get());
        }
        return Files.exists(CONFIGURATION) ? List.of(inConfiguration(CONFIGURATION)) : List.of();
    }

    /** {@code evenkeel} in the folder for configurations of the user, if it is there. */
    static Optional<Path> userFile(@Nullable String configurations, @Nullable String home) {
        Path folder = configurations == null ? Path.of(home == null ? "" : home, ".config") : Path.of(configurations);
        Path file = folder.resolve("evenkeel");
        return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
    }

    /** Lines {@code server: URL}, and {@code api-key-file: FILE} before those that take that key. */
    static List<Server> inFile(Path file) throws CommandFailure, IOException {
        List<Server> servers = new ArrayList<>();
        Path key = null;
        int number = 0;
        for (String line : text(file).lines().map(String::strip).toList()) {
            number++;
            int colon = line.indexOf(':');
            String name = colon < 0 ? line : line.substring(0, colon).strip();
            String value = colon < 0 ? "" : line.substring(colon + 1).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            if (value.isEmpty() || !List.of(SERVER, KEY_FILE).contains(name)) {
                throw usage(
                        "%s:%d: %s: a line is `server: URL`, or before those that it is the key of `api-key-file: FILE`"
                                .formatted(file, number, line));
            }
            if (name.equals(SERVER)) {
                servers.add(new Server(url(file + ":" + number, value), key));
            } else {
                key = file.resolveSibling(
                        value.startsWith("~/") ? System.getProperty("user.home") + value.substring(1) : value);
            }
        }
        if (servers.isEmpty()) {
            throw usage(file + " names no server: write a line `server: http://127.0.0.1:8081`, or remove the file");
        }
        return servers;
    }

    /** The node whose configuration that is, by its admin port on this machine and the key in its data folder. */
    static Server inConfiguration(Path file) throws CommandFailure, IOException {
        JsonNode tree;
        try {
            tree = new YAMLMapper().readTree(text(file));
        } catch (JsonProcessingException e) {
            throw usage("%s is no YAML (%s): see `evenkeel check config %s`, or name a node with --server URL"
                    .formatted(file, e.getOriginalMessage(), file));
        }
        String listen = tree.at("/admin/listen").asText("127.0.0.1:8101");
        int colon = listen.lastIndexOf(':');
        String host = colon < 0 ? listen : listen.substring(0, colon);
        // A wildcard listens on loopback, too, which is where the key is good from.
        String reached = host.equals("0.0.0.0") || host.equals("[::]") ? "127.0.0.1" : host;
        Path data = Path.of(tree.at("/node/data").asText("data"));
        return new Server(
                url(file + ": admin.listen", reached + ":" + listen.substring(colon + 1)),
                // A relative one counts from where the node was started, which nobody knows here.
                data.isAbsolute() ? data.resolve("local-api-key") : null);
    }

    private static String text(Path file) throws CommandFailure, IOException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw usage("%s is larger than 1 MiB, and lists no servers: name a node with --server URL".formatted(file));
        }
        try {
            return Files.readString(file);
        } catch (MalformedInputException e) {
            throw usage("%s is not UTF-8 (%s): name a node with --server URL".formatted(file, Output.reason(e)));
        }
    }

    /**
     * An address as somebody wrote it: {@code host:port} is taken for HTTP.
     *
     * @param place where it stands
     */
    static URI url(String place, String text) throws CommandFailure {
        try {
            URI url = new URI(text.contains("://") ? text : "http://" + text);
            if (url.getHost() != null && List.of("http", "https").contains(url.getScheme())) {
                return url;
            }
        } catch (URISyntaxException notAUrl) {
            // falls through to the one message for all that is not a URL
        }
        throw usage(place + " wants a URL such as http://127.0.0.1:8101, not " + text);
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(CommandFailure.USAGE, message);
    }
}
