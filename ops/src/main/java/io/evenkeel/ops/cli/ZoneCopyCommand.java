package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Progress;
import io.evenkeel.ops.verb.RecordArguments;
import io.evenkeel.ops.verb.RecordTypes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zone copy}: a new zone with the contents of another. */
@Command(
        name = "copy",
        description = {
            "Make a new zone with the contents of another. Owners and targets in the old zone are in the new one then.",
            "Texts (TXT, CAA, URI) stay as they are, and so does the serial."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  evenkeel zone copy example.org example.net",
            "  evenkeel zone copy example.org example.net --dry-run > example.net.zone"
        })
public final class ZoneCopyCommand extends NodeVerb {
    @Parameters(index = "0", paramLabel = "ZONE")
    private String zone = "";

    @Parameters(index = "1", paramLabel = "NEW", description = "The zone to make; it must not be there yet.")
    private String copy = "";

    @Option(names = "--dry-run", description = "Change nothing: print the new zone as a master file.")
    private boolean dryRun;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Name from = RecordArguments.zone(zone);
        Name to = RecordArguments.zone(copy);
        AdminClient node = target.connect();
        new ServedZone(node, from).unsigned("copied");
        if (node.find(AdminClient.zonePath(to.toString()) + "?rrsets=false").isPresent()) {
            throw isThere(to);
        }
        Path file = Files.createTempFile("evenkeel", ".zone");
        try {
            Moved moved = new Moved(from, to);
            moved.write(node, file);
            if (dryRun) {
                print(to, file);
            } else {
                make(from, to, node, file, moved);
            }
            output.warn(moved.warnings());
            return 0;
        } finally {
            Files.delete(file);
        }
    }

    private static CommandFailure isThere(Name zone) {
        return CommandFailure.failed("there is a zone %s already: delete it first, or name another".formatted(zone));
    }

    private void print(Name to, Path file) throws IOException {
        if (output.json()) {
            output.result(Map.of("zone", to.toString(), "text", Files.readString(file)), "");
            return;
        }
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.out().println(line);
            }
        }
    }

    private void make(Name from, Name to, AdminClient node, Path file, Moved moved)
            throws CommandFailure, IOException, InterruptedException {
        Progress progress = Progress.start(output, "copying " + from + " to " + to + " through " + node.name());
        JsonNode answer;
        try {
            answer = node.importNewZone(to.toString(), to + " as copied", () -> Files.newInputStream(file))
                    .json();
        } finally {
            progress.stop();
        }
        answer.path("warnings").forEach(warning -> moved.warn(warning.asText()));
        long serial = ZoneCommands.serial(node, to);
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", to.toString());
        value.put("copiedFrom", from.toString());
        value.put("records", moved.records());
        value.put("serial", serial);
        value.put("node", node.name());
        value.put("warnings", moved.warnings());
        output.result(
                value,
                "copied %d records of %s to %s; serial %d, served by %s"
                        .formatted(moved.records(), from, to, serial, node.name()));
    }

    /** The records of a zone with the names that they have in another. One use, one thread. */
    private static final class Moved {
        private final Name from;
        private final Name to;
        private final List<String> warnings = new ArrayList<>();
        private int records;
        private int texts;
        private int digests;

        Moved(Name from, Name to) {
            this.from = from;
            this.to = to;
        }

        int records() {
            return records;
        }

        List<String> warnings() {
            return warnings;
        }

        void warn(String warning) {
            warnings.add(warning);
        }

        /** Reads the zone as a node serves it, and writes the other one. */
        void write(AdminClient node, Path file) throws CommandFailure, IOException, InterruptedException {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                            node.open(AdminClient.zonePath(from.toString()) + "/export"), StandardCharsets.US_ASCII));
                    Writer out = Files.newBufferedWriter(file, StandardCharsets.US_ASCII)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    // Owner, TTL, class, type, RDATA.
                    String[] fields = line.split("\t", 5);
                    fields[0] = name(Name.fromString(fields[0])).toString();
                    fields[4] = data(fields[3], fields[4]);
                    out.write(String.join("\t", fields) + "\n");
                    records++;
                }
            } catch (TextParseException e) {
                throw CommandFailure.failed("%s as %s serves it: %s".formatted(from, node.name(), e.getMessage()));
            }
            if (texts > 0) {
                warnings.add("%d texts name %s and stay as they are".formatted(texts, from.toString(true)));
            }
            if (digests > 0) {
                warnings.add("%d records (DS, CDS, ZONEMD) were made for the old names and do not fit the new ones"
                        .formatted(digests));
            }
        }

        private String data(String type, String text) throws CommandFailure {
            int number = RecordTypes.value(type);
            if (number == Type.DS || number == Type.CDS || number == Type.ZONEMD) {
                digests++;
            }
            Optional<String> moved = RecordArguments.renamed(number, text, this::name);
            if (moved.isEmpty()
                    && !from.equals(Name.root)
                    && text.toLowerCase(Locale.ROOT)
                            .contains(from.toString(true).toLowerCase(Locale.ROOT))) {
                texts++;
            }
            return moved.orElse(text);
        }

        private Name name(Name name) throws CommandFailure {
            if (!name.subdomain(from)) {
                return name;
            }
            try {
                return name.equals(from) ? to : Name.concatenate(name.relativize(from), to);
            } catch (NameTooLongException e) {
                throw CommandFailure.failed("%s would be longer than 255 octets in %s".formatted(name, to));
            }
        }
    }
}
