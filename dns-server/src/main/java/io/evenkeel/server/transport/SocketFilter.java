package io.evenkeel.server.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A filter on a socket that drops whatever comes in, before the kernel has queued or answered it: no ICMP error, no SYN-ACK,
 * no RST. Established TCP connections are sockets of their own, which a filter on the listening one does not touch. Linux
 * only, socket(7) {@code SO_ATTACH_FILTER}; needs no privilege. Any thread.
 */
final class SocketFilter {
    // include/uapi/asm-generic/socket.h, which x86-64 and aarch64 follow.
    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;
    private static final int SO_DETACH_FILTER = 27;

    /** {@code struct sock_fprog}: a count, padding, a pointer. */
    private static final int PROGRAM_BYTES = 16;

    private static final RawUnixChannelOption ATTACH =
            new RawUnixChannelOption("SO_ATTACH_FILTER", SOL_SOCKET, SO_ATTACH_FILTER, PROGRAM_BYTES);
    private static final IntegerUnixChannelOption DETACH =
            new IntegerUnixChannelOption("SO_DETACH_FILTER", SOL_SOCKET, SO_DETACH_FILTER);
    private static final ByteBuffer DROP_ALL = program();

    /** The highest there is. */
    private static final int MOST_TTL = 255;

    private static final IntegerUnixChannelOption LEAST_TTL = new IntegerUnixChannelOption("IP_MINTTL", 0, 21); // ip(7)
    private static final IntegerUnixChannelOption LEAST_HOP_LIMIT =
            new IntegerUnixChannelOption("IPV6_MINHOPCOUNT", 41, 73); // include/uapi/linux/in6.h

    private SocketFilter() {}

    /**
     * Silences a TCP socket that listens, or will. Where the kernel grants a filter on TCP only to CAP_NET_ADMIN, which a
     * container without capabilities does not have (seen on Linux 6.18), it asks for a TTL of 255 instead: what has less is
     * dropped without a word as well, and what comes through a router, or from a system with a common setting, has less.
     *
     * @return what {@link #hearTcp} must be told: whether there is a filter
     */
    static boolean silenceTcp(Channel channel, boolean ipv6) {
        try {
            attach(channel);
            return true;
        } catch (ChannelException notGranted) {
            channel.config().setOption(ipv6 ? LEAST_HOP_LIMIT : LEAST_TTL, MOST_TTL);
            return false;
        }
    }

    /** Lets in again what comes from now on. */
    static void hearTcp(Channel channel, boolean ipv6, boolean filtered) {
        if (filtered) {
            detach(channel);
        } else {
            channel.config().setOption(ipv6 ? LEAST_HOP_LIMIT : LEAST_TTL, 0);
        }
    }

    /**
     * From when this returns nothing more comes in; what is queued stays.
     *
     * @throws ChannelException if the kernel does not let us
     */
    static void attach(Channel channel) {
        channel.config().setOption(ATTACH, DROP_ALL.duplicate());
    }

    /**
     * Lets in again what comes from now on.
     *
     * @throws ChannelException if there is no filter
     */
    static void detach(Channel channel) {
        channel.config().setOption(DETACH, 0);
    }

    /** The same for a socket that is no channel. */
    static void attach(Socket socket) {
        try {
            socket.setRawOpt(SOL_SOCKET, SO_ATTACH_FILTER, DROP_ALL.duplicate());
        } catch (IOException e) {
            throw new ChannelException(e);
        }
    }

    /** The same for a socket that is no channel. */
    static void detach(Socket socket) {
        try {
            socket.setIntOpt(SOL_SOCKET, SO_DETACH_FILTER, 0);
        } catch (IOException e) {
            throw new ChannelException(e);
        }
    }

    /** One instruction, "accept nothing of it": {@code struct sock_filter {u16 code; u8 jt; u8 jf; u32 k}}. */
    private static ByteBuffer program() {
        MemorySegment instruction = Arena.global().allocate(8, 8);
        instruction.set(ValueLayout.JAVA_SHORT, 0, (short) 0x06); // BPF_RET | BPF_K, with k = 0
        ByteBuffer program = ByteBuffer.allocateDirect(PROGRAM_BYTES).order(ByteOrder.nativeOrder());
        program.putShort(0, (short) 1).putLong(8, instruction.address());
        return program;
    }
}
