package io.evenkeel.server.transport;

import io.netty.channel.Channel;
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
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.spi.SelectorProvider;

/** Where sockets come from: Linux' own epoll, or the JDK's selector elsewhere. */
public enum Sockets {
    /** Batched reads and writes, several sockets on one UDP port. */
    EPOLL {
        @Override
        IoHandlerFactory ioHandlerFactory() {
            return EpollIoHandler.newFactory();
        }

        @Override
        Udp udp(InetAddress address) {
            EpollDatagramChannel channel = new EpollDatagramChannel(family(address));
            // Zero: nothing there. A datagram without content reads as minus one.
            return new Udp(channel, scratch -> channel.fd().read(scratch, 0, scratch.capacity()) != 0);
        }

        @Override
        ServerSocketChannel tcp(InetAddress address) {
            return new EpollServerSocketChannel(family(address));
        }
    },
    /** One UDP socket per address. */
    NIO {
        @Override
        IoHandlerFactory ioHandlerFactory() {
            return NioIoHandler.newFactory();
        }

        @Override
        Udp udp(InetAddress address) {
            try {
                DatagramChannel jdk = DatagramChannel.open(
                        address instanceof Inet4Address ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
                return new Udp(new NioDatagramChannel(jdk), scratch -> jdk.receive(scratch.clear()) != null);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        ServerSocketChannel tcp(InetAddress address) {
            return new NioServerSocketChannel(SelectorProvider.provider(), family(address));
        }
    };

    /** Takes one queued datagram out of a socket without looking at it; false if there is none. */
    interface Discard {
        boolean one(ByteBuffer scratch) throws IOException;
    }

    /** A UDP channel, not yet registered. */
    record Udp(Channel channel, Discard discard) {}

    /** The best that this machine has. */
    public static Sockets best() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    abstract IoHandlerFactory ioHandlerFactory();

    abstract Udp udp(InetAddress address);

    abstract ServerSocketChannel tcp(InetAddress address);

    // Netty's default is a dual-stack socket, which costs each IPv4 datagram a mapped address.
    private static SocketProtocolFamily family(InetAddress address) {
        return address instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
    }
}
