package io.evenkeel.server.transport;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The addresses that the configured ones stand for at this moment. */
final class Addresses {
    /** The addresses of all interfaces. */
    interface Machine {
        List<InetAddress> addresses() throws SocketException;
    }

    private Addresses() {}

    /**
     * A wildcard becomes every address of its family that an interface has, but for those that stand for themselves: a socket bound
     * to one address answers from it, whatever the routing table would choose.
     *
     * @throws SocketException if the interfaces cannot be read
     */
    static SequencedMap<InetSocketAddress, ListenRules> expand(Collection<ListenRules> configured, Machine machine)
            throws SocketException {
        SequencedMap<InetSocketAddress, ListenRules> all = new LinkedHashMap<>();
        for (ListenRules rules : configured) {
            InetSocketAddress address = rules.address();
            if (address.getAddress().isAnyLocalAddress()) {
                boolean four = address.getAddress() instanceof Inet4Address;
                for (InetAddress local : machine.addresses()) {
                    if (local instanceof Inet4Address == four && all.size() < TransportLimits.WILDCARD_ADDRESSES) {
                        all.putIfAbsent(new InetSocketAddress(local, address.getPort()), rules);
                    }
                }
            } else {
                all.put(address, rules);
            }
        }
        return all;
    }

    /** What {@link Machine} is outside of tests. */
    static List<InetAddress> ofInterfaces() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .distinct()
                .toList();
    }
}
