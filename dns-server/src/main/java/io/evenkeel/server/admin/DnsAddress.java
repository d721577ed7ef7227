package io.evenkeel.server.admin;

import io.evenkeel.consensus.process.AddressPrefix;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Where the node listens for questions at this moment, and for whom. Immutable.
 *
 * @param infrastructure whether it is one of the lane for infrastructure, which no limit on clients applies to
 * @param proxied whether only proxies ask there, which tell the addresses of their clients
 * @param sources the prefixes that may ask there, of the proxies if it is proxied; empty: all may
 */
public record DnsAddress(
        InetSocketAddress address, boolean infrastructure, boolean proxied, List<AddressPrefix> sources) {
    public DnsAddress {
        sources = List.copyOf(sources);
    }
}
