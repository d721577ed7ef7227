package io.evenkeel.server.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is this node's own: identity, addresses, paths, sizes. What must agree in the cluster lives in the replicated state.
 * The keys of the file are the component names in kebab-case; {@code evenkeel.sample.yaml} explains each.
 */
public record ServerConfig(
        NodeConfig node,
        ClusterConfig cluster,
        DnsConfig dns,
        AdminConfig admin,
        GateConfig gate,
        Duration lameduck,
        LogConfig log) {

    /**
     * @param name this node among the members: 1 to 63 letters, digits and hyphens
     * @param data folder that this node alone uses
     */
    public record NodeConfig(String name, Path data) {}

    /**
     * @param name which cluster the data folder must belong to
     * @param keyFile PKCS12 file that all members share; null: plain text, loopback only
     * @param members empty: a single node by itself
     */
    public record ClusterConfig(String name, @Nullable Path keyFile, List<MemberConfig> members) {
        public ClusterConfig {
            members = List.copyOf(members);
        }
    }

    /** Where a member listens for the replicated log and for its peers; IP literals, since finding a peer must not need DNS. */
    public record MemberConfig(String name, InetSocketAddress raft, InetSocketAddress peer) {}

    /**
     * @param listen IP literals with port; 0.0.0.0 is every IPv4 address of the machine, [::] every IPv6 address
     * @param loops event loops that answer; 0: the processors less two, at least one
     * @param udpBatches whether datagrams go through system calls of this program's own where the machine allows that; else
     *     through Netty's channels
     * @param clientTimeout how long clients wait for an answer over UDP before they ask again
     * @param degradedShare share of its capacity that a loop keeps at the worst; bounds the kernel's queues
     * @param udpPayload longest answer over UDP, in octets, whatever the client offers
     * @param aliasLinks links of a CNAME or DNAME chain that are followed in one answer
     * @param tcpConnections at once; one more closes the one that has been idle longest
     * @param tcpIdle a connection without a complete question, or with one that waits for its client to take answers, for so long is
     *     closed within half of that time more
     * @param nsid what this node answers to the option NSID, and at id.server if {@code chaos}; empty: nothing
     * @param cookies whether the option COOKIE is answered
     * @param requireServerCookie whether a client that sends a cookie over UDP gets BADCOOKIE until it has the right one
     * @param chaos whether version.server, id.server and the like are answered in class CHAOS
     */
    public record DnsConfig(
            List<InetSocketAddress> listen,
            int loops,
            boolean udpBatches,
            Duration clientTimeout,
            double degradedShare,
            int udpPayload,
            int aliasLinks,
            int tcpConnections,
            Duration tcpIdle,
            String nsid,
            boolean cookies,
            boolean requireServerCookie,
            boolean chaos) {
        public DnsConfig {
            listen = List.copyOf(listen);
        }
    }

    /** @param listen of the REST API, the health checks and the metrics */
    public record AdminConfig(InetSocketAddress listen) {}

    /**
     * @param noQuorumAfter a node that has zones on disk answers from them when the cluster has not agreed for so long
     * @param noQuorumMaxAge but not by itself if they are known to be older
     * @param warmUp longest time spent on questions of its own before the first answer
     * @param staleAfter answers from data of a greater age say that they are stale
     */
    public record GateConfig(Duration noQuorumAfter, Duration noQuorumMaxAge, Duration warmUp, Duration staleAfter) {}

    /**
     * @param level least severe that is written
     * @param file also written there; null: only to standard output
     * @param maxSize of one file, in octets
     * @param files kept besides the one that is written
     */
    public record LogConfig(Level level, @Nullable Path file, long maxSize, int files) {
        /** How severe. */
        public enum Level {
            ERROR,
            WARN,
            INFO,
            DEBUG;

            @Override
            public String toString() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /** The member that this node is, null for a node by itself. */
    public @Nullable MemberConfig self() {
        return cluster.members().stream()
                .filter(member -> member.name().equals(node.name()))
                .findFirst()
                .orElse(null);
    }
}
