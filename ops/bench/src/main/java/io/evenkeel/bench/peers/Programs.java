package io.evenkeel.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of the machine: where they are; and the end of this one. */
final class Programs {
    private static final Map<String, String> PACKAGES = Map.ofEntries(
            Map.entry("nsd", "nsd"),
            Map.entry("knotd", "knot"),
            Map.entry("pdns_server", "pdns-server and pdns-backend-bind"),
            Map.entry("dnssec-signzone", "bind9-utils"),
            Map.entry("dnssec-keygen", "bind9-utils"),
            Map.entry("taskset", "util-linux"),
            Map.entry("chrt", "util-linux"),
            Map.entry("unshare", "util-linux"),
            Map.entry("nsenter", "util-linux"),
            Map.entry("ip", "iproute2"),
            Map.entry("nft", "nftables"),
            Map.entry("kill", "procps"),
            Map.entry("cc", "gcc"));

    private Programs() {}

    /** A measurement: whether its bars were held. */
    interface Judged {
        boolean run() throws IOException, InterruptedException;
    }

    /** Ends this program with exit code 0 if bars were held, 1 if one was missed, 2 if it could not be measured. */
    static void exit(String name, Judged measurement) throws InterruptedException {
        try {
            boolean held = measurement.run();
            delete(PeersOptions.FOLDER);
            System.exit(held ? 0 : 1);
        } catch (IllegalArgumentException | IOException e) {
            System.err.println(name + ": " + e.getMessage());
            System.exit(2);
        }
    }

    /** Logs and data are of use only when something failed. */
    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Servers are where a user's PATH need not lead. */
    static Optional<Path> find(String name) {
        List<String> folders = new ArrayList<>(List.of("/usr/local/sbin", "/usr/sbin", "/usr/local/bin", "/usr/bin"));
        String path = System.getenv("PATH");
        if (path != null) {
            folders.addAll(List.of(path.split(java.io.File.pathSeparator, -1)));
        }
        return folders.stream()
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static String path(String name) throws IOException {
        return find(name)
                .orElseThrow(() -> new IOException(missing(List.of(name))))
                .toString();
    }

    /** Names all that is missing at once. */
    static void require(Collection<String> names) throws IOException {
        List<String> missing =
                names.stream().filter(name -> find(name).isEmpty()).toList();
        if (!missing.isEmpty()) {
            throw new IOException(missing(missing));
        }
    }

    private static String missing(List<String> names) {
        return "missing: "
                + String.join(
                        ", ",
                        names.stream()
                                .map(name -> name + " (Debian: install " + PACKAGES.getOrDefault(name, name) + ")")
                                .toList());
    }
}
