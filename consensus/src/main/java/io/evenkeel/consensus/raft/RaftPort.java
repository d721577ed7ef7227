package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.trust.ClusterKeys;
import io.evenkeel.consensus.trust.Entrance;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.thirdparty.io.grpc.netty.GrpcHttp2ConnectionHandler;
import org.apache.ratis.thirdparty.io.grpc.netty.GrpcSslContexts;
import org.apache.ratis.thirdparty.io.grpc.netty.InternalNettyServerBuilder;
import org.apache.ratis.thirdparty.io.grpc.netty.InternalProtocolNegotiator;
import org.apache.ratis.thirdparty.io.grpc.netty.InternalProtocolNegotiators;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandler;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandlerContext;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.ratis.thirdparty.io.netty.channel.socket.nio.NioServerSocketChannel;
import org.apache.ratis.thirdparty.io.netty.channel.socket.nio.NioSocketChannel;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.ClientAuth;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContext;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContextBuilder;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslHandler;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;
import org.apache.ratis.thirdparty.io.netty.util.AsciiString;
import org.apache.ratis.thirdparty.io.netty.util.concurrent.Future;

/*
 * A connection costs its TLS engine and its pipeline, whoever made it. So the listening channel asks the entrance before it
 * makes a channel of a socket that it has accepted, and closes those that get no place, with a reset: an ordinary close would
 * leave the kernel a connection to remember for a minute. The listening channel is the JDK's, and so are the loops of the
 * server, which gRPC shares among all servers of a process: Netty's own for Linux cannot be told to make no channel of a
 * socket, and wants a native library, which a mount without execution would keep from being loaded. The JDK's TLS is used
 * for that reason as well.
 *
 * What gRPC does with a failed handshake is known to nobody but its own debug log, without the address. So the handler that
 * it puts into each new connection gets one of ours in front: that waits for the first octets, by which time the TLS handler
 * is in place, asks it to tell how the handshake ends, and leaves.
 *
 * Each version of the keys has a TLS context of its own: a session of one version cannot be resumed in another, so whoever
 * connects after a change shows a certificate anew.
 */

/** The Raft port with TLS: lets in the holders of a cluster key, counts the others, ends connections of dropped keys. */
final class RaftPort implements GrpcServices.Customizer {
    static final String PROTOCOL = "TLSv1.3";

    private final ClusterKeys keys;
    private final RaftLoops loops;
    private final MeantForOthers meantForOthers;

    /**
     * @param peerId of this incarnation: nobody else's requests are answered
     * @param loops get to know on which threads all this is
     */
    RaftPort(ClusterKeys keys, String peerId, RaftLoops loops) {
        this.keys = keys;
        this.loops = loops;
        this.meantForOthers = new MeantForOthers(peerId);
    }

    @Override
    public NettyServerBuilder customize(NettyServerBuilder builder, EnumSet<GrpcServices.Type> types) {
        InternalNettyServerBuilder.useNioTransport(builder);
        return builder.channelFactory(Listener::new)
                .protocolNegotiator(new Negotiator())
                .intercept(meantForOthers);
    }

    /** Makes channels of those sockets alone that have a place. */
    private final class Listener extends NioServerSocketChannel {
        @Override
        protected void doRegister() throws Exception {
            super.doRegister();
            loops.accepts(eventLoop());
        }

        @Override
        protected int doReadMessages(List<Object> channels) throws IOException {
            SocketChannel socket = javaChannel().accept();
            if (socket == null) {
                return 0;
            }
            Entrance.Place place = keys.raftEntrance().admit(socket.socket().getInetAddress());
            if (place == null) {
                Entrance.turnAway(socket.socket());
                // One was read, though there is nothing to show for it: the loop reads on.
                return 1;
            }
            try {
                channels.add(new Guest(this, socket, place));
            } catch (RuntimeException e) {
                place.close();
                Entrance.turnAway(socket.socket());
                throw e;
            }
            return 1;
        }
    }

