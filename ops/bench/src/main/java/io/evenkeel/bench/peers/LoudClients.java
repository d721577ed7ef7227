package io.evenkeel.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What becomes of devices beside a few clients that ask without pause, with the limits of the node alone and with the kernel's
 * rules as well. {@code ops/bench/run loud} starts it.
 */
public final class LoudClients {
    private static final int LOUD = 15;
    /** Of all loud clients together. */
    private static final List<Integer> RATES = List.of(100_000, 200_000, 400_000);

    /** Of first tries that go unanswered, with the rules. */
    private static final double BAR = 0.01;

    /** Gives way to the fleet, which is to ask in time. */
    private static final List<String> BELOW = List.of("chrt", "--idle", "0");

    private static final int VOID = 2;
    /** In ms, of questions of the fleet: a twentieth of its time-out. A drill wants less; here the loud share its processor, in the kernel at least. */
    private static final double MOST_LAG = 50;

    private static final String SCENARIO = """
            seed: %d
            seconds: 10
            nodes: {n1: "%s:%d"}
            sources: 10.0.0.0/8
            groups:
              devices:
                devices: 20000
                period: 5s
                names: callhome-###.%s A
                timeout: 1s
                retry: immediate
            """;

    private final PeersOptions options;
    private final DistantNode node;
    private final Path scenario;
    private final Verdict verdict = new Verdict();

    /**
     * At one rate.
     *
     * @param sent by the loud clients a second
     * @param alone first tries that are answered without the rules, in percent
     * @param ruled with them
     * @param unanswered the rest of these, as a share
     */
    private record Row(Figures sent, Figures alone, Figures ruled, Figures unanswered) {
        Row() {
            this(new Figures(), new Figures(), new Figures(), new Figures());
        }
    }

    private LoudClients(PeersOptions options, DistantNode node) {
        this.options = options;
        this.node = node;
        scenario = options.folder().resolve("devices.yaml");
    }

    /** Arguments: the folder of the compiled generator, and how many runs. Exit code 1 if a bar is missed, 2 if it could not be run. */
    public static void main(String[] args) throws Exception {
        Programs.exit("loud", () -> {
            PeersOptions options = PeersOptions.parse(new String[] {"--runs", args[1], "--names", "10"});
            Programs.require(List.of("chrt"));
            try (DistantNode node = new DistantNode(options, Path.of(args[0], "load"))) {
                return new LoudClients(options, node).run();
            }
        });
    }

    private boolean run() throws IOException, InterruptedException {
        System.out.printf(
                "20,000 devices that each ask once in 5 s, and again after each second without an answer; %d loud clients; %d runs of 10 s%n",
                LOUD, options.runs());
        Map<Integer, Row> rows = new LinkedHashMap<>();
        RATES.forEach(rate -> rows.put(rate, new Row()));
        for (int run = 0; run < options.runs(); run++) {
            Files.writeString(scenario, SCENARIO.formatted(run + 1, ClientNetwork.SERVER, node.port(), Steady.ZONE));
            for (Map.Entry<Integer, Row> each : rows.entrySet()) {
                pair(each.getKey(), each.getValue(), run % 2 == 0);
            }
        }
        return judge(rows);
    }

    private void pair(int rate, Row row, boolean aloneFirst) throws IOException, InterruptedException {
        Outcome first = outcome(rate, !aloneFirst);
        Outcome second = outcome(rate, aloneFirst);
        if (first.firstTry().isEmpty() || second.firstTry().isEmpty()) {
            return;
        }
        double alone = (aloneFirst ? first : second).firstTry().getAsDouble();
        double ruled = (aloneFirst ? second : first).firstTry().getAsDouble();
        row.sent().add(Math.min(first.sent(), second.sent()));
        row.alone().add(100 * alone);
        row.ruled().add(100 * ruled);
        row.unanswered().add(1 - ruled);
    }

    /** @param firstTry the share of first tries that are answered; empty if the run is void */
    private record Outcome(double sent, OptionalDouble firstTry) {}

    private Outcome outcome(int rate, boolean rules) throws IOException, InterruptedException {
        if (rules) {
            node.loadRules();
        }
        try (ClientLoad load = node.load(new ClientLoad.How(LOUD, rate), BELOW)) {
            OptionalDouble share = fleet();
            return new Outcome(load.end().rateSent(), share);
        } finally {
            if (rules) {
                node.deleteRules();
            }
        }
    }

    private boolean judge(Map<Integer, Row> rows) {
        for (Map.Entry<Integer, Row> each : rows.entrySet()) {
            Row row = each.getValue();
            if (2 * row.sent().count() < options.runs()) {
                verdict.miss("of %d pairs at %,d questions/s only %d count"
                        .formatted(options.runs(), each.getKey(), row.sent().count()));
                continue;
            }
            System.out.printf(
                    "  loud %s questions/s: first tries answered, with limits alone %s %%, with the rules %s %%%n",
                    row.sent().spread("%.0f"),
                    row.alone().spread("%.1f"),
                    row.ruled().spread("%.1f"));
            verdict.hold("unanswered with the rules", row.unanswered(), BAR);
        }
        return verdict.held();
    }

    /** The share of first tries that are answered; empty if the run is void. */
    private OptionalDouble fleet() throws IOException, InterruptedException {
        Process drill = new ProcessBuilder(
                        node.client(List.of("drill", "run", scenario.toString(), "--output", "json")))
                .redirectErrorStream(true)
                .start();
        drill.getOutputStream().close();
        String said = new String(drill.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int code = drill.waitFor();
        String last = said.substring(said.lastIndexOf('\n') + 1);
        JsonNode result = last.startsWith("{") ? new ObjectMapper().readTree(last) : NullNode.instance;
        boolean isVoid = result.path("result").asText().equals("void");
        if (code != (isVoid ? VOID : 0) || !result.has("all")) {
            throw new IOException("code %d from evenkeel drill run: %s".formatted(code, last));
        }
        double lag = result.at("/lagMillis/p99").asDouble();
        if (isVoid && (result.path("reasons").size() > 1 || lag > MOST_LAG)) {
            System.out.println("  does not count: " + result.path("reasons"));
            return OptionalDouble.empty();
        }
        double answered = result.at("/all/firstAnswered").asDouble();
        return OptionalDouble.of(
                answered / (answered + result.at("/all/firstInVain").asDouble()));
    }
}
