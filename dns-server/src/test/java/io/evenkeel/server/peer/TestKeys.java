package io.evenkeel.server.peer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;

/** Cluster keys made as the launcher makes them: by the JDK's keytool. */
public final class TestKeys {
    static final char[] PASSWORD = "evenkeel".toCharArray();

    private TestKeys() {}

    /** A new key with its self-signed certificate. */
    public static Path make(Path file) throws IOException, InterruptedException {
        return make(file, new String[0]);
    }

    /** The same with options of keytool's in place of a validity. */
    static Path make(Path file, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-alias",
                "cluster",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=evenkeel",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString()));
        command.addAll(options.length == 0 ? List.of("-validity", "3650") : List.of(options));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool: " + output);
        }
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    /** Makes {@code target} a file that shows the first key and trusts the second as well. */
    static void write(Path target, Path shown, Path trusted) throws IOException, GeneralSecurityException {
        KeyStore made = read(shown);
        KeyStore other = read(trusted);
        made.setKeyEntry(
                "other", other.getKey("cluster", PASSWORD), PASSWORD, new Certificate[] {other.getCertificate("cluster")
                });
        try (OutputStream out = Files.newOutputStream(target)) {
            made.store(out, PASSWORD);
        }
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-------"));
    }

    static KeyStore read(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return store;
    }
}
