package io.evenkeel.ops.cli;

import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.MasterFile;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zone diff}: two versions of a zone. */
@Command(
        name = "diff",
        description = {
            "What differs between two master files, or between the zone that is served and a file.",
            "Exit code 0 if nothing does, 3 if something does. The serial alone is no difference."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  evenkeel zone diff example.org.zone",
            "  evenkeel zone diff before.zone after.zone --origin example.org"
        })
public final class ZoneDiffCommand extends NodeVerb {
    /** Exit code of what compares: there is a difference. */
    static final int DIFFERENT = 3;

    @Parameters(index = "0", paramLabel = "FILE", description = ZoneCommands.FILE_HELP)
    private @Nullable Path first;

    @Parameters(
            index = "1",
            paramLabel = "FILE",
            arity = "0..1",
            description = "The later one. Without it the zone that is served is compared with the first.")
    private @Nullable Path second;

    @Option(names = "--origin", paramLabel = "NAME", description = ZoneCommands.ORIGIN_HELP)
    private @Nullable String origin;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Path only = Objects.requireNonNull(first);
        Path last = second;
        if (last == null) {
            try (MasterFile later = MasterFile.open(only, origin)) {
                MasterFile.Text after = later.judged();
                try (MasterFile earlier = served(after.zone(), target.connect())) {
                    return compare(earlier.judged(), after);
                }
            }
        }
        try (MasterFile earlier = MasterFile.open(only, origin);
                MasterFile later = MasterFile.open(last, origin)) {
            return compare(earlier.judged(), later.judged());
        }
    }

    private int compare(MasterFile.Text before, MasterFile.Text after) throws CommandFailure, IOException {
        if (!before.zone().equals(after.zone())) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "one file is of %s, and one of %s: only versions of one zone are compared"
                            .formatted(before.zone(), after.zone()));
        }
        ZoneDiff diff = ZoneDiff.of(before.file(), after.file());
        List<String> lines = new ArrayList<>(diff.lines());
        lines.add("%s; serial %d -> %d"
                .formatted(diff.isEmpty() ? "no difference" : diff.counts(), diff.before(), diff.after()));
        output.result(diff.value(), String.join(System.lineSeparator(), lines));
        return diff.isEmpty() ? 0 : DIFFERENT;
    }

    /** The zone as a node serves it, in its own words. */
    static MasterFile served(Name zone, AdminClient node) throws CommandFailure, IOException, InterruptedException {
        try (InputStream text = node.open(AdminClient.zonePath(zone.toString()) + "/export")) {
            return MasterFile.copyOf("%s of %s".formatted(zone, node.name()), text, zone);
        }
    }
}
