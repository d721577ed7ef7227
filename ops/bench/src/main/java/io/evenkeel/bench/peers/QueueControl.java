package io.evenkeel.bench.peers;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Our node as shipped beside one that leaves its receive buffers alone and drops no question for its age, at parts of what they
 * can do: where no queue grows old the control must cost nothing. CPU time of the DNS loops, which do all of it; what else a
 * node does is the larger part at low rates.
 */
final class QueueControl {
    private static final double CPU_BAR = 1.05;
    /** Percentage points. */
    private static final double LOST_BAR = 0.1;

    private static final double P99_BAR = 1.1;
    /** Above it a percentile shows what else runs on the machine. */
    private static final int P99_MOST_PERCENT = 50;

    private static final int FULL_PERCENT = 100;
    private static final List<Integer> PERCENTS = List.of(10, 25, 50, 75, FULL_PERCENT);
    private static final int RUNS = 9;
    /** Of what they answer at full speed in the end, the capacity that the levels are parts of. */
    private static final double ENOUGH = 0.8;

    private static final MeasuredNode ON = MeasuredNode.SHIPPED;
    private static final MeasuredNode OFF = MeasuredNode.beside(
            "control-off", Map.of("EVENKEEL_DRILL_MODE", "true", "EVENKEEL_DRILL_WITHOUT", "short-queue"));

    /** Questions that show which node is which, and how long they wait for that: above the usual time-out. */
    private static final int PROOF = 50;

    private static final long PROOF_MILLIS = 1050;

    private final PeersOptions options;
    private final Servers servers;
    private final Steady steady;
    private final Verdict verdict;

    QueueControl(PeersOptions options, Servers servers, Steady steady, Verdict verdict) {
        this.options = options;
        this.servers = servers;
        this.steady = steady;
        this.verdict = verdict;
    }

    /** What the intervals of one node at one level gave. */
    private record Row(Figures cpu, Figures lost, Figures p99, Figures rate) {
        Row() {
            this(new Figures(), new Figures(), new Figures(), new Figures());
        }
    }

    /** What was measured at one level. */
    private record Level(Row on, Row off) {}

    void run() throws IOException, InterruptedException {
        System.out.printf(
                "%nqueue: the mix of `small` with and without the control of receive buffers; CPU of the DNS loops%n");
        List<BenchServer> running = new ArrayList<>();
        try {
            for (MeasuredNode node : List.of(ON, OFF)) {
                running.add(steady.inService(node));
            }
            double capacity = Double.MAX_VALUE;
            for (BenchServer server : running) {
                // What else runs on the machine can only make it less.
                capacity = Math.min(capacity, steady.capacity(server).most());
            }
            steady.warm(running, capacity / 4);
            Usage.requireOneJvm(running);
            Map<Integer, Level> levels = measure(running, capacity);
            for (Map.Entry<Integer, Level> level : levels.entrySet()) {
                print(level.getKey(), capacity, level.getValue());
            }
            checkCapacity(capacity, levels);
            // Last, because it shortens the buffer of the one that has the control.
            prove(running);
        } finally {
            running.forEach(BenchServer::close);
        }
    }

    private Map<Integer, Level> measure(List<BenchServer> running, double capacity) throws IOException {
        Map<Integer, Level> levels = new LinkedHashMap<>();
        PERCENTS.forEach(percent -> levels.put(percent, new Level(new Row(), new Row())));
        for (int run = 0; run < Math.min(RUNS, options.runs()); run++) {
            // All levels in each run: a bad minute of the machine meets each of them, once.
            for (int percent : PERCENTS) {
                for (BenchServer server : run % 2 == 0 ? running : running.reversed()) {
                    Level level = levels.get(percent);
                    add(server.name().equals(ON.name()) ? level.on() : level.off(), server, percent, capacity);
                }
            }
        }
        return levels;
    }

    private void add(Row row, BenchServer server, int percent, double capacity) throws IOException {
        Load.How how = percent == FULL_PERCENT ? Load.How.UDP : Load.How.paced(capacity * percent / FULL_PERCENT);
        double before = Usage.loopMicros(server.pid());
        Load.Result result = percent == FULL_PERCENT
                ? steady.interval(server, how, options.seconds())
                : steady.longInterval(server, how);
        row.cpu().add((Usage.loopMicros(server.pid()) - before) / result.answers());
        row.lost().add(100 * result.lostShare());
        row.p99().add(result.p99Micros());
        row.rate().add(result.rate());
    }

    private void print(int percent, double capacity, Level level) {
        System.out.printf(
                Locale.ROOT,
                "%n  %d %%: %s%n",
                percent,
                percent == FULL_PERCENT
                        ? "as fast as they answer"
                        : "%.0f questions/s".formatted(capacity * percent / FULL_PERCENT));
        System.out.println(
                "  control    CPU us/query         lost %                   p99 us                   answers/s");
        line("on", level.on());
        line("off", level.off());
        verdict.hold("CPU, on/off", level.on().cpu().over(List.of(level.off().cpu())), CPU_BAR);
        verdict.hold(
                "lost, on - off, percentage points",
                level.on().lost().minus(level.off().lost()),
                LOST_BAR);
        Figures p99 = level.on().p99().over(List.of(level.off().p99()));
        if (percent <= P99_MOST_PERCENT) {
            verdict.hold("p99, on/off", p99, P99_BAR);
        } else {
            Verdict.tell("p99, on/off", p99, P99_BAR);
        }
    }

    private static void line(String name, Row row) {
        System.out.printf(
                "  %-10s %-20s %-24s %-24s %s%n",
                name,
                row.cpu().spread("%.2f"),
                row.lost().spread("%.3f"),
                row.p99().spread("%.0f"),
                row.rate().spread("%.0f"));
    }

    /** The levels are too low where something else had the machine as the capacity was measured. */
    private void checkCapacity(double capacity, Map<Integer, Level> levels) {
        Level full = java.util.Objects.requireNonNull(levels.get(FULL_PERCENT));
        double reached = Math.min(full.on().rate().median(), full.off().rate().median());
        if (capacity < ENOUGH * reached) {
            verdict.miss("the levels are parts of %.0f questions/s, and both nodes answer %.0f: measure again"
                    .formatted(capacity, reached));
        }
    }

    /** That the control was on and off: of questions which waited too long, one node answers none and the other all. */
    private void prove(List<BenchServer> running) throws IOException, InterruptedException {
        for (BenchServer server : running) {
            boolean on = server.name().equals(ON.name());
            try (Burst burst = new Burst(server, servers.data(on ? ON : OFF))) {
                Burst.Outcome outcome = burst.run(PROOF, PROOF_MILLIS);
                if ((on ? outcome.stale() : outcome.answered()) != PROOF) {
                    throw new IOException("%s is not what it is compared as: of %d questions that waited %d ms were %s"
                            .formatted(server.name(), PROOF, PROOF_MILLIS, outcome));
                }
            }
        }
    }
}
