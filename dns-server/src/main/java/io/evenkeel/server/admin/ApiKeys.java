package io.evenkeel.server.admin;

import io.evenkeel.consensus.identity.DurableFile;
import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.server.admin.AdminCounters.Refusal;
import io.evenkeel.zones.state.Origin;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may use the API, from this machine: whoever can read the key in this node's data folder, or one that the configuration names.
 * While the one in the data folder cannot be read or made nobody may, and {@link #trouble} says why. One thread reads, any asks.
 */
final class ApiKeys {
    /** File name below the data folder. */
    static final String FILE = "local-api-key";

    private static final int KEY_DIGITS = 32;

    /** Of a file; a longer one is another file, and no client could send it in a header. */
    private static final int MAX_BYTES = 4 << 10;

    /** Name of the key in the data folder, as the leader's log and the history of changes show it. */
    static final String LOCAL = "local-api-key";

    private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);

    private final Path dataFolder;
    private final ClientPrivacy privacy;
    private final Key local;
    private final List<Key> named;

    /** One key, as far as it is known. */
    private static final class Key {
        private final AdminSettings.Key settings;
        /** Null: there is none to compare with. */
        private volatile byte @Nullable [] octets;

        private volatile String trouble = "";

        Key(AdminSettings.Key settings) {
            this.settings = settings;
        }
    }

    private ApiKeys(Path dataFolder, List<AdminSettings.Key> named, ClientPrivacy privacy) {
        this.dataFolder = dataFolder;
        this.privacy = privacy;
        this.local = new Key(new AdminSettings.Key(LOCAL, dataFolder.resolve(FILE), false));
        this.named = named.stream().map(Key::new).toList();
    }

    /**
     * Reads the keys, and makes the one in the data folder, which nobody else may read, if it is not there; without one if neither can
     * be done.
     *
     * @param named by the configuration
     * @param privacy what may be told of those who show a key
     */
    static ApiKeys open(Path dataFolder, List<AdminSettings.Key> named, ClientPrivacy privacy) {
        ApiKeys keys = new ApiKeys(dataFolder, named, privacy);
        keys.poll();
        return keys;
    }

    /** Why there is no key in the data folder, and the remedy, one line; empty if there is one. */
    String trouble() {
        return local.trouble;
    }

    /** The same of all keys that cannot be read. */
    List<String> troubles() {
        return all().map(key -> key.trouble).filter(why -> !why.isEmpty()).toList();
    }

    private Stream<Key> all() {
        return Stream.concat(Stream.of(local), named.stream());
    }

    /** Tries again to read or make each key while there is none; one that was read stays. One thread. */
    void poll() {
        poll(
                local,
                "Until then no request that needs a key is served",
                "or write to its folder, in which the node then makes one");
        named.forEach(key -> poll(key, "Until then nobody is let in with it", "or take it out of admin.keys"));
    }

    private void poll(Key key, String consequence, String remedy) {
        if (key.octets != null) {
            return;
        }
        Path file = key.settings.file();
        try {
            key.octets = read(key);
            if (!key.trouble.isEmpty()) {
                LOG.info("admin API: {} can be read: requests with that key are served", file);
            }
            key.trouble = "";
        } catch (IOException e) {
            String why = e instanceof NoKeyException
                    ? String.valueOf(e.getMessage())
                    : file + ": cannot be read or made (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + "); let the user " + System.getProperty("user.name") + " read it, " + remedy;
            if (!why.equals(key.trouble)) {
                LOG.error("admin API: {}. {}; tried again every second", why, consequence);
            }
            key.trouble = why;
        }
    }

    /** There is a file, with something else in it. */
    private static final class NoKeyException extends IOException {
        private static final long serialVersionUID = 1;

        NoKeyException(String message) {
            super(message);
        }
    }

    private byte[] read(Key key) throws IOException {
        Path file = key.settings.file();
        if (key == local && !Files.exists(file)) {
            DurableFile.makePrivateFolder(dataFolder);
            create(file);
        }
        String text;
        try (InputStream in = Files.newInputStream(file)) {
            text = new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8).strip();
        }
        if (text.length() < KEY_DIGITS) {
            throw new NoKeyException(file + ": not an API key of at least " + KEY_DIGITS + " characters; "
                    + (key == local ? "delete it to have one made" : "`openssl rand -hex 16` makes one"));
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void create(Path file) throws IOException {
        byte[] random = new byte[KEY_DIGITS / 2];
        new SecureRandom().nextBytes(random);
        DurableFile.writeSecret(file, (HexFormat.of().formatHex(random) + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** An address, as far as it may be told. */
    String show(InetAddress from) {
        return privacy.show(from);
    }

    /** What was found of a key that was shown: who that is, or why it is nobody. */
    record Finding(@Nullable Caller caller, @Nullable Refusal refusal) {}

    /** Looks at a key. Takes the same time for every wrong one. */
    Finding find(@Nullable String shown, InetAddress from) {
        if (shown == null || local.octets == null) {
            return new Finding(null, Refusal.MISSING);
        }
        byte[] octets = shown.getBytes(StandardCharsets.UTF_8);
        List<Key> same = new ArrayList<>();
        all().forEach(key -> {
            byte[] known = key.octets;
            if (known != null && MessageDigest.isEqual(octets, known)) {
                same.add(key);
            }
        });
        if (same.isEmpty()) {
            return new Finding(null, Refusal.WRONG);
        }
        if (!from.isLoopbackAddress()) {
            return new Finding(null, Refusal.ELSEWHERE);
        }
        AdminSettings.Key key = same.getFirst().settings;
        return new Finding(new Caller(new Origin(key.name(), show(from), ""), key.bulk()), null);
    }
}
