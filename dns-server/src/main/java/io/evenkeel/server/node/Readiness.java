package io.evenkeel.server.node;

import io.evenkeel.server.peer.NodeStanding;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Says if clients should send traffic to this node. One rule for {@code /readyz}, the status, the metrics and the other
 * members: a node is ready from its first answer until an operator, its stop or the cluster ends that. Age, a lost majority or
 * a long queue do not take it out, since all nodes would go at once; the reasons list them. Zones that may be wrong do so only
 * where the members have agreed that it is this node's turn. A node that the cluster has taken out is not ready although it
 * answers, for it gets no newer zones any more; one that has no address to answer on is not either, while that is so. Whether it
 * takes changes is another question. Any thread.
 */
public final class Readiness {
    private static final String BY_OPERATOR = "closed by the operator";
    private static final String STALE = "stale";
    private static final String NOWHERE = "answers nowhere: this machine has none of the addresses in dns.listen";
    private static final String OUT =
            "leaves the questions to the other members, of which one answers without such a fault";

    private final NodeLife life;
    private final BooleanSupplier nowhere;
    private final BooleanSupplier old;
    private final Supplier<List<String>> remarks;

    /**
     * @param nowhere whether it has no address to answer on
     * @param old whether the data is older than the limit, or of unknown age
     * @param remarks what else people should know, as which answering threads are behind; one line each
     */
    public Readiness(NodeLife life, BooleanSupplier nowhere, BooleanSupplier old, Supplier<List<String>> remarks) {
        this.life = life;
        this.nowhere = nowhere;
        this.old = old;
        this.remarks = remarks;
    }

    /**
     * What follows from everything that is known at one moment.
     *
     * @param ready whether traffic should be sent here
     * @param stale whether the data is too old, of unknown age, or not known to be the newest since the start
     * @param reasons why it is not ready; or what to know about it although it is
     * @param hindrances why changes should not be sent here; empty if they may
     */
    public record Verdict(
            NodeState state, boolean ready, boolean stale, List<String> reasons, List<String> hindrances) {
        public Verdict {
            reasons = List.copyOf(reasons);
            hindrances = List.copyOf(hindrances);
        }
    }

    /** As of now. */
    public Verdict verdict(NodeStanding standing) {
        return judge(
                life.state(),
                life.isShut(),
                nowhere.getAsBoolean(),
                life.isCaughtUp(),
                old.getAsBoolean(),
                standing,
                remarks.get());
    }

    /**
     * The rule.
     *
     * @param shut whether an operator has closed it, or it will be so when it would open
     * @param nowhere whether it has no address to answer on
     * @param caughtUp whether it has held all that was committed since it started
     */
    static Verdict judge(
            NodeState state,
            boolean shut,
            boolean nowhere,
            boolean caughtUp,
            boolean old,
            NodeStanding standing,
            List<String> remarks) {
        List<String> reasons = new ArrayList<>();
        String trouble = trouble(standing);
        switch (state) {
            case STARTING -> reasons.add(waiting("starting", standing));
            case CATCHING_UP -> reasons.add(waiting("catching up", standing));
            case WARMING -> reasons.add(waiting("warming up", standing));
            case DRAINING -> reasons.add("draining");
            case OPEN, CLOSED -> {}
        }
        if (shut && state != NodeState.DRAINING) {
            reasons.add(BY_OPERATOR);
        }
        if (nowhere && state == NodeState.OPEN) {
            reasons.add(NOWHERE);
        }
        boolean stale = old || (state == NodeState.OPEN && !caughtUp);
        if (stale) {
            reasons.add(STALE);
        }
        if (!trouble.isEmpty() && reasons.stream().noneMatch(reason -> reason.endsWith(trouble))) {
            reasons.add(trouble);
        }
        reasons.addAll(standing.doubts());
        if (standing.out()) {
            reasons.add(OUT);
        }
        reasons.addAll(remarks);
        boolean ready = state == NodeState.OPEN && !nowhere && !standing.retired() && !standing.out();
        return new Verdict(state, ready, stale, reasons, hindrances(state, caughtUp, old, standing));
    }

    /** Closed for questions, it takes changes all the same. */
    private static List<String> hindrances(NodeState state, boolean caughtUp, boolean old, NodeStanding standing) {
        List<String> hindrances = new ArrayList<>();
        switch (state) {
            case STARTING -> hindrances.add(waiting("starting", standing));
            case CATCHING_UP -> hindrances.add(waiting("catching up", standing));
            case DRAINING -> hindrances.add("draining");
            case WARMING, OPEN, CLOSED -> {}
        }
        String trouble = trouble(standing);
        if ((standing.fault() != null || standing.retired())
                && hindrances.stream().noneMatch(hindrance -> hindrance.endsWith(trouble))) {
            hindrances.add(trouble);
        } else if (standing.leader() == null) {
            hindrances.add("no leader is known: the cluster has no majority, or is electing");
        }
        if (old || !caughtUp) {
            hindrances.add(STALE);
        }
        hindrances.addAll(standing.doubts());
        return hindrances;
    }

    private static String trouble(NodeStanding standing) {
        return standing.fault() == null
                ? standing.waitsFor()
                : "takes no part in the cluster at present: " + standing.fault();
    }

    private static String waiting(String doing, NodeStanding standing) {
        return standing.waitsFor().isEmpty() ? doing : doing + ": " + standing.waitsFor();
    }
}
