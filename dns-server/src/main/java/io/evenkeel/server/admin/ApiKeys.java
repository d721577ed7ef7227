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
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may use the API: whoever can read the key in this node's data folder, from this machine. While the file cannot be read or
 * made nobody may, and {@link #trouble} says why. One thread reads, any asks.
 */
final class ApiKeys {
    /** File name below the data folder. */
    static final String FILE = "local-api-key";

    private static final int KEY_DIGITS = 32;

    /** Of the file; a longer one is another file, and no client could send it in a header. */
    private static final int MAX_BYTES = 4 << 10;

    /** Name of the one key there is, as the leader's log shows it. */
    static final String LOCAL = "local-api-key";

    private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);

    private final Path dataFolder;
    private final ClientPrivacy privacy;
    private final Path file;
    /** Null: there is none to compare with. */
    private volatile byte @Nullable [] localKey;

    private volatile String trouble = "";

    private ApiKeys(Path dataFolder, ClientPrivacy privacy) {
        this.dataFolder = dataFolder;
        this.privacy = privacy;
        this.file = dataFolder.resolve(FILE);
    }

    /**
     * Reads the key, or makes one that nobody else may read; without one if neither can be done.
     *
     * @param privacy what may be told of those who show a key
     */
    static ApiKeys open(Path dataFolder, ClientPrivacy privacy) {
        ApiKeys keys = new ApiKeys(dataFolder, privacy);
        keys.poll();
        return keys;
    }

    /** Why there is no key, and the remedy, one line; empty if there is one. */
    String trouble() {
        return trouble;
    }

    /** Tries again to read or make the key while there is none; one that was read stays. One thread. */
    void poll() {
        if (localKey != null) {
            return;
        }
        try {
            localKey = read();
            if (!trouble.isEmpty()) {
                LOG.info("admin API: {} can be read: requests with that key are served", file);
            }
            trouble = "";
        } catch (IOException e) {
            String why = e instanceof NoKeyException
                    ? String.valueOf(e.getMessage())
                    : file + ": cannot be read or made (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + "); let the user " + System.getProperty("user.name")
                            + " read it, or write to its folder, in which the node then makes one";
            if (!why.equals(trouble)) {
                LOG.error(
                        "admin API: {}. Until then no request that needs a key is served; tried again every second",
                        why);
            }
            trouble = why;
        }
    }

    /** There is a file, with something else in it. */
    private static final class NoKeyException extends IOException {
        private static final long serialVersionUID = 1;

        NoKeyException(String message) {
            super(message);
        }
    }

    private byte[] read() throws IOException {
        if (!Files.exists(file)) {
            DurableFile.makePrivateFolder(dataFolder);
            create(file);
        }
        String key;
        try (InputStream in = Files.newInputStream(file)) {
            key = new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8).strip();
        }
        if (key.length() < KEY_DIGITS) {
            throw new NoKeyException(
                    file + ": not an API key of at least " + KEY_DIGITS + " characters; delete it to have one made");
        }
        return key.getBytes(StandardCharsets.UTF_8);
    }

    private static void create(Path file) throws IOException {
        byte[] random = new byte[KEY_DIGITS / 2];
        new SecureRandom().nextBytes(random);
        DurableFile.writeSecret(file, (HexFormat.of().formatHex(random) + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Whose key was shown, and from where. */
    Origin holder(InetAddress from) {
        return new Origin(LOCAL, show(from), "");
    }

    /** An address, as far as it may be told. */
    String show(InetAddress from) {
        return privacy.show(from);
    }

    /** Why it may not, null if it is {@link #LOCAL}. Takes the same time for every wrong key. */
    @Nullable
    Refusal refusal(@Nullable String key, InetAddress from) {
        byte[] known = localKey;
        if (key == null || known == null) {
            return Refusal.MISSING;
        }
        if (!MessageDigest.isEqual(key.getBytes(StandardCharsets.UTF_8), known)) {
            return Refusal.WRONG;
        }
        return from.isLoopbackAddress() ? null : Refusal.ELSEWHERE;
    }
}
