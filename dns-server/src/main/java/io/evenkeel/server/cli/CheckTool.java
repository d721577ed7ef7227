package io.evenkeel.server.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evenkeel.server.config.ConfigException;
import io.evenkeel.server.config.ConfigReader;
import io.evenkeel.zones.check.ZoneBuilder;
import io.evenkeel.zones.check.ZoneProblem;
import io.evenkeel.zones.file.ZoneFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.spi.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Judges files with the eyes of a node, without one: {@code config FILE}, {@code zone FILE... [OPTION]...}. Options of zone:
 *
 * <ul>
 *   <li>{@code --origin NAME}: of names without a last dot
 *   <li>{@code --zone NAME}: which zone the file must be about
 *   <li>{@code --name TEXT}: what the file is called in findings, if it is the copy of a stream; then it includes no other files
 *   <li>{@code --write FILE}: what is accepted is written there, as records that need nothing around them
 *   <li>{@code --json}: findings as one value
 * </ul>
 */
public final class CheckTool implements ToolProvider {
    private static final String USAGE =
            "usage: config FILE | zone FILE... [--origin NAME] [--zone NAME] [--name TEXT] [--write FILE] [--json]";

    /** Type, class, TTL and length of a record (RFC 1035 §3.2.1). */
    private static final int FIXED_OCTETS = 10;

    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public String name() {
        return "evenkeel-check";
    }

    @Override
    public int run(PrintWriter out, PrintWriter err, String... args) {
        ExitCode code = args.length == 2 && args[0].equals("config")
                ? config(Path.of(args[1]), out, err)
                : args.length > 1 && args[0].equals("zone") ? zones(args, out, err) : usage(err);
        out.flush();
        err.flush();
        return code.code();
    }

    private static ExitCode config(Path file, PrintWriter out, PrintWriter err) {
        try {
            ConfigReader.load(file, System.getenv());
        } catch (ConfigException e) {
            e.problems().forEach(err::println);
            return ExitCode.FAILED;
        }
        out.println(file + ": fine");
        return ExitCode.FINE;
    }

    /** What is asked about zones. */
    private static final class Asked {
        final List<Path> files = new ArrayList<>();

        @Nullable
        Name origin;

        @Nullable
        Name zone;

        @Nullable
        String name;

        @Nullable
        Path write;

        boolean json;
    }

    private static ExitCode zones(String[] args, PrintWriter out, PrintWriter err) {
        Asked asked = new Asked();
        for (int i = 1; i < args.length; i++) {
            if (args[i].equals("--json")) {
                asked.json = true;
            } else if (!args[i].startsWith("--")) {
                asked.files.add(Path.of(args[i]));
            } else if (i + 1 == args.length) {
                return usage(err);
            } else {
                String option = args[i++];
                try {
                    switch (option) {
                        case "--origin" -> asked.origin = Name.fromString(args[i], Name.root);
                        case "--zone" -> asked.zone = Name.fromString(args[i], Name.root);
                        case "--name" -> asked.name = args[i];
                        case "--write" -> asked.write = Path.of(args[i]);
                        default -> {
                            return usage(err);
                        }
                    }
                } catch (TextParseException e) {
                    err.println(
                            "evenkeel-check: " + option + " " + args[i] + " is not a domain name: " + e.getMessage());
                    return ExitCode.USAGE;
                }
            }
        }
        boolean ofOne = asked.name != null || asked.write != null;
        return asked.files.isEmpty() || (ofOne && asked.files.size() > 1) ? usage(err) : judge(asked, out, err);
    }

    private static ExitCode judge(Asked asked, PrintWriter out, PrintWriter err) {
        List<Judged> judged = new ArrayList<>();
        for (Path file : asked.files) {
            judged.add(judge(file, asked));
        }
        boolean fine = judged.stream().allMatch(Judged::accepted);
        if (asked.json) {
            ObjectNode result = JSON.createObjectNode().put("ok", fine);
            ArrayNode list = result.putArray("files");
            judged.forEach(each -> list.add(each.toJson()));
            out.println(result);
        } else {
            judged.forEach(each -> each.say(out, err));
        }
        return fine ? ExitCode.FINE : ExitCode.FAILED;
    }

