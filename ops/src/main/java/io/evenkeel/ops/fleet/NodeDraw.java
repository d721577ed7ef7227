package io.evenkeel.ops.fleet;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Which node a device asks next, see {@link NodeChoice} and {@link RetryPolicy#step}. The thread of the fleet. */
final class NodeDraw {
    private static final int TYPE_A = 1;
    private static final int TYPE_AAAA = 28;
    /** Type, class, TTL and length of the data of a record. */
    private static final int FIXED = 10;

    private final FleetPlan plan;
    private final SplittableRandom random;
    /** Of each group: the sums of weights up to each node of its list. */
    private final List<double[]> weights = new ArrayList<>();

    NodeDraw(FleetPlan plan, SplittableRandom random) {
        this.plan = plan;
        this.random = random;
        for (DeviceGroup group : plan.groups()) {
            double[] sums = new double[group.nodes().size()];
            double sum = 0;
            for (int i = 0; i < sums.length; i++) {
                sum += plan.nodes().get(group.nodes().get(i)).weight();
                sums[i] = sum;
            }
            weights.add(sums);
        }
    }

    /** Where in the list of its group a device begins. */
    int first(int group, int inGroup) {
        double[] sums = weights.get(group);
        return switch (plan.groups().get(group).choice()) {
            case LIST -> 0;
            case EVEN, NEXT -> inGroup % sums.length;
            case WEIGHTED -> weighted(sums, random.nextDouble());
            case STICKY, FIRST_ADDRESS -> {
                // Spread as numbers are whose shares are even for any part of the group.
                double place = inGroup * 0.618_033_988_749_894_9;
                yield weighted(sums, place - Math.floor(place));
            }
        };
    }

    private static int weighted(double[] sums, double place) {
        double at = place * sums[sums.length - 1];
        int i = 0;
        while (i < sums.length - 1 && at >= sums[i]) {
            i++;
        }
        return i;
    }

    /** The node for the next try of a device. */
    int node(Devices devices, int device, DeviceGroup group) {
        int attempt = devices.attempt[device];
        int nodes = group.nodes().size();
        int step = group.retry().step(attempt, nodes);
        if (group.choice().draws() && (step < 0 || attempt == 0)) {
            devices.start[device] = (byte)
                    (group.choice() == NodeChoice.EVEN
                            ? random.nextInt(nodes)
                            : weighted(weights.get(devices.groupIndex(device)), random.nextDouble()));
        }
        if (step < 0) {
            step = group.choice().moves() ? attempt % nodes : 0;
        }
        return group.nodes().get((devices.start[device] + step) % nodes);
    }

    /** A device has an answer from the node that it asked: it may say where to ask next. */
    void answered(Devices devices, int device, DeviceGroup group, ByteBuffer answer) {
        if (group.choice() == NodeChoice.NEXT) {
            devices.start[device] = (byte) group.nodes().indexOf((int) devices.node[device]);
        } else if (group.choice() == NodeChoice.FIRST_ADDRESS) {
            int node = nodeOfFirstAddress(group, answer);
            if (node >= 0) {
                devices.start[device] = (byte) node;
            }
        }
    }

    /** Where in the list of a group the node stands whose address is the first of the answer; -1 if none is. */
    private int nodeOfFirstAddress(DeviceGroup group, ByteBuffer answer) {
        int at = QuestionPattern.HEADER;
        for (int i = 0; i < answer.getShort(4); i++) {
            at = afterName(answer, at) + 4;
        }
        for (int i = 0; i < (answer.getShort(6) & 0xFFFF); i++) {
            at = afterName(answer, at);
            if (at + FIXED > answer.limit()) {
                return -1;
            }
            int type = answer.getShort(at);
            int length = answer.getShort(at + FIXED - 2) & 0xFFFF;
            at += FIXED;
            if (at + length > answer.limit()) {
                return -1;
            }
            if (type == TYPE_A || type == TYPE_AAAA) {
                return known(group, answer.slice(at, length));
            }
            at += length;
        }
        return -1;
    }

    private int known(DeviceGroup group, ByteBuffer address) {
        for (int i = 0; i < group.nodes().size(); i++) {
            @Nullable InetAddress known = plan.nodes().get(group.nodes().get(i)).knownAs();
            if (known != null && ByteBuffer.wrap(known.getAddress()).equals(address)) {
                return i;
            }
        }
        return -1;
    }

    /** RFC 1035 §4.1.4: a name ends with its root or with a pointer. Past the end of the message if it does not end. */
    private static int afterName(ByteBuffer message, int from) {
        int at = from;
        while (at < message.limit()) {
            int octet = message.get(at) & 0xFF;
            if (octet == 0) {
                return at + 1;
            }
            if (octet >= 0xC0) {
                return at + 2;
            }
            at += octet + 1;
        }
        return at;
    }
}
