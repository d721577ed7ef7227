package io.evenkeel.ops.fleet;

import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/*
 * Sockets are bound to a port and to no address; each message carries its source (IP_PKTINFO, ip(7)), so that one socket speaks for
 * devices of any number of addresses. epoll tells which sockets hold messages. What ICMP tells comes through the error queue, with
 * the message that it is about (IP_RECVERR).
 *
 * Layouts are those of 64-bit Linux: struct msghdr, cmsghdr, in_pktinfo, in6_pktinfo, sockaddr_in, sockaddr_in6, epoll_event.
 */

/** A wire by system calls of Linux: each message leaves from the source of its device. One thread. */
final class NativeWire implements Wire {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int DATAGRAM_NONBLOCK_CLOEXEC = 2 | 0x800 | 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUF = 8;
    private static final int SOL_IP = 0;
    private static final int IP_PKTINFO = 8;
    private static final int IP_RECVERR = 11;
    private static final int SOL_IPV6 = 41;
    private static final int IPV6_RECVERR = 25;
    private static final int IPV6_V6ONLY = 26;
    private static final int IPV6_RECVPKTINFO = 49;
    private static final int IPV6_PKTINFO = 50;
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_ADD = 1;
    private static final int EPOLLIN = 1;
    private static final int EPOLLERR = 8;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_ERRQUEUE = 0x2000;
    private static final int MSG_NOSIGNAL = 0x4000;

    private static final int MAX_DATAGRAM = 65_535;
    private static final int MAX_QUESTION = 512;
    /** Few devices share a socket: more waits there only while this process itself stands still. */
    private static final int BUFFER_BYTES = 64 << 10;

    private static final int EVENTS = 256;
    /** One socket's share of a turn, so that refusals of one do not keep answers of others waiting. */
    private static final int REFUSALS = 64;

    private static final int SEND_TRIES = 3;
    private static final int NAME = 32;
    private static final int ADDRESS = 16;
    private static final int CONTROL = 256;
    private static final int HEADER = 56;
    private static final int VECTOR = 16;
    private static final int CONTROL_DATA = 16;

    private final NativeCalls calls = new NativeCalls();
    private final List<FleetNode> nodes;
    private final InetAddress[] sources;
    private final boolean six;
    private final int[] sockets;
    private final TcpQueries tcp = new TcpQueries();
    private final int eventSize = System.getProperty("os.arch", "").equals("aarch64") ? 16 : 12;

    // Memory that the system reads and writes, each with its address.
    private final MemorySegment memory;
    private final ByteBuffer nodeNames;
    private final ByteBuffer sourceAddresses;
    private final ByteBuffer outMessage;
    private final ByteBuffer outControl;
    private final ByteBuffer outVector;
    private final ByteBuffer outHeader;
    private final ByteBuffer inName;
    private final ByteBuffer inMessage;
    private final ByteBuffer inControl;
    private final ByteBuffer inHeader;
    private final ByteBuffer events;
    private final long outHeaderAt;
    private final long inHeaderAt;
    private final long eventsAt;
    private final long nodeNamesAt;
    private int epoll = -1;
    private long used;

