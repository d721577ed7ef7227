package io.evenkeel.ops.bench;

import io.evenkeel.ops.fleet.EndOnSignal;
import io.evenkeel.ops.fleet.QuestionPattern;
import io.evenkeel.ops.fleet.ServerAddress;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Progress;
import io.evenkeel.ops.verb.Verb;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench}: load on a DNS server, and what it makes of it. */
@Command(
        name = "bench",
        description = {
            "Put DNS questions to a server, any server, and say how many it answers and how fast.",
            "As fast as it answers with a number of questions open, or at a rate: only then latencies tell all, for they",
            "count from the time that a question is due, also where a server that stalls keeps it from going out."
        },
        footer = {
            "",
            "All questions come from one address: an Evenkeel node that is busy holds that to the rate of one client, unless",
            "`evenkeel limits set --allow` or `limits dry-run` say otherwise (docs/limits.md).",
            "",
            "evenkeel bench 127.0.0.1:5301 --names 'dev-####.device.callhome.example' --rate 20000",
            "evenkeel bench 127.0.0.1:5301 --questions FILE --tcp --questions-per-connection 1"
        })
public final class BenchCommand extends Verb {
    @Parameters(
            paramLabel = "ADDRESS[:PORT]",
            description = "The server; [ADDRESS]:PORT for IPv6. The port is 53 unless it says otherwise.")
    private String server = "";

    @ArgGroup(exclusive = true, multiplicity = "1")
    private What what = new What();

    /** What to ask. */
    static final class What {
        @Option(
                names = "--questions",
                paramLabel = "FILE",
                required = true,
                description = "A name and a type on each line, as dnsperf reads them; asked in turn, again and again.")
        private @Nullable Path file;

        @Option(
                names = "--names",
                paramLabel = "PATTERN",
                required = true,
                description = "A name in which each # is a digit of chance, for instance nx-######.example.org.")
        private @Nullable String pattern;
    }

    @Mixin
    private TypeOption type = new TypeOption();

    @Option(names = "--tcp", description = "Over TCP, pipelined, instead of UDP.")
    private boolean tcp;

