package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.RecordArguments;
import io.evenkeel.ops.verb.Ttl;
import io.evenkeel.ops.verb.VerbGroup;
import java.io.IOException;
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

/** {@code rrset}: the records of one name and type, at any node. */
@Command(
        name = "rrset",
        description = "List, add, replace and delete records, one RRset or many at a time.",
        subcommands = RRsetApplyCommand.class)
public final class RRsetCommands extends VerbGroup {
    private static final long DEFAULT_TTL_SECONDS = 3600;

    private static final String NAME_HELP = "Owner: relative to the zone, @ for its apex, or with a last dot.";
    private static final String DATA_HELP =
            "Data of the record; one argument for each record, so data of several words stands in quotes.";
    private static final String TTL_HELP =
            "TTL of the RRset, as in 300, 30m, 1h or 1d (default: the present one, else 3600).";

    private static final String RULES =
            "%nTexts (TXT, the value of CAA, the target of URI) are taken as they are: blanks,"
                    + " semicolons and backslashes are data, and a long TXT is cut into strings of 255 octets. A text that begins"
                    + " with a double quote is taken as a master file has it."
                    + "%nTargets (of CNAME, MX, NS, SRV ...) of one label are in the zone, those of several labels are meant as they"
                    + " stand: mail is mail.ZONE, mail.example.net is mail.example.net."
                    + "%nThe fields of one record may be arguments of their own: MX 10 mail. Before data that begins with a hyphen"
                    + " give --."
                    + "%nWhat is stored is printed, and warnings where it looks wrong.%n";

    /** For picocli. */
    public RRsetCommands() {
        super("an RRset");
    }

    @Command(name = "list", description = "The records of a zone, of a name, or of a name and type.")
    void list(
            @Parameters(index = "0", paramLabel = "ZONE") String zone,
            @Parameters(index = "1", paramLabel = "NAME", arity = "0..1", description = NAME_HELP) @Nullable
                    String name,
            @Parameters(index = "2", paramLabel = "TYPE", arity = "0..1") @Nullable String type,
            @Mixin Target target,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        Optional<Name> owner = name == null ? Optional.empty() : Optional.of(RecordArguments.owner(name, apex));
        Optional<String> wanted =
                type == null ? Optional.empty() : Optional.of(Type.string(RecordArguments.type(type)));
        ServedZone served = new ServedZone(target.connect(), apex);
        List<JsonNode> rrsets = new ArrayList<>();
        for (JsonNode rrset : (owner.isEmpty() ? served.all() : served.at(owner.get())).path("rrsets")) {
            if (owner.map(each -> ServedZone.isOf(rrset, each)).orElse(true)
                    && wanted.map(rrset.path("type").asText()::equals).orElse(true)) {
                rrsets.add(rrset);
            }
        }
        List<List<String>> rows = ServedZone.rows(rrsets);
        output.result(rrsets, rows.isEmpty() ? "no records" : output.untitled(rows));
    }

    @Command(
            name = "add",
            description = "Add records to an RRset; those that it has already stay.",
            footerHeading = RULES + "%nExamples:%n",
            footer = {
                "  evenkeel rrset add example.org www A 192.0.2.1 192.0.2.2 --ttl 1h",
                "  evenkeel rrset add example.org @ MX '10 mail' '20 mail.example.net'",
                "  evenkeel rrset add example.org @ TXT 'v=spf1 include:_spf.example.net -all'",
                "  evenkeel rrset add example.org _dmarc TXT 'v=DMARC1; p=reject'",
                "  evenkeel rrset add example.org @ CAA '0 issue ca.example.net; validationmethods=dns-01'"
            })
    void add(@Mixin Wanted wanted, @Mixin Target target, @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        edit(wanted.edit("EXTEND", "added"), target, output);
    }

    @Command(
            name = "replace",
            description = "Make an RRset these records and no others.",
            footerHeading = RULES + "%nExamples:%n",
            footer = {
                "  evenkeel rrset replace example.org www CNAME web.example.net",
                "  evenkeel rrset replace example.org _sip._tcp SRV '10 0 5060 sip' '20 0 5060 sip.example.net' --ttl 30m",
                "  evenkeel rrset replace example.org @ SOA 'ns1 admin@example.org 2026010100 1h 10m 2w 5m'"
            })
    void replace(@Mixin Wanted wanted, @Mixin Target target, @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        edit(wanted.edit("REPLACE", "replaced"), target, output);
    }

    @Command(
            name = "delete",
            description = "Delete all RRsets of a name, one RRset, or only the records named.",
            footerHeading = RULES + "%nExamples:%n",
            footer = {
                "  evenkeel rrset delete example.org www A 192.0.2.1",
                "  evenkeel rrset delete example.org www A",
                "  evenkeel rrset delete example.org www"
            })
    void delete(
            @Parameters(index = "0", paramLabel = "ZONE") String zone,
            @Parameters(index = "1", paramLabel = "NAME", description = NAME_HELP) String name,
            @Parameters(
                            index = "2",
                            paramLabel = "TYPE",
                            arity = "0..1",
                            description = "Without it all that the name has is deleted.")
                    @Nullable
                    String type,
            @Parameters(index = "3..*", arity = "0..*", paramLabel = "DATA", description = DATA_HELP) @Nullable
                    List<String> rdata,
            @Mixin Target target,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        List<String> data = rdata == null ? List.of() : rdata;
        if (type == null) {
            deleteOwner(zone, name, target, output);
        } else {
            edit(
                    new Edit(data.isEmpty() ? "DELETE" : "PRUNE", "deleted", zone, name, type, data, null),
                    target,
                    output);
        }
    }

