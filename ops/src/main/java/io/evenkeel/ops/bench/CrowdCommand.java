package io.evenkeel.ops.bench;

import io.evenkeel.ops.fleet.Delays;
import io.evenkeel.ops.fleet.EndOnSignal;
import io.evenkeel.ops.fleet.FleetLimits;
import io.evenkeel.ops.fleet.QuestionPattern;
import io.evenkeel.ops.fleet.ServerAddress;
import io.evenkeel.ops.fleet.Sources;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Durations;
import io.evenkeel.ops.verb.Json;
import io.evenkeel.ops.verb.Verb;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code crowd}: devices that ask until they are answered, and what a server makes of them. */
@Command(
        name = "crowd",
        description = {
            "Be a crowd of devices that call home: each asks one question, again and again until it is answered in time,",
            "pauses, and asks anew. Unlike `bench` it asks more when the server is slow, as a real fleet does: whether a",
            "server comes back from an overload shows here alone. One line a second, then what came of all.",
            "Only for servers on this machine or in private networks."
        },
        footer = {
            "",
            "A device that is told that its port is closed (ICMP) asks again at once as well, after 10 ms at least; of the",
            "whole crowd no more than 50,000 such tries go out in a second.",
            "",
            "evenkeel crowd 127.0.0.1:5301 --devices 8000 --names 'dev-####.device.callhome.example'",
            "evenkeel crowd 127.0.0.1:5301 127.0.0.1:5302 127.0.0.1:5303 --devices 24000 --names 'dev-#####.example'",
            "evenkeel crowd 127.0.0.1:5301 --devices 20000 --timeout 500ms --pause 30s --names 'dev-#####.example' --output json"
        })
public final class CrowdCommand extends Verb {
    /** Lines between two headings. */
    private static final int SCREEN = 20;

    private static final String LINE = "%7s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s%n";

    @Parameters(
            arity = "1..*",
            paramLabel = "ADDRESS[:PORT]",
            description = {
                "The server, or several: each device asks one of them. [ADDRESS]:PORT for IPv6; the port is 53 unless it says",
                "otherwise."
            })
    private List<String> servers = List.of();

    @Option(names = "--devices", paramLabel = "N", required = true, description = "How many devices there are.")
    private int devices;

    @Option(
            names = "--names",
            paramLabel = "PATTERN",
            required = true,
            description =
                    "What they ask for: a name in which each # is a digit; each device has its own and keeps them.")
    private String pattern = "";

