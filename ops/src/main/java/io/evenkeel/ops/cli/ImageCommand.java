package io.evenkeel.ops.cli;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.OsProcess;
import io.evenkeel.ops.verb.Progress;
import io.evenkeel.ops.verb.Verb;
import io.evenkeel.ops.verb.VerbLimits;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code image}: the container image, from the jar that the launcher has just built. */
@Command(
        name = "image",
        description = {
            "Build the container image from these sources, with docker or podman.",
            "It holds a Java runtime of its own and an AOT cache that is trained while it is built."
        })
public final class ImageCommand extends Verb {
    private static final List<String> ENGINES = List.of("docker", "podman");
    private static final String DOCKERFILE = "docker/Dockerfile";

    @Option(names = "--tag", paramLabel = "TAG", description = "Name of the image (default: evenkeel).")
    private String tag = "evenkeel";

    @Option(
            names = "--engine",
            paramLabel = "PROGRAM",
            description = "What builds it: docker or podman (default: docker if its daemon answers, else podman).")
    private @Nullable String engine;

    @Option(
            names = "--jdk",
            paramLabel = "IMAGE",
            description = "A JDK 25 with jlink to build in, where no registry is reached (default: pinned by digest).")
    private @Nullable String jdk;

    @Option(
            names = "--base",
            paramLabel = "IMAGE",
            description = "A Debian 12 to put it on, where no registry is reached (default: pinned by digest).")
    private @Nullable String base;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        String program = engine();
        Path root = sources();
        Progress progress = Progress.start(output, "Building " + tag + " with " + program);
        long begin = System.nanoTime();
        try {
            run(root, command(root, program));
        } finally {
            progress.stop();
        }
        long seconds = (System.nanoTime() - begin) / 1_000_000_000;
        output.result(
                Map.of("image", tag, "engine", program, "seconds", seconds),
                "built %s with %s in %d s".formatted(tag, program, seconds));
        return 0;
    }

    /** Where the launcher lies; a jar alone does not hold what an image is made of. */
    private static Path sources() throws CommandFailure {
        Path root = Path.of(Objects.requireNonNullElse(System.getenv("EVENKEEL_HOME"), ""))
                .toAbsolutePath();
        for (String needed : List.of(DOCKERFILE, "ops/target/evenkeel.jar")) {
            if (!Files.isRegularFile(root.resolve(needed))) {
                throw CommandFailure.failed(
                        "there is no %s in %s: an image is built from the sources, by ops/bin/evenkeel there"
                                .formatted(needed, root));
            }
        }
        return root;
    }

    private String engine() throws CommandFailure, InterruptedException {
        if (engine != null && !ENGINES.contains(engine)) {
            throw new CommandFailure(CommandFailure.USAGE, "--engine is docker or podman, not " + engine);
        }
        for (String program : engine == null ? ENGINES : List.of(engine)) {
            if (OsProcess.onPath(program) && (engine != null || !program.equals("docker") || dockerServes())) {
                return program;
            }
        }
        throw CommandFailure.failed(
                engine == null
                        ? "building an image needs docker with its daemon, or podman, and neither is there (Debian: apt install podman)"
                        : "there is no %s on the PATH: install it, or leave out --engine".formatted(engine));
    }

    /** A client without a daemon is of no use, and one that speaks to podman does with less than podman itself offers. */
    private static boolean dockerServes() throws InterruptedException {
        String server = said(Path.of(""), "docker", "version", "--format", "{{json .Server.Components}}");
        return server != null && !server.contains("Podman");
    }

    private List<String> command(Path root, String program) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of(program, "build", "-f", DOCKERFILE, "-t", tag));
        if (program.equals("podman")) {
            // Its default asks the registry for a newer base each time; its own format cannot hold a health check;
            // squashed, the image is really without what its last stage removes.
            command.addAll(List.of("--pull=false", "--format", "docker", "--squash-all"));
        }
        String version =
                Objects.requireNonNullElse(ImageCommand.class.getPackage().getImplementationVersion(), "unknown");
        String revision = Objects.requireNonNullElse(said(root, "git", "rev-parse", "HEAD"), "unknown");
        command.addAll(List.of("--build-arg", "VERSION=" + version, "--build-arg", "REVISION=" + revision));
        if (jdk != null) {
            command.addAll(List.of("--build-arg", "JDK=" + jdk));
        }
        if (base != null) {
            command.addAll(List.of("--build-arg", "BASE=" + base));
        }
        command.add(".");
        return command;
    }

    /** What a short program says; null if it fails or is not there. */
    private static @Nullable String said(Path folder, String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toAbsolutePath().toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String text =
                    new String(process.getInputStream().readNBytes(VerbLimits.OUTPUT_BYTES), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? text.strip() : null;
        } catch (IOException notThere) {
            return null;
        }
    }

    /** Runs it to its end; what it said last is told only if it fails. */
    private void run(Path root, List<String> command) throws CommandFailure, IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(root.toFile())
                .redirectErrorStream(true)
                .start();
        Deque<String> tail = new ArrayDeque<>();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                tail.addLast(line);
                if (tail.size() > VerbLimits.OUTPUT_LINES) {
                    tail.removeFirst();
                }
            }
        }
        int code = process.waitFor();
        if (code != 0) {
            throw new CommandFailure(
                    CommandFailure.FAILED,
                    "%s ended with exit code %d; the last it said:"
                            .formatted(String.join(" ", command.subList(0, 2)), code),
                    List.copyOf(tail));
        }
    }
}
