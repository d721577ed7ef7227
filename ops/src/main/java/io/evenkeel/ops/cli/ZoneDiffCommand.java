package io.evenkeel.ops.cli;

import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.node.AskedZone;
import io.evenkeel.ops.node.MasterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code zone diff}: two versions of a zone. */
@Command(
        name = "diff",
        description = {
            "What differs between two versions of a zone: master files, the zone that is served now or was earlier, or what any",
            "DNS server has.",
            "Exit code 0 if nothing does, 3 if something does. The serial alone is no difference."
        },
        footerHeading = "%nA version is%n",
        footer = {
            "  FILE           a master file, a pipe, or - for standard input",
            "  served         the zone as the cluster serves it",
            "  served:NODE    the same at one node of --data, as in served:n2",
            "  version:N      the zone as it was at version N of `zone versions`",
            "  @ADDRESS       what a DNS server has, by AXFR; where it refuses that, by questions for what the other version has",
            "",
            "Examples:",
            "  evenkeel zone diff example.org.zone",
            "  evenkeel zone diff before.zone after.zone --origin example.org",
            "  evenkeel zone diff version:1204 --origin example.org",
            "  evenkeel zone diff served:n1 served:n2 --origin example.org",
            "  evenkeel zone diff @192.0.2.53 served --origin example.org"
        })
public final class ZoneDiffCommand extends NodeVerb {
    /** Exit code of what compares: there is a difference. */
    static final int DIFFERENT = 3;

    private static final String SERVED = "served";
    private static final String PAST = "version:";

    /** Between owner and RDATA (RFC 1035 §3.2.1). */
    private static final int FIXED_OCTETS = 10;

    @Parameters(index = "0", paramLabel = "VERSION", description = "The earlier one, see below.")
    private String first = "";

    @Parameters(
            index = "1",
            paramLabel = "VERSION",
            arity = "0..1",
            description =
                    "The later one. Without it the zone that is served is compared with the first, or an earlier version"
                            + " of it with what is served.")
    private @Nullable String second;

    @Option(names = "--origin", paramLabel = "NAME", description = ZoneCommands.ORIGIN_HELP)
    private @Nullable String origin;

    private @Nullable String partly;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        boolean fromPast = first.startsWith(PAST);
        String before = second != null || fromPast ? first : SERVED;
        String after = second != null ? second : fromPast ? SERVED : first;
        // What says which zone it is goes first; what can only be asked about another version, last.
        boolean turned = rank(before) > rank(after);
        try (MasterFile one = open(turned ? after : before, null)) {
            MasterFile.Text oneText = one.judged();
            try (MasterFile other = open(turned ? before : after, oneText)) {
                MasterFile.Text otherText = other.judged();
                return turned ? compare(otherText, oneText) : compare(oneText, otherText);
            }
        }
    }

    private static int rank(String version) {
        return version.startsWith("@") ? 2 : isServed(version) ? 1 : 0;
    }

    private static boolean isServed(String version) {
        return version.equals(SERVED) || version.startsWith(SERVED + ":") || version.startsWith(PAST);
    }

    /** @param beside the other version, which says what the zone is; null: this one has to, or the option */
    private MasterFile open(String version, MasterFile.@Nullable Text beside)
            throws CommandFailure, IOException, InterruptedException {
        if (rank(version) == 0) {
            return MasterFile.open(Path.of(version), origin);
        }
        if (beside == null && origin == null) {
            throw new CommandFailure(CommandFailure.USAGE, "neither version says which zone it is: give --origin NAME");
        }
        Name zone = beside == null ? RecordArguments.zone(String.valueOf(origin)) : beside.zone();
        if (version.startsWith(PAST)) {
            return past(zone, version.substring(PAST.length()), target.connect());
        }
        if (isServed(version)) {
            return served(
                    zone, version.equals(SERVED) ? target.connect() : node(version.substring(SERVED.length() + 1)));
        }
        String server = version.substring(1);
        AskedZone asked = AskedZone.of(server, zone);
        List<Record> records = asked.transferred();
        if (records.isEmpty()) {
            if (beside == null) {
                throw CommandFailure.failed(
                        "%s refuses AXFR of %s, and there is no other version to ask it about: allow it the transfer to this machine"
                                .formatted(server, zone));
            }
            records = asked.asked(beside.file());
            partly =
                    "%s refuses AXFR: it was asked for the RRsets of the other version, and what it has beside them is not seen"
                            .formatted(server);
        }
        String text = records.stream().map(ZoneDiffCommand::line).collect(Collectors.joining());
        return MasterFile.copyOf(
                "%s of %s".formatted(zone, version),
                new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)),
                zone);
    }

    /** In the form that needs no knowledge of the type (RFC 3597 §5). */
    private static String line(Record record) {
        byte[] wire = record.toWire(Section.ANSWER);
        int head = record.getName().length() + FIXED_OCTETS;
        return "%s %d IN TYPE%d \\# %d %s%n"
                .formatted(
                        record.getName(),
                        record.getTTL(),
                        record.getType(),
                        wire.length - head,
                        HexFormat.of().formatHex(wire, head, wire.length));
    }

    private AdminClient node(String name) throws CommandFailure, IOException {
        List<String> names = new ArrayList<>();
        for (AdminClient each : target.candidates()) {
            if (each.name().equals(name)) {
                return each;
            }
            names.add(each.name());
        }
        throw new CommandFailure(
                CommandFailure.USAGE,
                "served:%s: there is no such node; there are %s".formatted(name, String.join(", ", names)));
    }

    private int compare(MasterFile.Text before, MasterFile.Text after) throws CommandFailure, IOException {
        if (!before.zone().equals(after.zone())) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "one version is of %s, and one of %s: only versions of one zone are compared"
                            .formatted(before.zone(), after.zone()));
        }
        ZoneDiff diff = ZoneDiff.of(before.file(), after.file());
        List<String> lines = new ArrayList<>(diff.lines());
        lines.add("%s; serial %d -> %d"
                .formatted(diff.isEmpty() ? "no difference" : diff.counts(), diff.before(), diff.after()));
        List<String> warnings = partly == null ? List.of() : List.of(partly);
        var value = diff.value();
        value.put("warnings", warnings);
        output.verbatim(value, String.join(System.lineSeparator(), lines));
        output.warn(warnings);
        return diff.isEmpty() ? 0 : DIFFERENT;
    }

    /** The zone as it was, as far as the history leads back. */
    private static MasterFile past(Name zone, String version, AdminClient node)
            throws CommandFailure, IOException, InterruptedException {
        if (!version.matches("[1-9]\\d{0,17}")) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "%s%s: a version is a number as `evenkeel zone versions %s` shows it, as in version:1204"
                            .formatted(PAST, version, zone));
        }
        try (InputStream text = node.open(AdminClient.evenkeelZonePath(zone.toString()) + "/versions/" + version)) {
            return MasterFile.copyOf("%s of version %s".formatted(zone, version), text, zone);
        }
    }

    /** The zone as a node serves it, in its own words. */
    static MasterFile served(Name zone, AdminClient node) throws CommandFailure, IOException, InterruptedException {
        try (InputStream text = node.open(AdminClient.zonePath(zone.toString()) + "/export")) {
            return MasterFile.copyOf("%s of %s".formatted(zone, node.name()), text, zone);
        }
    }
}
