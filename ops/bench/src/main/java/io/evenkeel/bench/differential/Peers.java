package io.evenkeel.bench.differential;

import io.evenkeel.bench.PeerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The configurations of the other servers. Each answers from the same files, says no more than it must, where that can be set,
 * and sends at most 1232 octets over UDP, as this server does by default.
 */
final class Peers {
    private Peers() {}

    static Server nsd(int port, Path folder, List<GeneratedZone> zones) throws IOException {
        StringBuilder config = new StringBuilder(PeerConfig.nsd(port, folder, folder, """
                refuse-any: no
                ipv4-edns-size: 1232
                """));
        for (GeneratedZone zone : zones) {
            config.append("zone:\n  name: \"%s\"\n  zonefile: \"%s\"\n".formatted(zone.apex(), zone.file()));
        }
        Path file = write(folder, "nsd.conf", config);
        return PeerProcess.start("nsd", port, folder, List.of(program("nsd", "nsd"), "-d", "-c", file.toString()));
    }

    static Server knot(int port, Path folder, List<GeneratedZone> zones) throws IOException {
        Path data = Files.createDirectories(folder.resolve("knot"));
        StringBuilder config = new StringBuilder(PeerConfig.knot(port, data, """
                udp-max-payload: 1232
                tcp-idle-timeout: 600s
                """)).append("""
                template:
                  - id: default
                    semantic-checks: soft
                    zonefile-sync: -1
                    journal-content: none
                zone:
                """);
        for (GeneratedZone zone : zones) {
            config.append("  - domain: %s\n    file: %s\n".formatted(zone.apex(), zone.file()));
        }
        Path file = write(folder, "knot.conf", config);
        return PeerProcess.start("knot", port, folder, List.of(program("knotd", "knot"), "-c", file.toString()));
    }

    static Server bind(int port, Path folder, List<GeneratedZone> zones) throws IOException {
        StringBuilder config = new StringBuilder("""
                options {
                  directory "%s";
                  pid-file none;
                  listen-on port %d { 127.0.0.1; };
                  listen-on-v6 { none; };
                  recursion no;
                  minimal-responses no-auth;
                  minimal-any no;
                  zero-no-soa-ttl no;
                  max-udp-size 1232;
                  notify no;
                  empty-zones-enable no;
                  check-integrity no;
                  check-names primary ignore;
                  check-names response ignore;
                  check-wildcard no;
                  check-dup-records ignore;
                };
                controls { };
                """.formatted(Files.createDirectories(folder.resolve("bind")), port));
        appendBindZones(config, zones);
        Path file = write(folder, "named.conf", config);
        return PeerProcess.start(
                "bind", port, folder, List.of(program("named", "bind9"), "-g", "-n", "1", "-c", file.toString()));
    }

    static Server powerDns(int port, Path folder, List<GeneratedZone> zones, boolean signed) throws IOException {
        Path data = Files.createDirectories(folder.resolve("pdns"));
        StringBuilder list = new StringBuilder();
        appendBindZones(list, zones);
        StringBuilder config = new StringBuilder("""
                launch=bind
                bind-config=%s
                bind-check-interval=0
                %s
                local-address=127.0.0.1
                local-port=%d
                socket-dir=%s
                daemon=no
                guardian=no
                disable-syslog=yes
                loglevel=4
                dname-processing=yes
                any-to-tcp=no
                8bit-dns=yes
                cache-ttl=0
                query-cache-ttl=0
                negquery-cache-ttl=0
                receiver-threads=1
                distributor-threads=1
                udp-truncation-threshold=1232
                max-tcp-transactions-per-conn=0
                tcp-idle-timeout=600
                security-poll-suffix=
                """.formatted(
                        write(data, "zones.conf", list),
                        signed ? "bind-dnssec-db=" + data.resolve("dnssec.db") : "",
                        port,
                        data));
        write(data, "pdns.conf", config);
        if (signed) {
            PreSigned.tell(data, zones);
        }
        return PeerProcess.start(
                "pdns", port, folder, List.of(program("pdns_server", "pdns-server"), "--config-dir=" + data));
    }

    private static void appendBindZones(StringBuilder config, List<GeneratedZone> zones) {
        for (GeneratedZone zone : zones) {
            config.append("zone \"%s\" { type master; file \"%s\"; };\n"
                    .formatted(zone.apex().toString(true), zone.file()));
        }
    }

    private static Path write(Path folder, String name, CharSequence text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    /** Servers are where a user's PATH need not lead. */
    static String program(String name, String debianPackage) throws IOException {
        List<String> folders = new ArrayList<>(List.of("/usr/local/sbin", "/usr/sbin", "/usr/local/bin", "/usr/bin"));
        String path = System.getenv("PATH");
        if (path != null) {
            folders.addAll(List.of(path.split(java.io.File.pathSeparator)));
        }
        for (String folder : folders) {
            Path program = Path.of(folder, name);
            if (Files.isExecutable(program)) {
                return program.toString();
            }
        }
        throw new IOException("%s is missing: install the package %s".formatted(name, debianPackage));
    }
}
