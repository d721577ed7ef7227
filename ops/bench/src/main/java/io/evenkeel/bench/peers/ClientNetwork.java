package io.evenkeel.bench.peers;

import io.evenkeel.bench.Command;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/*
 * Over loopback, a packet goes through the whole stack on the processor of whoever sends it, so what reception costs the server is
 * charged to the generator. Here each end of a virtual line has one processor for all that it receives (RPS).
 *
 * The network is that of a process which ends when its input does, so it goes with this one, however that ends. The addresses of the
 * clients are behind one neighbour: a table of neighbours would not hold so many.
 */

/** A network of clients that has all addresses of 10.0.0.0/8, at the other end of a line from this process' own network. Root. */
final class ClientNetwork implements AutoCloseable {
    /** This end, private: a fleet asks no other addresses. */
    static final String SERVER = "172.31.0.1";

    private static final String GATEWAY = "172.31.0.2";
    private static final String CLIENTS = "10.0.0.0/8";
    private static final String LINE = "eth0";

    private final Path folder;
    private final int clientCore;
    private final Process holder;

    /**
     * @param serverCore works on what comes to this end
     * @param clientCore works on what comes to the other one, and runs the clients
     * @throws IOException also if this process shares its network with others
     */
    ClientNetwork(Path folder, int serverCore, int clientCore) throws IOException {
        this.folder = folder;
        this.clientCore = clientCore;
        // A line for each interface, below two of headings.
        if (Files.readAllLines(Path.of("/proc/self/net/dev")).stream()
                .skip(2)
                .anyMatch(line -> !line.strip().startsWith("lo:"))) {
            throw new IOException("this network has interfaces, and rules in it would hit others: "
                    + "start it by ops/bench/run, which gives it a network of its own");
        }
        // Nobody may run in it before it is another network than this one.
        holder = new ProcessBuilder(Programs.path("unshare"), "--net", "sh", "-c", "echo made && exec cat")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!"made".equals(holder.inputReader(StandardCharsets.US_ASCII).readLine())) {
            throw new IOException("no network of clients can be made");
        }
        String other = Long.toString(holder.pid());
        ip("link", "set", "lo", "up");
        ip("link", "add", LINE, "type", "veth", "peer", "name", LINE, "netns", other);
        ip("address", "add", SERVER + "/30", "dev", LINE);
        ip("link", "set", LINE, "up");
        clientsIp("link", "set", "lo", "up");
        clientsIp("address", "add", GATEWAY + "/30", "dev", LINE);
        clientsIp("link", "set", LINE, "up");
        clientsIp("route", "add", "local", CLIENTS, "dev", "lo");
        ip("route", "add", CLIENTS, "via", GATEWAY);
        steer(List.of(), serverCore);
        steer(inside(List.of()), clientCore);
    }

    /** That command, run by a client. */
    List<String> inside(List<String> command) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                Programs.path("taskset"),
                "-c",
                Integer.toString(clientCore),
                Programs.path("nsenter"),
                "--net=/proc/" + holder.pid() + "/ns/net",
                "--"));
        all.addAll(command);
        return all;
    }

    private void ip(String... arguments) throws IOException {
        run(List.of(), arguments);
    }

    private void clientsIp(String... arguments) throws IOException {
        run(inside(List.of()), arguments);
    }

    private void run(List<String> where, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(where);
        command.add(Programs.path("ip"));
        command.addAll(List.of(arguments));
        Command.run(folder, command);
    }

    /** From now on that processor alone works on what comes to an end of the line, whoever sends it. */
    private void steer(List<String> where, int core) throws IOException {
        List<String> command = new ArrayList<>(where);
        // A mounted sysfs shows the interfaces of the network in which it was mounted.
        command.addAll(List.of(
                Programs.path("unshare"),
                "--mount",
                "sh",
                "-c",
                "mount -t sysfs clients /sys && echo %x >/sys/class/net/%s/queues/rx-0/rps_cpus"
                        .formatted(1 << core, LINE)));
        Command.run(folder, command);
    }

    /** Who runs there must be gone. */
    @Override
    public void close() {
        holder.destroy();
    }
}
