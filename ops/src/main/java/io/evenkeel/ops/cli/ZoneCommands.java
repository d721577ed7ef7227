package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.node.DnsQuestion;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Confirmation;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.RecordArguments;
import io.evenkeel.ops.verb.Ttl;
import io.evenkeel.ops.verb.VerbGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
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
import org.xbill.DNS.Type;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zone}: whole zones, at any node. */
@Command(
        name = "zone",
        description =
                "Create, import, edit, copy, compare, export, list, show, delete, set and check zones; go back to what they were.",
        subcommands = {
            ZoneImportCommand.class,
            ZoneEditCommand.class,
            ZoneCopyCommand.class,
            ZoneDiffCommand.class,
            ZoneVersionsCommand.class,
            ZoneRollbackCommand.class,
            ZoneUndeleteCommand.class,
            ZoneRestoreCommand.class,
            ZoneSetCommand.class
        })
public final class ZoneCommands extends VerbGroup {
    static final String FILE_HELP =
            "Master file (RFC 1035); a pipe, or - for standard input. $INCLUDE takes files of its folder"
                    + " and below, and none where it came by a pipe.";
    static final String ORIGIN_HELP =
            "The zone, where the file does not say it (default: the owner of its SOA, else $ORIGIN, else the file's name)."
                    + " A file of another zone is refused.";

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
        output.result(zones, rows.size() == 1 ? "no zones" : output.table(rows));
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
            } else {
                served.put(each.name(), serialOf(each, apex));
            }
        }
        // A node of an earlier release has no settings of zones.
        Optional<JsonNode> settings = node.find(ZoneSetCommand.path(apex));
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", apex.toString());
        value.put("serial", found.path("serial"));
        value.put("records", records);
        settings.ifPresent(set -> value.put("guard", set.path("guard")));
        value.put("served", served);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("zone", apex.toString()));
        rows.add(List.of("serial", found.path("serial").asText()));
        rows.add(List.of("records", Long.toString(records)));
        settings.ifPresent(set -> rows.add(List.of("guard", ZoneSetCommand.words(set))));
        if (!served.isEmpty()) {
            rows.add(List.of("served", pairs(served)));
        }
        output.result(value, output.untitled(rows));
    }

    @Command(
            name = "create",
            description = "Create a zone with its SOA and NS records.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  evenkeel zone create example.org --ns ns1=192.0.2.1,2001:db8::1 --ns ns2.example.net",
                "  evenkeel zone create example.org --ns ns1.example.net --hostmaster admin@example.org --ttl 1h"
            })
    void create(
            @Parameters(paramLabel = "ZONE") String zone,
            @Option(
                            names = "--ns",
                            required = true,
                            paramLabel = "NAME[=ADDRESS[,ADDRESS]]",
                            description =
                                    "A name server. One label is in the zone and wants its addresses; several labels are"
                                            + " meant as they stand. Repeatable.")
                    List<String> nameServers,
            @Option(
                            names = "--hostmaster",
                            paramLabel = "NAME",
                            defaultValue = "hostmaster",
                            description = "Mailbox of the SOA, as name or as mail address (default: hostmaster.ZONE).")
                    String hostmaster,
            @Option(
                            names = "--ttl",
                            paramLabel = "TTL",
                            defaultValue = "1h",
                            converter = Ttl.class,
                            description = "Of all its records, as in 300, 30m, 1h or 1d (default: ${DEFAULT-VALUE}).")
                    long ttl,
            @Mixin Confirmation confirmation,
            @Mixin Target target,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        if (apex.equals(Name.root)) {
            confirmation.require(
                    "the zone . is the root of all names: nodes would answer for every name that they have no other zone for",
                    "The zone . is the root of all names: nodes answer for every name that they have no other zone for.",
                    "root");
        }
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.put("name", apex.toString()).put("kind", "Native");
        ArrayNode rrsets = body.putArray("rrsets");
        List<String> names = new ArrayList<>();
        for (String text : nameServers) {
            String[] parts = text.split("=", 2);
            Name name = RecordArguments.target(parts[0], apex);
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
        String mailbox = RecordArguments.mailbox(hostmaster, apex).toString();
        rrset(
                rrsets,
                apex,
                "SOA",
                ttl,
                List.of("%s %s %s 3600 600 1209600 300".formatted(names.getFirst(), mailbox, firstSerial())));
        AdminClient node = target.connect();
        node.change("POST", AdminClient.SERVER + "/zones", body);
        created(new ServedZone(node, apex), node, output);
    }

    private static void created(ServedZone served, AdminClient node, Output output)
            throws CommandFailure, IOException, InterruptedException {
        JsonNode stored = served.all();
        Name apex = served.apex();
        List<String> warnings =
                new ChangeWarnings(served, apex, Type.NS, MissingNode.getInstance(), stored).find(false, List.of());
        long serial = stored.path("serial").asLong();
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", apex.toString());
        value.put("created", true);
        value.put("serial", serial);
        value.put("node", node.name());
        value.put("rrsets", stored.path("rrsets"));
        value.put("warnings", warnings);
        output.result(
                value,
                "created %s; serial %d, served by %s%n%s"
                        .formatted(apex, serial, node.name(), output.untitled(ServedZone.rows(stored.path("rrsets")))));
        output.warn(warnings);
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
                long size = write(text, file);
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

    /** Beside the file, which is replaced once all is there. */
    private static long write(InputStream text, Path file) throws CommandFailure, IOException {
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        try {
            long size = Files.copy(text, partial, StandardCopyOption.REPLACE_EXISTING);
            Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
            return size;
        } catch (FileSystemException e) {
            throw Output.unwritable(file, e);
        }
    }

    @Command(
            name = "delete",
            description = "Delete a zone with all its records.",
            footerHeading = "%nExamples:%n",
            footer = "  evenkeel zone delete example.org --yes")
    void delete(
            @Parameters(paramLabel = "ZONE") String zone,
            @Mixin Confirmation confirmation,
            @Mixin Target target,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        confirmation.require(
                "deleting %s takes all its records from every node".formatted(apex),
                "All records of %s will be gone from every node; `zone undelete` brings them back for a week if they are few enough, and a backup always."
                        .formatted(apex),
                apex.equals(Name.root) ? "root" : apex.toString(true));
        AdminClient node = target.connect();
        node.change("DELETE", AdminClient.zonePath(apex.toString()), null);
        output.result(
                Map.of("zone", apex.toString(), "deleted", true, "node", node.name()),
                "deleted %s, through %s".formatted(apex, node.name()));
    }

    @Command(
            name = "check",
            description = "Check master files without a server, as `zone import` would read and judge them.")
    int check(
            @Parameters(paramLabel = "FILE", arity = "1..*", description = FILE_HELP) List<Path> files,
            @Option(names = "--origin", paramLabel = "NAME", description = ORIGIN_HELP) @Nullable String origin,
            @Mixin Output output)
            throws CommandFailure, IOException {
        return CheckCommands.zone(output, files, origin);
    }

    static long serial(AdminClient node, Name apex) throws CommandFailure, IOException, InterruptedException {
        return node.get(AdminClient.zonePath(apex.toString()) + "?rrsets=false")
                .path("serial")
                .asLong();
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

    /** As its API tells it: where its DNS port is, is not known here. */
    private static String serialOf(AdminClient node, Name apex) throws IOException, InterruptedException {
        try {
            return node.find(AdminClient.zonePath(apex.toString()) + "?rrsets=false")
                    .map(zone -> zone.path("serial").asText())
                    .orElse("no such zone");
        } catch (CommandFailure e) {
            return "no answer";
        }
    }

    private static String pairs(Map<String, ?> map) {
        List<String> pairs = new ArrayList<>();
        map.forEach((key, value) -> pairs.add(key + " " + value));
        return String.join(", ", pairs);
    }
}
