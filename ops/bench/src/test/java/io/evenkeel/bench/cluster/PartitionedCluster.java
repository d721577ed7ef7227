package io.evenkeel.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.ops.local.ClusterFolder;
import io.evenkeel.ops.node.ClusterFile;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/*
 * Each node has a network namespace; a bridge in one more joins them, and an interface of this JVM's own network. A cut is
 * an nftables set in the namespace of the receiver: packets from the addresses in it vanish, as they do in a broken network;
 * nobody is told. The questions and calls of the test are never cut: they come from an address that is no node's.
 */

/**
 * Real nodes that can be cut from each other, through the launcher and with certificates. Root only: see {@link #impossible}.
 * Any thread.
 *
 * <pre>
 * try (PartitionedCluster nodes = new PartitionedCluster(folder, 3)) {
 *     nodes.start();
 *     nodes.cut("n1", "n2");
 *     nodes.cluster().setTxt(nodes.node("n1"), "owner", "value");
 *     nodes.heal();
 * }
 * </pre>
 */
public final class PartitionedCluster implements BreakableCluster {
    private static final int DNS = 5300;
    private static final int ADMIN = 8081;
    private static final int RAFT = 7400;
    private static final int PEER = 7500;
    private static final int FIRST_GUEST = 100;

    private final Path data;
    private final Map<String, String> environment;
    private final Listing listing;
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final LocalCluster cluster;
    private final Map<String, NetworkNamespace> namespaces = new LinkedHashMap<>();
    private final Map<String, Process> processes = new LinkedHashMap<>();
    private final List<ClusterFile.Node> plan = new ArrayList<>();
    private final List<NetworkNamespace> guests = new ArrayList<>();
    private final String id;
    private final String subnet;
    private final NetworkNamespace bridge;
    private @Nullable DistantLinks links;

    /**
     * Makes the networks; starts nothing yet.
     *
     * @param data a folder of its own, made if absent
     */
    public PartitionedCluster(Path data, int nodes) throws Exception {
        this(data, nodes, Map.of());
    }

    /** @param environment of all nodes: {@code EVENKEEL_…} overrides of their configuration */
    public PartitionedCluster(Path data, int nodes, Map<String, String> environment) throws Exception {
        this(data, nodes, environment, Listing.ADDRESSES);
    }

    /** How the members are listed in {@code cluster.members}. */
    public enum Listing {
        ADDRESSES,
        /** By names of the file hosts(5), of which each node has its own. */
        NAMES,
        /** By addresses of IPv6: the machines of the nodes have none of IPv4. */
        IPV6
    }

