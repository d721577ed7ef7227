package io.evenkeel.bench.peers;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Questions that a running server is asked as fast as it answers.
 *
 * @param zone that they are about, in {@link BenchZones}
 * @param questions the file of them, in {@link BenchZones}
 * @param load how they are asked
 * @param rcode of nearly all answers; null: a mix
 * @param servers that are asked, ours first
 * @param bar how much of a peer's CPU time per query ours may take
 */
record Workload(
        String name,
        String what,
        String zone,
        String questions,
        Load.How load,
        @Nullable String rcode,
        List<String> servers,
        @Nullable Bar bar) {

    /**
     * The median of the ratios of all runs is held against it.
     *
     * @param most highest ratio to the cheapest of the peers in the same run
     * @param aims further ratios, by peer, that are told and do not decide
     */
    record Bar(double most, List<String> peers, Map<String, Double> aims) {}

    static final String OURS = "evenkeel";
    static final String NSD = "nsd";
    static final String KNOT = "knot";
    static final String PDNS = "pdns";
    static final String ECHO = "echo";

    private static final List<String> SERVERS = List.of(OURS, NSD, KNOT);
    private static final List<String> TCP_SERVERS = List.of(OURS, NSD, KNOT, PDNS);
    private static final Bar AS_NSD = new Bar(1.0, List.of(NSD), Map.of());

    static final List<Workload> ALL = List.of(
            new Workload(
                    "small",
                    "80 % A, 10 % AAAA, 5 % names that do not exist, 5 % CNAME and MX of 1,000 hosts, EDNS, UDP",
                    "small.example",
                    "mix-small",
                    Load.How.UDP,
                    null,
                    List.of(OURS, NSD, KNOT, ECHO),
                    new Bar(1.0, List.of(NSD), Map.of(NSD, 0.9, ECHO, 1.15))),
            new Workload(
                    "large",
                    "names of the large zone at random, EDNS, UDP",
                    "large.example",
                    "random-large",
                    Load.How.UDP,
                    "NOERROR",
                    SERVERS,
                    new Bar(0.75, List.of(NSD), Map.of())),
            udp("nxdomain", "random names that do not exist, EDNS, UDP", "random-missing", "NXDOMAIN"),
            udp("wildcard", "random names below a wildcard, EDNS, UDP", "random-wildcard", "NOERROR"),
            udp("referral", "random names below a delegation with glue, EDNS, UDP", "random-referral", "NOERROR"),
            new Workload(
                    "signed",
                    "the mix of `small`, zone signed with ECDSA P-256 and NSEC, DO, UDP",
                    "signed.example",
                    "mix-signed",
                    new Load.How(Load.Transport.UDP, 8, 24, 0, true),
                    null,
                    SERVERS,
                    AS_NSD),
            new Workload(
                    "tcp",
                    "the mix of `small`, TCP, 16 connections with 12 questions outstanding on each",
                    "small.example",
                    "mix-small",
                    new Load.How(Load.Transport.TCP, 16, 12, 0, false),
                    null,
                    TCP_SERVERS,
                    new Bar(0.6, List.of(NSD, KNOT, PDNS), Map.of())),
            new Workload(
                    "tcp-single",
                    "the mix of `small`, TCP, one question on each connection, 16 at once",
                    "small.example",
                    "mix-small",
                    new Load.How(Load.Transport.TCP1, 16, 1, 0, false),
                    null,
                    TCP_SERVERS,
                    null));

    private static Workload udp(String name, String what, String questions, String rcode) {
        return new Workload(name, what, "small.example", questions, Load.How.UDP, rcode, SERVERS, AS_NSD);
    }
}
