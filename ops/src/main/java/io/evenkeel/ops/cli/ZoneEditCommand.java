package io.evenkeel.ops.cli;

import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.MasterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code zone edit}: a zone in an editor. The text is in a folder that only its user may enter, where the editor may put files of its
 * own; it stays there, and is named, unless it was committed or is as it was.
 */
@Command(
        name = "edit",
        description = {
            "Edit a zone as a master file in $VISUAL, $EDITOR or vi, and commit it once that is confirmed.",
            "It is checked and compared first. If somebody else has changed the zone meanwhile, nothing is committed."
                    + " Text that is not committed is kept, and its file named."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  evenkeel zone edit example.org",
            "  EDITOR='code --wait' evenkeel zone edit example.org",
            "  EDITOR='sed -i s/192.0.2.1/192.0.2.9/' evenkeel zone edit example.org --yes"
        })
public final class ZoneEditCommand extends NodeVerb {
    private static final String NAME = "edited.zone";

    private final Dialogue dialogue;

    @Parameters(paramLabel = "ZONE")
    private String zone = "";

    @Option(names = "--yes", description = "Commit without a question what the check accepts; for scripts.")
    private boolean yes;

    @Mixin
    private Force force = new Force();

    /** For picocli. */
    public ZoneEditCommand() {
        this(new Dialogue.Terminal());
    }

    ZoneEditCommand(Dialogue dialogue) {
        this.dialogue = dialogue;
    }

