package io.evenkeel.bench.faults;

import io.evenkeel.bench.cluster.LocalCluster;
import io.evenkeel.bench.cluster.NetworkNamespace;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What tcpdump sees of one server's DNS port: all that comes to it, all that leaves it, and every ICMP message. Root only. */
final class Capture implements AutoCloseable {
    private static final Pattern PORTS = Pattern.compile("IP (\\S+)\\.(\\d+) > (\\S+)\\.(\\d+): .*");

    /** The group of a port in {@link #PORTS}; that before it is its address. */
    private static final int FROM = 2;

    private static final int TO = 4;

    private final Process process;
    private final InetSocketAddress server;
    /** Of this process, as the server sees it: other nodes ask it from ports of their own, which may have the same numbers. */
    private final String client;

    private final CompletableFuture<String> dropped = new CompletableFuture<>();
    private final List<String> lines = Collections.synchronizedList(new ArrayList<>());

    /** Captures on {@code eth0} of the server's namespace; returns when it does. */
    Capture(NetworkNamespace namespace, InetSocketAddress server) throws IOException, InterruptedException {
        this.server = server;
        try (DatagramSocket towards = new DatagramSocket()) {
            towards.connect(server);
            client = towards.getLocalAddress().getHostAddress();
        }
        String host = server.getAddress().getHostAddress();
        process = namespace
                .process(
                        "tcpdump",
                        "-i",
                        "eth0",
                        "-ntlq",
                        "--immediate-mode",
                        "-s128", // or its buffer holds no more than 32 packets
                        "-B16384",
                        "icmp or (host " + host + " and port " + server.getPort() + ")")
                .start();
        CountDownLatch listening = new CountDownLatch(1);
        Thread.ofVirtual().start(() -> read(process.inputReader(), listening));
        Thread.ofVirtual().start(() -> read(process.errorReader(), listening));
        if (!listening.await(LocalCluster.LONG.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("tcpdump does not listen: " + lines);
        }
    }

    private void read(BufferedReader reader, CountDownLatch listening) {
        reader.lines().forEach(line -> {
            if (line.contains("listening on")) {
                listening.countDown();
            } else if (line.contains("dropped by kernel")) {
                dropped.complete(line);
            } else if (line.startsWith("IP")) {
                lines.add(line);
            }
        });
    }

    /** Packets of ICMP, either way. */
    List<String> icmp() {
        return List.copyOf(lines).stream()
                .filter(line -> line.contains(": ICMP"))
                .toList();
    }

    /** Packets from the DNS port. */
    List<String> outbound() {
        return List.copyOf(lines).stream()
                .filter(line -> port(line, FROM) == server.getPort())
                .toList();
    }

    /** Of these, those to such a port of this process. */
    List<String> outbound(Set<Integer> ports) {
        return outbound().stream().filter(line -> isOurs(line, TO, ports)).toList();
    }

    /** How many packets have come from such a port of this process. */
    long inbound(Set<Integer> ports) {
        return List.copyOf(lines).stream()
                .filter(line -> port(line, TO) == server.getPort() && isOurs(line, FROM, ports))
                .count();
    }

    private boolean isOurs(String line, int group, Set<Integer> ports) {
        Matcher matcher = PORTS.matcher(line);
        return matcher.matches() && matcher.group(group - 1).equals(client) && ports.contains(port(line, group));
    }

    /** Everything, for people. */
    @Override
    public String toString() {
        return String.join("\n", List.copyOf(lines));
    }

    private static int port(String line, int group) {
        Matcher matcher = PORTS.matcher(line);
        return matcher.matches() ? Integer.parseInt(matcher.group(group)) : -1;
    }

    /** Ends; fails if it has missed a packet, since then nothing that it has not seen says anything. */
    @Override
    public void close() {
        process.toHandle().destroy(); // the process's own destroy() closes what tcpdump still has to say
        String said = dropped.orTimeout(LocalCluster.LONG.toSeconds(), TimeUnit.SECONDS)
                .join();
        if (!said.startsWith("0 ")) {
            throw new AssertionError("tcpdump: " + said);
        }
    }
}
