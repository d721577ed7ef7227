package io.evenkeel.bench.peers;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * What it costs the node's core to drop a question, by the limit on clients and by the kernel's rules, beside answering one,
 * reception with it; and how much of its answers a node gives while its core takes in as much as comes. {@code ops/bench/run
 * drops} starts it.
 */
public final class DropCosts {
    private static final double BAR = 0.5;
    /** Until a loop has decided by its load, and meters are empty. */
    private static final double LEAD_SECONDS = 2;

    private static final double SECONDS = 3;

    /** Of one loud client, beside what the node can answer, until it is known what a drop costs. */
    private static final double FIRST = 1.6;

    /** The part of the core that one loud client uses up while it is dropped: the loop stays busy, and no queue grows. */
    private static final double LOUD = 0.8;

    /** More than one generator can send. */
    private static final double FLOOD_QPS = 2_000_000;

    /** The core is another one's then, or the questions had another fate than the one that is measured. */
    private static final double MOST_IDLE = 0.1;

    private static final double MOST_LOST = 0.02;

    private final PeersOptions options;
    private final DistantNode node;
    private final Verdict verdict = new Verdict();
    private final Figures idle = new Figures();
    private final Figures answer = new Figures();
    private final Figures limited = new Figures();
    private final Figures kernel = new Figures();
    private final Figures capacity = new Figures();
    private final Figures flooded = new Figures();
    private final Figures offered = new Figures();
    private final List<Figures> cores = List.of(new Figures(), new Figures(), new Figures());

    /** What the core does. */
    private enum Work {
        ANSWER,
        LIMIT,
        KERNEL,
        FLOOD
    }

    private DropCosts(PeersOptions options, DistantNode node) {
        this.options = options;
        this.node = node;
    }

    /** Arguments: the folder of the compiled generator, and how many runs. Exit code 1 if a bar is missed, 2 if it could not be run. */
    public static void main(String[] args) throws Exception {
        Programs.exit("drops", () -> {
            PeersOptions options = PeersOptions.parse(new String[] {"--runs", args[1], "--names", "10"});
            try (DistantNode node = new DistantNode(options, Path.of(args[0], "load"))) {
                return new DropCosts(options, node).run();
            }
        });
    }

    private boolean run() throws IOException, InterruptedException {
        System.out.printf(
                Locale.ROOT,
                "a node on CPU %d, its clients at the other end of a line on CPU %d; all that CPU %d does; %d runs of %.0f s each%n",
                PeersBench.SERVER_CORE,
                PeersBench.LOAD_CORE,
                PeersBench.SERVER_CORE,
                options.runs(),
                SECONDS);
        double rate = loudRate();
        for (int run = 0; run < options.runs(); run++) {
            List<Work> order = new ArrayList<>(List.of(Work.values()));
            Map<Work, DistantNode.Interval> seen = new EnumMap<>(Work.class);
            DistantNode.Interval nothing = node.idle(SECONDS);
            for (Work work : run % 2 == 0 ? order : order.reversed()) {
                seen.put(work, interval(work, rate));
            }
            add(nothing, seen);
        }
        return judge();
    }

    /** Questions a second of the one loud client. */
    private double loudRate() throws IOException, InterruptedException {
        DistantNode.Interval answering = interval(Work.ANSWER, 0);
        double rate = FIRST * answering.answersPerSecond();
        DistantNode.Interval limiting = interval(Work.LIMIT, rate);
        double drop = net(limiting, 0, net(answering, 0, 0) / answering.answers()) / limiting.limited();
        return Math.clamp(LOUD * 1e6 / drop, answering.answersPerSecond(), 2 * rate);
    }

    private DistantNode.Interval interval(Work work, double rate) throws IOException, InterruptedException {
        return switch (work) {
            case ANSWER -> node.during(new ClientLoad.How(DistantNode.MANY, 0), LEAD_SECONDS, SECONDS);
            case LIMIT -> node.during(new ClientLoad.How(1, rate), LEAD_SECONDS, SECONDS);
            case KERNEL -> {
                node.loadRules();
                DistantNode.Interval seen = node.during(new ClientLoad.How(1, rate), LEAD_SECONDS, SECONDS);
                node.deleteRules();
                yield seen;
            }
            case FLOOD -> node.during(new ClientLoad.How(DistantNode.MANY, FLOOD_QPS), LEAD_SECONDS, SECONDS);
        };
    }

    private void add(DistantNode.Interval nothing, Map<Work, DistantNode.Interval> seen) {
        double share = nothing.core();
        DistantNode.Interval answering = Objects.requireNonNull(seen.get(Work.ANSWER));
        DistantNode.Interval limiting = Objects.requireNonNull(seen.get(Work.LIMIT));
        DistantNode.Interval ruling = Objects.requireNonNull(seen.get(Work.KERNEL));
        DistantNode.Interval flood = Objects.requireNonNull(seen.get(Work.FLOOD));
        double one = net(answering, share, 0) / answering.answers();
        if (share > MOST_IDLE
                || limiting.lost() > MOST_LOST * limiting.limited()
                || limiting.limited() == 0
                || ruling.kernel() == 0
                || ruling.limited() > MOST_LOST * ruling.kernel()) {
            System.out.printf(
                    Locale.ROOT,
                    "  does not count: the core is used to %.0f %% by others; of one loud client the node dropped %.0f and the buffer %.0f; with rules the kernel %.0f and the node %.0f%n",
                    100 * share,
                    limiting.limited(),
                    limiting.lost(),
                    ruling.kernel(),
                    ruling.limited());
            return;
        }
        idle.add(100 * share);
        answer.add(one);
        limited.add(net(limiting, share, one) / limiting.limited());
        kernel.add(net(ruling, share, one) / ruling.kernel());
        capacity.add(answering.answersPerSecond());
        flooded.add(flood.answersPerSecond());
        offered.add(flood.sent());
        cores.get(0).add(100 * answering.core());
        cores.get(1).add(100 * limiting.core());
        cores.get(2).add(100 * ruling.core());
    }

    /** CPU time without that of an idle node and of the answers, each of which costs so much. */
    private static double net(DistantNode.Interval interval, double idle, double answer) {
        return interval.busy() - idle * 1e6 * interval.seconds() - answer * interval.answers();
    }

    private boolean judge() {
        System.out.printf("  %d of %d runs count%n", answer.count(), options.runs());
        if (2 * answer.count() < options.runs()) {
            verdict.miss("so few runs count that the ratios say nothing");
            return false;
        }
        System.out.printf("  idle           %s %% of the core%n", idle.spread("%.1f"));
        line("answer", answer, cores.get(0));
        line("limit's drop", limited, cores.get(1));
        line("kernel's drop", kernel, cores.get(2));
        System.out.printf("  C, answers/s   %s%n", capacity.spread("%.0f"));
        System.out.printf(
                "  flooded        %s answers/s of %s questions/s%n", flooded.spread("%.0f"), offered.spread("%.0f"));
        System.out.printf(
                "  f, answers flooded/C: %s in %d%n",
                flooded.over(List.of(capacity)).spread("%.3f"), flooded.count());
        verdict.hold("limit's drop/answer", limited.over(List.of(answer)), BAR);
        verdict.hold("kernel's drop/answer", kernel.over(List.of(answer)), BAR);
        return verdict.held();
    }

    private static void line(String name, Figures micros, Figures core) {
        System.out.printf("  %-14s %-20s us; core %s %%%n", name, micros.spread("%.2f"), core.spread("%.0f"));
    }
}