    /** A zone while it is edited: what was read, and where its text is. */
    private record Edited(Name apex, AdminClient node, String etag, Path file, MasterFile.Text before) {}

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        if (!yes && !dialogue.isThere()) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "there is no terminal to ask whether the change is meant; give --yes to commit what the editor leaves");
        }
        Name apex = RecordArguments.zone(zone);
        AdminClient node = target.connect();
        long serial = new ServedZone(node, apex).unsigned("edited");
        Path folder = Files.createTempDirectory("evenkeel-edit");
        Path file = folder.resolve(NAME);
        Path original = folder.resolve("served.zone");
        boolean done = false;
        try {
            String etag = download(apex, node, serial, original);
            Files.copy(original, file);
            try (MasterFile served = MasterFile.open(file, apex.toString())) {
                output.progress("the text is in " + file);
                done = edit(new Edited(apex, node, etag, file, served.judged()));
            }
            return 0;
        } catch (CommandFailure e) {
            throw isKept(file, original)
                    ? new CommandFailure(e.exitCode(), e.getMessage() + "; your text is in " + file, e.details())
                    : e;
        } finally {
            if (done || !isKept(file, original)) {
                remove(folder);
            }
        }
    }

    private static boolean isKept(Path file, Path original) throws IOException {
        return Files.exists(file) && Files.mismatch(file, original) >= 0;
    }

    private static void remove(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path each : files) {
                Files.delete(each);
            }
        }
        Files.delete(folder);
    }

    /** @return the version that it is */
    private static String download(Name apex, AdminClient node, long serial, Path file)
            throws CommandFailure, IOException, InterruptedException {
        AdminClient.Version version = node.openVersion(AdminClient.zonePath(apex.toString()) + "/export");
        if (version.etag().isEmpty()) {
            version.body().close();
            throw CommandFailure.failed(
                    "%s does not say which version of %s it gives (no ETag), so that a change of somebody else could be undone: ask the node itself, not a proxy"
                            .formatted(node.name(), apex));
        }
        try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(version.body(), StandardCharsets.US_ASCII));
                Writer out = Files.newBufferedWriter(file)) {
            out.write("; %s as %s served it, serial %d. Nothing is changed before you are asked.\n"
                    .formatted(apex, node.name(), serial));
            out.write("; The serial grows by itself if you leave it.\n");
            int records = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (++records > ZoneDiff.MOST_RECORDS) {
                    throw CommandFailure.failed(
                            "%s has more than %d records, and is not edited as a text: change it by `rrset`, or export and import it"
                                    .formatted(apex, ZoneDiff.MOST_RECORDS));
                }
                out.write(line + "\n");
            }
        }
        return version.etag();
    }

    /** @return true: what was typed is committed, or there is nothing of it to keep */
    private boolean edit(Edited edited) throws CommandFailure, IOException, InterruptedException {
        while (true) {
            dialogue.edit(edited.file());
            try (MasterFile typed = MasterFile.open(edited.file(), edited.apex().toString())) {
                Optional<MasterFile.Text> after = judged(typed);
                if (after.isEmpty()) {
                    continue;
                }
                ZoneDiff diff = ZoneDiff.of(edited.before().file(), after.get().file());
                if (diff.next() == diff.before()) {
                    unchanged(edited, diff);
                    return true;
                }
                List<String> warnings = new ArrayList<>(after.get().warnings());
                if (diff.next() != diff.after() && diff.after() != diff.before()) {
                    warnings.add(ZoneImportCommand.ignored(diff.after(), diff.before()));
                }
                if (confirmed(edited, diff, warnings)) {
                    commit(edited, after.get(), diff, warnings);
                    return true;
                }
            }
        }
    }

    /** Empty: it is faulty, and to be edited again. */
    private Optional<MasterFile.Text> judged(MasterFile typed) throws CommandFailure, IOException {
        try {
            return Optional.of(typed.judged());
        } catch (CommandFailure faulty) {
            if (!dialogue.isThere()) {
                throw faulty;
            }
            output.say(faulty.getMessage());
            faulty.details().forEach(finding -> output.say("  " + finding));
            String answer = dialogue.ask("Edit again? [Y/n]");
            if (answer.toLowerCase(Locale.ROOT).startsWith("n")) {
                throw CommandFailure.failed("given up, nothing is changed");
            }
            return Optional.empty();
        }
    }

    private void unchanged(Edited edited, ZoneDiff diff) {
        Map<String, Object> value = diff.value();
        value.put("zone", edited.apex().toString());
        value.put("changed", false);
        value.put("serialAfter", diff.before());
        output.result(value, "nothing to change in %s; serial %d".formatted(edited.apex(), diff.before()));
    }

    /** False: to be edited again. */
    private boolean confirmed(Edited edited, ZoneDiff diff, List<String> warnings) throws CommandFailure {
        diff.lines().forEach(output::say);
        output.say("%s: %s; serial %d -> %d".formatted(edited.apex(), diff.counts(), diff.before(), diff.next()));
        output.warn(warnings);
        if (yes) {
            return true;
        }
        String answer = dialogue.ask("Commit it? y: yes, e: edit again [y/N/e]").toLowerCase(Locale.ROOT);
        if (answer.startsWith("y")) {
            return true;
        }
        if (answer.startsWith("e")) {
            return false;
        }
        throw CommandFailure.failed("not confirmed, nothing is changed");
    }

    private void commit(Edited edited, MasterFile.Text after, ZoneDiff diff, List<String> warnings)
            throws CommandFailure, IOException, InterruptedException {
        String name = edited.apex().toString();
        Optional<AdminClient.Answer> answer = edited.node()
                .importZoneIf(edited.etag(), name, NAME, force.isGiven(), () -> Files.newInputStream(after.file()));
        if (answer.isEmpty()) {
            throw CommandFailure.failed(
                    "%s was changed by somebody else since it was read, nothing of yours is committed: compare with `zone diff FILE`, then edit the zone again, or put your text over theirs with `zone import FILE`"
                            .formatted(name));
        }
        long serial = ZoneCommands.serial(edited.node(), edited.apex());
        Map<String, Object> value = diff.value();
        value.put("zone", name);
        value.put("changed", true);
        value.put("serial", serial);
        value.put("node", edited.node().name());
        value.put("warnings", warnings);
        output.result(
                value,
                "committed; serial %d, served by %s"
                        .formatted(serial, edited.node().name()));
    }
}
