package io.evenkeel.server.cli;

import io.evenkeel.consensus.raft.FoundingState;
import io.evenkeel.consensus.raft.Recovery;
import io.evenkeel.consensus.snapshot.Backup;
import io.evenkeel.consensus.snapshot.BackupException;
import io.evenkeel.server.config.ConfigException;
import io.evenkeel.server.config.ConfigReader;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.file.RecordWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.spi.ToolProvider;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * Backups, and data folders that a cluster is founded from, without a node. What it finds it prints as {@code key=value}
 * lines; what is wrong, in one line on the error output.
 */
public final class BackupTool implements ToolProvider {
    private static final String USAGE =
            "usage: verify FILE | zone FILE ZONE TO | restore FILE FOLDER CLUSTER NODE | restore FILE CONFIG"
                    + " | folder CONFIG | examine FOLDER | recover FOLDER";

    @Override
    public String name() {
        return "evenkeel-backup";
    }

    @Override
    public int run(PrintWriter out, PrintWriter err, String... args) {
        ExitCode code;
        try {
            code = run(out, args);
            if (code == ExitCode.USAGE) {
                err.println("evenkeel-backup: " + USAGE);
            }
        } catch (IOException e) {
            err.println(reason(e));
            code = ExitCode.of(e);
        } catch (ConfigException e) {
            e.problems().forEach(err::println);
            code = ExitCode.USAGE;
        }
        out.flush();
        err.flush();
        return code.code();
    }

    private static ExitCode run(PrintWriter out, String... args) throws IOException, ConfigException {
        String what = args.length == 0 ? "" : args[0];
        if (what.equals("verify") && args.length == 2) {
            print(out, Backup.verify(Path.of(args[1])));
        } else if (what.equals("zone") && args.length == 4) {
            zone(out, Path.of(args[1]), args[2], Path.of(args[3]));
        } else if (what.equals("restore") && args.length == 5) {
            print(out, FoundingState.restore(Path.of(args[1]), Path.of(args[2]), args[3], args[4]));
        } else if (what.equals("restore") && args.length == 3) {
            ServerConfig config = config(args[2]);
            print(
                    out,
                    FoundingState.restore(
                            Path.of(args[1]),
                            config.node().data(),
                            config.cluster().name(),
                            config.node().name()));
        } else if (what.equals("folder") && args.length == 2) {
            out.println("folder=" + config(args[1]).node().data().toAbsolutePath());
        } else if (what.equals("examine") && args.length == 2) {
            print(out, Recovery.examine(Path.of(args[1])));
        } else if (what.equals("recover") && args.length == 2) {
            print(out, Recovery.recover(Path.of(args[1])));
        } else {
            return ExitCode.USAGE;
        }
        return ExitCode.FINE;
    }

    /** Writes one zone of a backup as a master file. */
    private static void zone(PrintWriter out, Path file, String name, Path to) throws IOException {
        Backup.OfZone found = Backup.zone(file, name);
        Zone zone = found.zone();
        if (zone == null) {
            throw new BackupException(file + ": the backup has no zone " + name + "; it was written "
                    + found.head().written() + " by node " + found.head().node());
        }
        try (Writer text = Files.newBufferedWriter(to, StandardCharsets.US_ASCII)) {
            zone.forEach(record -> write(text, record));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        out.println("written=" + found.head().written());
        out.println("index=" + found.head().index());
        out.println("records=" + zone.records());
        out.println("serial=" + zone.serial());
    }

    private static void write(Writer text, Record record) {
        try {
            text.write(record.getName() + "\t" + record.getTTL() + "\tIN\t" + Type.string(record.getType()) + "\t"
                    + RecordWriter.rdata(record) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ServerConfig config(String file) throws ConfigException {
        return ConfigReader.load(Path.of(file), System.getenv());
    }

    private static void print(PrintWriter out, Backup.Summary summary) {
        out.println("cluster=" + summary.head().cluster());
        out.println("node=" + summary.head().node());
        out.println("index=" + summary.head().index());
        out.println("written=" + summary.head().written());
        out.println("zones=" + summary.zones());
        out.println("records=" + summary.records());
        out.println("bytes=" + summary.bytes());
        out.println("sha256=" + summary.sha256());
    }

    private static void print(PrintWriter out, Recovery.Report report) {
        out.println("cluster=" + report.cluster());
        out.println("cluster-id=" + report.clusterId());
        out.println("node=" + report.node());
        out.println("members=" + String.join(",", report.members()));
        out.println("index=" + report.index());
        out.println("committed=" + report.committed());
        out.println("last-written=" + report.lastWritten());
        out.println("torn=" + report.torn());
        out.println("zones=" + report.zones());
        out.println("records=" + report.records());
    }

    private static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> missing.getFile() + ": no such file";
            case FileSystemException file when file.getReason() != null -> file.getFile() + ": " + file.getReason();
            default -> ExitCode.message(e);
        };
    }
}
