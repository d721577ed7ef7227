package io.evenkeel.server.transport;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;

/** Where sockets come from: Linux' own epoll, or the JDK's selector elsewhere. */
public enum Sockets {
    /** Like {@link #EPOLL}, with system calls of our own for datagrams, which make no object of any. */
    BATCHED {
        @Override
        UdpListener udp(UdpBinding binding) throws IOException {
            return BatchUdpListener.bind(family(binding.address().getAddress()), binding);
        }
    },
    /** Batched reads and writes by Netty, several sockets on one UDP port. */
    EPOLL {
        @Override
        UdpListener udp(UdpBinding binding) throws IOException {
            EpollDatagramChannel channel =
                    new EpollDatagramChannel(family(binding.address().getAddress()));
            // Zero: nothing there. A datagram without content reads as minus one.
            return ChannelUdpListener.bind(
                    channel, scratch -> channel.fd().read(scratch, 0, scratch.capacity()) != 0, true, binding);
        }
    },
    /** One UDP socket per address. */
    NIO {
        @Override
        IoHandlerFactory ioHandlerFactory() {
            return NioIoHandler.newFactory();
        }

        @Override
        boolean areLinux() {
            return false;
        }

        @Override
        UdpListener udp(UdpBinding binding) throws IOException {
            DatagramChannel jdk = DatagramChannel.open(
                    binding.address().getAddress() instanceof Inet4Address
                            ? StandardProtocolFamily.INET
                            : StandardProtocolFamily.INET6);
            return ChannelUdpListener.bind(
                    new NioDatagramChannel(jdk), scratch -> jdk.receive(scratch.clear()) != null, false, binding);
        }

        @Override
        ServerSocketChannel tcp(InetAddress address) {
            return new NioServerSocketChannel(SelectorProvider.provider(), family(address));
        }
    };

    /**
     * The best that this machine has.
     *
     * @param batched whether it may be {@link #BATCHED}
     */
    public static Sockets best(boolean batched) {
        if (!Epoll.isAvailable()) {
            return NIO;
        }
        return batched && whyNotBatched() == null ? BATCHED : EPOLL;
    }

    /** Why this machine cannot have {@link #BATCHED}; null if it can. */
    public static @Nullable String whyNotBatched() {
        Throwable cause = Epoll.unavailabilityCause();
        String why = DatagramCalls.whyNot();
        return why == null && cause != null ? "epoll is not to be had: " + cause.getMessage() : why;
    }

    /** Whether they have what only Linux has: filters, several UDP sockets on one port, all options of TCP. */
    boolean areLinux() {
        return true;
    }

    IoHandlerFactory ioHandlerFactory() {
        return EpollIoHandler.newFactory();
    }

    /**
     * Binds a UDP socket that is silent, and blocks until that is done.
     *
     * @throws IOException if the address cannot be had
     */
    abstract UdpListener udp(UdpBinding binding) throws IOException;

    ServerSocketChannel tcp(InetAddress address) {
        return new EpollServerSocketChannel(family(address));
    }

    // Netty's default is a dual-stack socket, which costs each IPv4 datagram a mapped address.
    private static SocketProtocolFamily family(InetAddress address) {
        return address instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
    }
}
