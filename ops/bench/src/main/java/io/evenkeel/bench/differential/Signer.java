package io.evenkeel.bench.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Name;

/** Signs zone files with BIND's tools, one key for each zone. */
final class Signer {
    private final Kind kind;
    private final Path folder;

    Signer(Kind kind, Path folder) {
        this.kind = kind;
        this.folder = folder;
    }

    /** Replaces the file by a signed one; the DS record for its parent, as a line. */
    String sign(Name apex, Path file) throws IOException {
        String zone = apex.toString(true);
        String key = Command.run(
                        folder,
                        List.of(
                                Peers.program("dnssec-keygen", "bind9-utils"),
                                "-q",
                                "-a",
                                "ECDSAP256SHA256",
                                "-f",
                                "KSK",
                                "-n",
                                "ZONE",
                                zone))
                .strip();
        Path keyFile = folder.resolve(key + ".key");
        Files.writeString(file, Files.readString(file) + Files.readString(keyFile));
        Path signed = folder.resolve(zone + ".signed");
        List<String> command = new ArrayList<>(List.of(
                Peers.program("dnssec-signzone", "bind9-utils"),
                "-q",
                "-z",
                "-P",
                "-O",
                "full",
                "-e",
                "+2592000",
                "-N",
                "keep",
                "-o",
                zone,
                "-f",
                signed.toString()));
        command.addAll(kind.signerOptions());
        command.addAll(List.of(file.toString(), key));
        Command.run(folder, command);
        Files.move(signed, file, StandardCopyOption.REPLACE_EXISTING);
        return Command.run(folder, List.of(Peers.program("dnssec-dsfromkey", "bind9-utils"), "-2", keyFile.toString()));
    }
}
