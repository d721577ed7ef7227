package io.evenkeel.ops.verb;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Where a verb says what happened: as text for people or as one JSON value for programs. */
public final class Output {
    @Option(
            names = "--output",
            paramLabel = "text|json",
            defaultValue = "text",
            description = "Form of the output: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Form form = Form.TEXT;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec verb;

    enum Form {
        TEXT,
        JSON;

        @Override
        public String toString() {
            return this == TEXT ? "text" : "json";
        }
    }

    /** Whether the result is for programs. */
    public boolean json() {
        return form == Form.JSON;
    }

    /** Standard output of the verb. */
    public PrintWriter out() {
        return Objects.requireNonNull(verb).commandLine().getOut();
    }

    /** Standard error of the verb. */
    public PrintWriter err() {
        return Objects.requireNonNull(verb).commandLine().getErr();
    }

    /** The result: {@code text} for people, in lines that fit their terminal, {@code value} for programs. */
    public void result(Object value, String text) {
        verbatim(value, Layout.folded(text, columns()));
    }

    /** The same with a text that is read by programs, too, as a script or a master file is: its lines stay as they are. */
    public void verbatim(Object value, String text) {
        out().println(json() ? Json.line(value) : text);
        out().flush();
    }

    /** A line for people while the verb goes on; programs get it on standard error, beside their one value. */
    public void say(String line) {
        PrintWriter to = json() ? err() : out();
        to.println(line);
        to.flush();
    }

    /** What looks wrong about what was done, for people; programs find it in the result. */
    public void warn(List<String> warnings) {
        if (!json()) {
            warnings.forEach(warning -> err().println("warning: " + warning));
            err().flush();
        }
    }

    /** A line about long work, apart from the result. */
    public void progress(String line) {
        err().println(line);
        err().flush();
    }

    /** Whether the verb at the end of that line was asked for JSON. */
    public static boolean wantsJson(ParseResult parsed) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        return last.matchedOptionValue("--output", Form.TEXT) == Form.JSON;
    }

    /** Whether words that no verb could be made of ask for JSON. */
    public static boolean wantsJson(String... words) {
        List<String> all = List.of(words);
        int option = all.indexOf("--output");
        return all.contains("--output=json")
                || (option >= 0 && option + 1 < words.length && words[option + 1].equalsIgnoreCase("json"));
    }

    /** A table with its titles in the first row, which has as many columns as its output. */
    public String table(List<List<String>> rows) {
        return Layout.table(rows, true, columns());
    }

    /** The same without titles. */
    public String untitled(List<List<String>> rows) {
        return Layout.table(rows, false, columns());
    }

    private int columns() {
        return out() instanceof Screen screen ? screen.columns() : Integer.MAX_VALUE;
    }

    /**
     * Why a file could not be written, and what to do.
     *
     * @param wanted as the operator named it
     */
    public static CommandFailure unwritable(Path wanted, IOException e) {
        Path folder = wanted.toAbsolutePath().getParent();
        if (e instanceof NoSuchFileException && folder != null && !Files.isDirectory(folder)) {
            return new CommandFailure(
                    CommandFailure.USAGE,
                    "cannot write %s: there is no folder %s; make it, or name another file".formatted(wanted, folder));
        }
        String why = switch (e) {
            case AccessDeniedException _ -> "permission denied; name a file in a folder that is yours";
            case FileSystemException file when file.getReason() != null -> file.getReason();
            default -> reason(e);
        };
        return new CommandFailure(CommandFailure.DISK, "cannot write %s: %s".formatted(wanted, why));
    }

    /** What went wrong, in words: the classes of {@code java.nio} and {@code java.net.http} often carry none. */
    public static String reason(IOException e) {
        String message = e.getMessage();
        return switch (e) {
            case NoSuchFileException missing -> "no such file: " + missing.getFile();
            case AccessDeniedException denied -> "permission denied: " + denied.getFile();
            case FileSystemException file -> file.getFile() + ": " + file.getReason();
            case HttpTimeoutException slow -> "no answer in time";
            case SocketTimeoutException slow -> "no answer in time";
            case ConnectException refused ->
                refused.getCause() instanceof ClosedChannelException
                                || message == null
                                || message.equals("Connection refused")
                        ? "connection refused"
                        : message;
            default -> message == null ? e.getClass().getSimpleName() : message;
        };
    }
}