    /** Records that an RRset is to have. */
    static final class Wanted {
        @Parameters(index = "0", paramLabel = "ZONE")
        private String zone = "";

        @Parameters(index = "1", paramLabel = "NAME", description = NAME_HELP)
        private String name = "";

        @Parameters(index = "2", paramLabel = "TYPE")
        private String type = "";

        @Parameters(index = "3..*", arity = "1..*", paramLabel = "DATA", description = DATA_HELP)
        private List<String> rdata = List.of();

        @Option(names = "--ttl", paramLabel = "TTL", description = TTL_HELP, converter = Ttl.class)
        private @Nullable Long ttl;

        private Edit edit(String changeType, String done) {
            return new Edit(changeType, done, zone, name, type, rdata, ttl);
        }
    }

    /** One change of one RRset, as typed. */
    private record Edit(
            String changeType,
            String done,
            String zone,
            String name,
            String type,
            List<String> rdata,
            @Nullable Long ttl) {}

    private static void edit(Edit edit, Target target, Output output)
            throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(edit.zone());
        Name owner = RecordArguments.owner(edit.name(), apex);
        int type = RecordArguments.type(edit.type());
        List<String> contents = edit.rdata().isEmpty() ? List.of() : RecordArguments.contents(type, edit.rdata(), apex);
        AdminClient node = target.connect();
        ServedZone served = new ServedZone(node, apex);
        JsonNode before = served.at(owner);
        ObjectNode body = Json.MAPPER.createObjectNode();
        ObjectNode rrset = change(body.putArray("rrsets"), owner, Type.string(type), edit.changeType());
        Long ttl = edit.ttl();
        rrset.put("ttl", ttl == null ? presentTtl(before, owner, Type.string(type)) : ttl);
        ArrayNode records = rrset.putArray("records");
        contents.forEach(content -> records.addObject().put("content", content).put("disabled", false));
        String note = note(node.change("PATCH", AdminClient.zonePath(apex.toString()), body));

        JsonNode after = served.at(owner);
        JsonNode stored = ServedZone.rrset(after, owner, Type.string(type));
        boolean changed = after.path("serial").asLong() != before.path("serial").asLong();
        List<String> warnings = new ArrayList<>(new ChangeWarnings(served, owner, type, before, after)
                .find(edit.changeType().equals("EXTEND"), contents));
        if (!note.isEmpty()) {
            warnings.add(note);
        }
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", apex.toString());
        value.put("name", owner.toString());
        value.put("type", Type.string(type));
        value.put("changed", changed);
        value.put("serial", after.path("serial").asLong());
        value.put("node", node.name());
        value.put("ttl", stored.path("ttl").asLong());
        value.put("records", ServedZone.contents(stored));
        value.put("warnings", warnings);
        String left = stored.isMissingNode()
                ? "%s has no %s records".formatted(owner, Type.string(type))
                : output.untitled(ServedZone.rows(List.of(stored)));
        output.result(
                value, done(changed ? edit.done() : "nothing to change", after, node) + System.lineSeparator() + left);
        output.warn(warnings);
    }

    private static void deleteOwner(String zone, String name, Target target, Output output)
            throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        Name owner = RecordArguments.owner(name, apex);
        if (owner.equals(apex)) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "%s is the apex, whose SOA and NS records stay: name a type, or delete the zone with `zone delete`"
                            .formatted(owner));
        }
        AdminClient node = target.connect();
        ServedZone served = new ServedZone(node, apex);
        JsonNode before = served.at(owner);
        ObjectNode body = Json.MAPPER.createObjectNode();
        ArrayNode rrsets = body.putArray("rrsets");
        List<String> types = new ArrayList<>();
        List<JsonNode> present = new ArrayList<>();
        for (JsonNode rrset : before.path("rrsets")) {
            present.add(rrset);
            types.add(rrset.path("type").asText());
            change(rrsets, owner, types.getLast(), "DELETE");
        }
        JsonNode after = before;
        List<String> warnings = new ArrayList<>();
        if (!types.isEmpty()) {
            String note = note(node.change("PATCH", AdminClient.zonePath(apex.toString()), body));
            after = served.at(owner);
            warnings.addAll(new ChangeWarnings(served, owner, Type.A, before, after).find(false, List.of()));
            if (!note.isEmpty()) {
                warnings.add(note);
            }
        }
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", apex.toString());
        value.put("name", owner.toString());
        value.put("types", types);
        value.put("deleted", present);
        value.put("changed", !types.isEmpty());
        value.put("serial", after.path("serial").asLong());
        value.put("node", node.name());
        value.put("warnings", warnings);
        String gone = types.isEmpty() ? "nothing to change" : "deleted " + String.join(", ", types);
        String records =
                types.isEmpty() ? "%s has no records".formatted(owner) : output.untitled(ServedZone.rows(present));
        output.result(value, done(gone, after, node) + System.lineSeparator() + records);
        output.warn(warnings);
    }

    private static ObjectNode change(ArrayNode rrsets, Name owner, String type, String changeType) {
        return rrsets.addObject()
                .put("name", owner.toString())
                .put("type", type)
                .put("changetype", changeType);
    }

    private static String done(String what, JsonNode zone, AdminClient node) {
        return "%s; serial %d, served by %s".formatted(what, zone.path("serial").asLong(), node.name());
    }

    /** Where the node does not show the change yet, it says so. */
    static String note(AdminClient.Answer answer) {
        return answer.headers().firstValue("Evenkeel-Note").orElse("");
    }

    private static long presentTtl(JsonNode zone, Name owner, String type) {
        return ServedZone.rrset(zone, owner, type).path("ttl").asLong(DEFAULT_TTL_SECONDS);
    }
}
