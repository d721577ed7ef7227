package io.evenkeel.bench.cluster;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/*
 * A Linux network namespace, by ip(8). A socket belongs for ever to the namespace of the thread that made it, so one thread
 * of this JVM moves into the namespace by setns(2) and makes the sockets that are to be inside.
 */

/** A network of its own for one process, which this JVM can reach into. Root only. Any thread. */
public final class NetworkNamespace implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x40000000;

    private final String name;
    private final ExecutorService inside;
    private final List<ServerSocket> relays = new ArrayList<>();

    /** Makes it, with its own loopback interface up and the congestion control of RFC 5681. */
    NetworkNamespace(String name) throws IOException, InterruptedException {
        this.name = name;
        command("ip", "netns", "add", name);
        command("ip", "-n", name, "link", "set", "lo", "up");
        inside = Executors.newSingleThreadExecutor(
                task -> Thread.ofPlatform().daemon().name("in-" + name).unstarted(() -> {
                    enter(name);
                    task.run();
                }));
        // Whatever this machine prefers: the one that any kernel has and any namespace may choose, and that gives way
        // to loss
        // most of all (CUBIC does no better on a line of 10 Mbit/s, RFC 9438 section 4.3). The file is that of the
        // thread.
        call(() -> Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_congestion_control"), "reno"));
    }

    String name() {
        return name;
    }

    /** {@code ip -n NAME args}. */
    void ip(String... args) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("ip", "-n", name));
        all.addAll(List.of(args));
        command(all.toArray(String[]::new));
    }

    /** {@code nft SCRIPT} inside. */
    void nft(String script) throws IOException, InterruptedException {
        command("ip", "netns", "exec", name, "nft", script);
    }

    /** What programs that are started inside find in the file hosts(5), and those that run from now on. */
    void hosts(String text) throws IOException {
        Path folder = Files.createDirectories(Path.of("/etc/netns", name));
        // Written in place: what runs has this very file mounted.
        Files.writeString(folder.resolve("hosts"), text);
    }

    /** What runs a command inside; the process is the command itself, under the same pid. */
    public ProcessBuilder process(String... command) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
        all.addAll(List.of(command));
        return new ProcessBuilder(all);
    }

    /** Runs on the thread that is inside: sockets made there are inside for ever. */
    <T> T call(Callable<T> action) throws IOException {
        try {
            return inside.submit(action).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Lets this JVM's own network reach a port of the namespace's loopback interface, from which alone a local operator may
     * come.
     *
     * @param loopback the address of that interface inside
     * @return the port on this side's loopback interface; what connects there while nobody listens inside is reset
     */
    int relay(InetAddress loopback, int port) throws IOException {
        ServerSocket outside = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        relays.add(outside);
        Thread.ofVirtual().name("relay-" + name).start(() -> accept(outside, new InetSocketAddress(loopback, port)));
        return outside.getLocalPort();
    }

    private void accept(ServerSocket outside, InetSocketAddress inner) {
        try {
            while (true) {
                Socket client = outside.accept();
                Thread.ofVirtual().start(() -> connect(client, inner));
            }
        } catch (IOException end) {
            assert outside.isClosed() : end;
        }
    }

    private void connect(Socket client, InetSocketAddress inner) {
        try (client) {
            client.setSoLinger(true, 0); // a reset unless it is closed in order below
            try (Socket server = call(() -> {
                Socket made = new Socket();
                made.connect(inner);
                return made;
            })) {
                Thread back = Thread.ofVirtual().start(() -> pump(server, client));
                pump(client, server);
                back.join();
            }
        } catch (IOException refusedOrReset) {
            // The client sees it as the reset of its own connection.
            assert client.isClosed();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void pump(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException broken) {
            abort(from);
            abort(to);
        }
    }

    private static void abort(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (SocketException closed) {
            assert socket.isClosed();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Its processes must be gone; its interfaces, and their other ends, go with it. */
    @Override
    public void close() throws IOException {
        for (ServerSocket relay : relays) {
            relay.close();
        }
        inside.shutdown();
        try {
            if (!inside.awaitTermination(10, TimeUnit.SECONDS)) {
                throw new AssertionError("the thread inside " + name + " does not end");
            }
            command("ip", "netns", "delete", name);
            Path folder = Path.of("/etc/netns", name);
            Files.deleteIfExists(folder.resolve("hosts"));
            Files.deleteIfExists(folder);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Fails with what the command said. */
    static void command(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = String.join("\n", process.inputReader().lines().toList());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said);
        }
    }

    @SuppressWarnings("restricted") // three calls of the C library, with the signatures of their manual pages
    private static void enter(String name) {
        Linker linker = Linker.nativeLinker();
        MethodHandle open = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("open"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                Linker.Option.firstVariadicArg(2));
        MethodHandle setns = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("setns"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        MethodHandle close = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("close"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        Path file = Path.of("/run/netns", name);
        try (Arena arena = Arena.ofConfined()) {
            int descriptor = (int) open.invokeExact(arena.allocateFrom(file.toString()), 0);
            int entered = (int) setns.invokeExact(descriptor, CLONE_NEWNET);
            int closed = (int) close.invokeExact(descriptor);
            if (entered != 0 || closed != 0) {
                throw new AssertionError("cannot enter " + file + (Files.exists(file) ? "" : ", which is not there"));
            }
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
