package io.evenkeel.bench.peers;

import io.evenkeel.bench.Command;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Zone files and files of questions, the same for every server. */
final class BenchZones {
    /** In a small zone, from {@code callhome-000} on. */
    static final int HOSTS = 1000;

    private static final int ALIASES = 100;
    private static final int QUESTIONS = 100_000;

    private final Path folder;
    private final int names;

    BenchZones(Path folder, int names) {
        this.folder = folder;
        this.names = names;
    }

    Path file(String zone) {
        return folder.resolve(zone + ".zone");
    }

    Path questions(String name) {
        return folder.resolve("questions-" + name);
    }

    /** A name of each zone that has an address. */
    static String host(String zone) {
        return (zone.startsWith("large") ? "host-0000001." : "callhome-001.") + zone + ".";
    }

    /** Those zones, and all questions. */
    void write(List<String> zones) throws IOException {
        for (String zone : zones) {
            if (zone.startsWith("large")) {
                writeLarge(1);
            } else {
                writeSmall(zone);
            }
        }
        mix("mix-small", "small.example");
        mix("mix-signed", "signed.example");
        random("random-missing", "nx-#########.small.example.");
        random("random-wildcard", "h-#########.wild.small.example.");
        random("random-referral", "h-#########.child.small.example.");
        writeLargeQuestions();
    }

    private void writeSmall(String zone) throws IOException {
        StringBuilder text = new StringBuilder("""
                $ORIGIN %s.
                $TTL 300
                @ 3600 SOA ns1 hostmaster 1 3600 900 604800 300
                @ 3600 NS ns1
                @ 3600 NS ns2
                ns1 A 192.0.2.1
                ns2 A 192.0.2.2
                @ MX 10 mail
                mail A 192.0.2.3
                @ TXT "v=spf1 -all"
                *.wild A 192.0.2.4
                child NS ns.child
                ns.child A 192.0.2.5
                """.formatted(zone));
        for (int i = 0; i < HOSTS; i++) {
            text.append(String.format(
                    Locale.ROOT,
                    "callhome-%03d A 10.%d.%d.1\ncallhome-%03d AAAA 2001:db8::%x\n",
                    i,
                    i >> 8,
                    i & 255,
                    i,
                    i));
        }
        for (int i = 0; i < ALIASES; i++) {
            text.append(String.format(Locale.ROOT, "alias-%03d CNAME callhome-%03d\ndom-%03d MX 10 mail\n", i, i, i));
        }
        Files.writeString(file(zone), text);
        if (zone.startsWith("signed")) {
            sign(zone);
        }
    }

    private void sign(String zone) throws IOException {
        Path keys = Files.createDirectories(folder.resolve("keys"));
        for (List<String> role : List.of(List.of("-f", "KSK"), List.<String>of())) {
            List<String> command = new java.util.ArrayList<>(
                    List.of(Programs.path("dnssec-keygen"), "-q", "-a", "ECDSAP256SHA256", "-K", keys.toString()));
            command.addAll(role);
            command.add(zone);
            Command.run(folder, command);
        }
        Path signed = folder.resolve(zone + ".signed");
        Command.run(
                folder,
                List.of(
                        Programs.path("dnssec-signzone"),
                        "-S",
                        "-q",
                        "-K",
                        keys.toString(),
                        "-e",
                        "+2592000",
                        "-o",
                        zone,
                        "-f",
                        signed.toString(),
                        file(zone).toString()));
        Files.move(signed, file(zone), StandardCopyOption.REPLACE_EXISTING);
    }

    /** With another serial it is another version of the same zone. */
    void writeLarge(int serial) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file("large.example"))) {
            out.write("""
                    $ORIGIN large.example.
                    $TTL 300
                    @ SOA ns1 hostmaster %d 3600 900 604800 300
                    @ NS ns1
                    ns1 A 192.0.2.1
                    """.formatted(serial));
            for (int i = 0; i < names; i++) {
                out.write(largeHost(i) + " A 10." + (i >> 16 & 255) + "." + (i >> 8 & 255) + "." + (i & 255) + "\n");
            }
        }
    }

    /** The first label of a host of the large zone. */
    static String largeHost(int i) {
        String digits = Integer.toString(i);
        return "host-" + "0".repeat(7 - digits.length()) + digits;
    }

    private void mix(String name, String zone) throws IOException {
        Random random = new Random(1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < QUESTIONS; i++) {
            int share = random.nextInt(1000);
            String first = share < 900
                    ? String.format(Locale.ROOT, "callhome-%03d", random.nextInt(HOSTS))
                    : share < 950
                            ? String.format(Locale.ROOT, "nx-%06d", random.nextInt(1_000_000))
                            : String.format(
                                    Locale.ROOT, "%s-%03d", share < 975 ? "alias" : "dom", random.nextInt(ALIASES));
            String type = share < 800 ? "A" : share < 900 ? "AAAA" : share < 975 ? "A" : "MX";
            text.append(first)
                    .append('.')
                    .append(zone)
                    .append(". ")
                    .append(type)
                    .append('\n');
        }
        Files.writeString(questions(name), text);
    }

    private void random(String name, String pattern) throws IOException {
        Files.writeString(questions(name), pattern + " A\n");
    }

    /** A file as long as the zone, so that which of its names are in a cache is not decided by the questions. */
    private void writeLargeQuestions() throws IOException {
        Random random = new Random(1);
        try (BufferedWriter out = Files.newBufferedWriter(questions("random-large"))) {
            for (int i = 0; i < names; i++) {
                out.write(largeHost(random.nextInt(names)) + ".large.example. A\n");
            }
        }
    }
}
