package io.evenkeel.bench.differential;

import io.evenkeel.bench.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Name;

/** Signs zone files, one key for each zone, with BIND's tools or with those of ldns. */
final class Signer {
    private final Kind kind;
    private final Path folder;
    private int signedByLdns;
    private int refusedByLdns;

    Signer(Kind kind, Path folder) {
        this.kind = kind;
        this.folder = folder;
    }

    /**
     * Replaces the file by a signed one; the DS record for its parent, as a line.
     *
     * @param second whether {@code ldns-signzone} is to do it, if it can
     */
    String sign(Name apex, Path file, boolean second) throws IOException {
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
        if (!second || !signedByLdns(zone, file, signed, key)) {
            signByBind(zone, file, signed, key);
        }
        Files.move(signed, file, StandardCopyOption.REPLACE_EXISTING);
        return Command.run(folder, List.of(Peers.program("dnssec-dsfromkey", "bind9-utils"), "-2", keyFile.toString()));
    }

    private void signByBind(String zone, Path file, Path signed, String key) throws IOException {
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
    }

    /** Some zones it does not read or signs wrongly: whether this one is right is BIND's verifier's word. */
    private boolean signedByLdns(String zone, Path file, Path signed, String key) throws IOException {
        String program = Peers.program("ldns-signzone", "ldnsutils");
        String verifier = Peers.program("dnssec-verify", "bind9-utils");
        long expiration = Instant.now().plus(Duration.ofDays(30)).getEpochSecond();
        List<String> command =
                new ArrayList<>(List.of(program, "-e", "" + expiration, "-o", zone, "-f", signed.toString()));
        command.addAll(kind.ldnsOptions());
        command.addAll(List.of(file.toString(), key));
        try {
            Command.run(folder, command);
            Command.run(folder, List.of(verifier, "-q", "-z", "-o", zone, signed.toString()));
        } catch (Command.Failure refusal) {
            Files.writeString(folder.resolve(zone + ".ldns.log"), refusal.getMessage());
            refusedByLdns++;
            return false;
        }
        signedByLdns++;
        return true;
    }

    @Override
    public String toString() {
        return "%d signed by ldns-signzone, %d that it cannot sign".formatted(signedByLdns, refusedByLdns);
    }
}
