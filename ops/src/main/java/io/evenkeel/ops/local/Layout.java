package io.evenkeel.ops.local;

import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/**
 * Where the nodes of a local cluster listen. The usual one has the ports that nodes have by default: node {@code i} has DNS {@code
 * 5300 + i}, Raft {@code 7400 + i}, peer channel {@code 7500 + i}, admin {@code 8100 + i}, health {@code 8200 + i}. Any other has
 * the hundred ports from its base on for itself, in ranges of twenty in the same order, so that clusters whose bases differ by 100
 * share none.
 *
 * @param basePort one below the DNS port of the first node
 * @param nodes how many, below 20
 */
public record Layout(int basePort, int nodes) {
    static final int DEFAULT_BASE_PORT = 5300;

    /** Ports of one use. */
    private static final int RANGE = 20;
    /** The highest base whose hundred ports are ports. */
    static final int MAX_BASE_PORT = 65_535 - 99;

    /** Hundreds of ports from which a base is drawn: below those that systems give to clients. */
    private static final int LEAST_DRAWN = 200;

    private static final int MOST_DRAWN = 298;
    /** Each takes some system calls. */
    private static final int DRAWS = 1000;
    /** For whose ports a drawn base has room, for members that are added. */
    private static final int DRAWN_NODES = 6;

    /** What a node listens for. */
    private enum Use {
        DNS(DEFAULT_BASE_PORT, 0),
        RAFT(7400, RANGE),
        PEER(7500, 2 * RANGE),
        ADMIN(8100, 3 * RANGE),
        HEALTH(8200, 4 * RANGE);

        /** One below the first node's in the usual cluster. */
        private final int usual;
        /** The same in any other, from its base on. */
        private final int offset;

        Use(int usual, int offset) {
            this.usual = usual;
            this.offset = offset;
        }

        int from(int basePort) {
            return basePort == DEFAULT_BASE_PORT ? usual : basePort + offset;
        }
    }

    /** Of so many nodes, with the ports that nodes have by default. */
    public static Layout usual(int nodes) {
        return new Layout(DEFAULT_BASE_PORT, nodes);
    }

    /** The nodes, in order of their number; none has a process yet. */
    public List<ClusterFile.Node> plan() {
        return IntStream.rangeClosed(1, nodes)
                .mapToObj(i -> {
                    String name = "n" + i;
                    return new ClusterFile.Node(
                            name,
                            0,
                            0,
                            address(Use.DNS.from(basePort) + i),
                            address(adminPort(i)),
                            address(Use.RAFT.from(basePort) + i),
                            address(Use.PEER.from(basePort) + i),
                            name + "/local-api-key",
                            name + "/evenkeel.yaml",
                            name + "/node.log");
                })
                .toList();
    }

    /** The port of the admin API of a node, by its number from 1. */
    public int adminPort(int node) {
        return Use.ADMIN.from(basePort) + node;
    }

    /**
     * Where the health port of {@code node} is. Not in its configuration, which an earlier release must be able to read, and none
     * of {@link #busyPorts}: a node does without it while somebody else has it.
     */
    static String health(ClusterFile.Node node) {
        int number = node.dnsPort() - DEFAULT_BASE_PORT;
        boolean usual = number > 0 && number < RANGE;
        return address(usual ? Use.HEALTH.usual + number : node.dnsPort() + Use.HEALTH.offset);
    }

    /** A base, drawn by chance, whose ports are all free just now, its own, which no node has, among them. */
    public static int freeBasePort() throws CommandFailure {
        for (int i = 0; i < DRAWS; i++) {
            int base = ThreadLocalRandom.current().nextInt(LEAST_DRAWN, MOST_DRAWN) * (Use.values().length * RANGE);
            if (Ports.tcpFree(base)
                    && new Layout(base, DRAWN_NODES)
                            .plan().stream().allMatch(node -> busyPorts(node).isEmpty())) {
                return base;
            }
        }
        throw new CommandFailure(
                CommandFailure.ADDRESS_IN_USE, "no hundred ports of 127.0.0.1 between 20000 and 29800 are free");
    }

    /** Says which ports of {@code node} somebody else has; empty if all are free. */
    public static List<String> busyPorts(ClusterFile.Node node) {
        List<String> busy = new ArrayList<>();
        check("udp", "DNS", node.dns(), busy);
        check("tcp", "DNS", node.dns(), busy);
        check("tcp", "admin", node.admin(), busy);
        check("tcp", "Raft", node.raft(), busy);
        check("tcp", "peer", node.peer(), busy);
        return busy;
    }

    private static void check(String protocol, String use, String address, List<String> busy) {
        int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        if (!(protocol.equals("udp") ? Ports.udpFree(port) : Ports.tcpFree(port))) {
            busy.add("%s port %d (%s) is in use%s"
                    .formatted(
                            protocol.toUpperCase(java.util.Locale.ROOT),
                            port,
                            use,
                            Ports.owner(protocol, port)
                                    .map(owner -> " by " + owner)
                                    .orElse("")));
        }
    }

    private static String address(int port) {
        return "127.0.0.1:" + port;
    }
}
