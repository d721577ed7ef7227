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
import io.evenkeel.ops.verb.VerbGroup;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rrset}: the records of one name and type, at any node. */
@Command(name = "rrset", description = "List, add, replace and delete records.")
public final class RRsetCommands extends VerbGroup {
    private static final long DEFAULT_TTL_SECONDS = 3600;

    private static final String NAME_HELP = "Owner: relative to the zone, @ for its apex, or with a last dot.";
    private static final String DATA_HELP = "Data of the record; one argument for each record.";
    private static final String TTL_HELP = "TTL of the RRset (default: the present one, else 3600).";

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
        List<JsonNode> rrsets = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode rrset : zone(target.connect(), apex, owner, wanted).path("rrsets")) {
            if (matches(rrset, owner, wanted)) {
                rrsets.add(rrset);
                for (JsonNode content : rrset.path("records")) {
                    rows.add(List.of(
                            rrset.path("name").asText(),
                            rrset.path("ttl").asText(),
                            rrset.path("type").asText(),
                            content.path("content").asText()));
                }
            }
        }
        output.result(rrsets, rows.isEmpty() ? "no records" : Output.table(rows));
    }

    @Command(name = "add", description = "Add records to an RRset; those that it has already stay.")
    void add(@Mixin Wanted wanted, @Mixin Target target, @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        edit(wanted.edit("EXTEND", "added"), target, output);
    }

    @Command(name = "replace", description = "Make an RRset these records and no others.")
    void replace(@Mixin Wanted wanted, @Mixin Target target, @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        edit(wanted.edit("REPLACE", "replaced"), target, output);
    }

    @Command(name = "delete", description = "Delete an RRset, or only the records named.")
    void delete(
            @Parameters(index = "0", paramLabel = "ZONE") String zone,
            @Parameters(index = "1", paramLabel = "NAME", description = NAME_HELP) String name,
            @Parameters(index = "2", paramLabel = "TYPE") String type,
            @Parameters(index = "3..*", arity = "0..*", paramLabel = "DATA", description = DATA_HELP) @Nullable
                    List<String> rdata,
            @Mixin Target target,
            @Mixin Output output)
            throws CommandFailure, IOException, InterruptedException {
        boolean all = rdata == null || rdata.isEmpty();
        List<String> data = rdata == null ? List.of() : rdata;
        edit(new Edit(all ? "DELETE" : "PRUNE", "deleted", zone, name, type, data, null), target, output);
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

        @Option(names = "--ttl", paramLabel = "SECONDS", description = TTL_HELP)
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
        String typeName = Type.string(type);
        List<Record> records = RecordArguments.records(owner, type, 0, edit.rdata(), apex);
        AdminClient node = target.connect();
        JsonNode before = zone(node, apex, Optional.of(owner), Optional.of(typeName));

        ObjectNode body = Json.MAPPER.createObjectNode();
        ObjectNode rrset = body.putArray("rrsets").addObject();
        rrset.put("name", owner.toString()).put("type", typeName).put("changetype", edit.changeType());
        rrset.put("ttl", edit.ttl() == null ? presentTtl(before, owner, typeName) : edit.ttl());
        ArrayNode contents = rrset.putArray("records");
        for (Record record : records) {
            contents.addObject().put("content", record.rdataToString()).put("disabled", false);
        }
        node.change("PATCH", AdminClient.zonePath(apex.toString()), body);

        long serial = ZoneCommands.serial(node, apex);
        boolean changed = serial != before.path("serial").asLong();
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", apex.toString());
        value.put("name", owner.toString());
        value.put("type", typeName);
        value.put("changed", changed);
        value.put("serial", serial);
        value.put("node", node.name());
        output.result(
                value,
                "%s; serial %d, served by %s"
                        .formatted(changed ? edit.done() : "nothing to change", serial, node.name()));
    }

    private static JsonNode zone(AdminClient node, Name apex, Optional<Name> owner, Optional<String> type)
            throws CommandFailure, IOException, InterruptedException {
        StringBuilder path = new StringBuilder(AdminClient.zonePath(apex.toString()));
        owner.ifPresent(name -> path.append("?rrset_name=").append(encode(name.toString())));
        if (owner.isPresent()) {
            type.ifPresent(name -> path.append("&rrset_type=").append(encode(name)));
        }
        return node.get(path.toString());
    }

    private static long presentTtl(JsonNode zone, Name owner, String type) {
        for (JsonNode rrset : zone.path("rrsets")) {
            if (matches(rrset, Optional.of(owner), Optional.of(type))) {
                return rrset.path("ttl").asLong();
            }
        }
        return DEFAULT_TTL_SECONDS;
    }

    private static boolean matches(JsonNode rrset, Optional<Name> owner, Optional<String> type) {
        return owner.map(name -> name.toString()
                                .equalsIgnoreCase(rrset.path("name").asText()))
                        .orElse(true)
                && type.map(name -> name.equals(rrset.path("type").asText())).orElse(true);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
