package io.evenkeel.ops.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rrset apply}: many changes of one zone in one commit. */
@Command(
        name = "apply",
        description = {
            "Make many changes of the RRsets of one zone in one commit: all of them, or none.",
            "The text has a change in each line, in the order in which they are made: `add NAME TTL TYPE DATA`,"
                    + " `delete NAME [TYPE [DATA]]`, `replace NAME TTL TYPE DATA` (several such lines of an RRset are all that it"
                    + " has then), and before them `zone NAME`. Names and data are written as in `rrset add`, without the quotes"
                    + " of a shell. Lines that begin with ; or # are comments; `update` before a change, IN before a type and"
                    + " `send` at the end may stand there, as in texts for nsupdate.",
            "A text that begins with { is JSON, as the API's PATCH of a zone takes it."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  evenkeel rrset apply changes.txt",
            "  printf 'delete old\\nadd new 1h A 192.0.2.1\\n' | evenkeel rrset apply - --zone example.org",
            "  evenkeel rrset apply rrsets.json --zone example.org"
        })
public final class RRsetApplyCommand extends NodeVerb {
    /** How often names are looked up that others change meanwhile. */
    private static final int ATTEMPTS = 5;

    @Parameters(paramLabel = "FILE", description = "With the changes; - for standard input.")
    private @Nullable Path file;

    @Option(names = "--zone", paramLabel = "NAME", description = "The zone, where the text does not say it.")
    private @Nullable String zone;

    @Mixin
    private Force force = new Force();

    /** An RRset that is changed. */
    private record Touched(Name owner, int type, boolean adds, List<String> contents) {}

