package io.evenkeel.ops.key;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.VerbGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cluster key}: the file that makes a node a member. */
@Command(name = "key", description = "The key that all members of one cluster hold.")
public final class ClusterKeyCommands extends VerbGroup {
    /** For picocli. */
    public ClusterKeyCommands() {
        super("a cluster key");
    }

    @Command(
            name = "create",
            description = {
                "Make the key that all members of one cluster hold (PKCS12, readable by its owner only).",
                "Copy it to each member and name it there as cluster.key-file. An existing file is never overwritten."
            })
    void create(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(
                            names = "--if-missing",
                            description =
                                    "Leave a file that is there as it is, and call that done. Of several that run at"
                                            + " once on one folder the first makes the key of all.")
                    boolean ifMissing,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        boolean created = true;
        if (ifMissing) {
            created = ClusterKey.createIfMissing(file);
        } else {
            ClusterKey.create(file);
        }
        output.result(
                Map.of("file", file.toString(), "created", created),
                created ? "made " + file + "; whoever holds it can be a member" : file + " is there already");
    }

    @Command(
            name = "show",
            description = "What a key file holds: fingerprints (SHA-256), dates, and which key is shown.")
    void show(@Parameters(paramLabel = "FILE") Path file, @Mixin Output output) throws CommandFailure, IOException {
        List<Map<String, Object>> entries = KeyRotation.open(file).entries();
        List<List<String>> rows =
                new ArrayList<>(List.of(List.of("ENTRY", "FINGERPRINT", "VALID FROM", "VALID UNTIL")));
        for (Map<String, Object> entry : entries) {
            boolean shown = Boolean.TRUE.equals(entry.get("shown"));
            rows.add(List.of(
                    shown ? entry.get("alias") + " (shown)" : "" + entry.get("alias"),
                    "" + entry.get("fingerprint"),
                    "" + entry.get("notBefore"),
                    "" + entry.get("notAfter")));
        }
        output.result(entries, output.table(rows));
    }

    @Command(
            name = "next",
            description = {
                "First step to a new key: add one that is trusted and not shown yet.",
                "Then copy the file to all members; each takes it over within seconds, without a restart."
            })
    void next(@Parameters(paramLabel = "FILE") Path file, @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        KeyRotation.open(file).next();
        done(file, output, "a next key is trusted; copy the file to all members, then `switch`");
    }

    @Command(
            name = "switch",
            description = {
                "Second step: show the next key, and go on trusting the one before.",
                "Only when all members trust the next key: evenkeel_cluster_key_certificates is 2 on each."
            })
    void advance(@Parameters(paramLabel = "FILE") Path file, @Mixin Output output) throws CommandFailure, IOException {
        KeyRotation.open(file).advance();
        done(file, output, "the next key is shown; copy the file to all members, then `drop`");
    }

    @Command(
            name = "drop",
            description = {
                "Last step: forget the key before. Connections made with it end.",
                "Only when all members show the new key. Then copy the file to all members."
            })
    void drop(@Parameters(paramLabel = "FILE") Path file, @Mixin Output output) throws CommandFailure, IOException {
        KeyRotation.open(file).drop();
        done(file, output, "the previous key is forgotten; copy the file to all members");
    }

    private static void done(Path file, Output output, String text) throws CommandFailure, IOException {
        output.result(
                Map.of(
                        "file",
                        file.toString(),
                        "entries",
                        KeyRotation.open(file).entries()),
                file + ": " + text);
    }
}