    /** @param environment of all nodes: {@code EVENKEEL_…} overrides of their configuration */
    public PartitionedCluster(Path data, int nodes, Map<String, String> environment, Listing listing) throws Exception {
        this.environment = environment;
        this.listing = listing;
        this.data = data.toAbsolutePath();
        this.cluster = new LocalCluster(this.data, nodes);
        id = "ek%04x".formatted(ThreadLocalRandom.current().nextInt(0x10000));
        subnet = freeSubnet();
        bridge = new NetworkNamespace(id + "-bridge");
        try {
            network(nodes);
            prepare();
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    private void network(int nodes) throws Exception {
        bridge.ip("link", "add", "br0", "type", "bridge");
        bridge.ip("link", "set", "br0", "up");
        NetworkNamespace.command(
                "ip", "link", "add", id, "type", "veth", "peer", "name", "test", "netns", bridge.name());
        bridge.ip("link", "set", "test", "master", "br0", "up");
        NetworkNamespace.command(inFull("ip", "address", "add", address(254) + length(), "dev", id)
                .toArray(String[]::new));
        NetworkNamespace.command("ip", "link", "set", id, "up");
        for (int i = 1; i <= nodes; i++) {
            String name = "n" + i;
            String address = address(i);
            addresses.put(name, address);
            NetworkNamespace namespace = new NetworkNamespace(id + "-" + name);
            namespaces.put(name, namespace);
            namespace.ip("link", "add", "eth0", "type", "veth", "peer", "name", name, "netns", bridge.name());
            bridge.ip("link", "set", name, "master", "br0", "up");
            namespace.ip(
                    inFull("address", "add", address + length(), "dev", "eth0").toArray(String[]::new));
            if (listing == Listing.IPV6) {
                namespace.ip("address", "del", "127.0.0.1/8", "dev", "lo");
            }
            namespace.ip("link", "set", "eth0", "up");
            namespace.nft("""
                    table ip cut {
                      set from { type ipv4_addr; }
                      chain in { type filter hook input priority 0; ip saddr @from drop; }
                    }""");
            plan.add(node(name, address, literal(loopback()) + ":" + ADMIN));
        }
        if (listing == Listing.NAMES) {
            tellNames(addresses);
        }
    }

    private String address(int last) {
        return listing == Listing.IPV6 ? "fd53:" + id.substring(2) + "::" + last : subnet + "." + last;
    }

    private String length() {
        return listing == Listing.IPV6 ? "/64" : "/24";
    }

    /** An address of IPv6 would else be no good for some seconds, until nobody has objected to it. */
    private List<String> inFull(String... command) {
        List<String> all = new ArrayList<>(List.of(command));
        if (listing == Listing.IPV6) {
            all.add("nodad");
        }
        return all;
    }

    private String loopback() {
        return listing == Listing.IPV6 ? "::1" : "127.0.0.1";
    }

    private static String literal(String address) {
        return address.contains(":") ? "[" + address + "]" : address;
    }

    /** What the names of the members stand for from now on, on all machines; a name that is not among them does not resolve. */
    public void tellNames(Map<String, String> known) throws IOException {
        StringBuilder hosts = new StringBuilder("127.0.0.1 localhost\n");
        known.forEach((name, address) ->
                hosts.append(address).append(' ').append(host(name)).append('\n'));
        for (NetworkNamespace namespace : namespaces.values()) {
            namespace.hosts(hosts.toString());
        }
    }

    private static String host(String name) {
        return name + ".members.test";
    }

    /** The address of each node by now. */
    public Map<String, String> addresses() {
        return Map.copyOf(addresses);
    }

    /**
     * Gives a node's machine another address, and takes away the one that it had. Tells no node.
     *
     * @param octet the last one, below 100
     */
    public void move(String name, int octet) throws Exception {
        String before = Objects.requireNonNull(addresses.get(name), name);
        String after = address(octet);
        namespace(name).ip("address", "del", before + length(), "dev", "eth0");
        namespace(name).ip("address", "add", after + length(), "dev", "eth0");
        // Else packets go to the machine that had the address before, for some seconds.
        NetworkNamespace.command("ip", "neighbour", "flush", "dev", id);
        for (NetworkNamespace namespace : namespaces.values()) {
            namespace.ip("neighbour", "flush", "dev", "eth0");
        }
        addresses.put(name, after);
        List<ClusterFile.Node> moved = new ArrayList<>(cluster.nodes());
        moved.replaceAll(node -> node.name().equals(name)
                ? node(name, after, node.admin()).withProcess(node.pid(), node.startTicks())
                : node);
        new ClusterFile(ClusterFile.FORMAT, "evenkeel", moved).write(data);
    }

    /** Writes the configuration of all nodes anew, with the addresses that they have by now. */
    public void configure() throws Exception {
        List<ClusterFile.Node> seenFromHere = cluster.nodes();
        List<ClusterFile.Node> inside = new ArrayList<>();
        for (ClusterFile.Node node : seenFromHere) {
            inside.add(node(
                    node.name(),
                    Objects.requireNonNull(addresses.get(node.name())),
                    literal(loopback()) + ":" + ADMIN));
        }
        try (ClusterFolder held = ClusterFolder.open(data)) {
            held.prepare(new ClusterFile(ClusterFile.FORMAT, "evenkeel", inside));
        }
        new ClusterFile(ClusterFile.FORMAT, "evenkeel", seenFromHere).write(data);
    }

    /** A network of strangers that reaches all nodes, with so many addresses from {@link #firstGuest} on. */
    public NetworkNamespace guests(int addresses) throws Exception {
        NetworkNamespace guest = new NetworkNamespace(id + "-guest" + guests.size());
        guests.add(guest);
        String name = "guest" + guests.size();
        guest.ip("link", "add", "eth0", "type", "veth", "peer", "name", name, "netns", bridge.name());
        bridge.ip("link", "set", name, "master", "br0", "up");
        guest.ip("link", "set", "eth0", "up");
        for (int i = 0; i < addresses; i++) {
            guest.ip("address", "add", subnet + "." + (FIRST_GUEST + i) + "/24", "dev", "eth0");
        }
        return guest;
    }

    /** The first address of guests; the others differ in their last octet. */
    public String firstGuest() {
        return subnet + "." + FIRST_GUEST;
    }

    /**
     * From now on members see connections of that node come from another address than its own, as through a NAT that nobody
     * has told them of.
     *
     * @param octet the last one of that address, from 20 to 99; another one than before
     */
    public void translate(String node, int octet) throws Exception {
        namespace(node).ip("address", "add", subnet + "." + octet + "/24", "dev", "eth0");
        namespace(node).nft("""
                table ip nat;
                delete table ip nat;
                table ip nat {
                  chain out {
                    type nat hook postrouting priority 100;
                    tcp dport { %d, %d } snat to %s.%d;
                  }
                }""".formatted(RAFT, PEER, subnet, octet));
    }

    /** From now on what they send each other goes that far; once at most. The test itself stays near to all of them. */
    public DistantLinks moveApart(Distance distance) throws Exception {
        Map<String, NetworkNamespace> byAddress = new LinkedHashMap<>();
        for (ClusterFile.Node node : plan) {
            byAddress.put(node.dns().substring(0, node.dns().indexOf(':')), namespace(node.name()));
        }
        DistantLinks made = new DistantLinks(byAddress, distance);
        links = made;
        return made;
    }

    /** Why it cannot work here; empty if it can. */
    public static Optional<String> impossible() {
        String user = System.getProperty("user.name");
        if (!user.equals("root")) {
            return Optional.of("network namespaces need root, and this is " + user);
        }
        String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
        return List.of("ip", "nft").stream()
                .filter(program -> java.util.Arrays.stream(path.split(File.pathSeparator, -1))
                        .noneMatch(folder -> Files.isExecutable(Path.of(folder, program))))
                .findFirst()
                .map(program -> program + " is not installed (Debian: apt-get install iproute2 nftables)");
    }

    /** Of those for measurements (RFC 2544), which nobody routes. */
    private static String freeSubnet() throws SocketException {
        List<String> taken = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .map(address -> address.getHostAddress())
                .toList();
        return IntStream.generate(() -> ThreadLocalRandom.current().nextInt(512))
                .limit(1000)
                .mapToObj(i -> "198." + (18 + i / 256) + "." + i % 256)
                .filter(subnet -> taken.stream().noneMatch(address -> address.startsWith(subnet + ".")))
                .findFirst()
                .orElseThrow();
    }

    private ClusterFile.Node node(String name, String address, String admin) {
        String host = listing == Listing.NAMES ? host(name) : literal(address);
        return new ClusterFile.Node(
                name,
                0,
                0,
                literal(address) + ":" + DNS,
                admin,
                host + ":" + RAFT,
                host + ":" + PEER,
                name + "/local-api-key",
                name + "/evenkeel.yaml",
                name + "/node.log");
    }

    /** Keys and configurations as {@code up} makes them; then the admin addresses as they are seen from here. */
    private void prepare() throws Exception {
        try (ClusterFolder held = ClusterFolder.open(data)) {
            held.prepare(new ClusterFile(ClusterFile.FORMAT, "evenkeel", plan));
            for (int i = 0; i < plan.size(); i++) {
                ClusterFile.Node node = plan.get(i);
                int relay = namespace(node.name()).relay(InetAddress.ofLiteral(loopback()), ADMIN);
                plan.set(
                        i, node(node.name(), Objects.requireNonNull(addresses.get(node.name())), "127.0.0.1:" + relay));
            }
            new ClusterFile(ClusterFile.FORMAT, "evenkeel", plan).write(data);
        }
    }

    /** The network of a node. */
    public NetworkNamespace namespace(String node) {
        return Objects.requireNonNull(namespaces.get(node), node);
    }

    /** The nodes as {@link LocalCluster} sees them: for changes, questions, histories and the command line. */
    @Override
    public LocalCluster cluster() {
        return cluster;
    }

    @Override
    public Optional<PartitionedCluster> networks() {
        return Optional.of(this);
    }

    /** With its process as last started. */
    public ClusterFile.Node node(String name) {
        return cluster.node(name);
    }

    /** Starts all nodes, waits until they are open, and puts the sample zone in. */
    public void start() throws Exception {
        for (String name : namespaces.keySet()) {
            start(name);
        }
        awaitReady();
        LocalCluster.Said said = cluster.run("zone", "import", LocalCluster.SAMPLE, "--create");
        assertThat(said.code()).as(said.err()).isZero();
        for (ClusterFile.Node node : cluster.nodes()) {
            Awaitility.await()
                    .atMost(LocalCluster.LONG)
                    .until(() -> serial(node).isPresent());
        }
    }

    @Override
    public void start(String name) throws IOException {
        processes.put(name, cluster.serve(name, command -> namespace(name).process(withEnvironment(command))));
    }

    /** env(1) becomes the command, under the same pid. */
    private String[] withEnvironment(String... command) {
        List<String> all = new ArrayList<>(List.of("env"));
        environment.forEach((variable, value) -> all.add(variable + "=" + value));
        all.addAll(List.of(command));
        return all.toArray(String[]::new);
    }

    @Override
    public void kill(String name) {
        LocalCluster.kill(Objects.requireNonNull(processes.get(name), name));
    }

    /** Waits until every running node says that it is ready. */
    public void awaitReady() {
        for (ClusterFile.Node node : cluster.nodes()) {
            if (Objects.requireNonNull(processes.get(node.name())).isAlive()) {
                Awaitility.await(node.name())
                        .atMost(LocalCluster.LONG)
                        .until(() -> cluster.send(node, "GET", "/readyz", null, Duration.ofSeconds(2))
                                        .status()
                                == 200);
            }
        }
    }

    /** The serial of the sample zone that a node answers; empty if it does not answer. */
    public static Optional<Long> serial(ClusterFile.Node node) {
        return LocalCluster.ask(node, LocalCluster.ZONE, Type.SOA)
                .flatMap(answer -> answer.getSection(Section.ANSWER).stream()
                        .filter(SOARecord.class::isInstance)
                        .map(record -> ((SOARecord) record).getSerial())
                        .findFirst());
    }

    /** Nothing gets from one to the other, either way. */
    public void cut(String one, String other) throws Exception {
        cutOneWay(one, other);
        cutOneWay(other, one);
    }

    /** Nothing gets from {@code sender} to {@code receiver}; the other way everything does. */
    public void cutOneWay(String sender, String receiver) throws Exception {
        String dns = cluster.node(sender).dns();
        namespace(receiver).nft("add element ip cut from { " + dns.substring(0, dns.indexOf(':')) + " }");
    }

    /** Cuts a node from all others. */
    public void isolate(String name) throws Exception {
        for (String other : namespaces.keySet()) {
            if (!other.equals(name)) {
                cut(name, other);
            }
        }
    }

    /** Cuts every node from every other. */
    public void isolateAll() throws Exception {
        for (String name : namespaces.keySet()) {
            isolate(name);
        }
    }

    /** Ends every cut. */
    public void heal() throws Exception {
        for (NetworkNamespace namespace : namespaces.values()) {
            namespace.nft("flush set ip cut from");
        }
    }

    /** Kills what runs and takes the networks away. */
    @Override
    public void close() throws IOException {
        for (String name : processes.keySet()) {
            kill(name);
        }
        if (links != null) {
            links.close();
        }
        for (NetworkNamespace namespace : namespaces.values()) {
            namespace.close();
        }
        for (NetworkNamespace guest : guests) {
            guest.close();
        }
        bridge.close();
    }
}
