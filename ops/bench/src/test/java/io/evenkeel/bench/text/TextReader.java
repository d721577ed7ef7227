package io.evenkeel.bench.text;

import io.evenkeel.zones.file.ZoneFile;
import io.evenkeel.zones.store.Records;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/** Who makes octets of a text. */
enum TextReader {
    OURS {
        @Override
        Reading read(String type, String text, Path folder) throws IOException {
            return ours("t 60 IN " + type + " " + text + "\n");
        }
    },
    /** It reads one record and prints it in the form of unknown types. */
    BIND {
        @Override
        Reading read(String type, String text, Path folder) throws IOException, InterruptedException {
            Path in = folder.resolve("record");
            Files.writeString(in, "IN " + type + " " + text + "\n");
            return theirs(in, folder, "t 60 ", "timeout", PATIENCE_SECONDS, "named-rrchecker", "-u", "-o", "example.");
        }
    },
    /** It prints the zone that it has read as text of its own, names in lower case. */
    NSD {
        @Override
        Reading read(String type, String text, Path folder) throws IOException, InterruptedException {
            Path zone = zone(type, text, folder);
            return theirs(
                    zone, folder, "", "timeout", PATIENCE_SECONDS, "nsd-checkzone", "-p", "example", zone.toString());
        }
    };

    private static final Name APEX = Name.fromConstantString("example.");
    private static final Name OWNER = Name.fromConstantString("t.example.");
    private static final String PATIENCE_SECONDS = "10";
    private static final int BY_SIGNAL = 124;

    /**
     * What came of it.
     *
     * @param octets null: it was refused
     * @param said why it was refused, on one line
     */
    record Reading(byte @Nullable [] octets, String said) {}

    /** @param folder for files that are written for it */
    abstract Reading read(String type, String text, Path folder) throws IOException, InterruptedException;

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static Reading ours(String zone) throws IOException {
        ZoneFile.Parsed parsed = ZoneFile.parse("zone", new StringReader(zone), APEX);
        if (!parsed.problems().isEmpty()) {
            return new Reading(null, parsed.problems().getFirst().message());
        }
        for (Record record : parsed.records()) {
            if (record.getName().equals(OWNER)) {
                return new Reading(Records.rdata(record), "");
            }
        }
        return new Reading(null, "no record");
    }

    private static Path zone(String type, String text, Path folder) throws IOException {
        return Files.writeString(
                folder.resolve("zone"),
                "$ORIGIN example.\n$TTL 60\n@ IN SOA ns h 1 1 1 1 1\n@ IN NS ns\nns IN A 192.0.2.1\nt 60 IN " + type
                        + " " + text + "\n");
    }

    private static Reading theirs(Path in, Path folder, String owner, String... command)
            throws IOException, InterruptedException {
        Path said = folder.resolve("said");
        Process process = new ProcessBuilder(command)
                .redirectInput(in.toFile())
                .redirectError(said.toFile())
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        int code = process.waitFor();
        if (code >= BY_SIGNAL) {
            return new Reading(null, "ended with code " + code);
        }
        if (code != 0 || out.isBlank()) {
            String all = Files.readString(said, StandardCharsets.ISO_8859_1) + out;
            return new Reading(null, all.replaceAll("\\s+", " ").strip());
        }
        Reading again = ours(owner + out);
        return again.octets == null
                ? new Reading(
                        new byte[0],
                        "printed what is refused here: " + again.said + ": "
                                + out.replaceAll("\\s+", " ").strip())
                : again;
    }
}
