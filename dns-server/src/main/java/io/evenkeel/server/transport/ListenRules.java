package io.evenkeel.server.transport;

import io.evenkeel.consensus.process.AddressText;
import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.server.query.Lane;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the sockets of one {@link ListenPoint} have in common, on all loops: who may ask there. Any thread. */
final class ListenRules {
    private static final Logger LOG = LoggerFactory.getLogger(ListenRules.class);

    private final ListenPoint point;
    private final ClientPrivacy privacy;
    private final boolean guarded;
    private final SourcePrefixes allowed;
    /** Who was the first to be turned away, and to come without a header; kept by a loop for the thread that logs. */
    private volatile byte @Nullable [] turnedAway;

    private volatile byte @Nullable [] bare;
    private boolean turnedAwaySaid;
    private boolean bareSaid;

    /** @param privacy what the log may tell of clients */
    ListenRules(ListenPoint point, ClientPrivacy privacy) {
        this.point = point;
        this.privacy = privacy;
        this.guarded = !point.allowed().isEmpty();
        this.allowed = new SourcePrefixes(point.allowed());
    }

    InetSocketAddress address() {
        return point.address();
    }

    /** The same on one of the addresses that it stands for. */
    ListenPoint at(InetSocketAddress address) {
        return point.at(address);
    }

    Lane lane() {
        return point.lane();
    }

    /** Whether not everybody may ask here. */
    boolean isGuarded() {
        return guarded;
    }

    /** Whether a header of the PROXY protocol stands before each datagram and at the begin of each connection. */
    boolean isProxied() {
        return point.proxied();
    }

    /** Whether one with that address, which is the first octets there, may ask. */
    boolean admits(byte[] address, int octets) {
        if (!guarded || allowed.contain(address, octets)) {
            return true;
        }
        if (turnedAway == null) {
            turnedAway = Arrays.copyOf(address, octets);
        }
        return false;
    }

    /** One with that address has sent what does not begin with a header. */
    void noteBare(byte[] address, int octets) {
        if (bare == null) {
            bare = Arrays.copyOf(address, octets);
        }
    }

    /** Logs the first of each kind. For one thread. */
    void observe() {
        byte[] address = turnedAway;
        if (address != null && !turnedAwaySaid) {
            turnedAwaySaid = true;
            LOG.warn(
                    "{} asked on {}, whose entry in dns.listen allows only {}: dropped, as all from elsewhere will be,"
                            + " counted as `source` in evenkeel_dns_dropped_total and evenkeel_dns_tcp_ended_total, and not"
                            + " logged again",
                    show(address),
                    AddressText.show(point.address()),
                    point.allowed());
        }
        address = bare;
        if (address != null && !bareSaid) {
            bareSaid = true;
            LOG.warn(
                    "{} sent no header of the PROXY protocol, version 2, to {}, whose entry in dns.listen requires it: dropped,"
                            + " as all without one will be, counted as `proxy` in evenkeel_dns_dropped_total and"
                            + " evenkeel_dns_tcp_ended_total, and not logged again. Set the proxy to send it (dnsdist:"
                            + " useProxyProtocol=true), or let it ask at an entry without `proxy`",
                    show(address),
                    AddressText.show(point.address()));
        }
    }

    private String show(byte[] address) {
        try {
            return privacy.show(InetAddress.getByAddress(address));
        } catch (UnknownHostException e) {
            LOG.debug("A client that had gone before its address was read", e);
            return "a client that has gone";
        }
    }
}
