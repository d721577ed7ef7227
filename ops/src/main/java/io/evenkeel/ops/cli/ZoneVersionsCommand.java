package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.ClientLimits;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zone versions}: to which earlier versions of a zone the history leads back. */
@Command(
        name = "versions",
        description = {
            "The versions that a zone has had, the present one first, as far as the history of changes goes back.",
            "`zone rollback` leads to one. Small changes with one key within a minute are shown as one version.",
            "Of a zone that is deleted those that it had, as long as `zone undelete` brings it back."
        },
        footerHeading = "%nExamples:%n",
        footer = "  evenkeel zone versions example.org")
public final class ZoneVersionsCommand extends NodeVerb {

    @Parameters(paramLabel = "ZONE")
    private String zone = "";

    @Option(names = "--last", paramLabel = "N", description = "The newest N, 1 to 1000 (default: 50).")
    private @Nullable Integer last;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        int limit = Last.of(last, false, ClientLimits.CHANGES);
        Name apex = RecordArguments.zone(zone);
        JsonNode answer =
                target.connect().get(AdminClient.evenkeelZonePath(apex.toString()) + "/versions?limit=" + limit);
        if (!answer.path("kept").asBoolean()) {
            throw CommandFailure.failed(answer.path("note").asText());
        }
        JsonNode deleted = answer.path("deleted");
        boolean isDeleted = deleted.isObject();
        List<List<String>> rows = new ArrayList<>(List.of(List.of("VERSION", "SERIAL", "TIME (UTC)", "BY", "")));
        answer.path("versions")
                .forEach(version -> rows.add(List.of(
                        version.path("version").asText(),
                        version.path("serial").asText(),
                        ChangeText.time(version),
                        ChangeText.who(version),
                        note(version, isDeleted))));
        String more = answer.path("more").asBoolean() ? System.lineSeparator() + "and earlier ones: --last" : "";
        String gone = isDeleted
                ? "%s is deleted, since %s by %s%n".formatted(apex, ChangeText.time(deleted), ChangeText.who(deleted))
                : "";
        output.result(answer, gone + output.table(rows) + more);
        return 0;
    }

    private static String note(JsonNode version, boolean isDeleted) {
        List<String> notes = new ArrayList<>();
        if (version.path("present").asBoolean()) {
            notes.add("present");
        } else if (isDeleted) {
            notes.add(version.path("reachable").asBoolean() ? "`zone undelete` brings it back" : "gone");
        } else if (!version.path("reachable").asBoolean()) {
            notes.add("cannot be rolled back to");
        }
        if (version.path("changes").asInt() > 1) {
            notes.add(version.path("changes").asInt() + " changes");
        }
        return String.join(", ", notes);
    }
}