    /** Where the change was made, and what there was before. */
    private record Made(
            ServedZone served, AdminClient node, Map<Name, JsonNode> before, List<Touched> touched, String note) {}

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Path named = Objects.requireNonNull(file);
        String name = named.toString().equals("-") ? "standard input" : named.toString();
        String text = read(named, name);
        Name apex = zone == null ? null : RecordArguments.zone(zone);
        if (text.stripLeading().startsWith("{")) {
            if (apex == null) {
                throw usage("JSON does not say which zone it is: give --zone NAME");
            }
            tell(applyJson(name, text, apex));
        } else {
            tell(applyLines(RRsetBatch.read(name, text, apex)));
        }
        return 0;
    }

    private static String read(Path named, String name) throws CommandFailure, IOException {
        if (!name.equals("standard input") && (!Files.exists(named) || Files.isDirectory(named))) {
            throw CommandFailure.failed(
                    Files.exists(named) ? named + " is a folder, not a file" : "no such file: " + named);
        }
        try (InputStream in = name.equals("standard input") ? System.in : Files.newInputStream(named)) {
            byte[] octets = in.readNBytes(ClientLimits.BATCH_BYTES + 1);
            if (octets.length > ClientLimits.BATCH_BYTES) {
                throw CommandFailure.failed(
                        "%s is longer than %d MiB, the most that a node takes in one change: put it in parts, or change the zone by `zone import`"
                                .formatted(name, ClientLimits.BATCH_BYTES >> 20));
            }
            return new String(octets, StandardCharsets.UTF_8);
        }
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(CommandFailure.USAGE, message);
    }

    private Made applyLines(RRsetBatch batch) throws CommandFailure, IOException, InterruptedException {
        Name apex = batch.apex();
        AdminClient node = target.connect();
        ServedZone served = new ServedZone(node, apex);
        for (int i = 0; i < ATTEMPTS; i++) {
            String etag = batch.emptied().isEmpty() ? "" : served.etag();
            Map<Name, JsonNode> before = new LinkedHashMap<>();
            for (Name owner : batch.emptied()) {
                before.put(owner, served.at(owner));
                for (JsonNode rrset : before.get(owner).path("rrsets")) {
                    batch.present(owner, rrset.path("type").asText());
                }
            }
            List<Touched> touched = new ArrayList<>();
            for (RRsetBatch.Change change : batch.changes()) {
                touched.add(new Touched(change.owner, change.type, change.adds(), change.contents()));
            }
            look(served, touched, before);
            if (touched.isEmpty()) {
                return new Made(served, node, before, touched, "");
            }
            try {
                Optional<AdminClient.Answer> answer =
                        node.changeIf(etag, "PATCH", force.in(AdminClient.zonePath(apex.toString())), batch.body());
                if (answer.isPresent()) {
                    return new Made(served, node, before, touched, RRsetCommands.note(answer.get()));
                }
            } catch (CommandFailure e) {
                throw located(e, batch);
            }
        }
        throw CommandFailure.later(
                "%s was changed by somebody else each time its names were looked up, nothing is changed: try again"
                        .formatted(apex));
    }

    private static void look(ServedZone served, List<Touched> touched, Map<Name, JsonNode> into)
            throws CommandFailure, IOException, InterruptedException {
        for (Touched each : touched) {
            if (!into.containsKey(each.owner())) {
                into.put(each.owner(), served.at(each.owner()));
            }
        }
    }

    /** With the lines that the problems are about. */
    private static CommandFailure located(CommandFailure refused, RRsetBatch batch) {
        boolean single = refused.details().isEmpty();
        List<String> problems = single ? List.of(refused.getMessage()) : refused.details();
        List<String> located = problems.stream().map(batch::located).toList();
        if (refused.exitCode() != CommandFailure.FAILED || located.equals(problems)) {
            return refused;
        }
        return single
                ? CommandFailure.failed(located.getFirst())
                : new CommandFailure(refused.exitCode(), refused.getMessage(), located);
    }

    private Made applyJson(String name, String text, Name apex)
            throws CommandFailure, IOException, InterruptedException {
        JsonNode body;
        try {
            body = Json.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw usage("%s:%d: %s: it is not JSON: %s"
                    .formatted(name, e.getLocation().getLineNr(), line(text, e), e.getOriginalMessage()));
        }
        if (!body.path("rrsets").isArray() || body.path("rrsets").isEmpty()) {
            throw usage(name + " has no array 'rrsets' with changes");
        }
        List<Touched> touched = new ArrayList<>();
        Set<String> seen = new LinkedHashSet<>();
        for (JsonNode rrset : body.path("rrsets")) {
            Name owner = RecordArguments.zone(rrset.path("name").asText());
            int type = RecordArguments.type(rrset.path("type").asText());
            if (seen.add(owner + " " + type)) {
                boolean adds = rrset.path("changetype").asText().equalsIgnoreCase("EXTEND");
                touched.add(new Touched(owner, type, adds, ServedZone.contents(rrset)));
            }
        }
        AdminClient node = target.connect();
        ServedZone served = new ServedZone(node, apex);
        Map<Name, JsonNode> before = new LinkedHashMap<>();
        look(served, touched, before);
        String note = RRsetCommands.note(node.change("PATCH", force.in(AdminClient.zonePath(apex.toString())), body));
        return new Made(served, node, before, touched, note);
    }

    private static String line(String text, JsonProcessingException e) {
        return text.lines()
                .skip(Math.max(0, e.getLocation().getLineNr() - 1))
                .findFirst()
                .orElse("")
                .strip();
    }

    /** Each RRset as it is stored now, with what looks wrong. */
    private void tell(Made made) throws CommandFailure, IOException, InterruptedException {
        Map<Name, JsonNode> after = new LinkedHashMap<>();
        look(made.served(), made.touched(), after);
        Set<String> warnings = new LinkedHashSet<>();
        List<Map<String, Object>> values = new ArrayList<>();
        List<JsonNode> stored = new ArrayList<>();
        List<String> gone = new ArrayList<>();
        for (Touched each : made.touched()) {
            JsonNode was = Objects.requireNonNull(made.before().get(each.owner()));
            JsonNode is = Objects.requireNonNull(after.get(each.owner()));
            JsonNode rrset = ServedZone.rrset(is, each.owner(), Type.string(each.type()));
            warnings.addAll(new ChangeWarnings(made.served(), each.owner(), each.type(), was, is)
                    .find(each.adds(), each.contents()));
            if (rrset.isMissingNode()) {
                gone.add("%s has no %s records".formatted(each.owner(), Type.string(each.type())));
            } else {
                stored.add(rrset);
            }
            Map<String, Object> value = new LinkedHashMap<>();
            value.put("name", each.owner().toString());
            value.put("type", Type.string(each.type()));
            value.put("ttl", rrset.path("ttl").asLong());
            value.put("records", ServedZone.contents(rrset));
            values.add(value);
        }
        if (!made.note().isEmpty()) {
            warnings.add(made.note());
        }
        long serial = ZoneCommands.serial(made.node(), made.served().apex());
        boolean changed = made.before().values().stream()
                .anyMatch(was -> was.path("serial").asLong() != serial);
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", made.served().apex().toString());
        value.put("changed", changed);
        value.put("serial", serial);
        value.put("node", made.node().name());
        value.put("rrsets", values);
        value.put("warnings", warnings);
        List<String> lines = new ArrayList<>();
        lines.add("%s; serial %d, served by %s"
                .formatted(
                        changed ? "changed %d RRsets".formatted(values.size()) : "nothing to change",
                        serial,
                        made.node().name()));
        if (!stored.isEmpty()) {
            lines.add(output.untitled(ServedZone.rows(stored)));
        }
        lines.addAll(gone);
        output.result(value, String.join(System.lineSeparator(), lines));
        output.warn(List.copyOf(warnings));
    }
}
