package io.evenkeel.server.cli;

import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import io.evenkeel.consensus.trust.HostNames;
import io.evenkeel.server.DnsServer;
import io.evenkeel.server.Version;
import io.evenkeel.server.config.ConfigException;
import io.evenkeel.server.config.ServerConfig;
import io.evenkeel.server.log.LogSetup;
import io.evenkeel.server.node.Configuration;
import io.evenkeel.server.node.HeapKeeper;
import io.evenkeel.server.node.NodeState;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.spi.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a node until it is told to stop: {@code --config FILE [--exit-with-stdin]}. */
public final class ServeTool implements ToolProvider {
    private static final Logger LOG = LoggerFactory.getLogger(ServeTool.class);
    private static final Journal JOURNAL = new Journal(LOG);
    private static final String USAGE = "usage: --config FILE [--exit-with-stdin]";

    /** After it the process ends however far the stop has come: Raft's data survives that. */
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(10);

    /** The same where whoever started this node is gone. */
    private static final Duration HASTY_DEADLINE = Duration.ofSeconds(2);

    /** Problems of a configuration file in the log; `check` tells all. */
    private static final int TOLD_PROBLEMS = 20;

    /** Why the node stops. */
    private enum Stop {
        SIGNAL,
        STDIN
    }

    @Override
    public String name() {
        return "evenkeel-serve";
    }

    /** The same without the command line around it. */
    public static void main(String[] args) {
        System.exit(new ServeTool().run(System.out, System.err, args));
    }

    @Override
    public int run(PrintWriter out, PrintWriter err, String... args) {
        Path configFile = null;
        boolean exitWithStdin = false;
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--config") && i + 1 < args.length) {
                configFile = Path.of(args[++i]);
            } else if (args[i].equals("--exit-with-stdin")) {
                exitWithStdin = true;
            } else {
                err.println("evenkeel-serve: " + args[i] + " is not understood; " + USAGE);
                err.flush();
                return ExitCode.USAGE.code();
            }
        }
        if (configFile == null) {
            err.println("evenkeel-serve: which configuration? " + USAGE);
            err.flush();
            return ExitCode.USAGE.code();
        }
        return serve(configFile, exitWithStdin, err).code();
    }

    private static ExitCode serve(Path configFile, boolean exitWithStdin, PrintWriter err) {
        HostNames.keepAnswersShortly();
        Configuration configuration;
        try {
            configuration = Configuration.load(configFile, System.getenv());
        } catch (ConfigException e) {
            e.problems().forEach(err::println);
            err.flush();
            return ExitCode.USAGE;
        }
        ServerConfig config = configuration.config();
        LogSetup log =
                LogSetup.apply(config.log(), config.node().name(), config.node().data());
        if (!configuration.problems().isEmpty()) {
            JOURNAL.error(
                    Kind.CONFIGURATION,
                    "The configuration file cannot be used. This node starts on the configuration with which it last opened; mend the file and restart it:",
                    "hash",
                    configuration.hash(),
                    "kept",
                    true,
                    "problem",
                    configuration.problems().getFirst());
            configuration.problems().stream().limit(TOLD_PROBLEMS).forEach(problem -> LOG.error("{}", problem));
        }
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, fault) -> LOG.error("A fault of this program on {}", thread.getName(), fault));
        CompletableFuture<Stop> stop = new CompletableFuture<>();
        CompletableFuture<Void> atOnce = new CompletableFuture<>();
        listen(stop, atOnce, exitWithStdin);
        Throwable failure = live(configuration, log, stop, atOnce);
        log.flush();
        if (failure == null) {
            return ExitCode.FINE;
        }
        err.println("evenkeel: " + ExitCode.message(failure));
        err.flush();
        return ExitCode.of(failure);
    }

    /** From the first socket to the last; what went wrong, null if nothing. */
    private static @Nullable Throwable live(
            Configuration configuration, LogSetup log, CompletableFuture<Stop> stop, CompletableFuture<Void> atOnce) {
        ServerConfig config = configuration.config();
        DnsServer server;
        try {
            server = DnsServer.start(configuration, log.losses());
        } catch (IOException | RuntimeException e) {
            logUnexpected("The node cannot start", e);
            return e;
        }
        JOURNAL.info(
                Kind.NODE,
                "Node %s %s, process %d, configuration %s"
                        .formatted(
                                config.node().name(),
                                Version.TEXT,
                                ProcessHandle.current().pid(),
                                configuration.hash()),
                "started",
                true,
                "version",
                Version.TEXT,
                "configuration",
                configuration.hash());
        HeapKeeper.start();
        CompletableFuture.anyOf(stop, server.failed()).join();
        Throwable failure = server.failed().getNow(null);
        if (failure != null) {
            logUnexpected("The node cannot go on", failure);
        }
        NodeState before = server.life().drain();
        boolean hasty = failure != null || before != NodeState.OPEN || stop.getNow(Stop.SIGNAL) == Stop.STDIN;
        if (!hasty) {
            JOURNAL.info(
                    Kind.NODE,
                    "Stopping; still answering for " + config.lameduck().toSeconds() + " s",
                    "started",
                    false);
            hasty = await(atOnce, config.lameduck());
        }
        log.stopping();
        CompletableFuture<Void> closed = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("stop").start(() -> {
            server.close();
            closed.complete(null);
        });
        if (!await(closed, hasty ? HASTY_DEADLINE : STOP_DEADLINE)) {
            LOG.warn("The stop takes too long; ending all the same");
        }
        JOURNAL.info(
                Kind.NODE,
                failure == null ? "Stopped" : "Ended: " + ExitCode.message(failure),
                "started",
                false,
                "orderly",
                failure == null);
        return failure;
    }

    /** What has an exit code of its own is told in one line on standard error; anything else needs its trace. */
    private static void logUnexpected(String what, Throwable failure) {
        if (ExitCode.of(failure) == ExitCode.FAILED) {
            LOG.error("{}", what, failure);
        }
    }

    private static void listen(CompletableFuture<Stop> stop, CompletableFuture<Void> atOnce, boolean exitWithStdin) {
        AtomicInteger signals = new AtomicInteger();
        Signals.onStop(() -> {
            stop.complete(Stop.SIGNAL);
            if (signals.incrementAndGet() > 1) {
                // Whoever asks twice does not want to wait; Raft's data survives it.
                Runtime.getRuntime().halt(ExitCode.FAILED.code());
            }
        });
        if (exitWithStdin) {
            Thread.ofPlatform().daemon().name("stdin").start(() -> {
                awaitEndOfStdin();
                stop.complete(Stop.STDIN);
                atOnce.complete(null);
            });
        }
    }

    private static void awaitEndOfStdin() {
        byte[] ignored = new byte[512];
        try {
            while (System.in.read(ignored) >= 0) {
                // What is said there means nothing, only that somebody is there.
            }
        } catch (IOException e) {
            LOG.debug("Standard input has broken, which is an end as well", e);
        }
    }

    private static boolean await(CompletableFuture<?> future, Duration deadline) {
        try {
            future.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("never completed exceptionally", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
