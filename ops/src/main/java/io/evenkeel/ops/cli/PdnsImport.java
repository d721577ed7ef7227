package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.MasterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.xbill.DNS.Name;

/** All zones of a PowerDNS server, one after the other, each whole or not at all, with a report at the end. */
final class PdnsImport {
    private final AdminClient from;
    private final AdminClient node;
    private final Output output;
    private final boolean create;
    private final boolean forced;
    private final boolean dryRun;

    /**
     * Imports from one to the other.
     *
     * @param create whether zones need not be there yet
     * @param forced whether it is meant, even if it takes most of what is there
     * @param dryRun whether they are only judged
     */
    PdnsImport(AdminClient from, AdminClient node, Output output, boolean create, boolean forced, boolean dryRun) {
        this.from = from;
        this.node = node;
        this.output = output;
        this.create = create;
        this.forced = forced;
        this.dryRun = dryRun;
    }

    /** @return the exit code: 0 if all zones are in, else that of the failure that says least of what became of its zone */
    int run() throws CommandFailure, IOException, InterruptedException {
        Map<String, String> ids = new TreeMap<>();
        for (JsonNode zone : from.get(AdminClient.SERVER + "/zones")) {
            ids.put(zone.path("name").asText(), zone.path("id").asText());
        }
        if (ids.isEmpty()) {
            throw CommandFailure.failed("%s has no zones".formatted(from.name()));
        }
        ArrayNode values = Json.MAPPER.createArrayNode();
        List<List<String>> rows = new ArrayList<>(List.of(List.of("ZONE", "SERIAL", "RESULT")));
        List<String> details = new ArrayList<>();
        int code = 0;
        int done = 0;
        for (Map.Entry<String, String> zone : ids.entrySet()) {
            output.progress("%d of %d: %s".formatted(values.size() + 1, ids.size(), zone.getKey()));
            ObjectNode value = values.addObject().put("zone", zone.getKey());
            try {
                take(zone.getKey(), zone.getValue(), value);
                done++;
            } catch (CommandFailure e) {
                code = Math.max(code, e.exitCode());
                value.setAll((ObjectNode) Json.MAPPER.valueToTree(e.value()));
                details.add(zone.getKey() + ": " + e.getMessage());
                e.details().forEach(detail -> details.add("  " + detail));
            }
            rows.add(List.of(
                    zone.getKey(),
                    value.path("serial").asText("-"),
                    value.has("error") ? "refused" : value.path("result").asText()));
        }
        List<String> lines = new ArrayList<>(List.of(output.table(rows)));
        lines.addAll(details);
        lines.add(
                "%d of %d zones of %s %s".formatted(done, ids.size(), from.name(), dryRun ? "would be in" : "are in"));
        output.result(values, String.join(System.lineSeparator(), lines));
        return code;
    }

    private void take(String name, String id, ObjectNode value)
            throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(name);
        boolean isThere = node.find(AdminClient.zonePath(apex.toString()) + "?rrsets=false")
                .isPresent();
        if (!isThere && !create) {
            throw CommandFailure.failed("there is no zone %s yet: --create makes it".formatted(apex));
        }
        try (InputStream text = from.open(AdminClient.SERVER + "/zones/" + id + "/export");
                MasterFile file = MasterFile.copyOf("%s of %s".formatted(apex, from.name()), text, apex)) {
            MasterFile.Text judged = file.judged();
            ArrayNode warnings = value.putArray("warnings");
            judged.warnings().forEach(warnings::add);
            if (dryRun) {
                value.put("result", isThere ? "would be replaced" : "would be made");
                return;
            }
            node.importZone(apex.toString(), file.name(), create, forced, () -> Files.newInputStream(judged.file()));
            value.put("serial", ZoneCommands.serial(node, apex)).put("result", isThere ? "replaced" : "made");
        }
    }
}