    /** Has a place until its socket is closed, however that comes. */
    private static final class Guest extends NioSocketChannel {
        private final Entrance.Place place;

        Guest(Channel parent, SocketChannel socket, Entrance.Place place) {
            super(parent, socket);
            this.place = place;
        }

        @Override
        protected void doClose() throws Exception {
            place.close();
            super.doClose();
        }
    }

    /** TLS as gRPC does it, watched. */
    private final class Negotiator implements InternalProtocolNegotiator.ProtocolNegotiator {
        private long version = -1;
        private InternalProtocolNegotiator.ProtocolNegotiator tls = current();

        private synchronized InternalProtocolNegotiator.ProtocolNegotiator current() {
            long wanted = keys.version(); // before the context is made: a change meanwhile makes another one next time
            if (wanted != version) {
                tls = InternalProtocolNegotiators.serverTls(context());
                version = wanted;
            }
            return tls;
        }

        private SslContext context() {
            try {
                return GrpcSslContexts.configure(SslContextBuilder.forServer(keys.keyManager()), SslProvider.JDK)
                        .trustManager(keys.trustManager())
                        .clientAuth(ClientAuth.REQUIRE)
                        .protocols(PROTOCOL)
                        .build();
            } catch (SSLException e) {
                throw new IllegalStateException("the JDK offers no " + PROTOCOL, e);
            }
        }

        @Override
        public AsciiString scheme() {
            return current().scheme();
        }

        @Override
        public ChannelHandler newHandler(GrpcHttp2ConnectionHandler next) {
            return new Watcher(current().newHandler(next));
        }

        @Override
        public void close() {
            current().close();
        }
    }

    /** In front of the handlers of one connection until its first octets have come. */
    private final class Watcher extends ChannelInboundHandlerAdapter {
        private final ChannelHandler negotiation;

        Watcher(ChannelHandler negotiation) {
            this.negotiation = negotiation;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            Channel channel = ctx.channel();
            Entrance.Place place = place(channel);
            loops.serves(channel.eventLoop());
            ctx.pipeline().addAfter(ctx.name(), null, negotiation);
            place.onEviction(() -> {
                var _ = channel.close();
            });
            // Whatever the other side says meanwhile: it may be an octet now and then.
            Future<?> deadline = channel.eventLoop()
                    .schedule(() -> late(channel, place), place.deadline().toNanos(), TimeUnit.NANOSECONDS);
            var _ = channel.closeFuture().addListener(_ -> deadline.cancel(false));
        }

        private static void late(Channel channel, Entrance.Place place) {
            if (!place.isProven()) {
                place.refuse(new IOException(
                        "no handshake within " + place.deadline().toMillis() + " ms"));
                var _ = channel.close();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            Channel channel = ctx.channel();
            SslHandler ssl = ctx.pipeline().get(SslHandler.class);
            if (ssl == null) {
                throw new IllegalStateException("gRPC has put no TLS before its octets");
            }
            Entrance.Place place = place(channel);
            var _ = ssl.handshakeFuture().addListener(future -> {
                if (!future.isSuccess()) {
                    place.refuse(future.cause());
                } else if (place.prove()) {
                    track(channel, ssl);
                } else {
                    var _ = channel.close();
                }
            });
            ctx.pipeline().remove(this);
            ctx.fireChannelRead(message);
        }
    }

    private static Entrance.Place place(Channel channel) {
        if (channel instanceof Guest guest) {
            return guest.place;
        }
        throw new IllegalStateException("the Raft server listens on a channel that is not ours");
    }

    private void track(Channel channel, SslHandler ssl) throws SSLPeerUnverifiedException {
        ClusterKeys.Tracked tracked = keys.track(ssl.engine().getSession(), () -> {
            var _ = channel.close();
        });
        var _ = channel.closeFuture().addListener(_ -> tracked.close());
    }
}
