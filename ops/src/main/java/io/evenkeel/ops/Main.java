package io.evenkeel.ops;

import io.evenkeel.ops.bench.BenchCommand;
import io.evenkeel.ops.bench.CrowdCommand;
import io.evenkeel.ops.cli.BackupCommand;
import io.evenkeel.ops.cli.CapacityCommand;
import io.evenkeel.ops.cli.CaptureCommands;
import io.evenkeel.ops.cli.CheckCommands;
import io.evenkeel.ops.cli.ClusterCommands;
import io.evenkeel.ops.cli.DiagnoseCommand;
import io.evenkeel.ops.cli.EventsCommand;
import io.evenkeel.ops.cli.GateCommands;
import io.evenkeel.ops.cli.ImageCommand;
import io.evenkeel.ops.cli.LimitsCommands;
import io.evenkeel.ops.cli.LogCommand;
import io.evenkeel.ops.cli.LogLevelCommand;
import io.evenkeel.ops.cli.RRsetCommands;
import io.evenkeel.ops.cli.SearchCommand;
import io.evenkeel.ops.cli.StatusCommand;
import io.evenkeel.ops.cli.StorageCommands;
import io.evenkeel.ops.cli.TopCommand;
import io.evenkeel.ops.cli.ZoneCommands;
import io.evenkeel.ops.drill.DrillCommands;
import io.evenkeel.ops.local.DownCommand;
import io.evenkeel.ops.local.RestoreCommand;
import io.evenkeel.ops.local.UpCommand;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.ManualPage;
import io.evenkeel.ops.verb.Narrow;
import io.evenkeel.ops.verb.Output;
import io.evenkeel.ops.verb.Screen;
import io.evenkeel.ops.verb.ServerTool;
import io.evenkeel.ops.verb.Suggestions;
import io.evenkeel.ops.verb.Verb;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code evenkeel} and its verbs. */
@Command(
        name = "evenkeel",
        description = "An authoritative DNS cluster: every node holds every zone and carries the whole load alone.",
        scope = CommandLine.ScopeType.INHERIT,
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        usageHelpAutoWidth = true,
        usageHelpWidth = 110,
        abbreviateSynopsis = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed: it cannot be done as asked, or the answer is no",
            "2:bad usage or configuration",
            "3:an address is in use; of `zone diff` and `zone import --dry-run`: there are differences",
            "4:the data folder cannot be used",
            "5:the disk is full or fails",
            "6:not now: nothing is changed, try again later",
            "7:whether the change was made is not known: look, then ask again"
        })
public final class Main implements Runnable {
    /** By their names, in the order in which the help has them. */
    private static final Map<String, Class<?>> VERBS = new LinkedHashMap<>();