    private NativeWire(FleetPlan plan) {
        nodes = plan.nodes();
        six = nodes.getFirst().address().getAddress().getAddress().length == ADDRESS;
        sockets = new int[Math.min(plan.sockets(), plan.devices())];
        Arrays.fill(sockets, -1);
        sources = new InetAddress[plan.sources().isEmpty() ? 0 : plan.sites()];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = Objects.requireNonNull(plan.sources().address(i, sources.length));
        }
        long size = (long) NAME * (nodes.size() + 1)
                + (long) ADDRESS * sources.length
                + MAX_QUESTION
                + MAX_DATAGRAM
                + 2 * (CONTROL + HEADER + VECTOR)
                + (long) EVENTS * 16
                + 256; // what aligning costs
        memory = Arena.ofAuto().allocate(size, 16);
        nodeNames = next(NAME * nodes.size());
        nodeNamesAt = MemorySegment.ofBuffer(nodeNames).address();
        sourceAddresses = next(ADDRESS * sources.length);
        outMessage = next(MAX_QUESTION);
        outControl = next(CONTROL);
        outVector = next(VECTOR);
        outHeader = next(HEADER);
        inName = next(NAME);
        inMessage = next(MAX_DATAGRAM);
        inControl = next(CONTROL);
        ByteBuffer inVector = next(VECTOR);
        inHeader = next(HEADER);
        events = next(EVENTS * eventSize);
        outHeaderAt = MemorySegment.ofBuffer(outHeader).address();
        inHeaderAt = MemorySegment.ofBuffer(inHeader).address();
        eventsAt = MemorySegment.ofBuffer(events).address();
        layOut(inVector);
    }

    private ByteBuffer next(int bytes) {
        ByteBuffer part = memory.asSlice(used, bytes).asByteBuffer().order(ByteOrder.nativeOrder());
        used += (bytes + 15) & ~15;
        return part;
    }

    /** Fills in all that stays as it is. */
    private void layOut(ByteBuffer inVector) {
        for (int i = 0; i < nodes.size(); i++) {
            InetSocketAddress address = nodes.get(i).address();
            int at = i * NAME;
            nodeNames.putShort(at, (short) (six ? AF_INET6 : AF_INET));
            nodeNames.put(at + 2, (byte) (address.getPort() >> 8)).put(at + 3, (byte) address.getPort());
            nodeNames.put(at + addressInName(), address.getAddress().getAddress());
            if (address.getAddress() instanceof Inet6Address link) {
                nodeNames.putInt(at + 24, link.getScopeId());
            }
        }
        for (int i = 0; i < sources.length; i++) {
            sourceAddresses.put(i * ADDRESS, sources[i].getAddress());
        }
        outVector.putLong(0, MemorySegment.ofBuffer(outMessage).address());
        outHeader.putInt(8, nameLength());
        outHeader.putLong(16, MemorySegment.ofBuffer(outVector).address()).putLong(24, 1);
        if (sources.length > 0) {
            outControl.putLong(0, six ? 36 : 28);
            outControl.putInt(8, six ? SOL_IPV6 : SOL_IP).putInt(12, six ? IPV6_PKTINFO : IP_PKTINFO);
            outHeader.putLong(32, MemorySegment.ofBuffer(outControl).address()).putLong(40, six ? 40 : 32);
        }
        inVector.putLong(0, MemorySegment.ofBuffer(inMessage).address()).putLong(8, MAX_DATAGRAM);
        inHeader.putLong(0, MemorySegment.ofBuffer(inName).address());
        inHeader.putLong(16, MemorySegment.ofBuffer(inVector).address()).putLong(24, 1);
        inHeader.putLong(32, MemorySegment.ofBuffer(inControl).address());
    }

    private int nameLength() {
        return six ? 28 : 16;
    }

    private int addressInName() {
        return six ? 8 : 4;
    }

    private int addressLength() {
        return six ? ADDRESS : 4;
    }

    /** @throws CommandFailure if this process may not have so many sockets, or a source is not this machine's */
    static NativeWire open(FleetPlan plan) throws CommandFailure, IOException {
        NativeWire wire = new NativeWire(plan);
        try {
            WireFiles.check(wire.sockets.length);
            if (wire.sources.length > 0) {
                WireFiles.checkSource(wire.sources[0]);
                WireFiles.checkSource(wire.sources[wire.sources.length - 1]);
            }
            wire.epoll = checked(wire.calls.epollCreate(EPOLL_CLOEXEC), "epoll_create1");
            for (int i = 0; i < wire.sockets.length; i++) {
                wire.openSocket(i);
            }
            return wire;
        } catch (CommandFailure | IOException e) {
            wire.close();
            throw e;
        }
    }

    private void openSocket(int index) throws IOException {
        int socket = checked(calls.socket(six ? AF_INET6 : AF_INET, DATAGRAM_NONBLOCK_CLOEXEC), "socket");
        sockets[index] = socket;
        option(socket, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES);
        if (six) {
            option(socket, SOL_IPV6, IPV6_V6ONLY, 1);
        }
        option(socket, six ? SOL_IPV6 : SOL_IP, six ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
        option(socket, six ? SOL_IPV6 : SOL_IP, six ? IPV6_RECVERR : IP_RECVERR, 1);
        for (int i = 0; i < NAME; i++) {
            inName.put(i, (byte) 0);
        }
        inName.putShort(0, (short) (six ? AF_INET6 : AF_INET));
        checked(calls.bind(socket, MemorySegment.ofBuffer(inName).address(), nameLength()), "bind");
        events.putInt(0, EPOLLIN).putLong(eventSize - Long.BYTES, index);
        checked(calls.epollControl(epoll, EPOLL_ADD, socket, eventsAt), "epoll_ctl");
    }

    private void option(int socket, int level, int option, int value) throws IOException {
        inControl.putInt(0, value);
        checked(
                calls.setOption(
                        socket, level, option, MemorySegment.ofBuffer(inControl).address()),
                "setsockopt");
    }

    private static int checked(int result, String call) throws IOException {
        if (result < 0) {
            throw new IOException(call + " failed with errno " + -result);
        }
        return result;
    }

    @Override
    public int sockets() {
        return sockets.length;
    }

    @Override
    public boolean send(int socket, int source, int node, ByteBuffer message) throws IOException {
        outVector.putLong(8, message.remaining());
        outMessage.put(0, message, message.position(), message.remaining());
        outHeader.putLong(0, nodeNamesAt + (long) node * NAME);
        if (sources.length > 0) {
            int to = six ? CONTROL_DATA : CONTROL_DATA + 4;
            outControl.put(to, sourceAddresses, source * ADDRESS, addressLength());
        }
        for (int i = 0; i < SEND_TRIES; i++) {
            int sent = calls.send(sockets[socket], outHeaderAt, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent >= 0 || sent == -NativeCalls.EPERM) { // EPERM: a rule of this machine drops it, as a network does
                return true;
            }
            switch (-sent) {
                case NativeCalls.EAGAIN, NativeCalls.ENOBUFS, NativeCalls.EINTR -> {
                    return false;
                }
                case NativeCalls.ECONNREFUSED,
                        NativeCalls.EHOSTUNREACH -> {} // of an earlier message; its end is queued
                default -> throw new IOException(cannotSend(source, node, -sent));
            }
        }
        return false;
    }

    private String cannotSend(int source, int node, int errno) {
        String to = nodes.get(node).address().toString().replace("/", "");
        return switch (errno) {
            case NativeCalls.EINVAL, NativeCalls.EADDRNOTAVAIL ->
                sources.length == 0
                        ? "cannot send to " + to + ": errno " + errno
                        : "cannot ask %s from %s; sources are addresses that this machine has"
                                .formatted(to, sources[source].getHostAddress());
            case NativeCalls.ENETUNREACH -> "there is no route to " + to;
            default -> "cannot send to " + to + ": errno " + errno;
        };
    }

    @Override
    public boolean sendTcp(long ticket, int source, int node, ByteBuffer message, long timeoutNanos) {
        return tcp.ask(
                ticket,
                sources.length == 0 ? null : sources[source],
                nodes.get(node).address(),
                message,
                timeoutNanos);
    }

    /** Takes one message of each socket that has any. */
    @Override
    public void receive(long millis, Receiver receiver) throws IOException {
        int ready = calls.epollWait(epoll, eventsAt, EVENTS, (int) millis);
        if (ready != -NativeCalls.EINTR) {
            checked(ready, "epoll_wait");
        }
        for (int i = 0; i < ready; i++) {
            int what = events.getInt(i * eventSize);
            int socket = (int) events.getLong(i * eventSize + eventSize - Long.BYTES);
            if ((what & EPOLLERR) != 0) {
                takeRefusals(socket, receiver);
            }
            if ((what & EPOLLIN) != 0 && take(socket, 0)) {
                receiver.received(socket, node(), inMessage);
            }
        }
        tcp.receive(receiver);
    }

    private void takeRefusals(int socket, Receiver receiver) throws IOException {
        for (int i = 0; i < REFUSALS && take(socket, MSG_ERRQUEUE); i++) {
            receiver.refused(socket, inMessage.limit() < Short.BYTES ? -1 : messageId());
        }
    }

    /** As it went out: in the order of the network. */
    private int messageId() {
        return ((inMessage.get(0) & 0xFF) << Byte.SIZE) | (inMessage.get(1) & 0xFF);
    }

    private boolean take(int socket, int flags) throws IOException {
        inHeader.putInt(8, NAME).putLong(40, CONTROL);
        int taken = calls.receive(sockets[socket], inHeaderAt, MSG_DONTWAIT | flags);
        if (taken < 0) {
            switch (-taken) {
                case NativeCalls.EAGAIN,
                        NativeCalls.EINTR,
                        NativeCalls.ECONNREFUSED,
                        NativeCalls.EHOSTUNREACH,
                        NativeCalls.ENETUNREACH -> {
                    return false; // nothing has come, or ICMP has, whose message is queued
                }
                default -> checked(taken, "recvmsg");
            }
        }
        inMessage.order(ByteOrder.BIG_ENDIAN).limit(taken).position(0);
        return true;
    }

    /** The node that the datagram comes from; -1 if from none. */
    private int node() {
        for (int i = 0; i < nodes.size(); i++) {
            int at = i * NAME;
            if (inName.getShort(2) == nodeNames.getShort(at + 2)
                    && same(inName, addressInName(), nodeNames, at + addressInName())) {
                return i;
            }
        }
        return -1;
    }

    private boolean same(ByteBuffer one, int at, ByteBuffer other, int otherAt) {
        for (int i = 0; i < addressLength(); i += Integer.BYTES) {
            if (one.getInt(at + i) != other.getInt(otherAt + i)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean cameTo(int source) {
        if (sources.length == 0) {
            return true;
        }
        boolean told = inHeader.getLong(40) >= CONTROL_DATA
                && inControl.getInt(8) == (six ? SOL_IPV6 : SOL_IP)
                && inControl.getInt(12) == (six ? IPV6_PKTINFO : IP_PKTINFO);
        return told && same(inControl, six ? CONTROL_DATA : CONTROL_DATA + 8, sourceAddresses, source * ADDRESS);
    }

    @Override
    public void close() throws IOException {
        tcp.close();
        int worst = 0;
        for (int socket : sockets) {
            if (socket >= 0) {
                worst = Math.min(worst, calls.close(socket));
            }
        }
        if (epoll >= 0) {
            worst = Math.min(worst, calls.close(epoll));
        }
        checked(worst, "close");
    }
}
