package io.evenkeel.ops.local;

import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.OsProcess;
import io.evenkeel.ops.verb.VerbLimits;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node as a process of this machine: one that this {@code up} started, or one that it found running.
 *
 * <p>It runs in a session of its own, so that Ctrl-C reaches {@code up} alone, which then stops the nodes in order. A
 * foreground node holds the reading end of a pipe as its standard input whose other end only {@code up} has: however {@code
 * up} dies, the pipe ends and the node with it. What a node logs goes to its own size-capped file; its standard output is
 * dropped and its error output, one line before a failed end, is kept from the last start only.
 */
final class NodeProcess {
    /** By name, since it is above this room. */
    static final String MAIN_CLASS = "io.evenkeel.ops.Main";

    /** Options of a node's JVM, one a line. */
    private static final String JVM_OPTIONS = "/jvm.options";

    /**
     * Of the launcher and of compose files, whose names look like keys of a node; and keys that differ from node to node, which one
     * environment cannot say for all.
     */
    private static final List<String> NOT_FOR_NODES = List.of(
            "EVENKEEL_HOME",
            "EVENKEEL_COMMAND",
            "EVENKEEL_DATA",
            "EVENKEEL_JAVA_HOME",
            "EVENKEEL_NO_BUILD",
            "EVENKEEL_NODE_OPTS",
            "EVENKEEL_DNS_BASE",
            "EVENKEEL_ADMIN_BASE",
            "EVENKEEL_HEALTH_BASE",
            "EVENKEEL_NODE_NAME",
            "EVENKEEL_NODE_DATA",
            "EVENKEEL_CLUSTER_NAME",
            "EVENKEEL_CLUSTER_KEY_FILE",
            "EVENKEEL_CLUSTER_MEMBERS",
            "EVENKEEL_DNS_LISTEN",
            "EVENKEEL_ADMIN_LISTEN",
            "EVENKEEL_HEALTH_LISTEN",
            "EVENKEEL_LOG_FILE");

    private final ClusterFile.Node node;
    private final Path folder;
    private final @Nullable Process child;

    private NodeProcess(ClusterFile.Node node, Path folder, @Nullable Process child) {
        this.node = node;
        this.folder = folder;
        this.child = child;
    }

    /** A node that runs already. */
    static NodeProcess running(ClusterFile.Node node, Path folder) {
        return new NodeProcess(node, folder, null);
    }

    /** @param detached true to let it outlive this process */
    static NodeProcess start(ClusterFile.Node node, Path folder, boolean detached) throws IOException {
        return start(node, folder, detached, Map.of(), List.of());
    }

