package io.evenkeel.ops.local;

import io.evenkeel.ops.node.DataFolder;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.ServerTool;
import io.evenkeel.ops.verb.Verb;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code restore}: a new cluster out of a backup. */
@Command(
        name = "restore",
        description = {
            "Prepare an empty data folder so that the first node started on it founds a NEW cluster with the zones of a backup.",
            "The other members start with empty folders and join. Nodes of the old cluster cannot take part in the new one.",
            "A damaged file, or a folder that holds data, is refused and nothing is touched."
        })
public final class RestoreCommand extends Verb {
    /** The name that {@code up} gives to its clusters, and to the first of its nodes. */
    private static final String CLUSTER = "evenkeel";

    private static final String FIRST = "n1";

    @Parameters(paramLabel = "FILE", description = "Written by `evenkeel backup`.")
    private @Nullable Path file;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Where where = new Where();

    /** For `up`, or for a node of its own. */
    static final class Where {
        @Option(
                names = "--data",
                paramLabel = "DIR",
                required = true,
                description = "An empty or new data folder for `evenkeel up --data DIR`.")
        private @Nullable Path data;

        @Option(
                names = "--config",
                paramLabel = "FILE",
                required = true,
                description = "The configuration of the node to start first with `evenkeel serve --config FILE`.")
        private @Nullable Path config;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        String backup = Objects.requireNonNull(file).toString();
        Properties restored;
        String start;
        Path config = where.config;
        if (config != null) {
            restored = ServerTool.backup("restore", backup, config.toString());
            start = "evenkeel serve --config " + config;
        } else {
            Path data = DataFolder.of(where.data);
            ServerTool.backup("verify", backup);
            requireEmpty(data);
            restored = intoFolder(backup, data);
            start = "evenkeel up --data " + data;
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("file", backup);
        result.put("zones", ServerTool.number(restored, "zones"));
        result.put("records", ServerTool.number(restored, "records"));
        result.put("written", restored.getProperty("written"));
        result.put("start", start);
        output.result(
                result,
                "restored %s zones with %s records, as they were on %s, into a new cluster: start it with `%s`"
                        .formatted(
                                restored.getProperty("zones"),
                                restored.getProperty("records"),
                                restored.getProperty("written"),
                                start));
        return 0;
    }

    private static Properties intoFolder(String backup, Path data)
            throws CommandFailure, IOException, InterruptedException {
        boolean made = !Files.exists(data);
        try (ClusterFolder _ = ClusterFolder.open(data)) {
            return ServerTool.backup("restore", backup, data.resolve(FIRST).toString(), CLUSTER, FIRST);
        } catch (CommandFailure e) {
            if (made) {
                ClusterFolder.discardEmpty(data);
            }
            throw e;
        }
    }

    /** The folder of an `up` that ever ran is somebody's cluster, even if its nodes are gone. */
    private static void requireEmpty(Path data) throws CommandFailure, IOException {
        if (!Files.exists(data)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(data)) {
            for (Path entry : entries) {
                if (!ClusterFolder.isLock(entry)) {
                    throw new CommandFailure(
                            CommandFailure.DATA_FOLDER,
                            data + " is not empty (" + entry.getFileName()
                                    + "): a backup is restored into a new cluster only, name an empty folder");
                }
            }
        }
    }
}
