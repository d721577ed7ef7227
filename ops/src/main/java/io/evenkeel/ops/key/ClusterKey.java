package io.evenkeel.ops.key;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.VerbLimits;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The key that makes a node a member: a PKCS12 file with one EC key and its own certificate, the same for all members. What
 * protects it is its mode 0600, not its password, which is the same everywhere.
 */
public final class ClusterKey {
    static final String PASSWORD = "evenkeel";

    /** Entry with the key that a node shows. */
    static final String SHOWN = "cluster";

    /**
     * Properties of the JDK that say how often a password is hashed. Of a password that everybody knows once is enough, and each
     * node would spend 0.2 s of its start on the usual 10,000 times.
     */
    private static final List<String> ITERATIONS = List.of(
            "keystore.pkcs12.keyPbeIterationCount",
            "keystore.pkcs12.certPbeIterationCount",
            "keystore.pkcs12.macIterationCount");

    /** {@code keytool} needs half a second; this is for a machine that swaps. */
    private static final long KEYTOOL_SECONDS = 60;

    private ClusterKey() {}

    /**
     * Makes a key in a file that must not exist yet.
     *
     * @throws CommandFailure if it exists, or cannot be made there
     */
    static void create(Path file) throws CommandFailure, IOException, InterruptedException {
        if (!createIfMissing(file)) {
            throw CommandFailure.failed(
                    file + " exists, and a cluster key is never overwritten: its cluster would be lost");
        }
    }

    /**
     * Makes a key unless there is one. Whoever of several that do this at once comes first makes the key of all; nobody sees
     * an unfinished file.
     *
     * @return false if the file was there already
     */
    public static boolean createIfMissing(Path file) throws CommandFailure, IOException, InterruptedException {
        Path target = file.toAbsolutePath();
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        Path parent = target.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw CommandFailure.failed("cannot make " + file + ": no such folder: " + parent);
        }
        Path folder = Files.createTempDirectory(parent, ".key", onlyOwner());
        Path made = folder.resolve("key.p12");
        try {
            run(made);
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
            force(made);
            Files.createLink(target, made); // unlike a move it never replaces the key of somebody who came first
            force(parent);
            return true;
        } catch (FileAlreadyExistsException cameFirst) {
            return false;
        } finally {
            Files.deleteIfExists(made);
            Files.deleteIfExists(folder);
        }
    }

    /** Also the name in a folder: the one key of a cluster must not be an empty file after a power cut. */
    static void force(Path fileOrFolder) throws IOException {
        try (FileChannel channel = FileChannel.open(fileOrFolder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Has the JDK make a file with one new key. */
    static void run(Path made) throws CommandFailure, IOException, InterruptedException {
        Process keytool = new ProcessBuilder(command(made))
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .start();
        String output =
                new String(keytool.getInputStream().readNBytes(VerbLimits.OUTPUT_BYTES), StandardCharsets.UTF_8);
        if (!keytool.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS)) {
            keytool.destroyForcibly();
            throw CommandFailure.failed("keytool did not end within " + KEYTOOL_SECONDS + " s");
        }
        if (keytool.exitValue() != 0 || !Files.exists(made)) {
            throw CommandFailure.failed("keytool failed: " + output.strip());
        }
    }

    /** Has this process write key files as {@link #create} does. */
    static void hashPasswordOnce() {
        ITERATIONS.forEach(property -> System.setProperty(property, "1"));
    }

    private static List<String> command(Path made) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        ITERATIONS.forEach(property -> command.add("-J-D" + property + "=1"));
        command.addAll(List.of(
                "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC",
                "-genkeypair",
                "-alias",
                SHOWN,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-sigalg",
                "SHA256withECDSA",
                "-dname",
                "CN=evenkeel cluster",
                "-startdate",
                "-1d", // the clocks of the members differ
                "-validity",
                "36500", // days: a cluster must not die of a birthday
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                made.toString()));
        return command;
    }

    static FileAttribute<?> onlyOwner() {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    }
}
