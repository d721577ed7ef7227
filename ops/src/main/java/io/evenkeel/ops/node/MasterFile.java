package io.evenkeel.ops.node;

import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.RecordArguments;
import io.evenkeel.ops.verb.ServerTool;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * A master file as a person names it: a file, a pipe, or {@code -} for standard input. A check and an import both read it by
 * this class, so that they read and judge the same; the judge of a check is the node's own, in this process. A pipe is copied to
 * a temporary file, which {@link #close} removes. One thread.
 */
public final class MasterFile implements AutoCloseable {
    private static final String INCLUDE = "$INCLUDE";
    /** Folders of names that are streams whatever they look like: their files' names and folders say nothing of a zone. */
    private static final List<Path> STREAMS = List.of(Path.of("/dev"), Path.of("/proc"));

    private final String name;
    private final Path file;
    private final boolean copied;
    private final Name origin;
    private final boolean required;
    private final List<Path> temporary = new ArrayList<>();

    private MasterFile(String name, Path file, boolean copied, Name origin, boolean required) {
        this.name = name;
        this.file = file;
        this.copied = copied;
        this.origin = origin;
        this.required = required;
        if (copied) {
            temporary.add(file);
        }
    }

    /**
     * Opens it and finds out which zone it is about.
     *
     * @param zone the zone, where the file does not say; a file of another one is refused. Null: the file says it, or its name
     * @throws CommandFailure if it is not there, or nothing says which zone it is
     */
    public static MasterFile open(Path named, @Nullable String zone) throws CommandFailure, IOException {
        boolean stdin = named.toString().equals("-") || named.equals(Path.of("/dev/stdin"));
        Path absolute = named.toAbsolutePath().normalize();
        boolean stream = stdin || STREAMS.stream().anyMatch(absolute::startsWith) || isPipe(named);
        if (!stream && !Files.isRegularFile(named)) {
            throw CommandFailure.failed(
                    Files.isDirectory(named) ? named + " is a folder, not a master file" : "no such file: " + named);
        }
        String name = stdin ? "standard input" : named.toString();
        Path file = named;
        if (stream) {
            try (InputStream in = stdin ? System.in : Files.newInputStream(named)) {
                file = copy(name, in);
            }
        }
        boolean opened = false;
        try {
            Optional<Name> found = zone == null
                    ? ZoneOrigin.find(file, stream ? null : String.valueOf(named.getFileName()))
                    : Optional.of(RecordArguments.zone(zone));
            Name origin = found.orElseThrow(() -> new CommandFailure(
                    CommandFailure.USAGE,
                    name + " does not say which zone it is: give --origin NAME, or put $ORIGIN into it"));
            opened = true;
            return new MasterFile(name, file, stream, origin, zone != null);
        } finally {
            if (stream && !opened) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static boolean isPipe(Path named) {
        return Files.exists(named) && !Files.isRegularFile(named) && !Files.isDirectory(named);
    }

    /**
     * A text of a zone that comes from elsewhere.
     *
     * @param name for messages
     */
    public static MasterFile copyOf(String name, InputStream text, Name zone) throws CommandFailure, IOException {
        return new MasterFile(name, copy(name, text), true, zone, true);
    }

    private static Path copy(String name, InputStream in) throws CommandFailure, IOException {
        Path copy = Files.createTempFile("evenkeel", ".zone");
        boolean whole = false;
        try (OutputStream out = Files.newOutputStream(copy)) {
            byte[] buffer = new byte[64 << 10];
            long total = 0;
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                total += read;
                if (total > ClientLimits.MASTER_FILE_BYTES) {
                    throw CommandFailure.failed("%s is longer than %d MiB, the most that a node takes"
                            .formatted(name, ClientLimits.MASTER_FILE_BYTES >> 20));
                }
                out.write(buffer, 0, read);
            }
            whole = true;
            return copy;
        } finally {
            if (!whole) {
                Files.deleteIfExists(copy);
            }
        }
    }

    /** For messages. */
    public String name() {
        return name;
    }

    /**
     * Has it judged as a node would.
     *
     * @param json whether the findings are one value
     * @return the exit code
     */
    public int check(PrintWriter out, PrintWriter err, boolean json) throws CommandFailure {
        return ServerTool.run("evenkeel-check", out, err, arguments(json ? List.of("--json") : List.of()));
    }

    private List<String> arguments(List<String> further) {
        List<String> arguments = new ArrayList<>(List.of("zone", file.toString(), "--origin", origin.toString()));
        if (required) {
            arguments.addAll(List.of("--zone", origin.toString()));
        }
        if (copied) {
            arguments.addAll(List.of("--name", name));
        }
        arguments.addAll(further);
        return arguments;
    }

    /**
     * What a node is to be sent.
     *
     * @param zone that it is about
     * @param file with all its records: the named one, or, if that includes others, one made of all of them
     * @param warnings of the files that were read for that
     */
    public record Text(Name zone, Path file, List<String> warnings) {}

    /**
     * Makes one text of it, to be sent. {@code $INCLUDE} is for who has the files: what includes others is {@link #judged}.
     *
     * @throws CommandFailure if it includes others and is refused, with every problem
     */
    public Text text() throws CommandFailure, IOException {
        return includesOthers() ? judged() : new Text(origin, file, List.of());
    }

    /**
     * Has it judged as a node would, and its records written to a temporary file: in canonical order one a line, RDATA by its
     * octets.
     *
     * @throws CommandFailure if it is refused, with every problem
     */
    public Text judged() throws CommandFailure, IOException {
        Path all = Files.createTempFile("evenkeel", ".zone");
        temporary.add(all);
        StringWriter said = new StringWriter();
        int code = ServerTool.run(
                "evenkeel-check",
                new PrintWriter(Writer.nullWriter()),
                new PrintWriter(said),
                arguments(List.of("--write", all.toString())));
        List<String> findings = said.toString().lines().toList();
        if (code != 0) {
            throw new CommandFailure(
                    code, "%s is refused, nothing is changed; %d findings:".formatted(name, findings.size()), findings);
        }
        return new Text(ZoneOrigin.find(all, null).orElse(origin), all, findings);
    }

    /** Whether a line begins so; one within parentheses does no harm. */
    private boolean includesOthers() throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 64 << 10)) {
            int matched = 0; // characters of this line; -1: it is another line
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                if (octet == '\n' || octet == '\r') {
                    matched = 0;
                } else if (matched >= 0) {
                    boolean same = Character.toUpperCase((char) octet) == INCLUDE.charAt(matched);
                    matched = same ? matched + 1 : -1;
                    if (matched == INCLUDE.length()) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        for (Path each : temporary) {
            Files.deleteIfExists(each);
        }
    }
}
