package io.evenkeel.ops;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The key that makes a node a member: a PKCS12 file with one EC key and its own certificate, the same for all members. What
 * protects it is its mode 0600, not its password, which is the same everywhere.
 */
final class ClusterKey {
    private static final String PASSWORD = "evenkeel";
    /** {@code keytool} needs half a second; this is for a machine that swaps. */
    private static final long KEYTOOL_SECONDS = 60;

    private ClusterKey() {}

    /** Makes a key in a file that must not exist yet. */
    static void create(Path file) throws CommandFailure, IOException, InterruptedException {
        Path target = file.toAbsolutePath();
        if (Files.exists(target)) {
            throw exists(target);
        }
        Path folder = Files.createTempDirectory(target.getParent(), ".key", onlyOwner());
        Path made = folder.resolve("key.p12");
        try {
            run(made);
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
            Files.createLink(target, made); // unlike a move it never replaces the key of somebody who came first
        } catch (FileAlreadyExistsException e) {
            throw exists(target);
        } finally {
            Files.deleteIfExists(made);
            Files.deleteIfExists(folder);
        }
    }

    private static CommandFailure exists(Path target) {
        return CommandFailure.failed(
                target + " exists, and a cluster key is never overwritten: its cluster would be lost");
    }

    private static void run(Path made) throws CommandFailure, IOException, InterruptedException {
        Process keytool = new ProcessBuilder(command(made))
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .start();
        String output = new String(
                keytool.getInputStream().readNBytes(Limits.ERROR_TAIL_BYTES), java.nio.charset.StandardCharsets.UTF_8);
        if (!keytool.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS)) {
            keytool.destroyForcibly();
            throw CommandFailure.failed("keytool did not end within " + KEYTOOL_SECONDS + " s");
        }
        if (keytool.exitValue() != 0 || !Files.exists(made)) {
            throw CommandFailure.failed("keytool failed: " + output.strip());
        }
    }

    private static List<String> command(Path made) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC",
                "-genkeypair",
                "-alias",
                "cluster",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-sigalg",
                "SHA256withECDSA",
                "-dname",
                "CN=evenkeel cluster",
                "-validity",
                "36500", // trust is in this one certificate, not in its dates: a cluster must not die of a birthday
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                made.toString());
    }

    private static FileAttribute<?> onlyOwner() {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    }
}
