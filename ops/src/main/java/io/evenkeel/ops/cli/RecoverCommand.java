package io.evenkeel.ops.cli;

import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.node.DataFolder;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.ServerTool;
import io.evenkeel.ops.verb.Verb;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cluster recover}: when the majority of the members is lost for good. */
@Command(
        name = "recover",
        description = {
            "Make a NEW cluster of what the last survivor has, when the majority of the members is lost for good.",
            "The survivor must be stopped: all of its log is taken, also what it did not know to be committed. What had not",
            "reached it is lost. It founds the new cluster when it is started; the others join with empty data folders.",
            "Members of the old cluster can never come back into the new one. Says what it is about to do and asks for the name",
            "of the cluster. Take `evenkeel backup` of the running survivor first if you can."
        })
final class RecoverCommand extends Verb {
    @ArgGroup(exclusive = true, multiplicity = "1")
    private Survivor survivor = new Survivor();

    @Option(
            names = "--confirm",
            paramLabel = "CLUSTER",
            description = "The name of the cluster, for scripts: instead of being asked for it.")
    private @Nullable String confirm;

    /** Which node. */
    static final class Survivor {
        @ArgGroup(exclusive = false, multiplicity = "1")
        private @Nullable Local local;

        @Option(
                names = "--config",
                paramLabel = "FILE",
                required = true,
                description = "The configuration of the survivor, on its machine.")
        private @Nullable Path config;
    }

    /** A node of {@code up}. */
    static final class Local {
        @Option(names = "--node", paramLabel = "NAME", required = true, description = "The survivor in --data, as n3.")
        private String node = "";

        @Option(
                names = "--data",
                paramLabel = "DIR",
                description = "Data folder of `up` (default: $EVENKEEL_DATA, else .evenkeel).")
        private @Nullable Path data;
    }

    @Override
    public Integer call() throws CommandFailure, IOException {
        String folder = folder();
        Properties found = ServerTool.backup("examine", folder);
        String cluster = found.getProperty("cluster");
        explain(found, folder);
        String typed = confirm == null ? ask(cluster) : confirm;
        if (!cluster.equals(typed)) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "'%s' is not the name of the cluster: nothing is done".formatted(typed));
        }
        Properties done = ServerTool.backup("recover", folder);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("node", done.getProperty("node"));
        result.put("cluster", cluster);
        result.put("index", ServerTool.number(done, "index"));
        result.put("committed", ServerTool.number(done, "committed"));
        result.put("zones", ServerTool.number(done, "zones"));
        result.put("records", ServerTool.number(done, "records"));
        output.result(
                result,
                "%s founds a new cluster %s with %s zones when it is started; start the others with empty data folders"
                        .formatted(done.getProperty("node"), cluster, done.getProperty("zones")));
        return 0;
    }

    private String folder() throws CommandFailure, IOException {
        Path config = survivor.config;
        if (config != null) {
            return ServerTool.backup("folder", config.toString()).getProperty("folder");
        }
        Local local = Objects.requireNonNull(survivor.local);
        Path data = DataFolder.of(local.data);
        ClusterFile cluster = ClusterFile.read(data)
                .orElseThrow(() -> new CommandFailure(
                        CommandFailure.DATA_FOLDER,
                        "there is no cluster of `up` in " + data + ": name it with --data"));
        if (cluster.nodes().stream().noneMatch(node -> node.name().equals(local.node))) {
            throw new CommandFailure(CommandFailure.USAGE, "there is no node " + local.node + " in " + data);
        }
        return data.resolve(local.node).toString();
    }

    private void explain(Properties found, String folder) {
        long unknown = ServerTool.number(found, "index") - ServerTool.number(found, "committed");
        Instant written = Instant.parse(found.getProperty("last-written"));
        Duration age = Duration.between(written, Instant.now());
        output.progress("survivor   %s of cluster %s (%s), members %s"
                .formatted(
                        found.getProperty("node"),
                        found.getProperty("cluster"),
                        found.getProperty("cluster-id"),
                        found.getProperty("members")));
        output.progress("folder     " + folder);
        output.progress("has        %s zones with %s records, up to entry %s"
                .formatted(found.getProperty("zones"), found.getProperty("records"), found.getProperty("index")));
        output.progress("last entry written %s, %s ago".formatted(written, ago(age)));
        output.progress("may appear %d entries after entry %s, that it did not know to be committed%s"
                .formatted(
                        unknown,
                        found.getProperty("committed"),
                        found.getProperty("torn").equals("true") ? "; its log ends in the middle of another" : ""));
        output.progress("is lost    every change after entry %s that the lost members had and %s had not"
                .formatted(found.getProperty("index"), found.getProperty("node")));
        output.progress("for ever   no member of the old cluster can come back with its data");
    }

    private static String ago(Duration age) {
        return age.toHours() > 0 ? age.toHours() + " h " + age.toMinutesPart() + " min" : age.toSeconds() + " s";
    }

    private String ask(String cluster) throws IOException {
        output.progress("Type the name of the cluster (%s) to go on:".formatted(cluster));
        BufferedReader typed = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        String line = typed.readLine();
        return line == null ? "" : line.strip();
    }
}