    static {
        VERBS.put("up", UpCommand.class);
        VERBS.put("down", DownCommand.class);
        VERBS.put("status", StatusCommand.class);
        VERBS.put("capacity", CapacityCommand.class);
        VERBS.put("zone", ZoneCommands.class);
        VERBS.put("rrset", RRsetCommands.class);
        VERBS.put("search", SearchCommand.class);
        VERBS.put("log", LogCommand.class);
        VERBS.put("cluster", ClusterCommands.class);
        VERBS.put("backup", BackupCommand.class);
        VERBS.put("restore", RestoreCommand.class);
        VERBS.put("gate", GateCommands.class);
        VERBS.put("limits", LimitsCommands.class);
        VERBS.put("storage", StorageCommands.class);
        VERBS.put("diagnose", DiagnoseCommand.class);
        VERBS.put("top", TopCommand.class);
        VERBS.put("capture", CaptureCommands.class);
        VERBS.put("events", EventsCommand.class);
        VERBS.put("log-level", LogLevelCommand.class);
        VERBS.put("check", CheckCommands.class);
        VERBS.put("bench", BenchCommand.class);
        VERBS.put("crowd", CrowdCommand.class);
        VERBS.put("drill", DrillCommands.class);
        VERBS.put("image", ImageCommand.class);
        VERBS.put("completion", Completion.class);
        VERBS.put("man", Manual.class);
        VERBS.put("serve", Serve.class);
    }

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs one verb and ends the process with its exit code. */
    public static void main(String... args) {
        if (args.length == 0 || !args[0].equals("serve")) {
            // Only a node logs; for anything else a logger would cost start-up time and write between our lines.
            System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
            System.setProperty("slf4j.internal.verbosity", "WARN");
        }
        PrintWriter out = standardOutput(System.getenv("COLUMNS"));
        PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true);
        int code = isPlainServe(args) ? serve(out, err, args) : run(out, err, args);
        out.flush();
        err.flush();
        System.exit(code);
    }

    /**
     * Rows have the width of a terminal where the environment has it: the launchers put it there if standard output is a terminal, and
     * `watch` does. What else reads them has each row in one line.
     */
    private static PrintWriter standardOutput(@Nullable String columns) {
        Writer writer = new OutputStreamWriter(System.out, StandardCharsets.UTF_8);
        return columns != null && columns.matches("[1-9]\\d{0,3}")
                ? new Screen(writer, Integer.parseInt(columns))
                : new PrintWriter(writer, true);
    }

    /**
     * What starts a node says it in this way alone. The library that reads options is compiled for a Java so old that its classes
     * cannot be in the AOT cache: with it a start would take a third longer.
     */
    private static boolean isPlainServe(String... args) {
        return args.length > 2
                && args[0].equals("serve")
                && args[1].equals("--config")
                && (args.length == 3 || (args.length == 4 && args[3].equals("--exit-with-stdin")));
    }

    private static int serve(PrintWriter out, PrintWriter err, String... args) {
        try {
            return ServerTool.run("evenkeel-serve", out, err, List.of(args).subList(1, args.length));
        } catch (CommandFailure e) {
            err.println("evenkeel: " + e.getMessage());
            return e.exitCode();
        }
    }

    /**
     * The program with its verbs; with one alone where words name it, and with none where they ask for the version.
     *
     * @param args of a call
     */
    static CommandLine program(String... args) {
        CommandLine line = new CommandLine(new Main());
        Class<?> asked = args.length == 0 ? null : VERBS.get(args[0]);
        if (asked != null) {
            Narrow.add(line, args[0], asked, List.of(args).subList(1, args.length));
            return line;
        }
        OptionSpec option = args.length == 1 ? line.getCommandSpec().findOption(args[0]) : null;
        if (option != null && option.versionHelp()) {
            return line;
        }
        VERBS.forEach(line::addSubcommand);
        return line;
    }

    /** Runs one verb in this process. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine line = program(args);
        line.setOut(out);
        line.setErr(err);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExpandAtFiles(false); // @ is an owner, and begins data
        line.setExecutionExceptionHandler(Main::report);
        line.setParameterExceptionHandler(Main::reportUsage);
        return line.execute(args);
    }

    @Override
    public void run() {
        throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "which verb?");
    }

    private static int report(Exception e, CommandLine line, CommandLine.ParseResult parsed) throws Exception {
        CommandFailure failure = switch (e) {
            case CommandFailure known -> known;
            case IOException io -> CommandFailure.failed(Output.reason(io));
            case InterruptedException interrupted -> CommandFailure.failed("interrupted");
            default -> {
                if (Output.wantsJson(parsed)) {
                    line.getOut()
                            .println(Json.line(CommandFailure.failed("a fault of this program: " + e)
                                    .value()));
                }
                throw e; // loud, with its stack
            }
        };
        List<String> lines = new ArrayList<>(List.of(failure.getMessage()));
        lines.addAll(failure.details());
        if (Output.wantsJson(parsed)) {
            line.getOut().println(Json.line(failure.value()));
        } else {
            line.getErr().println("evenkeel: " + String.join(System.lineSeparator() + "  ", lines));
        }
        return failure.exitCode();
    }

    private static int reportUsage(ParameterException e, String... args) {
        CommandLine line = e.getCommandLine();
        String verb = line.getCommandSpec().qualifiedName();
        String said = Objects.requireNonNullElse(e.getMessage(), "bad usage")
                .lines()
                .findFirst()
                .orElse("bad usage");
        if (Output.wantsJson(args)) {
            line.getOut().println(Json.line(new CommandFailure(CommandFailure.USAGE, verb + ": " + said).value()));
            return CommandFailure.USAGE;
        }
        line.getErr().println("evenkeel: " + said);
        List<String> meant = e instanceof CommandLine.UnmatchedArgumentException unmatched
                        && !unmatched.getUnmatched().isEmpty()
                ? Suggestions.of(line, unmatched.getUnmatched().getFirst())
                : List.of();
        if (!meant.isEmpty()) {
            line.getErr().println("  did you mean " + String.join(", or ", meant) + "?");
        } else if (line.getSubcommands().isEmpty()) {
            line.getErr().println("  `" + verb + " --help` says what it takes");
        } else {
            line.getErr().println("  `" + verb + " VERB`: " + String.join(", ", verbs(line)));
        }
        return CommandFailure.USAGE;
    }

    private static List<String> verbs(CommandLine line) {
        return List.copyOf(line.getSubcommands().keySet());
    }

    @Command(name = "serve", description = "Run one node in the foreground until it is told to end (SIGTERM).")
    static final class Serve implements Callable<Integer> {
        @Option(
                names = "--config",
                required = true,
                paramLabel = "FILE",
                description = "The node's YAML configuration.")
        private @Nullable Path config;

        @Option(
                names = "--exit-with-stdin",
                description = "End when standard input ends: whoever started the node is gone then.")
        private boolean exitWithStdin;

        @Spec
        private @Nullable CommandSpec spec;

        @Override
        public Integer call() throws CommandFailure {
            List<String> args = new ArrayList<>(
                    List.of("--config", Objects.requireNonNull(config).toString()));
            if (exitWithStdin) {
                args.add("--exit-with-stdin");
            }
            CommandLine line = Objects.requireNonNull(spec).commandLine();
            return ServerTool.run("evenkeel-serve", line.getOut(), line.getErr(), args);
        }
    }

    @Command(
            name = "completion",
            description = {
                "Print a script by which the shell completes verbs and options of this command.",
                "For this session: source <(evenkeel completion bash). For all: put that line into ~/.bashrc, or, with zsh,"
                        + " source <(evenkeel completion zsh) into ~/.zshrc."
            },
            footerHeading = "%nExamples:%n",
            footer = {
                "  source <(evenkeel completion bash)",
                "  evenkeel completion bash > /etc/bash_completion.d/evenkeel"
            })
    static final class Completion extends Verb {
        /** They take one script: it has zsh read it as bash does. */
        enum Shell {
            BASH,
            ZSH;

            @Override
            public String toString() {
                return this == BASH ? "bash" : "zsh";
            }
        }

        @Parameters(paramLabel = "bash|zsh", description = "The shell: ${COMPLETION-CANDIDATES}.")
        private Shell shell = Shell.BASH;

        @Override
        public Integer call() {
            String script = AutoComplete.bash("evenkeel", program()).stripTrailing();
            output.verbatim(Map.of("shell", shell.toString(), "script", script), script);
            return 0;
        }
    }

    @Command(
            name = "man",
            description = "Print the page of the manual about this command, with all its verbs.",
            footerHeading = "%nExamples:%n",
            footer = {"  evenkeel man | man -l -", "  evenkeel man > /usr/local/share/man/man1/evenkeel.1"})
    static final class Manual extends Verb {
        @Override
        public Integer call() {
            String page = ManualPage.of(program());
            output.verbatim(Map.of("page", page), page);
            return 0;
        }
    }

    /** Says what was built. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {
                "evenkeel " + (version == null ? "(not packaged)" : version) + ", Java " + Runtime.version()
            };
        }
    }
}
