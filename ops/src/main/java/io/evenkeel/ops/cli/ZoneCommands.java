package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.node.DnsQuestion;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.node.ZoneOrigin;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.Progress;
import io.evenkeel.ops.verb.RecordArguments;
import io.evenkeel.ops.verb.VerbGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.TextParseException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zone}: whole zones, at any node. */
@Command(name = "zone", description = "Create, import, export, list, show, delete and check zones.")
public final class ZoneCommands extends VerbGroup {
    private static final long DEFAULT_TTL_SECONDS = 3600;

    /** For picocli. */
    public ZoneCommands() {
        super("a zone");
    }

    @Command(name = "list", description = "The zones that the cluster serves.")
    void list(@Mixin Target target, @Mixin Output output) throws CommandFailure, IOException, InterruptedException {
        JsonNode zones = target.connect().get(AdminClient.SERVER + "/zones");
        List<List<String>> rows = new ArrayList<>(List.of(List.of("ZONE", "SERIAL")));
        for (JsonNode zone : zones) {
            rows.add(List.of(zone.path("name").asText(), zone.path("serial").asText()));
        }
        output.result(zones, rows.size() == 1 ? "no zones" : Output.table(rows));
    }

    @Command(name = "show", description = "What a zone holds, and which serial each node answers.")
    void show(@Parameters(paramLabel = "ZONE") String zone, @Mixin Target target, @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        AdminClient node = target.connect();
        JsonNode found = node.get(AdminClient.zonePath(apex.toString()) + "?rrsets=false");
        long records = 0;
        for (JsonNode held : node.get(AdminClient.EVENKEEL + "/status").path("zones")) {
            if (held.path("name").asText().equalsIgnoreCase(apex.toString())) {
                records = held.path("records").asLong();
            }
        }
        Map<String, String> served = new LinkedHashMap<>();
        for (AdminClient each : target.candidates()) {
            if (each.local().isPresent()) {
                Optional<Long> serial = DnsQuestion.serial(each.local().get().dnsPort(), apex, ClientLimits.PROBE);
                served.put(each.name(), serial.map(Object::toString).orElse("no answer"));
            }
        }
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", apex.toString());
        value.put("serial", found.path("serial"));
        value.put("records", records);
        value.put("served", served);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("zone", apex.toString()));
        rows.add(List.of("serial", found.path("serial").asText()));
        rows.add(List.of("records", Long.toString(records)));
        if (!served.isEmpty()) {
            rows.add(List.of("served", pairs(served)));
        }
        output.result(value, Output.table(rows));
    }

    @Command(name = "create", description = "Create a zone with its SOA and NS records.")
    void create(
            @Parameters(paramLabel = "ZONE") String zone,
            @Option(
                            names = "--ns",
                            required = true,
                            paramLabel = "NAME[=ADDRESS[,ADDRESS]]",
                            description =
                                    "A name server; one label is in the zone and wants its addresses. Repeatable.")
                    List<String> nameServers,
            @Option(
                            names = "--hostmaster",
                            paramLabel = "NAME",
                            defaultValue = "hostmaster",
                            description = "Mailbox of the SOA, as name or as mail address (default: hostmaster.ZONE).")
                    String hostmaster,
            @Option(
                            names = "--ttl",
                            paramLabel = "SECONDS",
                            defaultValue = "" + DEFAULT_TTL_SECONDS,
                            description = "Of all its records (default: ${DEFAULT-VALUE}).")
                    long ttl,
            @Mixin Target target,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("name", apex.toString()).put("kind", "Native");
        ArrayNode rrsets = body.putArray("rrsets");
        List<String> names = new ArrayList<>();
        for (String text : nameServers) {
            String[] parts = text.split("=", 2);
            Name name = host(parts[0], apex);
            names.add(name.toString());
            if (parts.length == 2) {
                List<String> addresses = List.of(parts[1].split(",", -1));
                rrset(
                        rrsets,
                        name,
                        "A",
                        ttl,
                        addresses.stream().filter(a -> !a.contains(":")).toList());
                rrset(
                        rrsets,
                        name,
                        "AAAA",
                        ttl,
                        addresses.stream().filter(a -> a.contains(":")).toList());
            }
        }
        rrset(rrsets, apex, "NS", ttl, names);
        String mailbox = host(mailbox(hostmaster), apex).toString();
        rrset(
                rrsets,
                apex,
                "SOA",
                ttl,
                List.of("%s %s %s 3600 600 1209600 300".formatted(names.getFirst(), mailbox, firstSerial())));
        AdminClient node = target.connect();
        node.change("POST", AdminClient.SERVER + "/zones", body);
        confirm(output, node, apex, "created");
    }

    @Command(
            name = "import",
            description = "Put a master file in as the whole contents of a zone, or refuse it and say every problem.")
    void importFile(
            @Parameters(paramLabel = "FILE", description = "Master file (RFC 1035); - reads standard input.") Path file,
            @Option(
                            names = "--origin",
                            paramLabel = "NAME",
                            description = "The zone (default: the owner of the file's SOA, else the file's name).")
                    @Nullable
                    String origin,
            @Option(names = "--create", description = "Create the zone if it does not exist yet.") boolean create,
            @Mixin Target target,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        boolean stdin = file.toString().equals("-");
        if (!stdin && !Files.isRegularFile(file)) {
            throw CommandFailure.failed("no such file: " + file);
        }
        if (stdin && origin == null) {
            throw new CommandFailure(CommandFailure.USAGE, "the zone read from standard input needs --origin NAME");
        }
        Name apex = origin == null ? ZoneOrigin.of(file) : RecordArguments.zone(origin);
        AdminClient node = target.connect();
        if (!create
                && node.find(AdminClient.zonePath(apex.toString()) + "?rrsets=false")
                        .isEmpty()) {
            throw CommandFailure.failed("there is no zone %s yet: --create makes it".formatted(apex));
        }
        Progress progress = Progress.start(output, "importing " + apex + " through " + node.name());
        try {
            node.importZone(
                    apex.toString(),
                    stdin ? "stdin" : file.toString(),
                    create,
                    () -> stdin ? System.in : Files.newInputStream(file));
        } finally {
            progress.stop();
        }
        confirm(output, node, apex, "imported");
    }

    @Command(name = "export", description = "Write a zone as a master file.")
    void export(
            @Parameters(paramLabel = "ZONE") String zone,
            @Option(names = "--file", paramLabel = "FILE", description = "Where to (default: standard output).")
                    @Nullable
                    Path file,
            @Mixin Target target,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        try (InputStream text = target.connect().open(AdminClient.zonePath(apex.toString()) + "/export")) {
            if (file != null) {
                Path partial = file.resolveSibling(file.getFileName() + ".partial");
                long size = Files.copy(text, partial, StandardCopyOption.REPLACE_EXISTING);
                Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
                output.result(
                        Map.of("zone", apex.toString(), "file", file.toString(), "bytes", size),
                        "exported %s to %s, %d bytes".formatted(apex, file, size));
            } else if (output.json()) {
                String all = new String(text.readAllBytes(), StandardCharsets.UTF_8);
                output.result(Map.of("zone", apex.toString(), "text", all), "");
            } else {
                BufferedReader lines = new BufferedReader(new java.io.InputStreamReader(text, StandardCharsets.UTF_8));
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    output.out().println(line);
                }
            }
        }
    }

    @Command(name = "delete", description = "Delete a zone with all its records.")
    void delete(@Parameters(paramLabel = "ZONE") String zone, @Mixin Target target, @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        AdminClient node = target.connect();
        node.change("DELETE", AdminClient.zonePath(apex.toString()), null);
        output.result(
                Map.of("zone", apex.toString(), "deleted", true, "node", node.name()),
                "deleted %s, through %s".formatted(apex, node.name()));
    }

    @Command(name = "check", description = "Check master files without a server, as `check zone` does.")
    int check(
            @Parameters(paramLabel = "FILE", arity = "1..*") List<Path> files,
            @Option(names = "--origin", paramLabel = "NAME", description = "Of names without a last dot.") @Nullable
                    String origin,
            @Mixin Output output)
            throws CommandFailure {
        return CheckCommands.zone(output, files, origin);
    }

    private static void confirm(Output output, AdminClient node, Name apex, String done)
            throws CommandFailure, IOException, InterruptedException {
        long serial = serial(node, apex);
        output.result(
                Map.of("zone", apex.toString(), done, true, "serial", serial, "node", node.name()),
                "%s %s; serial %d, served by %s".formatted(done, apex, serial, node.name()));
    }

    static long serial(AdminClient node, Name apex) throws CommandFailure, IOException, InterruptedException {
        return node.get(AdminClient.zonePath(apex.toString()) + "?rrsets=false")
                .path("serial")
                .asLong();
    }

    /** {@code ns1} is in the zone; a name of several labels is meant as it stands. */
    private static Name host(String text, Name apex) throws CommandFailure {
        try {
            Name name = Name.fromString(text);
            return Name.concatenate(name, name.labels() > 1 ? Name.root : apex);
        } catch (TextParseException | NameTooLongException e) {
            throw new CommandFailure(CommandFailure.USAGE, "not a name: " + text);
        }
    }

    /** {@code a.b@example.org} is {@code a\\.b.example.org} in an SOA (RFC 1035 §8). */
    private static String mailbox(String text) {
        int at = text.indexOf('@');
        return at < 0 ? text : text.substring(0, at).replace(".", "\\.") + "." + text.substring(at + 1);
    }

    private static void rrset(ArrayNode rrsets, Name name, String type, long ttl, List<String> contents) {
        if (contents.isEmpty()) {
            return;
        }
        ObjectNode rrset = rrsets.addObject();
        rrset.put("name", name.toString()).put("type", type).put("ttl", ttl);
        ArrayNode records = rrset.putArray("records");
        contents.forEach(content -> records.addObject().put("content", content).put("disabled", false));
    }

    private static String firstSerial() {
        return LocalDate.now(ZoneOffset.UTC).format(DateTimeFormatter.BASIC_ISO_DATE) + "01";
    }

    private static String pairs(Map<String, ?> map) {
        List<String> pairs = new ArrayList<>();
        map.forEach((key, value) -> pairs.add(key + " " + value));
        return String.join(", ", pairs);
    }
}
