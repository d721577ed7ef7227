package io.evenkeel.server.transport;

import io.evenkeel.consensus.process.AddressPrefix;
import io.evenkeel.server.query.Lane;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * An address that a node answers on, and for whom. Immutable.
 *
 * @param address a wildcard stands for all addresses of its family that no other point names
 * @param lane whose loops answer there
 * @param allowed only from here questions are taken; empty: from anywhere
 * @param proxied whether those are proxies that put a header of the PROXY protocol, version 2, before what they pass on
 */
public record ListenPoint(InetSocketAddress address, Lane lane, List<AddressPrefix> allowed, boolean proxied) {
    public ListenPoint {
        allowed = List.copyOf(allowed);
    }

    /** Without proxies. */
    public ListenPoint(InetSocketAddress address, Lane lane, List<AddressPrefix> allowed) {
        this(address, lane, allowed, false);
    }

    /** For everybody. */
    public static ListenPoint plain(InetSocketAddress address) {
        return new ListenPoint(address, Lane.DEVICE, List.of());
    }

    /** The same on another address. */
    ListenPoint at(InetSocketAddress other) {
        return new ListenPoint(other, lane, allowed, proxied);
    }
}
