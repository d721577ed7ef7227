package io.evenkeel.ops.local;

import io.evenkeel.ops.node.ClusterFile;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the nodes of a local cluster listen. One distance shifts all four ranges, so that they stay apart whatever the
 * base: node {@code i} has DNS {@code base + i}, Raft {@code base + 2100 + i}, peer channel {@code base + 2200 + i}, admin
 * {@code base + 2800 + i}.
 *
 * @param basePort one below the DNS port of the first node
 * @param nodes how many
 */
public record Layout(int basePort, int nodes) {
    static final int DEFAULT_BASE_PORT = 5300;
    static final int RAFT = 2100;
    static final int PEER = 2200;
    /** From the base port to the admin ports. */
    public static final int ADMIN = 2800;
    /** The highest base whose admin ports still are ports, with 99 to spare for nodes. */
    static final int MAX_BASE_PORT = 65_535 - ADMIN - 99;

    /** The nodes, in order of their number; none has a process yet. */
    public List<ClusterFile.Node> plan() {
        return IntStream.rangeClosed(1, nodes)
                .mapToObj(i -> {
                    String name = "n" + i;
                    return new ClusterFile.Node(
                            name,
                            0,
                            0,
                            address(basePort + i),
                            address(basePort + ADMIN + i),
                            address(basePort + RAFT + i),
                            address(basePort + PEER + i),
                            name + "/local-api-key",
                            name + "/evenkeel.yaml",
                            name + "/node.log");
                })
                .toList();
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
