package io.evenkeel.server.config;

import io.evenkeel.consensus.process.AddressPrefix;
import io.evenkeel.consensus.process.ClientPrivacy;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
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
        HealthConfig health,
        GateConfig gate,
        Duration lameduck,
        LogConfig log,
        StorageConfig storage,
        BackupConfig backup,
        FleetConfig fleet,
        PrivacyConfig privacy,
        MetricsConfig metrics,
        DrillConfig drill) {

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

    /** Where a member is reached for the replicated log and by its peers; an address that is not resolved is a host name. */
    public record MemberConfig(String name, InetSocketAddress raft, InetSocketAddress peer) {}

    /**
     * @param address IP literal with port
     * @param allow only from here questions are taken; empty: from anywhere
     * @param proxy whether a header of the PROXY protocol, version 2, must stand before all that comes
     * @param from the proxies, if so
     */
    public record ListenConfig(
            InetSocketAddress address, Lane lane, List<AddressPrefix> allow, boolean proxy, List<AddressPrefix> from) {
        public ListenConfig {
            allow = List.copyOf(allow);
            from = List.copyOf(from);
        }

        /** For whom an address is. */
        public enum Lane {
            DEVICE,
            INFRASTRUCTURE;

            @Override
            public String toString() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /**
     * @param listen where it answers; 0.0.0.0 is every IPv4 address of the machine, [::] every IPv6 address
     * @param loops event loops that answer devices over UDP; 0: the processors less two, at least one
     * @param udpBatches whether datagrams go through system calls of this program's own where the machine allows that; else
     *     through Netty's channels
     * @param clientTimeout how long clients wait for an answer over UDP before they ask again
     * @param degradedShare share of its capacity that a loop keeps at the worst; bounds the kernel's queues
     * @param udpPayload longest answer over UDP, in octets, whatever the client offers
     * @param aliasLinks links of a CNAME or DNAME chain that are followed in one answer
     * @param tcpConnections at once; one more closes the one that has been idle longest
     * @param tcpIdle a connection without a complete question, or with one that waits for its client to take answers, for so long is
     *     closed within half of that time more
     * @param tcpPerAddress at once from one IPv4 address or IPv6 /64; one more closes the idlest of these
     * @param tcpLife a connection is ended in order after so long, and after that many questions: {@code tcpQueries}; 0: any number
     * @param nsid what this node answers to the option NSID, and at id.server if {@code chaos}; empty: nothing
     * @param cookies whether the option COOKIE is answered
     * @param requireServerCookie whether a client that sends a cookie over UDP gets BADCOOKIE until it has the right one
     * @param chaos whether version.server, id.server and the like are answered in class CHAOS
     * @param probeAddress where the other members ask this one whether it answers; null: at an address of {@code listen}
     */
    public record DnsConfig(
            List<ListenConfig> listen,
            int loops,
            boolean udpBatches,
            Duration clientTimeout,
            double degradedShare,
            int udpPayload,
            int aliasLinks,
            int tcpConnections,
            Duration tcpIdle,
            int tcpPerAddress,
            Duration tcpLife,
            int tcpQueries,
            String nsid,
            boolean cookies,
            boolean requireServerCookie,
            boolean chaos,
            @Nullable InetSocketAddress probeAddress) {
        public DnsConfig {
            listen = List.copyOf(listen);
        }
    }

    /**
     * @param listen of the REST API, the health checks and the metrics
     * @param keys that are good beside the one in the data folder
     */
    public record AdminConfig(InetSocketAddress listen, List<KeyConfig> keys) {
        public AdminConfig {
            keys = List.copyOf(keys);
        }
    }

    /**
     * A key of the REST API.
     *
     * @param name by which the log and the history of changes show it
     * @param file that holds it
     * @param rights beside what every key opens
     */
    public record KeyConfig(String name, Path file, List<Right> rights) {
        public KeyConfig {
            rights = List.copyOf(rights);
        }

        /** What a key may have beside what every key opens. */
        public enum Right {
            /** No change that is asked with it is stopped for what it takes of a zone. */
            BULK;

            @Override
            public String toString() {
                return name().toLowerCase(Locale.ROOT);
            }
        }
    }

    /** @param listen of the health checks and the metrics alone */
    public record HealthConfig(InetSocketAddress listen) {}

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
     * @param format of its lines
     */
    public record LogConfig(Level level, @Nullable Path file, long maxSize, int files, Format format) {
        /** How a line looks. */
        public enum Format {
            /** For people. */
            TEXT,
            /** One object a line, for programs. */
            JSON;

            @Override
            public String toString() {
                return name().toLowerCase(Locale.ROOT);
            }
        }

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

    /** @param budget octets that all files of the node may take */
    public record StorageConfig(long budget) {}

    /**
     * @param schedule null: the node makes no backups by itself
     * @param keep how many of these, at least one
     * @param hook a program that is called with the path of each; null: none
     */
    public record BackupConfig(
            @Nullable BackupSchedule schedule,
            int keep,
            @Nullable Path hook) {}

    /**
     * The clients that this cluster is for.
     *
     * @param devices how many there are; 0: nobody has said
     * @param period in which each asks once
     */
    public record FleetConfig(long devices, Duration period) {}

    /** @param clientAddresses how much of a client's address this node writes or tells */
    public record PrivacyConfig(ClientPrivacy clientAddresses) {}

    /** @param zones how many zones have counters of their own */
    public record MetricsConfig(int zones) {}

    /**
     * Tests of storms, on loopback and private addresses alone.
     *
     * @param mode whether this node is for such a test
     * @param without the defences that it goes without; none unless {@code mode}
     */
    public record DrillConfig(boolean mode, List<Defence> without) {
        public DrillConfig {
            without = List.copyOf(without);
        }

        /** What a test may be without, to show what comes of that. */
        public enum Defence {
            SHORT_QUEUE,
            SILENT_GATE,
            LANES,
            TCP_LIMITS,
            STORAGE_KEEPER;

            @Override
            public String toString() {
                return name().toLowerCase(Locale.ROOT).replace('_', '-');
            }
        }

        /** Whether that one is in force. */
        public boolean has(Defence defence) {
            return !without.contains(defence);
        }

        /** That it is a drill, in a line for people, or none. */
        public List<String> reasons() {
            return mode
                    ? List.of(
                            "in drill mode, " + (without.isEmpty() ? "with all defences" : "without " + names(without))
                                    + ": take `drill` out of the configuration before this node serves anybody")
                    : List.of();
        }

        static String names(List<Defence> defences) {
            return defences.stream().map(Defence::toString).collect(Collectors.joining(", "));
        }
    }

    /** Whether an address is for infrastructure. */
    public boolean hasInfrastructure() {
        return dns.listen().stream().anyMatch(entry -> entry.lane() == ListenConfig.Lane.INFRASTRUCTURE);
    }

    /** The member that this node is, null for a node by itself. */
    public @Nullable MemberConfig self() {
        return cluster.members().stream()
                .filter(member -> member.name().equals(node.name()))
                .findFirst()
                .orElse(null);
    }
}
