package io.evenkeel.ops.cli;

import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.Progress;
import io.evenkeel.ops.verb.ServerTool;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code backup}: all zones of a running cluster in one file. */
@Command(
        name = "backup",
        description = {
            "Write all zones, as one node has them at one moment, to a file that is then read back and verified.",
            "The node goes on answering and changing; it needs no quorum. An existing file is never overwritten.",
            "`evenkeel restore` makes a new cluster of it."
        })
public final class BackupCommand extends NodeVerb {
    @Parameters(paramLabel = "FILE", description = "A file that does not exist yet.")
    private @Nullable Path file;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Path named = Objects.requireNonNull(file);
        Path wanted = named.toAbsolutePath();
        if (Files.exists(wanted)) {
            throw exists(named);
        }
        AdminClient node = target.connect();
        Path partial = wanted.resolveSibling(
                wanted.getFileName() + ".partial-" + ProcessHandle.current().pid());
        Progress progress = Progress.start(output, "backing up");
        Properties found;
        try {
            try (InputStream in = node.open(AdminClient.EVENKEEL + "/backup")) {
                write(in, partial, named);
            }
            found = ServerTool.backup("verify", partial.toString());
            Files.createLink(wanted, partial); // unlike a move it never replaces a file of somebody who came first
        } catch (FileAlreadyExistsException e) {
            throw exists(named);
        } finally {
            progress.stop();
            Files.deleteIfExists(partial);
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("file", named.toString());
        result.put("node", found.getProperty("node"));
        result.put("cluster", found.getProperty("cluster"));
        result.put("index", ServerTool.number(found, "index"));
        result.put("zones", ServerTool.number(found, "zones"));
        result.put("records", ServerTool.number(found, "records"));
        result.put("bytes", ServerTool.number(found, "bytes"));
        result.put("sha256", found.getProperty("sha256"));
        output.result(
                result,
                "wrote %s: %s zones with %s records of cluster %s, as %s had them at entry %s; verified"
                        .formatted(
                                named,
                                found.getProperty("zones"),
                                found.getProperty("records"),
                                found.getProperty("cluster"),
                                found.getProperty("node"),
                                found.getProperty("index")));
        return 0;
    }

    private static CommandFailure exists(Path file) {
        return CommandFailure.failed(file + " exists, and a backup is never written over another file: name a new one");
    }

    private static void write(InputStream in, Path partial, Path named) throws CommandFailure, IOException {
        try (FileChannel channel = FileChannel.open(
                partial, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), onlyOwner(partial))) {
            OutputStream out = Channels.newOutputStream(channel);
            in.transferTo(out);
            channel.force(true);
        } catch (FileSystemException e) {
            throw Output.unwritable(named, e);
        }
    }

    /** It holds what only a key opens on the node. */
    static FileAttribute<?>[] onlyOwner(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