    @Mixin
    private TypeOption type = new TypeOption();

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = Durations.class,
            description = "How long a device waits for an answer before it asks again (default: ${DEFAULT-VALUE}).")
    private Duration timeout = Duration.ZERO;

    @Option(
            names = "--pause",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = Durations.class,
            description = "From an answer to the next question (default: ${DEFAULT-VALUE}).")
    private Duration pause = Duration.ZERO;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "60",
            description = "How long all of it goes on (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = "--sockets",
            paramLabel = "N",
            defaultValue = "4096",
            description = "Sockets that devices share, if there are more of them (default: ${DEFAULT-VALUE}).")
    private int sockets;

    @Option(
            names = "--sources",
            paramLabel = "ADDRESS|NETWORK",
            split = ",",
            description =
                    "Addresses of this machine to ask from (default: 127.1.0.0/16 for a server in 127.0.0.0/8, else"
                            + " what the system chooses).")
    private List<String> sources = List.of();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Of the digits and of when each device begins (default: another each time).")
    private @Nullable Long seed;

    private int lines;

    @Override
    public Integer call() throws CommandFailure, IOException, InterruptedException {
        checkOptions();
        List<InetSocketAddress> addresses = addresses();
        long chance = seed == null ? ThreadLocalRandom.current().nextLong(1_000_000) : seed;
        Crowd crowd = new Crowd(
                new Crowd.Settings(
                        addresses,
                        devices,
                        timeout.toNanos(),
                        pause.toNanos(),
                        seconds,
                        sockets,
                        Sources.of("--sources", sources, addresses.getFirst().getAddress()),
                        chance),
                QuestionPattern.of(pattern, "--names", type.type(), "--type", QuestionPattern.Edns.NONE));
        try (EndOnSignal _ = new EndOnSignal(crowd::stop)) {
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long cpuNanos = threads.getCurrentThreadCpuTime();
            CrowdCounts total = crowd.run(this::second);
            String shortcoming = crowd.shortcoming();
            if (shortcoming != null) {
                output.progress("evenkeel: " + shortcoming);
            }
            summary(total, addresses, chance, (threads.getCurrentThreadCpuTime() - cpuNanos) / 1e3);
            return total.valid() ? 0 : CommandFailure.FAILED;
        }
    }

    private void checkOptions() throws CommandFailure {
        LoadLimits.check("--devices", devices, 1, LoadLimits.CROWD_DEVICES);
        LoadLimits.check("--sockets", sockets, 1, FleetLimits.SOCKETS);
        LoadLimits.check("--seconds", seconds, 0.01, FleetLimits.SECONDS);
        Durations.check("--timeout", timeout, FleetLimits.LEAST_TIMEOUT, FleetLimits.TIMEOUT);
        Durations.check("--pause", pause, FleetLimits.LEAST_PAUSE, FleetLimits.PAUSE);
        if (Math.ceilDiv(devices, sockets) > FleetLimits.DEVICES_PER_SOCKET) {
            throw new CommandFailure(
                    CommandFailure.USAGE,
                    "--sockets %d are too few for %d devices: no more than %d may share one"
                            .formatted(sockets, devices, FleetLimits.DEVICES_PER_SOCKET));
        }
    }

    private void second(CrowdCounts counts) {
        if (output.json()) {
            output.out().println(Json.line(counts.toMap()));
        } else {
            if (lines++ % SCREEN == 0) {
                output.out().print(LINE.formatted("", "", "", "", "", "", "", "", "", "latency", "us", "", "lag ms"));
                output.out()
                        .print(LINE.formatted(
                                "second",
                                "asked",
                                "retries",
                                "answered",
                                "no error",
                                "late",
                                "timed out",
                                "refused",
                                "waiting",
                                "p50",
                                "p99",
                                "max",
                                "p99"));
            }
            output.out()
                    .print(LINE.formatted(
                            Math.round(counts.seconds()),
                            counts.sent(),
                            counts.retries(),
                            counts.answers(),
                            counts.rcodes().getOrDefault("NOERROR", 0L),
                            counts.late(),
                            counts.timedOut(),
                            counts.refused(),
                            counts.waiting(),
                            text(counts.latencyMicros(), "p50"),
                            text(counts.latencyMicros(), "p99"),
                            text(counts.latencyMicros(), "max"),
                            text(counts.lagMillis(), "p99")));
        }
        output.out().flush();
    }

    private List<InetSocketAddress> addresses() throws CommandFailure {
        LoadLimits.check("servers", servers.size(), 1, FleetLimits.NODES);
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (String server : servers) {
            InetSocketAddress address = ServerAddress.parse(server);
            if (!ServerAddress.isPrivate(address.getAddress())) {
                throw new CommandFailure(
                        CommandFailure.USAGE,
                        "%s is neither on this machine nor in a private network, and a crowd is for these alone"
                                .formatted(address.getAddress().getHostAddress()));
            }
            addresses.add(address);
            if (address.getAddress().getAddress().length
                    != addresses.getFirst().getAddress().getAddress().length) {
                throw new CommandFailure(
                        CommandFailure.USAGE, "one crowd asks over IPv4 or over IPv6: see %s".formatted(server));
            }
        }
        return addresses;
    }

    private static String text(Map<String, Double> values, String which) {
        return values.containsKey(which) ? values.get(which).toString() : "-";
    }

    private void summary(CrowdCounts total, List<InetSocketAddress> addresses, long chance, double cpuMicros) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("servers", addresses.stream().map(ServerAddress::text).toList());
        result.put("seed", chance);
        result.put("devices", devices);
        result.put("timeoutMillis", timeout.toMillis());
        result.put("pauseMillis", pause.toMillis());
        result.putAll(total.toMap());
        double cpu = Delays.round(cpuMicros / Math.max(1, total.sent()), 100);
        result.put("cpuMicros", cpu);
        result.put("valid", total.valid());
        output.result(result, text(total, cpu));
    }

    private String text(CrowdCounts total, double cpuMicros) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "asked",
                "%d times in %.1f s, %d of them again".formatted(total.sent(), total.seconds(), total.retries())));
        rows.add(List.of("answered", total.answers() + " in time"));
        total.rcodes().forEach((code, number) -> rows.add(List.of("", code + " " + number)));
        rows.add(List.of("late", total.late() + ", after " + Durations.text(timeout)));
        rows.add(List.of("timed out", Long.toString(total.timedOut())));
        rows.add(List.of("refused", total.refused() + " times: nobody listened"));
        rows.add(List.of("unexpected", total.unexpected() + ", answers to nothing that was asked"));
        rows.add(List.of("waiting", total.waiting() + " devices at the end, past their first try"));
        rows.add(List.of(
                "latency",
                "p50 %s us, p99 %s us, longest %s us, from the sending of the try that was answered"
                        .formatted(
                                text(total.latencyMicros(), "p50"),
                                text(total.latencyMicros(), "p99"),
                                text(total.latencyMicros(), "max"))));
        rows.add(List.of(
                "lag",
                "p99 %s ms, longest %s ms, of questions behind their time; %s us of CPU a question"
                        .formatted(text(total.lagMillis(), "p99"), text(total.lagMillis(), "max"), cpuMicros)));
        if (!total.valid()) {
            rows.add(List.of(
                    "not valid",
                    "this machine was too slow for the crowd: more than 1 %% of its questions went out more than %s late, so that these figures say little of the server"
                            .formatted(Durations.text(FleetLimits.LAG))));
        }
        return output.untitled(rows);
    }
}