    /**
     * Starts one in a certain way.
     *
     * @param further variables of its environment, as keys of its configuration
     * @param under words that run a command, under the same pid
     */
    static NodeProcess start(
            ClusterFile.Node node, Path folder, boolean detached, Map<String, String> further, List<String> under)
            throws IOException {
        List<String> command = new ArrayList<>(wrapper(detached));
        command.addAll(under);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        List<String> options = options(Objects.requireNonNullElse(System.getenv("EVENKEEL_NODE_OPTS"), ""));
        command.addAll(options);
        command.add("-XX:+DisplayVMOutputToStderr"); // why the VM gives up belongs to the last words that are kept
        String classPath = classPath();
        Path cache = Path.of(classPath.replaceFirst("\\.jar$", ".aot"));
        if (cache.toFile().length() > 0 // 0 also if there is none: a launcher may just be making another
                && options.stream().noneMatch(option -> option.startsWith("-XX:AOT"))) {
            command.add("-XX:AOTCache="
                    + cache); // the launcher's; refused where options, jar or JVM are not those that it was made with,
            // and the node starts without
        }
        command.addAll(List.of("-cp", classPath, MAIN_CLASS, "serve", "--config"));
        command.add(folder.resolve(node.config()).toString());
        if (!detached) {
            command.add("--exit-with-stdin");
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.resolve(node.name()).toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(errorFile(node, folder).toFile())
                .redirectInput(
                        detached ? ProcessBuilder.Redirect.from(new File("/dev/null")) : ProcessBuilder.Redirect.PIPE);
        Map<String, String> environment = builder.environment();
        NOT_FOR_NODES.forEach(environment::remove);
        environment.put("EVENKEEL_HEALTH_LISTEN", Layout.health(node)); // which releases before it do not look at
        environment.putAll(further);
        Process process = builder.start();
        // setsid, nohup and whatever is under them become the node themselves, so that this is the node's pid.
        ClusterFile.Node started = node.withProcess(process.pid(), OsProcess.startTicks(process.pid()));
        return new NodeProcess(started, folder, process);
    }

    /** Those of every node, then further ones, of which the JVM obeys the last. */
    static List<String> options(String further) throws IOException {
        List<String> options = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(NodeProcess.class.getResourceAsStream(JVM_OPTIONS), JVM_OPTIONS)) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(options::add);
        }
        if (!System.getProperty("os.name", "").equals("Linux")) {
            options.add("-XX:+IgnoreUnrecognizedVMOptions"); // some are of Linux alone
        }
        Stream.of(further.split("\\s+", -1)).filter(option -> !option.isEmpty()).forEach(options::add);
        return options;
    }

    static List<String> wrapper(boolean detached) {
        if (OsProcess.onPath("setsid")) {
            return List.of("setsid");
        }
        return detached && OsProcess.onPath("nohup") ? List.of("nohup") : List.of();
    }

    /** Absolute, because a node runs in its own folder. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .reduce((a, b) -> a + File.pathSeparator + b)
                .orElse("");
    }

    ClusterFile.Node node() {
        return node;
    }

    String name() {
        return node.name();
    }

    /** The process if this {@code up} started it. */
    Optional<Process> child() {
        return Optional.ofNullable(child);
    }

    boolean isAlive() {
        return child == null ? node.runs() : child.isAlive();
    }

    /** Empty while it runs, and for a node that another process started. */
    OptionalInt exitCode() {
        return child == null || child.isAlive() ? OptionalInt.empty() : OptionalInt.of(child.exitValue());
    }

    /** Whether it has ended as somebody asked it to: of itself, or by SIGTERM. */
    boolean endedAsAsked() {
        int code = exitCode().orElse(CommandFailure.FAILED);
        return code == 0 || code == 128 + 15;
    }

    /** Which it was, and {@link #end}. */
    String epitaph() {
        return "%s (pid %d) %s".formatted(node.name(), node.pid(), end());
    }

    /** How it ended, with its own last word. */
    String end() {
        OptionalInt known = exitCode();
        int code = known.orElse(0);
        String how = known.isEmpty()
                ? "has ended"
                : code > 128 ? "was killed by signal " + (code - 128) : "ended with exit code " + code;
        return how + lastError().map(line -> ": " + line).orElse("");
    }

    /** The last line of its error output. */
    Optional<String> lastError() {
        try (RandomAccessFile file =
                new RandomAccessFile(errorFile(node, folder).toFile(), "r")) {
            file.seek(Math.max(0, file.length() - VerbLimits.OUTPUT_BYTES));
            byte[] tail = new byte[(int) Math.min(file.length(), VerbLimits.OUTPUT_BYTES)];
            file.readFully(tail);
            return new String(tail, StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("WARNING:") && !line.startsWith("Picked up "))
                    .reduce((first, last) -> last)
                    .map(line -> line.startsWith("evenkeel: ") ? line.substring("evenkeel: ".length()) : line);
        } catch (IOException neverWritten) {
            return Optional.empty();
        }
    }

    private static Path errorFile(ClusterFile.Node node, Path folder) {
        return folder.resolve(node.name()).resolve("stderr.log");
    }
}
