package io.evenkeel.consensus.raft;

import io.evenkeel.consensus.trust.ClusterKeys;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.thirdparty.io.grpc.netty.GrpcHttp2ConnectionHandler;
import org.apache.ratis.thirdparty.io.grpc.netty.GrpcSslContexts;
import org.apache.ratis.thirdparty.io.grpc.netty.InternalProtocolNegotiator;
import org.apache.ratis.thirdparty.io.grpc.netty.InternalProtocolNegotiators;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandler;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandlerContext;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.ClientAuth;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContext;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslContextBuilder;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslHandler;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;
import org.apache.ratis.thirdparty.io.netty.util.AsciiString;

/*
 * What gRPC does with a failed handshake is known to nobody but its own debug log, without the address. So the handler that
 * it puts into each new connection gets one of ours in front: that waits for the first octets, by which time the TLS handler
 * is in place, asks it to tell how the handshake ends, and leaves.
 *
 * Each version of the keys has a TLS context of its own: a session of one version cannot be resumed in another, so whoever
 * connects after a change shows a certificate anew. The JDK's TLS is used since it needs no native library, which a mount
 * without execution would keep from being loaded.
 */

/** The Raft port with TLS: lets in the holders of a cluster key, counts the others, ends connections of dropped keys. */
final class RaftPort implements GrpcServices.Customizer {
    static final String PROTOCOL = "TLSv1.3";

    private final ClusterKeys keys;
    private final Handshakes handshakes = new Handshakes();

    RaftPort(ClusterKeys keys) {
        this.keys = keys;
    }

    @Override
    public NettyServerBuilder customize(NettyServerBuilder builder, EnumSet<GrpcServices.Type> types) {
        return builder.protocolNegotiator(new Negotiator());
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
        private final AtomicBoolean handshakeOver = new AtomicBoolean();

        Watcher(ChannelHandler negotiation) {
            this.negotiation = negotiation;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            Channel channel = ctx.channel();
            ctx.pipeline().addAfter(ctx.name(), null, negotiation);
            if (handshakes.begin(channel.remoteAddress())) {
                var _ = channel.closeFuture().addListener(_ -> endHandshake(channel));
            } else {
                handshakeOver.set(true);
                keys.raftPort().add(channel.remoteAddress(), "too many handshakes at once");
                var _ = channel.close();
            }
        }

        private void endHandshake(Channel channel) {
            if (!handshakeOver.getAndSet(true)) {
                handshakes.end(channel.remoteAddress());
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            Channel channel = ctx.channel();
            SslHandler ssl = ctx.pipeline().get(SslHandler.class);
            if (ssl == null) {
                throw new IllegalStateException("gRPC has put no TLS before its octets");
            }
            var _ = ssl.handshakeFuture().addListener(future -> {
                endHandshake(channel);
                if (future.isSuccess()) {
                    track(channel, ssl);
                } else {
                    keys.raftPort().add(channel.remoteAddress(), future.cause());
                }
            });
            ctx.pipeline().remove(this);
            ctx.fireChannelRead(message);
        }
    }

    private void track(Channel channel, SslHandler ssl) throws SSLPeerUnverifiedException {
        ClusterKeys.Tracked tracked = keys.track(ssl.engine().getSession(), () -> {
            var _ = channel.close();
        });
        var _ = channel.closeFuture().addListener(_ -> tracked.close());
    }

    /**
     * Those under way, bounded: each costs a descriptor and some memory until it fails, 10 s later if the other side says
     * nothing. By address as well, so that whoever opens many keeps out nobody but himself.
     */
    static final class Handshakes {
        private final Map<SocketAddress, Integer> byAddress = new HashMap<>();
        private int all;

        /** False if there are too many; otherwise {@link #end} must follow. */
        synchronized boolean begin(SocketAddress from) {
            SocketAddress host = host(from);
            int present = byAddress.getOrDefault(host, 0);
            if (all >= RaftLimits.RAFT_HANDSHAKES || present >= RaftLimits.RAFT_HANDSHAKES_OF_ONE) {
                return false;
            }
            byAddress.put(host, present + 1);
            all++;
            return true;
        }

        synchronized void end(SocketAddress from) {
            byAddress.computeIfPresent(host(from), (_, present) -> present == 1 ? null : present - 1);
            all--;
        }

        private static SocketAddress host(SocketAddress from) {
            return from instanceof InetSocketAddress address ? new InetSocketAddress(address.getAddress(), 0) : from;
        }
    }
}
