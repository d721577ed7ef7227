package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Progress;
import io.evenkeel.ops.verb.RecordArguments;
import io.evenkeel.ops.verb.ServerTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zone restore}: one zone out of a backup. */
@Command(
        name = "restore",
        description = {
            "Take one zone out of a file that `evenkeel backup` has written, and put it in as the whole contents of the zone, which is made",
            "if it is gone. All of the file is read and verified first. A zone that is there gets a new serial, and what it had is in the",
            "history; a signed one only if its serial in the backup is ahead of the one that is served."
        },
        footerHeading = "%nExamples:%n",
        footer = "  evenkeel zone restore example.org --from zones.backup")
public final class ZoneRestoreCommand extends NodeVerb {
    @Parameters(paramLabel = "ZONE")
    private String zone = "";

    @Option(names = "--from", required = true, paramLabel = "BACKUP", description = "The file of the backup.")
    private @Nullable Path from;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Name apex = RecordArguments.zone(zone);
        Path backup = Objects.requireNonNull(from);
        Path file = Files.createTempFile("evenkeel", ".zone", BackupCommand.onlyOwner(backup));
        try {
            Properties found = ServerTool.backup("zone", backup.toString(), apex.toString(), file.toString());
            AdminClient node = target.connect();
            Progress progress = Progress.start(output, "restoring " + apex + " through " + node.name());
            JsonNode answer;
            try {
                answer = node.importZone(
                                apex.toString(), apex + " in " + backup, true, true, () -> Files.newInputStream(file))
                        .json();
            } finally {
                progress.stop();
            }
            tell(apex, backup, found, answer, node);
            return 0;
        } finally {
            Files.delete(file);
        }
    }

    private void tell(Name apex, Path backup, Properties found, JsonNode answer, AdminClient node)
            throws CommandFailure, IOException, InterruptedException {
        List<String> warnings = new ArrayList<>();
        answer.path("warnings").forEach(warning -> warnings.add(warning.asText()));
        long serial = ZoneCommands.serial(node, apex);
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("zone", apex.toString());
        value.put("restored", true);
        value.put("from", backup.toString());
        value.put("written", found.getProperty("written"));
        value.put("records", ServerTool.number(found, "records"));
        value.put("serial", serial);
        value.put("node", node.name());
        value.put("warnings", warnings);
        output.result(
                value,
                "restored %s with %s records, as they were %s; serial %d, served by %s"
                        .formatted(
                                apex, found.getProperty("records"), found.getProperty("written"), serial, node.name()));
        output.warn(warnings);
    }
}
