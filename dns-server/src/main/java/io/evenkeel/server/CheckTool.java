package io.evenkeel.server;

import io.evenkeel.server.config.ConfigException;
import io.evenkeel.server.config.ConfigReader;
import io.evenkeel.zones.build.ZoneBuilder;
import io.evenkeel.zones.build.ZoneFile;
import io.evenkeel.zones.build.ZoneProblem;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** Judges files with the eyes of a node, without one: {@code config FILE}, {@code zone FILE... [--origin NAME]}. */
public final class CheckTool implements ToolProvider {
    private static final String USAGE = "usage: config FILE | zone FILE... [--origin NAME]";

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
        for (int i = 1; i < args.length; i++) {
            if (!args[i].equals("--origin")) {
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
        ExitCode code = ExitCode.FINE;
        for (Path file : files) {
            if (!zone(file, origin, out, err)) {
                code = ExitCode.FAILED;
            }
        }
        return code;
    }

    private static boolean zone(Path file, @Nullable Name origin, PrintWriter out, PrintWriter err) {
        ZoneFile.Parsed parsed;
        try {
            parsed = ZoneFile.parse(file.toString(), file, origin, true);
        } catch (NoSuchFileException e) {
            err.println(file + ": error: no such file");
            return false;
        } catch (IOException e) {
            err.println(file + ": error: cannot be read: " + e);
            return false;
        }
        ZoneBuilder.Checked checked = parsed.check();
        for (ZoneProblem problem : checked.problems()) {
            err.println(problem);
        }
        if (!checked.accepted()) {
            return false;
        }
        out.println(file + ": fine, zone " + parsed.apex() + " with "
                + checked.records().size() + " records");
        return true;
    }

    private static ExitCode usage(PrintWriter err) {
        err.println("evenkeel-check: " + USAGE);
        return ExitCode.USAGE;
    }
}
