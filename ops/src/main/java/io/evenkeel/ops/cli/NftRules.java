package io.evenkeel.ops.cli;

import java.util.List;
import java.util.SortedSet;
import java.util.stream.Collectors;

/*
 * The place is the hook "prerouting" at priority "raw", in the family "inet": before connection tracking, routing and the
 * firewall, and yet one table for both families that names no interface. The ingress hook of an interface would be a little
 * cheaper, but its chain can only be made once that interface is there, so not in the file that a machine loads when it boots;
 * it has to name every interface, and it sees packets before VLAN tags are off.
 *
 * A meter that has been left alone for burst/rate is full again: forgetting it then changes nothing, so that is its time-out.
 * A full table admits: a new client is not metered then, and the limits of the node itself still are.
 */

/**
 * Rules for nftables that drop in the kernel what is far above the limits of the nodes.
 *
 * @param origin of the limits, for people
 * @param rate questions a second of one client, by the nodes
 * @param burst questions at once of one client, by the nodes
 * @param ports of DNS
 * @param allowed prefixes of clients that are not metered
 * @param lanes destination addresses whose questions are not metered
 * @param unmetered addresses and ports of the same kind that the node has told, for some sources or all
 * @param size clients of each family that are metered at once
 */
record NftRules(
        String origin,
        long rate,
        long burst,
        SortedSet<Integer> ports,
        List<Prefix> allowed,
        List<Prefix> lanes,
        List<Unmetered> unmetered,
        int size) {
    /**
     * Where a node listens and is not to be helped: for infrastructure, or behind proxies.
     *
     * @param sources whose questions pass; empty: those of all
     */
    record Unmetered(Prefix address, int port, List<Prefix> sources) {
        Unmetered {
            sources = List.copyOf(sources);
        }
    }

    /** By which the kernel's limit is above that of the nodes, whose judgement is the better one. */
    static final int FACTOR = 8;

    /** Of a new cluster: {@code LimitSettings.NEW} of the server. */
    static final int DEFAULT_RATE = 200;

    /** The same. */
    static final int DEFAULT_BURST = 1_000;

    static final int DEFAULT_PORT = 53;

    /** Clients of each family: a few megabytes of kernel memory when full. */
    static final String DEFAULT_SIZE = "65536";

    /** Beyond that a meter is forgotten though it is not full again: a slow rate must not keep the table full. */
    private static final long MOST_TIMEOUT_SECONDS = 60;

    /** As a file for {@code nft -f}, which replaces what it loaded before. */
    String text() {
        return header() + set("clients4", "ipv4_addr") + set("clients6", "ipv6_addr") + questions() + hook();
    }

    private String header() {
        return """
            #!/usr/sbin/nft -f
            # Drops in the kernel what is far above the limits on clients of the nodes: questions over UDP of one client, an IPv4 address
            # or an IPv6 /64, above %1$d times its rate (%2$d/s) and burst (%3$d), which are those of %4$s.
            # `evenkeel limits nft` prints this file. A client is forgotten after %5$d s without a question, when it may ask as much as at
            # first. The table holds %6$d clients of each family; while it is full, others pass, and the nodes judge them.
            # Load: nft -f FILE. Look: nft list table inet evenkeel_limits. Off: nft delete table inet evenkeel_limits.

            table inet evenkeel_limits
            delete table inet evenkeel_limits

            table inet evenkeel_limits {
            """.formatted(FACTOR, rate, burst, origin, timeout(), size);
    }

    private String hook() {
        return """

                chain prerouting {
                    type filter hook prerouting priority raw; policy accept;
                    iif "lo" accept
                    udp dport { %s } jump questions
                }
            }
            """.formatted(ports.stream().map(String::valueOf).collect(Collectors.joining(", ")));
    }

    private String set(String name, String type) {
        return """
                    set %s {
                        type %s
                        size %d
                        flags dynamic, timeout
                        timeout %ds
                    }
                """.formatted(name, type, size, timeout());
    }

    private String questions() {
        return "\n    chain questions {\n"
                + accept("daddr", lanes)
                + unmetered.stream().map(NftRules::accept).collect(Collectors.joining())
                + accept("saddr", allowed)
                + meter("clients4", "ip saddr")
                + meter("clients6", "ip6 saddr & ffff:ffff:ffff:ffff::")
                + "    }\n";
    }

    /** Only where the kernel meters that port. Others than the sources are metered: the node turns them away in any case. */
    private static String accept(Unmetered place) {
        String family = place.address.isIpv4() ? "ip" : "ip6";
        String to = "%s daddr %s udp dport %d"
                .formatted(family, place.address.network().getHostAddress(), place.port);
        return place.sources.isEmpty()
                ? "        " + to + " accept\n"
                : accept(to + " " + family + " saddr", place.sources, place.address.isIpv4());
    }

    /** One rule for each family that there is. */
    private static String accept(String field, List<Prefix> prefixes) {
        return accept("ip " + field, prefixes, true) + accept("ip6 " + field, prefixes, false);
    }

    private static String accept(String field, List<Prefix> prefixes, boolean ipv4) {
        String list = prefixes.stream()
                .filter(prefix -> prefix.isIpv4() == ipv4 && !isWithinAnother(prefix, prefixes))
                .distinct()
                .map(Prefix::toString)
                .collect(Collectors.joining(", "));
        return list.isEmpty() ? "" : "        " + field + " { " + list + " } accept\n";
    }

    /** An anonymous set takes no overlaps. */
    private static boolean isWithinAnother(Prefix prefix, List<Prefix> prefixes) {
        return prefixes.stream().anyMatch(other -> !other.equals(prefix) && other.contains(prefix));
    }

    private String meter(String set, String client) {
        return "        update @%s { %s limit rate over %d/second burst %d packets } counter drop\n"
                .formatted(set, client, FACTOR * rate, FACTOR * burst);
    }

    private long timeout() {
        return Math.clamp(Math.ceilDiv(burst, rate), 1, MOST_TIMEOUT_SECONDS);
    }
}
