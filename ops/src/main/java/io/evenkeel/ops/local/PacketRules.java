package io.evenkeel.ops.local;

import io.evenkeel.ops.node.ClusterFile;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/*
 * All nodes have one address. A message of a connection to a node is known by the node's port; of one that a node has made itself nobody
 * knows the port before. But the kernel knows the group of the process that sends a message, though not of the one that gets it. So each node
 * has a group of its own, the ports of each connection that it makes are noted as it sends, and what bears noted ports is dropped where it comes in. Nothing is dropped where it
 * goes out: the sender would be told, and a network tells nobody. The first message to the node on a connection that it is silent on comes
 * through, as if the cut had come a moment later.
 *
 * By DNS members look at each other with a question or connection each second. Its answers cannot be told from those for devices, so the
 * question is marked and dropped, whichever way the cut is: who asks hears nothing in either case.
 */

/**
 * Rules of the kernel by which messages of some nodes are lost: a table of nftables for each process that makes some, which guard.sh takes away.
 * Linux, root. One thread at a time.
 */
final class PacketRules {
    /** Of nftables; guard.sh knows the name. */
    private static final String TABLE =
            "inet evenkeel_drill_" + ProcessHandle.current().pid();

    /** Of which so many are lost. */
    private static final int CHANCES = 1000;

    /** The group of the first node's process: systemd gives those from 65520 to 65533 to nobody. */
    private static final int FIRST_GROUP = 65_520;

    /** Of messages between nodes; any number that others on this machine hardly take. */
    private static final int MARK = 0x45_56_4B;

    private final List<ClusterFile.Node> nodes;

    /** @param nodes all of the cluster, as they are planned */
    PacketRules(List<ClusterFile.Node> nodes) {
        this.nodes = List.copyOf(nodes);
    }

    /** Why nodes cannot be cut from each other here; null if they can. */
    static @Nullable String whyNoCuts() {
        if (!Files.isDirectory(Path.of("/proc/self"))
                || !System.getProperty("user.name").equals("root")) {
            return "cutting nodes from each other needs Linux and root";
        }
        return OsProcess.onPath("setpriv")
                ? null
                : "nodes cannot be cut from each other, since setpriv is not installed (Debian: apt install util-linux)";
    }

    /** Words that run a command under the same pid, as a process whose messages {@link #cut} knows. */
    List<String> inOwnGroup(String name) {
        return List.of("setpriv", "--regid", Integer.toString(group(name)), "--clear-groups");
    }

    private int group(String name) {
        return FIRST_GROUP + nodes.indexOf(node(name));
    }

    private ClusterFile.Node node(String name) {
        return nodes.stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /**
     * From now on so much is lost of the datagrams to and from the port of a node that answers devices, each way, by chance.
     *
     * @param share of all; 0: nothing is lost any more
     */
    void lose(String name, double share) throws CommandFailure, IOException, InterruptedException {
        int port = node(name).dnsPort();
        String chain = TABLE + " " + name;
        String none =
                "add table %s%nadd chain %s%nflush chain %s%ndelete chain %s%n".formatted(TABLE, chain, chain, chain);
        String hit = "numgen random mod %d < %d drop".formatted(CHANCES, Math.round(share * CHANCES));
        // Where they come in: a program whose message is dropped on its way out is told.
        String some = """
                add chain %s { type filter hook input priority 0; }
                add rule %s udp dport %d %s
                add rule %s udp sport %d %s
                """.formatted(chain, chain, port, hit, chain, port, hit);
        nft(share > 0 ? none + some : none);
    }

    /**
     * From now on the others hear nothing of a node, which was started {@link #inOwnGroup}.
     *
     * @param deaf whether it hears nothing of them either
     */
    void cut(String name, boolean deaf) throws CommandFailure, IOException, InterruptedException {
        List<ClusterFile.Node> others =
                nodes.stream().filter(node -> !node.name().equals(name)).toList();
        String own = oneOf(clusterPorts(node(name)));
        String theirs = oneOf(others.stream().flatMapToInt(PacketRules::clusterPorts));
        String out = out(name);
        String in = in(name);
        String made = "@" + name + "-made";
        StringBuilder rules = new StringBuilder(healed(name));
        rules.append("""
                add set %s { type inet_service . inet_service; size 65535; flags dynamic; }
                add chain %s { type filter hook output priority 0; }
                add chain %s { type filter hook input priority 0; }
                """.formatted(made(name), out, in));
        // Another node may get a port that was the node's once.
        rules.append("""
                add rule %s tcp dport %s tcp flags syn meta skgid != %d delete %s { tcp sport . tcp dport }
                add rule %s tcp dport %s meta skgid %d add %s { tcp sport . tcp dport }
                """.formatted(out, theirs, group(name), made, out, theirs, group(name), made));
        rules.append("""
                add rule %s meta l4proto { tcp, udp } th dport %s meta skgid %d meta mark set %d
                add rule %s meta l4proto { tcp, udp } th dport %d meta skgid %s meta mark set %d
                """.formatted(
                        out,
                        oneOf(others.stream().mapToInt(ClusterFile.Node::dnsPort)),
                        group(name),
                        MARK,
                        out,
                        node(name).dnsPort(),
                        oneOf(others.stream().mapToInt(node -> group(node.name()))),
                        MARK));
        rules.append("""
                add rule %s meta mark %d drop
                add rule %s tcp sport %s drop
                add rule %s tcp sport . tcp dport %s drop
                """.formatted(in, MARK, in, own, in, made));
        if (deaf) {
            rules.append("""
                    add rule %s tcp dport %s drop
                    add rule %s tcp dport . tcp sport %s drop
                    """.formatted(in, own, in, made));
        }
        nft(rules.toString());
    }

    /** From now on the node and the others hear each other again. */
    void heal(String name) throws CommandFailure, IOException, InterruptedException {
        nft(healed(name));
    }

    private static String healed(String name) {
        return """
                add table %s
                add set %s { type inet_service . inet_service; size 65535; flags dynamic; }
                add chain %s
                add chain %s
                flush chain %s
                flush chain %s
                delete chain %s
                delete chain %s
                delete set %s
                """.formatted(
                        TABLE, made(name), out(name), in(name), out(name), in(name), out(name), in(name), made(name));
    }

    private static String out(String name) {
        return TABLE + " " + name + "-out";
    }

    private static String in(String name) {
        return TABLE + " " + name + "-in";
    }

    /** Of connections that the node makes: its port, and that of the other node. */
    private static String made(String name) {
        return TABLE + " " + name + "-made";
    }

    /** Of both ports that other nodes connect to. */
    private static IntStream clusterPorts(ClusterFile.Node node) {
        return Stream.of(node.raft(), node.peer())
                .mapToInt(address -> Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)));
    }

    /** As rules name several numbers. */
    private static String oneOf(IntStream numbers) {
        return numbers.mapToObj(Integer::toString).collect(Collectors.joining(", ", "{ ", " }"));
    }

    private static void nft(String rules) throws CommandFailure, IOException, InterruptedException {
        if (!OsProcess.onPath("nft")) {
            throw CommandFailure.failed("nft is not installed (Debian: apt install nftables)");
        }
        String said = OsProcess.failure(rules, "nft", "-f", "-");
        if (said != null) {
            throw CommandFailure.failed("messages cannot be lost here, which needs Linux and root: " + said);
        }
    }
}
