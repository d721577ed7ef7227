package io.evenkeel.server.transport;

import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.server.query.Lane;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
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
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All DNS sockets of this node. {@link #bind} takes the ports and is silent on them; {@link #open} starts to answer and takes
 * TCP connections, {@link #shut} falls silent again; {@link #rescan}, called every few seconds, follows the addresses of the
 * machine where a wildcard is configured and tries again what could not be bound or opened. Control threads only, unless a
 * method says otherwise.
 */
public final class DnsListeners implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DnsListeners.class);

    private final AnswerLoops loops;
    private final Silence silence;
    private final Addresses.Machine machine;
    private final TransportCounters counters = new TransportCounters();
    private final Map<Lane, TcpConnections> connections = new EnumMap<>(Lane.class);
    private final List<ListenRules> configured = new ArrayList<>();
    private final Map<InetSocketAddress, List<UdpListener>> udp = new LinkedHashMap<>();
    private final Map<InetSocketAddress, TcpListener> tcp = new LinkedHashMap<>();
    /** What was last said about an address that cannot be had, so that it is said once. */
    private final Map<InetSocketAddress, String> complaints = new HashMap<>();

    /** Where it should listen, as it was seen last. */
    private Map<InetSocketAddress, ListenRules> expanded = Map.of();

    private final List<Future<?>> sweeps = new ArrayList<>();
    /** Those of {@link #complaints}, for other threads. */
    private volatile List<String> missing = List.of();
    /** Whether it has no socket at all, for other threads. */
    private volatile boolean nowhere;
    /** Whether what is bound answers, and what will be bound is to. */
    private boolean open;

    private DnsListeners(AnswerLoops loops, Silence silence, Addresses.Machine machine, TcpSettings tcpSettings) {
        this.loops = loops;
        this.silence = silence;
        this.machine = machine;
        for (Lane lane : loops.lanes()) {
            TcpConnections ofLane = new TcpConnections(tcpSettings.of(lane), counters);
            connections.put(lane, ofLane);
            for (AnswerLoop loop : loops.of(lane).tcp) {
                sweeps.add(loop.every(
                        TimeUnit.MILLISECONDS.toNanos(ofLane.sweepMillis()),
                        () -> ofLane.sweep(loop, System.nanoTime())));
            }
        }
    }

    /**
     * Takes the sockets of every address, as far as {@link Silence} allows, and is silent on them.
     *
     * An address that no interface has, or that is still being checked for duplicates, is tried again by {@link #rescan}: it may
     * come later, and the others answer all the same.
     *
     * @param listen where, on lanes that the loops have; port 0 lets the system choose one, the same for all with 0
     * @param tcp bounds on TCP connections
     * @throws AddressInUseException if another process has one of the ports, UDP or TCP
     * @throws IOException if an address may not be used
     */
    public static DnsListeners bind(AnswerLoops loops, List<ListenPoint> listen, TcpSettings tcp) throws IOException {
        return bind(loops, Silence.best(loops.sockets()), listen, Addresses::ofInterfaces, tcp);
    }

    static DnsListeners bind(
            AnswerLoops loops, Silence silence, List<ListenPoint> listen, Addresses.Machine machine, TcpSettings tcp)
            throws IOException {
        DnsListeners listeners = new DnsListeners(loops, silence, machine, tcp);
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
     * Starts to answer: what arrives once this has returned is answered, nothing that came before. An address that cannot be
     * opened, or not be bound for TCP, is logged and tried again by {@link #rescan}. Not for event loops.
     *
     * @throws IllegalStateException if none can be opened; then this is still silent, and the next call tries all of them again
     */
    public synchronized void open() {
        if (open) {
            return;
        }
        Map<InetSocketAddress, ListenRules> wanted = expand();
        bindUdpEverywhere(wanted);
        connections.values().forEach(TcpConnections::welcome);
        RuntimeException failure = openUdp(List.copyOf(udp.keySet()));
        if (udp.isEmpty() && failure != null) {
            throw failure;
        }
        open = true;
        openTcp();
        listenTcpEverywhere(wanted);
        settle();
    }

    /** Lets go of those that fail, so that {@link #rescan} takes them anew; why the last one did, null if none. */
    private @Nullable RuntimeException openUdp(Collection<InetSocketAddress> addresses) {
        Map<InetSocketAddress, List<io.netty.util.concurrent.Future<?>>> opening = new LinkedHashMap<>();
        for (InetSocketAddress address : addresses) {
            opening.put(
                    address,
                    udp.getOrDefault(address, List.of()).stream()
                            .<io.netty.util.concurrent.Future<?>>map(UdpListener::open)
                            .toList());
        }
        RuntimeException failure = null;
        for (Map.Entry<InetSocketAddress, List<io.netty.util.concurrent.Future<?>>> entry : opening.entrySet()) {
            InetSocketAddress address = entry.getKey();
            Throwable cause = null;
            for (io.netty.util.concurrent.Future<?> one : entry.getValue()) {
                Throwable failed = one.awaitUninterruptibly().cause();
                cause = cause == null ? failed : cause;
            }
            if (cause != null) {
                closeUdp(address);
                failure = cannotOpen(address, "udp", cause);
            }
        }
        return failure;
    }

    private void openTcp() {
        if (silence != Silence.FILTERED) {
            return;
        }
        for (Map.Entry<InetSocketAddress, TcpListener> entry : List.copyOf(tcp.entrySet())) {
            try {
                entry.getValue().open();
            } catch (ChannelException e) {
                tcp.remove(entry.getKey());
                close(entry.getValue().channel());
                IllegalStateException _ = cannotOpen(entry.getKey(), "tcp", e);
            }
        }
    }

    private IllegalStateException cannotOpen(InetSocketAddress address, String protocol, Throwable cause) {
        IllegalStateException failure = new IllegalStateException(
                "cannot answer on " + AddressText.show(address) + " (" + protocol + "): " + cause, cause);
        complain(address, failure);
        return failure;
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
        for (Lane lane : loops.lanes()) {
            long[] accepted = {-1};
            // What the kernel has accepted and we have not yet.
            shutting.add(Quiet.await(loops.of(lane).tcp.getFirst().eventLoop, () -> {
                long before = accepted[0];
                accepted[0] = counters.tcpAccepted();
                return accepted[0] != before;
            }));
        }
        udp.values().forEach(sockets -> sockets.forEach(socket -> shutting.add(socket.shut())));
        connections.values().forEach(TcpConnections::finish);
        long most = TransportLimits.FINISH.plus(TransportLimits.STOP).toMillis();
        shutting.forEach(one -> one.awaitUninterruptibly(most));
        long end = System.nanoTime() + TransportLimits.FAREWELL.toNanos();
        try {
            for (TcpConnections ofLane : connections.values()) {
                boolean _ = ofLane.awaitNone(Duration.ofNanos(end - System.nanoTime()));
            }
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
        Map<InetSocketAddress, ListenRules> wanted = expand();
        closeOthers(wanted.keySet());
        List<InetSocketAddress> come = bindUdpEverywhere(wanted);
        if (open) {
            RuntimeException _ = openUdp(come); // it has been logged, and is tried again
        }
        listenTcpEverywhere(wanted);
        settle();
        configured.forEach(ListenRules::observe);
    }

    /** All that should be listened on. */
    private Map<InetSocketAddress, ListenRules> expand() {
        try {
            expanded = Addresses.expand(configured, machine);
        } catch (SocketException e) {
            LOG.warn("The addresses of this machine cannot be read; listening on those known: {}", e.toString());
        }
        return expanded;
    }

    /** Which ones it has bound. */
    private List<InetSocketAddress> bindUdpEverywhere(Map<InetSocketAddress, ListenRules> wanted) {
        List<InetSocketAddress> come = new ArrayList<>();
        wanted.forEach((address, rules) -> {
            if (!udp.containsKey(address)) {
                try {
                    udp.put(address, bindUdp(address, rules));
                    come.add(address);
                    LOG.info("Listening on {}", AddressText.show(address));
                } catch (IOException e) {
                    complain(address, e);
                }
            }
        });
        return come;
    }

    /** Where UDP is listened on at this moment, in order of binding. */
    public synchronized List<InetSocketAddress> addresses() {
        return List.copyOf(udp.keySet());
    }

    /** The same with what holds there, but for addresses that this machine has just lost. */
    public synchronized List<ListenPoint> points() {
        List<ListenPoint> points = new ArrayList<>();
        expanded.forEach((address, rules) -> {
            if (udp.containsKey(address)) {
                points.add(rules.at(address));
            }
        });
        return points;
    }

    /** Why it does not listen where it should, a line for people each; empty if it listens everywhere. Any thread. */
    public List<String> missing() {
        return missing;
    }

    /** Whether it listens nowhere, since this machine has none of the addresses at present. Any thread. */
    public boolean isNowhere() {
        return nowhere;
    }

    /** Open TCP connections. */
    public int tcpConnections() {
        return connections.values().stream().mapToInt(TcpConnections::count).sum();
    }

    /** Octets that TCP connections hold between two reads. */
    public long tcpHeldBytes() {
        return connections.values().stream()
                .mapToLong(TcpConnections::heldBytes)
                .sum();
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

    private synchronized void bindAll(List<ListenPoint> listen) throws IOException {
        int chosen = 0;
        Set<InetSocketAddress> named = new HashSet<>();
        for (ListenPoint point : listen) {
            InetSocketAddress actual = point.address();
            if (actual.getPort() == 0) {
                chosen = chosen == 0 ? choosePort(actual.getAddress()) : chosen;
                actual = new InetSocketAddress(actual.getAddress(), chosen);
            }
            named.add(actual);
            configured.add(new ListenRules(point.at(actual), loops.limits().privacy()));
        }
        expanded = Addresses.expand(configured, machine);
        for (Map.Entry<InetSocketAddress, ListenRules> entry : expanded.entrySet()) {
            InetSocketAddress address = entry.getKey();
            try {
                udp.put(address, bindUdp(address, entry.getValue()));
                if (silence == Silence.FILTERED) {
                    tcp.put(address, bindTcp(address, entry.getValue(), true));
                } else {
                    tryTcp(address);
                }
            } catch (AddressInUseException e) {
                throw e;
            } catch (IOException e) {
                if (named.contains(address) && !(e instanceof AbsentAddressException)) {
                    throw e;
                }
                // An IPv6 address that is still being checked for duplicates, one just gone, or one yet to come.
                complain(address, e);
            }
        }
        nowhere = udp.isEmpty();
    }

    private List<UdpListener> bindUdp(InetSocketAddress address, ListenRules rules) throws IOException {
        List<AnswerLoop> answering = loops.of(rules.lane()).udp;
        int count = loops.sockets().areLinux() ? answering.size() : 1;
        List<UdpListener> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                AnswerLoop loop = answering.get(i);
                UdpListener socket =
                        loops.sockets().udp(new UdpBinding(rules, silence, address, loop, counters, i > 0));
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

    private void listenTcpEverywhere(Map<InetSocketAddress, ListenRules> wanted) {
        if (!open && silence == Silence.UNREAD) {
            return;
        }
        wanted.forEach((address, rules) -> {
            if (udp.containsKey(address) && !tcp.containsKey(address)) {
                try {
                    tcp.put(address, bindTcp(address, rules, silence == Silence.FILTERED && !open));
                } catch (IOException e) {
                    complain(address, e);
                }
            }
        });
    }

    private TcpListener bindTcp(InetSocketAddress address, ListenRules rules, boolean filtered) throws IOException {
        Lane lane = rules.lane();
        try {
            return TcpListener.bind(
                    address,
                    rules,
                    loops.sockets(),
                    loops.of(lane),
                    Objects.requireNonNull(connections.get(lane)),
                    counters,
                    filtered);
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
            closeUdp(address);
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
        missing = List.copyOf(complaints.values());
    }

    private void closeUdp(InetSocketAddress address) {
        List<UdpListener> sockets = udp.remove(address);
        if (sockets != null) {
            sockets.forEach(DnsListeners::close);
        }
    }

    private static void close(Channel channel) {
        channel.close().awaitUninterruptibly(TransportLimits.STOP.toMillis());
    }

    private static void close(UdpListener socket) {
        socket.close().awaitUninterruptibly(TransportLimits.STOP.toMillis());
    }

    private void complain(InetSocketAddress address, Exception reason) {
        String complaint = String.valueOf(reason.getMessage());
        if (!complaint.equals(complaints.put(address, complaint))) {
            LOG.warn("Cannot listen, trying again every few seconds: {}", complaint);
        }
        missing = List.copyOf(complaints.values());
    }

    /** Forgets what was said about addresses that are as they should be. */
    private void settle() {
        boolean tcpToo = open || silence == Silence.FILTERED;
        complaints.keySet().removeIf(address -> udp.containsKey(address) && (!tcpToo || tcp.containsKey(address)));
        missing = List.copyOf(complaints.values());
        nowhere = udp.isEmpty();
    }

    /** No interface has it at present. */
    private static final class AbsentAddressException extends IOException {
        private static final long serialVersionUID = 1;

        AbsentAddressException(String message, Throwable cause) {
            super(message, cause);
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
            return new AbsentAddressException(
                    "no interface of this machine has the " + family + " address of " + shown
                            + "; see the addresses with 'ip address', choose with dns.listen",
                    cause);
        }
        return new IOException("cannot listen on " + shown + ": " + text, cause);
    }
}
