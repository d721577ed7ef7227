package io.evenkeel.ops.key;

import io.evenkeel.ops.verb.CommandFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes the cluster key in three steps, so that at no moment a member shows what another does not trust: a next key that
 * all trust, then all show it, then the one before is forgotten. Between two steps the file goes to every member. Each step
 * replaces the file at once; who reads it meanwhile sees the old or the new one.
 */
final class KeyRotation {
    private static final String NEXT = "next";
    private static final String PREVIOUS = "previous";
    private static final char[] PASSWORD = ClusterKey.PASSWORD.toCharArray();

    private final Path file;
    private final KeyStore store;

    private KeyRotation(Path file, KeyStore store) {
        this.file = file;
        this.store = store;
    }

    /** Reads a key file. */
    static KeyRotation open(Path file) throws CommandFailure, IOException {
        try (InputStream in = Files.newInputStream(file)) {
            ClusterKey.hashPasswordOnce();
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD);
            if (!store.isKeyEntry(ClusterKey.SHOWN)) {
                throw CommandFailure.failed(file + " holds no key under the alias '" + ClusterKey.SHOWN
                        + "': it is no cluster key; make one with `evenkeel cluster key create`");
            }
            return new KeyRotation(file, store);
        } catch (GeneralSecurityException e) {
            throw unusable(file);
        } catch (IOException e) {
            if (e instanceof java.nio.file.FileSystemException) {
                throw e;
            }
            throw unusable(file);
        }
    }

    /** The words of Java's reader say nothing to an operator, so they are left out. */
    private static CommandFailure unusable(Path file) {
        return CommandFailure.failed(
                file
                        + " is no cluster key: it is no PKCS12 file of `evenkeel cluster key create`, or it is damaged; copy the file of another member");
    }

    /** One row for each key or certificate, the shown one first. */
    List<Map<String, Object>> entries() throws CommandFailure {
        try {
            List<String> aliases = new ArrayList<>(Collections.list(store.aliases()));
            aliases.sort(java.util.Comparator.<String, Boolean>comparing(alias -> !alias.equals(ClusterKey.SHOWN))
                    .thenComparing(alias -> alias));
            List<Map<String, Object>> entries = new ArrayList<>();
            for (String alias : aliases) {
                if (store.getCertificate(alias) instanceof X509Certificate certificate) {
                    entries.add(entry(alias, certificate));
                }
            }
            return entries;
        } catch (GeneralSecurityException e) {
            throw unusable(file);
        }
    }

    private Map<String, Object> entry(String alias, X509Certificate certificate) throws GeneralSecurityException {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("alias", alias);
        entry.put("shown", alias.equals(ClusterKey.SHOWN));
        entry.put("key", store.isKeyEntry(alias));
        entry.put(
                "fingerprint",
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded())));
        entry.put("notBefore", text(certificate.getNotBefore().toInstant()));
        entry.put("notAfter", text(certificate.getNotAfter().toInstant()));
        return entry;
    }

    private static String text(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Adds a new key that is trusted and not shown yet. */
    void next() throws CommandFailure, IOException, InterruptedException {
        Path folder = Files.createTempDirectory(folder(), ".key", ClusterKey.onlyOwner());
        Path made = folder.resolve("key.p12");
        try {
            refuse(PREVIOUS, "`drop` it first, when all members show the present one");
            refuse(NEXT, "`switch` to it, when all members trust it");
            ClusterKey.run(made);
            KeyRotation fresh = open(made);
            put(NEXT, fresh.store, ClusterKey.SHOWN);
            write();
        } catch (GeneralSecurityException e) {
            throw unusable(file);
        } finally {
            Files.deleteIfExists(made);
            Files.deleteIfExists(folder);
        }
    }

    /** Shows the next key from now on, and goes on trusting the one before. */
    void advance() throws CommandFailure, IOException {
        try {
            require(
                    NEXT,
                    "nothing to switch to: add a key with `evenkeel cluster key next`, and let all members trust it");
            put(PREVIOUS, store, ClusterKey.SHOWN);
            put(ClusterKey.SHOWN, store, NEXT);
            store.deleteEntry(NEXT);
            write();
        } catch (GeneralSecurityException e) {
            throw unusable(file);
        }
    }

    /** Forgets the key that was shown before. */
    void drop() throws CommandFailure, IOException {
        try {
            require(PREVIOUS, "there is no previous key to drop");
            store.deleteEntry(PREVIOUS);
            write();
        } catch (GeneralSecurityException e) {
            throw unusable(file);
        }
    }

    private void refuse(String alias, String remedy) throws CommandFailure, GeneralSecurityException {
        if (store.containsAlias(alias)) {
            throw CommandFailure.failed(file + " holds a " + alias + " key already: " + remedy);
        }
    }

    private void require(String alias, String otherwise) throws CommandFailure, GeneralSecurityException {
        if (!store.isKeyEntry(alias)) {
            throw CommandFailure.failed(file + ": " + otherwise);
        }
    }

    private void put(String alias, KeyStore from, String fromAlias) throws GeneralSecurityException {
        Key key = from.getKey(fromAlias, PASSWORD);
        store.setKeyEntry(alias, key, PASSWORD, new Certificate[] {from.getCertificate(fromAlias)});
    }

    private Path folder() throws CommandFailure {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw CommandFailure.failed(file + " is in no folder");
        }
        return parent;
    }

    private void write() throws CommandFailure, IOException, GeneralSecurityException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        store.store(bytes, PASSWORD);
        Path aside = Files.createTempFile(
                folder(),
                ".key",
                ".p12",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.write(aside, bytes.toByteArray());
            ClusterKey.force(aside);
            Files.move(aside, file.toAbsolutePath(), StandardCopyOption.ATOMIC_MOVE);
            ClusterKey.force(folder());
        } finally {
            Files.deleteIfExists(aside);
        }
    }
}
