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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** Judges files with the eyes of a node, without one: {@code config FILE}, {@code zone FILE... [--origin NAME] [--json]}. */
public final class CheckTool implements ToolProvider {
    private static final String USAGE = "usage: config FILE | zone FILE... [--origin NAME] [--json]";

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

    private static ExitCode zones(String[] args, PrintWriter out, PrintWriter err) {
        List<Path> files = new ArrayList<>();
        Name origin = null;
        boolean json = false;
        for (int i = 1; i < args.length; i++) {
            if (args[i].equals("--json")) {
                json = true;
            } else if (!args[i].equals("--origin")) {
                files.add(Path.of(args[i]));
            } else if (i + 1 < args.length) {
                try {
                    origin = Name.fromString(args[++i], Name.root);
                } catch (TextParseException e) {
                    err.println("evenkeel-check: --origin " + args[i] + " is not a domain name: " + e.getMessage());
                    return ExitCode.USAGE;
                }
            } else {
                return usage(err);
            }
        }
        if (files.isEmpty()) {
            return usage(err);
        }
        List<Judged> judged = new ArrayList<>();
        for (Path file : files) {
            judged.add(judge(file, origin));
        }
        boolean fine = judged.stream().allMatch(Judged::accepted);
        if (json) {
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
     * @param zone null if none could be told
     * @param findings none if it is fine
     */
    private record Judged(Path file, @Nullable Name zone, int records, boolean accepted, List<ZoneProblem> findings) {
        void say(PrintWriter out, PrintWriter err) {
            findings.forEach(err::println);
            if (accepted) {
                out.println(file + ": fine, zone " + zone + " with " + records + " records");
            }
        }

        ObjectNode toJson() {
            ObjectNode json =
                    JSON.createObjectNode().put("file", file.toString()).put("ok", accepted);
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

    private static Judged judge(Path file, @Nullable Name origin) {
        ZoneFile.Parsed parsed;
        try {
            parsed = ZoneFile.parse(file.toString(), file, origin, true);
        } catch (NoSuchFileException e) {
            return unread(file, "no such file");
        } catch (IOException e) {
            return unread(file, "cannot be read: " + e);
        }
        ZoneBuilder.Checked checked = parsed.check(Instant.now());
        return new Judged(file, parsed.apex(), checked.records().size(), checked.accepted(), checked.problems());
    }

    private static Judged unread(Path file, String why) {
        ZoneProblem problem = new ZoneProblem(ZoneProblem.Severity.ERROR, file.toString(), 0, null, why, "");
        return new Judged(file, null, 0, false, List.of(problem));
    }

    private static ExitCode usage(PrintWriter err) {
        err.println("evenkeel-check: " + USAGE);
        return ExitCode.USAGE;
    }
}
