package io.evenkeel.ops.local;

import io.evenkeel.ops.verb.OsProcess;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Whether ports of the loopback address are free, and if not, who has them. */
final class Ports {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private Ports() {}

    /** True if a node could bind it. */
    static boolean tcpFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true); // as servers do: connections that linger after their end are no obstacle
            socket.bind(new InetSocketAddress(LOOPBACK, port), 1);
            return true;
        } catch (IOException inUse) {
            return false;
        }
    }

    /** True if a node could bind it. */
    static boolean udpFree(int port) {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(LOOPBACK, port))) {
            return socket.isBound();
        } catch (IOException inUse) {
            return false;
        }
    }

    /** A phrase such as {@code "java (pid 4711)"}; empty where the system does not tell. */
    static Optional<String> owner(String protocol, int port) {
        Set<String> sockets = new HashSet<>();
        for (String table : List.of(protocol, protocol + "6")) {
            sockets.addAll(sockets(Path.of("/proc/net", table), port, protocol.equals("tcp")));
        }
        OptionalLong pid = sockets.isEmpty() ? OptionalLong.empty() : processWith(sockets);
        if (pid.isEmpty()) {
            return Optional.empty();
        }
        String name = OsProcess.name(pid.getAsLong());
        return Optional.of((name == null ? "process" : name) + " (pid " + pid.getAsLong() + ")");
    }

    /** Inodes of the sockets that are bound (TCP: listen) on the port. */
    private static Set<String> sockets(Path table, int port, boolean listening) {
        Set<String> inodes = new HashSet<>();
        String suffix = ":%04X".formatted(port);
        try {
            for (String line : Files.readAllLines(table)) {
                String[] field = line.strip().split("\\s+", -1);
                if (field.length > 9
                        && field[1].toUpperCase(Locale.ROOT).endsWith(suffix)
                        && (!listening || field[3].equals("0A"))) {
                    inodes.add("socket:[" + field[9] + "]");
                }
            }
        } catch (IOException notLinux) {
            return Set.of();
        }
        return inodes;
    }

    private static OptionalLong processWith(Set<String> sockets) {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (holdsOneOf(process.resolve("fd"), sockets)) {
                    return OptionalLong.of(Long.parseLong(process.getFileName().toString()));
                }
            }
        } catch (IOException notLinux) {
            return OptionalLong.empty();
        }
        return OptionalLong.empty();
    }

    private static boolean holdsOneOf(Path descriptors, Set<String> sockets) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(descriptors)) {
            for (Path entry : entries) {
                if (isOneOf(entry, sockets)) {
                    return true;
                }
            }
        } catch (IOException | DirectoryIteratorException foreignOrGone) {
            return false; // another user's process, or one that just ended
        }
        return false;
    }

    /** False too for a descriptor that its process closed since it was listed: a busy process does so all the time. */
    private static boolean isOneOf(Path descriptor, Set<String> sockets) throws IOException {
        try {
            return sockets.contains(Files.readSymbolicLink(descriptor).toString());
        } catch (NoSuchFileException closed) {
            return false;
        }
    }
}
