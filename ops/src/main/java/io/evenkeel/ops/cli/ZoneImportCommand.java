package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.MasterFile;
import io.evenkeel.ops.node.Target;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Progress;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zone import}: a master file as the whole contents of a zone. */
@Command(
        name = "import",
        description = {
            "Put a master file in as the whole contents of a zone, or refuse it and say every problem.",
            "With --from-pdns, all zones of a PowerDNS server, each whole or not at all, and a report of them."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  evenkeel zone import example.org.zone --create",
            "  evenkeel zone import example.org.zone --dry-run",
            "  generate-zone | evenkeel zone import - --origin example.org",
            "  evenkeel zone import --from-pdns http://127.0.0.1:8081 --pdns-api-key-file pdns.key --create"
        })
public final class ZoneImportCommand extends NodeVerb {
    @Parameters(paramLabel = "FILE", arity = "0..1", description = ZoneCommands.FILE_HELP)
    private @Nullable Path file;

    @Option(
            names = "--from-pdns",
            paramLabel = "URL",
            description =
                    "The HTTP API of a PowerDNS server, whose zones are imported, all of them, instead of a file.")
    private @Nullable String pdns;

    @Option(
            names = "--pdns-api-key-file",
            paramLabel = "FILE",
            description = "File with the API key of that server (its setting `api-key`).")
    private @Nullable Path pdnsKey;

    @Option(names = "--origin", paramLabel = "NAME", description = ZoneCommands.ORIGIN_HELP)
    private @Nullable String origin;

    @Option(names = "--create", description = "Create the zone if it does not exist yet.")
    private boolean create;

    @Option(
            names = "--dry-run",
            description = "Change nothing: print what would change. Exit code 3 if anything would, 0 if nothing.")
    private boolean dryRun;

    @Mixin
    private Force force = new Force();

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        if (pdns != null) {
            return allOf(pdns);
        }
        if (file == null) {
            throw usage(
                    "which zone? Name a master file, - for standard input, or a PowerDNS server with --from-pdns URL");
        }
        try (MasterFile master = MasterFile.open(file, origin)) {
            MasterFile.Text text = dryRun ? master.judged() : master.text();
            String zone = text.zone().toString();
            AdminClient node = target.connect();
            boolean asks = dryRun || !create;
            boolean isThere = !asks
                    || node.find(AdminClient.zonePath(zone) + "?rrsets=false").isPresent();
            if (!isThere && !create) {
                throw CommandFailure.failed("there is no zone %s yet: --create makes it".formatted(zone));
            }
            if (dryRun) {
                return isThere ? compare(text, node) : wouldCreate(zone);
            }
            Progress progress = Progress.start(output, "importing " + zone + " through " + node.name());
            JsonNode answer;
            try {
                answer = node.importZone(
                                zone, master.name(), create, force.isGiven(), () -> Files.newInputStream(text.file()))
                        .json();
            } finally {
                progress.stop();
            }
            imported(text, answer, node);
            return 0;
        }
    }

    private int allOf(String url) throws CommandFailure, IOException, InterruptedException {
        if (file != null || origin != null) {
            throw usage("--from-pdns takes all zones of that server: leave out FILE and --origin");
        }
        if (pdnsKey == null) {
            throw usage("--from-pdns wants --pdns-api-key-file FILE");
        }
        URI from = Target.url("--from-pdns", url);
        AdminClient server = new AdminClient("PowerDNS at " + from.getAuthority(), from, pdnsKey, Optional.empty());
        return new PdnsImport(server, target.connect(), output, create, force.isGiven(), dryRun).run();
    }

    private static CommandFailure usage(String message) {
        return new CommandFailure(CommandFailure.USAGE, message);
    }

    private void imported(MasterFile.Text text, JsonNode answer, AdminClient node)
            throws CommandFailure, IOException, InterruptedException {
        long serial = ZoneCommands.serial(node, text.zone());
        List<String> warnings = warnings(text, answer);
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", text.zone().toString());
        value.put("imported", true);
        value.put("serial", serial);
        value.put("node", node.name());
        value.put("warnings", warnings);
        JsonNode previous = answer.path("previousSerial");
        String serials = previous.isNumber() ? previous.asLong() + " -> " + serial : Long.toString(serial);
        if (previous.isNumber()) {
            value.put("previousSerial", previous.asLong());
        }
        output.result(value, "imported %s; serial %s, served by %s".formatted(text.zone(), serials, node.name()));
        output.warn(warnings);
    }

    /** Of files that were read here the findings name files and lines, and those of the node do not. */
    private static List<String> warnings(MasterFile.Text text, JsonNode answer) {
        List<String> warnings = new ArrayList<>(text.warnings());
        if (warnings.isEmpty()) {
            answer.path("warnings").forEach(warning -> warnings.add(warning.asText()));
        }
        JsonNode given = answer.path("givenSerial");
        if (given.isNumber() && given.asLong() != answer.path("serial").asLong()) {
            warnings.add(ignored(given.asLong(), answer.path("previousSerial").asLong()));
        }
        return warnings;
    }

    /** Of a serial in a file that is not ahead of the one before (RFC 1982). */
    static String ignored(long given, long previous) {
        return "serial %d ignored: not newer than %d".formatted(given, previous);
    }

    private int wouldCreate(String zone) {
        output.result(
                Map.of("zone", zone, "changed", true, "create", true),
                "%s is not there yet and would be created".formatted(zone));
        return ZoneDiffCommand.DIFFERENT;
    }

    private int compare(MasterFile.Text text, AdminClient node)
            throws CommandFailure, IOException, InterruptedException {
        try (MasterFile served = ZoneDiffCommand.served(text.zone(), node)) {
            ZoneDiff diff = ZoneDiff.of(served.judged().file(), text.file());
            boolean changes = diff.next() != diff.before();
            List<String> warnings = new ArrayList<>(text.warnings());
            if (diff.next() != diff.after()) {
                warnings.add(ignored(diff.after(), diff.before()));
            }
            Map<String, Object> value = diff.value();
            value.put("zone", text.zone().toString());
            value.put("changed", changes);
            value.put("serialAfter", diff.next());
            value.put("warnings", warnings);
            List<String> lines = new ArrayList<>(diff.lines());
            lines.add(
                    changes
                            ? "%s would change: %s; serial %d -> %d"
                                    .formatted(text.zone(), diff.counts(), diff.before(), diff.next())
                            : "nothing to change in %s; serial %d".formatted(text.zone(), diff.before()));
            output.verbatim(value, String.join(System.lineSeparator(), lines));
            output.warn(warnings);
            return changes ? ZoneDiffCommand.DIFFERENT : 0;
        }
    }
}
