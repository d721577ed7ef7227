package io.evenkeel.consensus.trust;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;

/** Key files as the command line makes them, by the JDK's keytool. */
public final class TestKeys {
    /** Of every file that is made here. */
    public static final char[] PASSWORD = "evenkeel".toCharArray();

    private TestKeys() {}

    /** Keys of one cluster; {@code name} tells them from others. */
    public static ClusterKeys make(Path directory, String name) throws Exception {
        return ClusterKeys.load(file(directory, name));
    }

    /** A file with one new key. */
    public static Path file(Path directory, String name, String... options) throws IOException, InterruptedException {
        Path file = directory.resolve(name + ".p12");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name,
                "-alias",
                "cluster",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString()));
        command.addAll(options.length == 0 ? List.of("-validity", "30") : List.of(options));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException(output);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    /** A key whose dates are over. */
    public static Path expired(Path directory, String name) throws IOException, InterruptedException {
        return file(directory, name, "-startdate", "-3d", "-validity", "2");
    }

    /** Makes {@code target} at once the file that shows the first key and trusts all of them. */
    public static void write(Path target, Path shown, Path... trusted) throws IOException, GeneralSecurityException {
        KeyStore made = KeyStore.getInstance("PKCS12");
        made.load(null, PASSWORD);
        copy(read(shown), made, "cluster");
        int number = 0;
        for (Path other : trusted) {
            copy(read(other), made, "other" + ++number);
        }
        Path aside = target.resolveSibling(target.getFileName() + ".new");
        try (OutputStream out = Files.newOutputStream(aside)) {
            made.store(out, PASSWORD);
        }
        Files.setPosixFilePermissions(aside, PosixFilePermissions.fromString("rw-------"));
        Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void copy(KeyStore from, KeyStore to, String alias) throws GeneralSecurityException {
        to.setKeyEntry(alias, key(from), PASSWORD, new Certificate[] {from.getCertificate("cluster")});
    }

    static PrivateKey key(KeyStore store) throws GeneralSecurityException {
        return (PrivateKey) store.getKey("cluster", PASSWORD);
    }

    /** What such a file holds. */
    public static KeyStore read(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return store;
    }
}
