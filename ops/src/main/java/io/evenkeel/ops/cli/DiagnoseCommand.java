package io.evenkeel.ops.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.evenkeel.ops.node.AdminClient;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code diagnose}: all that somebody needs who looks for a fault, in one file. */
@Command(
        name = "diagnose",
        description = {
            "Write one ZIP file with what each node says of itself: status, readiness, metrics, events, storage, capacity, limits, configuration, threads;",
            "and findings in words. It holds no key and no zone data; client addresses as privacy.client-addresses has them.",
            "A node that does not answer is a finding. An existing file is never overwritten."
        })
public final class DiagnoseCommand extends NodeVerb {
    /** Of one part: all of them together stay below some dozens of MiB. */
    private static final int MOST_OCTETS = 8 << 20;

    /** The parts of a node, by the path that gives them. */
    private static final Map<String, String> PARTS = parts();

    /** Counters that are 0 while nothing is wrong. */
    private static final Pattern TELLING = Pattern.compile(
            "^(evenkeel_(?:work_faults|raft_rebuilds|raft_faulted_entries|snapshot_failures|scrub_findings|backup_failures"
                    + "|healings|budget_evicted_bytes)_total|evenkeel_(?:raft_fault|raft_threads_ended|stale|loops_hung|disk_slow))(\\{.*})? (?!0(?:\\.0)?$)(\\S+)$",
            Pattern.MULTILINE);

    @Parameters(paramLabel = "FILE", description = "A ZIP file that does not exist yet.")
    private @Nullable Path file;

    private static Map<String, String> parts() {
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("status.json", AdminClient.EVENKEEL + "/status");
        parts.put("cluster.json", AdminClient.CLUSTER);
        parts.put("events.json", AdminClient.EVENKEEL + "/events");
        parts.put("storage.json", AdminClient.EVENKEEL + "/storage");
        parts.put("capacity.json", AdminClient.EVENKEEL + "/capacity");
        parts.put("limits.json", AdminClient.EVENKEEL + "/limits");
        parts.put("metrics.txt", "/metrics");
        parts.put("configuration.txt", AdminClient.EVENKEEL + "/configuration");
        parts.put("threads.txt", AdminClient.EVENKEEL + "/threads");
        return parts;
    }

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        Path wanted = Objects.requireNonNull(file);
        List<String> findings = new ArrayList<>();
        int entries = 0;
        boolean done = false;
        // First: what is there already belongs to somebody.
        FileChannel made = open(wanted);
        try (FileChannel channel = made;
                ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(channel))) {
            Set<String> versions = new TreeSet<>();
            boolean led = false;
            List<AdminClient> nodes = target.candidates();
            for (AdminClient node : nodes) {
                Map<String, byte[]> parts = read(node, findings);
                for (Map.Entry<String, byte[]> part : parts.entrySet()) {
                    put(zip, node.name() + "/" + part.getKey(), part.getValue());
                    entries++;
                }
                JsonNode status = Json.readOrMissing(parts.getOrDefault("status.json", new byte[0]));
                String version = status.path("version").asText("");
                if (!version.isEmpty()) {
                    versions.add(version);
                }
                led |= status.path("role").asText("").equalsIgnoreCase("leader");
                find(node.name(), parts, findings);
            }
            if (versions.size() > 1) {
                findings.add("the nodes run different versions: " + String.join(", ", versions));
            }
            if (!led) {
                findings.add("no node that was asked leads: changes are not possible unless another one does");
            }
            put(zip, "findings.txt", text(findings).getBytes(StandardCharsets.UTF_8));
            zip.finish();
            channel.force(true);
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(wanted);
            }
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("file", wanted.toString());
        result.put("bytes", Files.size(wanted));
        result.put("findings", findings);
        output.result(
                result,
                "wrote %s: %d parts, %d KiB%n%s"
                        .formatted(wanted, entries + 1, (Files.size(wanted) + 1023) / 1024, text(findings)));
        return 0;
    }

    private static FileChannel open(Path wanted) throws CommandFailure {
        try {
            return FileChannel.open(
                    wanted,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    BackupCommand.onlyOwner(wanted));
        } catch (FileAlreadyExistsException e) {
            throw CommandFailure.failed(wanted + " exists, and is not overwritten: name a new file");
        } catch (IOException e) {
            throw Output.unwritable(wanted, e);
        }
    }

    private static String text(List<String> findings) {
        return findings.isEmpty()
                ? "no findings\n"
                : "findings:\n"
                        + String.join(
                                "\n", findings.stream().map(each -> "- " + each).toList()) + "\n";
    }

    private static void put(ZipOutputStream zip, String name, byte[] octets) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(Instant.now().toEpochMilli());
        zip.putNextEntry(entry);
        zip.write(octets);
        zip.closeEntry();
    }

    private static Map<String, byte[]> read(AdminClient node, List<String> findings)
            throws IOException, InterruptedException {
        Map<String, byte[]> read = new LinkedHashMap<>();
        try {
            read.put("readyz.json", node.readiness().body());
        } catch (IOException e) {
            findings.add(node.name() + " at " + node.base() + " does not answer: " + Output.reason(e));
            return read;
        }
        for (Map.Entry<String, String> part : PARTS.entrySet()) {
            try (InputStream in = node.open(part.getValue())) {
                byte[] octets = in.readNBytes(MOST_OCTETS);
                read.put(part.getKey(), octets);
                if (octets.length == MOST_OCTETS) {
                    findings.add(node.name() + ": " + part.getKey() + " is cut at " + (MOST_OCTETS >> 20) + " MiB");
                }
            } catch (CommandFailure e) {
                findings.add(node.name() + ": no " + part.getKey() + ": " + e.getMessage());
            }
        }
        return read;
    }

    private static void find(String name, Map<String, byte[]> parts, List<String> findings) {
        JsonNode ready = Json.readOrMissing(parts.getOrDefault("readyz.json", new byte[0]));
        ready.path("reasons").forEach(reason -> findings.add(name + ": " + reason.asText()));
        String metrics = new String(parts.getOrDefault("metrics.txt", new byte[0]), StandardCharsets.UTF_8);
        TELLING.matcher(metrics)
                .results()
                .map(line -> name + ": " + line.group(1) + (line.group(2) == null ? "" : line.group(2)) + " is "
                        + line.group(3))
                .forEach(findings::add);
    }
}
