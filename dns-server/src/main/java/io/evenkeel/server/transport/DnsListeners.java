package io.evenkeel.server.transport;

import io.evenkeel.consensus.process.AddressText;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All DNS sockets of this node. {@link #bind} takes the ports and is silent on them; {@link #open} starts to answer and takes
 * TCP connections, {@link #shut} falls silent again; {@link #rescan}, called every few seconds, follows the addresses of the
 * machine where a wildcard is configured and tries again what could not be bound. Control threads only.
 */
public final class DnsListeners implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DnsListeners.class);

    private final AnswerLoops loops;
    private final Silence silence;
    private final Addresses.Machine machine;
    private final TransportCounters counters = new TransportCounters();
    private final TcpConnections connections;
    private final List<InetSocketAddress> configured = new ArrayList<>();
    private final Map<InetSocketAddress, List<UdpListener>> udp = new LinkedHashMap<>();
    private final Map<InetSocketAddress, TcpListener> tcp = new LinkedHashMap<>();
    /** What was last said about an address that cannot be had, so that it is said once. */
    private final Map<InetSocketAddress, String> complaints = new HashMap<>();

    private final List<Future<?>> sweeps = new ArrayList<>();
    private boolean open;

    private DnsListeners(
            AnswerLoops loops, Silence silence, Addresses.Machine machine, int tcpConnections, Duration tcpIdle) {
        this.loops = loops;
        this.silence = silence;
        this.machine = machine;
        this.connections = new TcpConnections(tcpConnections, tcpIdle, counters);
        long sweepMillis = Math.max(100, tcpIdle.toMillis() / 4);
        for (AnswerLoop loop : loops.all()) {
            sweeps.add(loop.eventLoop.scheduleWithFixedDelay(
                    () -> connections.closeIdle(loop, System.nanoTime()),
                    sweepMillis,
                    sweepMillis,
                    TimeUnit.MILLISECONDS));
        }
    }

    /**
     * Takes the sockets of every address, as far as {@link Silence} allows, and is silent on them.
     *
     * @param listen where; port 0 lets the system choose one, the same for all with 0
     * @param tcpConnections at once
     * @param tcpIdle how long a connection may do nothing
     * @throws AddressInUseException if another process has one of the ports, UDP or TCP
     * @throws IOException if an address is not one of this machine, or may not be used
     */
    public static DnsListeners bind(
            AnswerLoops loops, List<InetSocketAddress> listen, int tcpConnections, Duration tcpIdle)
            throws IOException {
        return bind(loops, Silence.best(loops.sockets()), listen, Addresses::ofInterfaces, tcpConnections, tcpIdle);
    }

    static DnsListeners bind(
            AnswerLoops loops,
            Silence silence,
            List<InetSocketAddress> listen,
            Addresses.Machine machine,
            int tcpConnections,
            Duration tcpIdle)
            throws IOException {
        DnsListeners listeners = new DnsListeners(loops, silence, machine, tcpConnections, tcpIdle);
        try {
            listeners.bindAll(listen);
        } catch (IOException e) {
            listeners.close();
            throw e;
        }
        return listeners;
    }

    /** How the ports are kept silent before {@link #open}. */
    public Silence silence() {
        return silence;
    }

    /**
     * Starts to answer: what arrives once this has returned is answered, nothing that came before. What could not be bound
     * for TCP is logged and tried again by {@link #rescan}. Not for event loops.
     */
    public synchronized void open() {
        if (open) {
            return;
        }
        open = true;
        connections.welcome();
        List<io.netty.util.concurrent.Future<?>> opening = new ArrayList<>();
        udp.values().forEach(sockets -> sockets.forEach(socket -> opening.add(socket.open())));
        opening.forEach(io.netty.util.concurrent.Future::syncUninterruptibly);
        if (silence == Silence.FILTERED) {
            tcp.values().forEach(TcpListener::open);
        }
        listenTcpEverywhere();
    }

    /**
     * Falls silent: what has been received is answered and connections are ended in order, nothing new is taken. Returns when
     * that is done, after a second or two if clients do not end their side; those connections are closed later as idle. Not
     * for event loops.
     */
    public synchronized void shut() {
        if (!open) {
            return;
        }
        open = false;
        shutTcp();
        List<io.netty.util.concurrent.Future<?>> shutting = new ArrayList<>();
        long[] accepted = {-1};
        // What the kernel has accepted and we have not yet.
        shutting.add(Quiet.await(loops.first().eventLoop, () -> {
            long before = accepted[0];
            accepted[0] = counters.tcpAccepted();
            return accepted[0] != before;
        }));
        udp.values().forEach(sockets -> sockets.forEach(socket -> shutting.add(socket.shut())));
        connections.finish();
        long most = TransportLimits.FINISH.plus(TransportLimits.STOP).toMillis();
        shutting.forEach(one -> one.awaitUninterruptibly(most));
        try {
            boolean _ = connections.awaitNone(TransportLimits.FAREWELL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void shutTcp() {
        if (silence == Silence.FILTERED) {
            tcp.values().forEach(TcpListener::shut);
        } else {
            tcp.values().forEach(listener -> close(listener.channel()));
            tcp.clear();
        }
    }

    /** Takes up addresses that have come, lets go of those that have gone. */
    public synchronized void rescan() {
        Set<InetSocketAddress> wanted;
        try {
            wanted = Addresses.expand(configured, machine);
        } catch (SocketException e) {
            LOG.warn("The addresses of this machine cannot be read; listening on those known: {}", e.toString());
            return;
        }
        closeOthers(wanted);
        for (InetSocketAddress address : wanted) {
            if (!udp.containsKey(address)) {
                try {
                    List<UdpListener> sockets = bindUdp(address);
                    udp.put(address, sockets);
                    LOG.info("Listening on {}", AddressText.show(address));
                    if (open) {
                        for (UdpListener socket : sockets) {
                            socket.open().awaitUninterruptibly();
                        }
                    }
                } catch (IOException e) {
                    complain(address, e);
                }
            }
        }
        listenTcpEverywhere();
    }

    /** Where UDP is listened on at this moment, in order of binding. */
    public synchronized List<InetSocketAddress> addresses() {
        return List.copyOf(udp.keySet());
    }

    /** Open TCP connections. */
    public int tcpConnections() {
        return connections.count();
    }

    /** What happened to sockets and connections. */
    public TransportCounters counters() {
        return counters;
    }

    /** Like {@link #shut}, then closes all sockets; connections that are left end with the loops. */
    @Override
    public synchronized void close() {
        shut();
        sweeps.forEach(sweep -> sweep.cancel(false));
        closeOthers(Set.of());
    }

    private synchronized void bindAll(List<InetSocketAddress> listen) throws IOException {
        int chosen = 0;
        for (InetSocketAddress address : listen) {
            InetSocketAddress actual = address;
            if (address.getPort() == 0) {
                chosen = chosen == 0 ? choosePort(address.getAddress()) : chosen;
                actual = new InetSocketAddress(address.getAddress(), chosen);
            }
            configured.add(actual);
        }
        for (InetSocketAddress address : Addresses.expand(configured, machine)) {
            try {
                udp.put(address, bindUdp(address));
                if (silence == Silence.FILTERED) {
                    tcp.put(address, bindTcp(address, true));
                } else {
                    tryTcp(address);
                }
            } catch (AddressInUseException e) {
                throw e;
            } catch (IOException e) {
                if (configured.contains(address)) {
                    throw e;
                }
                // Of a wildcard: an IPv6 address that is still being checked for duplicates, or one just gone.
                complain(address, e);
            }
        }
    }

    private List<UdpListener> bindUdp(InetSocketAddress address) throws IOException {
        int count = loops.sockets().areLinux() ? loops.all().size() : 1;
        List<UdpListener> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                AnswerLoop loop = loops.all().get(i);
                UdpListener socket = loops.sockets().udp(new UdpBinding(silence, address, loop, counters, i > 0));
                loop.receive.add(socket);
                sockets.add(socket);
                if (i == 0 && count > 1) {
                    sockets.getFirst().share();
                }
            }
        } catch (IOException e) {
            sockets.forEach(DnsListeners::close);
            throw explain(address, "udp", e);
        }
        return sockets;
    }

    private void listenTcpEverywhere() {
        if (!open && silence == Silence.UNREAD) {
            return;
        }
        for (InetSocketAddress address : udp.keySet()) {
            if (!tcp.containsKey(address)) {
                try {
                    tcp.put(address, bindTcp(address, silence == Silence.FILTERED && !open));
                    complaints.remove(address);
                } catch (IOException e) {
                    complain(address, e);
                }
            }
        }
    }

    private TcpListener bindTcp(InetSocketAddress address, boolean filtered) throws IOException {
        try {
            return TcpListener.bind(address, loops, connections, counters, filtered);
        } catch (IOException e) {
            throw explain(address, "tcp", e);
        }
    }

    /** Another process on the TCP port is found out at start, though the port is taken only when it may be used. */
    private static void tryTcp(InetSocketAddress address) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address);
        } catch (IOException e) {
            throw explain(address, "tcp", e);
        }
    }

    private static int choosePort(InetAddress address) throws IOException {
        IOException last = new IOException("no port is free on " + address.getHostAddress());
        for (int i = 0; i < TransportLimits.PORT_ATTEMPTS; i++) {
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(address, 0));
                try (DatagramSocket same = new DatagramSocket(new InetSocketAddress(address, socket.getLocalPort()))) {
                    return same.getLocalPort();
                }
            } catch (IOException e) {
                last = e;
            }
        }
        throw explain(new InetSocketAddress(address, 0), "udp", last);
    }

    private void closeOthers(Set<InetSocketAddress> wanted) {
        Set<InetSocketAddress> gone = new HashSet<>(udp.keySet());
        gone.removeAll(wanted);
        for (InetSocketAddress address : gone) {
            udp.getOrDefault(address, List.of()).forEach(DnsListeners::close);
            udp.remove(address);
            if (open) {
                LOG.info("No longer listening on {}", AddressText.show(address));
            }
        }
        for (Iterator<Map.Entry<InetSocketAddress, TcpListener>> i =
                        tcp.entrySet().iterator();
                i.hasNext(); ) {
            Map.Entry<InetSocketAddress, TcpListener> entry = i.next();
            if (!wanted.contains(entry.getKey())) {
                close(entry.getValue().channel());
                i.remove();
            }
        }
        complaints.keySet().retainAll(wanted);
    }

    private static void close(Channel channel) {
        channel.close().awaitUninterruptibly(TransportLimits.STOP.toMillis());
    }

    private static void close(UdpListener socket) {
        socket.close().awaitUninterruptibly(TransportLimits.STOP.toMillis());
    }

    private void complain(InetSocketAddress address, IOException reason) {
        String complaint = String.valueOf(reason.getMessage());
        if (!complaint.equals(complaints.put(address, complaint))) {
            LOG.warn("Cannot listen, trying again every few seconds: {}", complaint);
        }
    }

    private static IOException explain(InetSocketAddress address, String protocol, IOException failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        String text = String.valueOf(cause.getMessage());
        String shown = AddressText.show(address) + " (" + protocol + ")";
        if (text.contains("already in use")) {
            return new AddressInUseException(address, protocol, "dns.listen", cause);
        }
        if (text.contains("ermission denied") || text.contains("not permitted")) {
            return new IOException(
                    "not allowed to listen on " + shown
                            + "; choose a port above 1023 with dns.listen, or grant CAP_NET_BIND_SERVICE",
                    cause);
        }
        if (cause instanceof BindException || text.contains("annot assign") || text.contains("not available")) {
            String family = address.getAddress() instanceof Inet4Address ? "IPv4" : "IPv6";
            return new IOException(
                    "no interface of this machine has the " + family + " address of " + shown
                            + "; see the addresses with 'ip address', choose with dns.listen",
                    cause);
        }
        return new IOException("cannot listen on " + shown + ": " + text, cause);
    }
}
