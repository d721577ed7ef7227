package io.evenkeel.ops.fleet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/*
 * The devices are those of any fleet: the same code, plan and seed, on a clock that passes while they wait. Of the nodes there is nothing but
 * a queue, a capacity and the cost of a drop. A message is under way for no time, and an answer holds nothing but the ID of its question.
 */

/**
 * A closed-loop model: what comes of a plan where nothing matters but how devices ask, how long the queues of nodes are and how fast these
 * are emptied. One thread.
 */
public final class StormModel implements Wire {
    /** About a tick of the devices' timers. */
    private static final long STEP_NANOS = 1_000_000;

    private static final int FLAGS = 2;
    private static final byte RESPONSE = (byte) 0x80;

    private final FleetPlan plan;
    private final List<ModelNode> nodes;
    private final Queue<Change> changes;
    private final SplittableRandom random;
    private final ByteBuffer answer =
            ByteBuffer.allocate(QuestionPattern.HEADER).put(FLAGS, RESPONSE);
    private long now;

    /**
     * What the nodes of a model are like.
     *
     * @param answersPerSecond of each, in the order of the plan
     * @param shortQueues whether they drop what is too old and keep their receive buffers short, see docs/storm.md; else each answers all
     *     that its kernel holds, 10,000 questions
     * @param staleCost of dropping a question that is too old, as a part of an answer
     * @param lossCost of dropping one that there is no room for
     */
    public record Nodes(List<Double> answersPerSecond, boolean shortQueues, double staleCost, double lossCost) {
        /** Keeps a copy of the list. */
        public Nodes {
            answersPerSecond = List.copyOf(answersPerSecond);
        }
    }

    /**
     * Something happens to a node.
     *
     * @param second from the start of the run
     * @param node its index
     * @param share of its capacity, or of the messages that come through each way; else it means nothing
     */
    public record Change(double second, int node, Kind kind, double share) {
        /** What happens. */
        public enum Kind {
            /** Its process is gone, with all that its queue held; ICMP says so. */
            CLOSED,
            /** It runs, and hears nothing yet. */
            SILENT,
            /** It stands still; its queue fills. */
            STOPPED,
            /** It answers. At the beginning all do. */
            OPEN,
            /** From now on it has a share of its capacity. */
            SPEED,
            /** From now on a share of the messages comes through, each way. */
            LOSS
        }
    }

    private StormModel(FleetPlan plan, Nodes like, List<Change> changes) {
        this.plan = plan;
        nodes = like.answersPerSecond().stream()
                .map(rate -> new ModelNode(rate, like))
                .toList();
        this.changes = new ArrayDeque<>(changes.stream()
                .sorted(Comparator.comparingDouble(Change::second))
                .toList());
        random = new SplittableRandom(plan.seed());
    }

    /**
     * Passes the time of a plan. The same plan, nodes and changes give the same.
     *
     * @param changes in any order
     * @param each is told of each second when it is over
     * @throws IllegalArgumentException if the plan has another number of nodes
     */
    public static void run(FleetPlan plan, Nodes nodes, List<Change> changes, Consumer<FleetCounts> each)
            throws IOException, InterruptedException {
        if (nodes.answersPerSecond().size() != plan.nodes().size()) {
            throw new IllegalArgumentException("%d nodes with %d capacities"
                    .formatted(plan.nodes().size(), nodes.answersPerSecond().size()));
        }
        StormModel model = new StormModel(plan, nodes, changes);
        FleetCounts _ = new Fleet(plan).run(model, () -> model.now, each);
    }

    @Override
    public int sockets() {
        return plan.sockets();
    }

    @Override
    public boolean send(int socket, int source, int node, ByteBuffer message) {
        if (comesThrough(nodes.get(node))) {
            nodes.get(node).take(socket, message.getShort(0), now);
        }
        return true;
    }

    /** Nothing is truncated. */
    @Override
    public boolean sendTcp(long ticket, int source, int node, ByteBuffer message, long timeoutNanos) {
        return false;
    }

    /** Time passes only where the fleet waits for something: it asks all that is due at one moment. */
    @Override
    public void receive(long millis, Receiver receiver) {
        if (millis == 0) {
            return;
        }
        now += STEP_NANOS;
        for (Change next = changes.peek(); next != null && next.second() * 1e9 <= now; next = changes.peek()) {
            nodes.get(next.node()).change(next, now);
            changes.remove();
        }
        for (int i = 0; i < nodes.size(); i++) {
            int from = i;
            ModelNode node = nodes.get(i);
            node.pass(
                    now,
                    STEP_NANOS,
                    (socket, id) -> {
                        if (comesThrough(node)) {
                            receiver.received(socket, from, answer.putShort(0, (short) id));
                        }
                    },
                    receiver::refused);
        }
    }

    private boolean comesThrough(ModelNode node) {
        return node.comesThrough() == 1 || random.nextDouble() < node.comesThrough();
    }

    @Override
    public boolean cameTo(int source) {
        return true;
    }

    @Override
    public void close() {}
}