    @Option(
            names = "--questions-per-connection",
            paramLabel = "N",
            defaultValue = "0",
            description = "Close each TCP connection after so many (default: keep it).")
    private long questionsPerConnection;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description = "Questions a second, each at its time (default: as fast as --outstanding allows).")
    private double rate;

    @Option(
            names = "--outstanding",
            paramLabel = "N",
            description = "Questions open at once (default: 100; with --rate no limit but the IDs of all sockets).")
    private @Nullable Integer outstanding;

    @Option(
            names = "--sockets",
            paramLabel = "N",
            defaultValue = "8",
            description = "Sockets or connections that questions go out from (default: ${DEFAULT-VALUE}).")
    private int sockets;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "10",
            description = "How long to ask (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "0",
            description = "End after so many questions, if they are asked before --seconds are over.")
    private long count;

    @Option(
            names = "--timeout",
            paramLabel = "MILLIS",
            defaultValue = "1000",
            description = "A question without an answer for so long is lost (default: ${DEFAULT-VALUE}).")
    private int timeoutMillis;

    @Option(
            names = "--edns",
            paramLabel = "OCTETS",
            defaultValue = "1232",
            description = "Longest UDP answer that EDNS offers to take; 0: no EDNS (default: ${DEFAULT-VALUE}).")
    private int edns;

    @Option(names = "--dnssec", description = "Set the DO bit.")
    private boolean dnssec;

    @Option(names = "--seed", paramLabel = "N", description = "Of the digits of chance (default: another each time).")
    private @Nullable Long seed;

    @Option(
            names = "--allow-public",
            description =
                    "Also a server that is neither on this machine nor in a private network. Only if it is yours.")
    private boolean allowPublic;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        checkOptions();
        InetSocketAddress address = ServerAddress.parse(server);
        if (!allowPublic && !ServerAddress.isPrivate(address.getAddress())) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "%s is neither on this machine nor in a private network, and this would flood it: give --allow-public if it is yours"
                            .formatted(address.getAddress().getHostAddress()));
        }
        long digits = seed == null ? ThreadLocalRandom.current().nextLong(1_000_000) : seed;
        QuestionPattern.Edns ednsOptions = new QuestionPattern.Edns(edns, dnssec);
        BenchQuestions questions = what.file == null
                ? BenchQuestions.random(Objects.requireNonNull(what.pattern), type.type(), ednsOptions, digits)
                : BenchQuestions.read(what.file, ednsOptions);
        int open = open();
        BenchRun run = new BenchRun(
                new BenchRun.Plan(
                        address,
                        tcp,
                        Math.min(sockets, open),
                        open,
                        questionsPerConnection,
                        rate,
                        seconds,
                        count,
                        timeoutMillis * 1_000_000L),
                questions);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("server", ServerAddress.text(address));
        result.put("transport", tcp ? "tcp" : "udp");
        if (what.file == null) {
            result.put("seed", digits);
        }
        try (EndOnSignal _ = new EndOnSignal(run::stop)) {
            return told(run, result);
        }
    }

    private int told(BenchRun run, Map<String, Object> result)
            throws CommandFailure, IOException, InterruptedException {
        Progress progress = Progress.start(output, "asking " + server);
        try {
            result.putAll(run.run());
        } finally {
            progress.stop();
        }
        BenchTally tally = run.tally();
        if (tally.answers() == 0) {
            throw CommandFailure.failed(
                    tally.refused > 0
                            ? "%s refuses: nothing listens there on %s"
                                    .formatted(result.get("server"), tcp ? "TCP" : "UDP")
                            : "no answer from %s to any of %d questions".formatted(result.get("server"), tally.sent));
        }
        output.result(result, text(result, tally));
        return 0;
    }

    private int open() {
        if (outstanding != null) {
            return outstanding;
        }
        return rate > 0 ? sockets * LoadLimits.BENCH_OUTSTANDING_PER_SOCKET : 100;
    }

    private void checkOptions() throws CommandFailure {
        LoadLimits.check("--questions-per-connection", (double) questionsPerConnection, 0, Integer.MAX_VALUE);
        LoadLimits.check("--rate", rate, 0, LoadLimits.BENCH_RATE);
        LoadLimits.check("--sockets", sockets, 1, LoadLimits.BENCH_SOCKETS);
        LoadLimits.check("--outstanding", open(), 1, (double) sockets * LoadLimits.BENCH_OUTSTANDING_PER_SOCKET);
        LoadLimits.check("--seconds", seconds, 0.01, LoadLimits.BENCH_SECONDS);
        LoadLimits.check("--count", (double) count, 0, LoadLimits.BENCH_COUNT);
        LoadLimits.check("--timeout", timeoutMillis, 1, LoadLimits.BENCH_TIMEOUT_MILLIS);
        if (edns != 0) {
            LoadLimits.check("--edns", edns, 512, 65_535);
        }
        if (dnssec && edns == 0) {
            throw new CommandFailure(CommandFailure.USAGE, "--dnssec needs EDNS, which --edns 0 leaves out");
        }
        if (questionsPerConnection > 0 && !tcp) {
            throw new CommandFailure(CommandFailure.USAGE, "--questions-per-connection is for --tcp");
        }
    }

    private String text(Map<String, Object> result, BenchTally tally) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "answers",
                "%d of %d in %s s, %s/s"
                        .formatted(tally.answers(), tally.sent, result.get("seconds"), result.get("rate"))));
        ((Map<?, ?>) result.getOrDefault("rcodes", Map.of()))
                .forEach((code, number) -> rows.add(List.of("", code + " " + number)));
        row(rows, "truncated", tally.truncated, "");
        row(rows, "lost", tally.lost, ", %.3f %%".formatted(100.0 * tally.lost / Math.max(1, tally.sent)));
        row(rows, "late", tally.late, ", after " + timeoutMillis + " ms; counted as lost");
        row(rows, "unexpected", tally.unexpected, ", answers to nothing that was asked");
        row(rows, tcp ? "not connected" : "unreachable", tally.refused, " times");
        row(rows, "broken", tally.broken, " connections");
        Map<?, ?> latency = (Map<?, ?>) result.getOrDefault("latencyMicros", Map.of());
        rows.add(List.of(
                "latency",
                "p50 %s us, p90 %s us, p99 %s us, p99.9 %s us, longest %s us, from %s"
                        .formatted(
                                latency.get("p50"),
                                latency.get("p90"),
                                latency.get("p99"),
                                latency.get("p999"),
                                latency.get("max"),
                                rate > 0 ? "the time that a question was due" : "the sending")));
        if (rate > 0) {
            rows.add(List.of("behind", result.get("behindMillis") + " ms at most, in asking; it is in the latencies"));
        }
        rows.add(List.of("octets", result.get("octets") + " an answer"));
        return output.untitled(rows);
    }

    private static void row(List<List<String>> rows, String what, long number, String more) {
        if (number > 0) {
            rows.add(List.of(what, number + more));
        }
    }
}