    /**
     * What was found in one file.
     *
     * @param file as it is called
     * @param zone null if none could be told
     * @param findings none if it is fine
     */
    private record Judged(String file, @Nullable Name zone, int records, boolean accepted, List<ZoneProblem> findings) {
        void say(PrintWriter out, PrintWriter err) {
            findings.forEach(err::println);
            if (accepted) {
                out.println(file + ": fine, zone " + zone + " with " + records + " records");
            }
        }

        ObjectNode toJson() {
            ObjectNode json = JSON.createObjectNode().put("file", file).put("ok", accepted);
            if (zone != null) {
                json.put("zone", zone.toString()).put("records", records);
            }
            ArrayNode list = json.putArray("findings");
            for (ZoneProblem finding : findings) {
                ObjectNode each = list.addObject().put("severity", finding.isError() ? "error" : "warning");
                if (finding.file() != null) {
                    each.put("file", finding.file());
                }
                if (finding.line() > 0) {
                    each.put("line", finding.line());
                }
                if (finding.owner() != null) {
                    each.put("owner", finding.owner().toString());
                }
                each.put("message", finding.message());
                if (!finding.rule().isEmpty()) {
                    each.put("rule", finding.rule());
                }
            }
            return json;
        }
    }

    private static Judged judge(Path file, Asked asked) {
        String name = asked.name == null ? file.toString() : asked.name;
        ZoneFile.Parsed parsed;
        try {
            parsed = ZoneFile.parse(name, file, asked.origin, asked.name == null);
        } catch (NoSuchFileException e) {
            return unread(name, "no such file");
        } catch (IOException e) {
            return unread(name, "cannot be read: " + e);
        }
        Name apex = parsed.apex();
        ZoneBuilder.Checked checked = parsed.check(Instant.now().getEpochSecond());
        List<ZoneProblem> problems = checked.problems();
        boolean accepted = checked.accepted();
        if (asked.zone != null && apex != null && !apex.equals(asked.zone)) {
            problems = new ArrayList<>(problems);
            problems.add(error(name, "the SOA record is that of " + apex + ", the zone is " + asked.zone));
            accepted = false;
        }
        if (accepted && asked.write != null) {
            try {
                write(checked.records(), asked.write);
            } catch (IOException e) {
                return unread(name, "its records cannot be written to " + asked.write + ": " + e);
            }
        }
        return new Judged(name, apex, checked.records().size(), accepted, problems);
    }

    /**
     * One record a line: an absolute owner, a TTL, and RDATA by its octets (RFC 3597 §5), so that whoever reads it has exactly
     * these records.
     */
    private static void write(List<Record> records, Path file) throws IOException {
        HexFormat hex = HexFormat.of();
        try (Writer out = Files.newBufferedWriter(file, StandardCharsets.US_ASCII)) {
            for (Record record : records) {
                byte[] wire = record.toWire(Section.ANSWER); // unlike the canonical form it keeps the case of names
                int from = record.getName().length() + FIXED_OCTETS;
                out.write(record.getName() + " " + record.getTTL() + " IN " + Type.string(record.getType()) + " \\# "
                        + (wire.length - from) + " " + hex.formatHex(wire, from, wire.length) + "\n");
            }
        }
    }

    private static Judged unread(String file, String why) {
        return new Judged(file, null, 0, false, List.of(error(file, why)));
    }

    private static ZoneProblem error(String file, String message) {
        return new ZoneProblem(ZoneProblem.Severity.ERROR, file, 0, null, message, "");
    }

    private static ExitCode usage(PrintWriter err) {
        err.println("evenkeel-check: " + USAGE);
        return ExitCode.USAGE;
    }
}
