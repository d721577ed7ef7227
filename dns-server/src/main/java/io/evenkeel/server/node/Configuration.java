package io.evenkeel.server.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.server.config.ConfigException;
import io.evenkeel.server.config.ConfigReader;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.zones.codec.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * A node that has opened keeps the text of its file, and the variables of the environment that stand over it, in its data folder. If
 * the file cannot be used at a later start, it starts on that: a mistake in a file, rolled out to all nodes, must not end all of
 * them. Nothing secret is in it, since secrets are in files that a configuration names.
 *
 * The folder is found by a broken file too if it says node.data before it breaks, or EVENKEEL_NODE_DATA does, or the folder is the
 * default, or that in which the process runs. What is kept there counts only if it was kept for this very file and this very folder.
 *
 *   evenkeel-config 1 <SHA-256 of what follows, in hexadecimal>
 *   {"file": ..., "environment": {...}, "text": ...}
 */

/** The configuration of a node: its file, or the one with which it last opened. {@link #keep} by one thread, the rest by any. */
public final class Configuration {
    /** Its name in the data folder. */
    static final String FILE = "last-config";

    private static final int HASH_DIGITS = 12;
    private static final Logger LOG = LoggerFactory.getLogger(Configuration.class);
    private static final String HEAD = "evenkeel-config 1 ";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A text of the greatest length, escaped, and the environment. */
    private static final long MAX_BYTES = 8 << 20;

    private final ServerConfig config;
    private final List<String> problems;
    /** To be kept once the node is open; null: nothing is. */
    private byte @Nullable [] toKeep;

    private boolean failed;

    private Configuration(ServerConfig config, List<String> problems, byte @Nullable [] toKeep) {
        this.config = config;
        this.problems = List.copyOf(problems);
        this.toKeep = toKeep;
    }

    /**
     * Reads the file and the environment over it; if they cannot be used, what was kept.
     *
     * @param environment {@code System.getenv()}
     * @throws ConfigException with every problem of the file, if nothing usable was kept either
     */
    public static Configuration load(Path file, Map<String, String> environment) throws ConfigException {
        String text = "";
        try {
            text = ConfigReader.text(file);
            ServerConfig config = ConfigReader.parse(file, text, environment);
            return new Configuration(config, List.of(), octets(file, text, environment));
        } catch (ConfigException broken) {
            return kept(file, ConfigReader.dataFolders(text, environment), broken);
        }
    }

    /** A configuration from nowhere, which is not kept. */
    public static Configuration of(ServerConfig config) {
        return new Configuration(config, List.of(), null);
    }

    static byte[] octets(Path file, String text, Map<String, String> environment) {
        ObjectNode json = JSON.createObjectNode().put("file", absolute(file));
        ObjectNode variables = json.putObject("environment");
        new TreeMap<>(ConfigReader.variables(environment)).forEach(variables::put);
        byte[] body = json.put("text", text).toString().getBytes(StandardCharsets.UTF_8);
        byte[] head = (HEAD + Sha256.hex(body) + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] octets = new byte[head.length + body.length];
        System.arraycopy(head, 0, octets, 0, head.length);
        System.arraycopy(body, 0, octets, head.length, body.length);
        return octets;
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }

    /** @param folders where it may have been kept */
    static Configuration kept(Path file, List<Path> folders, ConfigException broken) throws ConfigException {
        List<String> problems = new ArrayList<>(broken.problems());
        for (Path folder : folders) {
            Path kept = folder.resolve(FILE);
            String trouble;
            try {
                return new Configuration(read(kept, file, folder), broken.problems(), null);
            } catch (NoSuchFileException e) {
                continue;
            } catch (ConfigException e) {
                trouble = "cannot be used by this release: " + e.problems().getFirst();
            } catch (IOException e) {
                trouble = String.valueOf(e.getMessage());
            }
            problems.add(kept + ": the configuration with which this node last opened: " + trouble);
        }
        throw new ConfigException(problems);
    }

    static ServerConfig read(Path kept, Path file, Path folder) throws IOException, ConfigException {
        if (Files.size(kept) > MAX_BYTES) {
            throw new IOException("is longer than one can be");
        }
        String all = Files.readString(kept, StandardCharsets.UTF_8);
        int line = all.indexOf('\n');
        String body = all.substring(line + 1);
        if (!all.substring(0, Math.max(line, 0)).equals(HEAD + Sha256.hex(body.getBytes(StandardCharsets.UTF_8)))) {
            throw new IOException("is damaged, or of another release");
        }
        JsonNode json;
        try {
            json = JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new IOException("is of another program", e);
        }
        if (!json.path("file").asText().equals(absolute(file))) {
            throw new IOException("belongs to " + json.path("file").asText());
        }
        Map<String, String> variables = new TreeMap<>();
        json.path("environment")
                .properties()
                .forEach(entry -> variables.put(entry.getKey(), entry.getValue().asText()));
        ServerConfig config = ConfigReader.parse(file, json.path("text").asText(), variables);
        if (!absolute(config.node().data()).equals(absolute(folder))) {
            throw new IOException("belongs to the data folder " + config.node().data());
        }
        return config;
    }

    /** What the node runs on. */
    public ServerConfig config() {
        return config;
    }

    /** Tells two of them apart: the beginning of a hash of all values, whatever their file looks like. */
    public String hash() {
        return hash(config.toString());
    }

    /** The beginning of a hash of that text, in which two configurations differ, all but surely. */
    public static String hash(String text) {
        return Sha256.hex(text.getBytes(StandardCharsets.UTF_8)).substring(0, HASH_DIGITS);
    }

    /** What is wrong with its file, a line each; empty if the node runs on that. */
    public List<String> problems() {
        return problems;
    }

    /** The same in a line for people, or none. */
    public List<String> reasons() {
        return problems.isEmpty()
                ? List.of()
                : List.of("runs on the configuration with which it last opened, since its file cannot be used ("
                        + problems.getFirst()
                        + (problems.size() == 1 ? "" : "; " + (problems.size() - 1) + " more")
                        + "); mend the file and restart this node");
    }

    /** Keeps it if it is not kept yet; called once the node is open, again and again. A disk that does not take it is tried again. */
    public void keep() {
        byte[] octets = toKeep;
        if (octets == null) {
            return;
        }
        Path kept = config.node().data().resolve(FILE);
        try {
            DurableFile.writeSecret(kept, octets);
            toKeep = null;
        } catch (IOException e) {
            if (!failed) {
                LOG.warn("The configuration cannot be kept in {}: {}. Tried again", kept, e.getMessage());
            }
            failed = true;
        }
    }
}
