package io.evenkeel.server.admin;

import io.evenkeel.consensus.identity.DurableFile;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Who may use the API: whoever can read the key in this node's data folder, from this machine. */
final class ApiKeys {
    /** File name below the data folder. */
    static final String FILE = "local-api-key";

    private static final int KEY_DIGITS = 32;

    /** Name of the one key there is, as the leader's log shows it. */
    static final String LOCAL = "local-api-key";

    private final byte[] localKey;

    private ApiKeys(byte[] localKey) {
        this.localKey = localKey;
    }

    /** Reads the key, or makes one that nobody else may read. */
    static ApiKeys load(Path dataFolder) throws IOException {
        Path file = dataFolder.resolve(FILE);
        Files.createDirectories(dataFolder);
        if (!Files.exists(file)) {
            create(file);
        }
        String key = Files.readString(file).strip();
        if (key.length() < KEY_DIGITS) {
            throw new IOException(
                    file + ": not an API key of at least " + KEY_DIGITS + " characters; delete it to have one made");
        }
        return new ApiKeys(key.getBytes(StandardCharsets.UTF_8));
    }

    private static void create(Path file) throws IOException {
        byte[] random = new byte[KEY_DIGITS / 2];
        new SecureRandom().nextBytes(random);
        DurableFile.writeSecret(file, (HexFormat.of().formatHex(random) + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Who it is, if the key is good from there. Takes the same time for every wrong key. */
    Optional<String> principal(@Nullable String key, InetAddress from) {
        if (key == null) {
            return Optional.empty();
        }
        boolean equal = MessageDigest.isEqual(key.getBytes(StandardCharsets.UTF_8), localKey);
        return equal && from.isLoopbackAddress() ? Optional.of(LOCAL) : Optional.empty();
    }
}
