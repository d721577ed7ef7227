package io.evenkeel.ops.fleet;

import io.evenkeel.ops.verb.CommandFailure;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Where a DNS server is that load is put on. A load generator floods whoever a typo points it at. */
public final class ServerAddress {
    private static final int DNS_PORT = 53;

    private ServerAddress() {}

    /** @param server {@code ADDRESS}, {@code ADDRESS:PORT}, {@code [ADDRESS]:PORT} or the same with a name; the port is 53 unless it says otherwise */
    public static InetSocketAddress parse(String server) throws CommandFailure {
        int colon = server.lastIndexOf(':');
        boolean literal = server.indexOf(':') != colon && !server.startsWith("["); // of IPv6, without a port
        boolean bare = colon < 0 || server.endsWith("]") || literal;
        String host = bare ? server : server.substring(0, colon);
        int port = DNS_PORT;
        InetAddress address;
        try {
            port = bare ? DNS_PORT : Integer.parseInt(server.substring(colon + 1));
            address = InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new CommandFailure(CommandFailure.USAGE, host + " is no address, and no name that has one");
        } catch (NumberFormatException e) {
            port = 0;
            address = InetAddress.getLoopbackAddress();
        }
        if (host.isEmpty() || port < 1 || port > 65_535) {
            throw new CommandFailure(
                    CommandFailure.USAGE, "wants ADDRESS or ADDRESS:PORT, as in 127.0.0.1:5301, not " + server);
        }
        if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
            throw new CommandFailure(
                    CommandFailure.USAGE, address.getHostAddress() + " is not the address of one server");
        }
        return new InetSocketAddress(address, port);
    }

    /** RFC 1918, RFC 4193 (fc00::/7), loopback and the link itself. */
    public static boolean isPrivate(InetAddress address) {
        byte[] octets = address.getAddress();
        return address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || (octets.length == 4 ? address.isSiteLocalAddress() : (octets[0] & 0xFE) == 0xFC);
    }

    /** As {@link #parse} reads it. */
    public static String text(InetSocketAddress server) {
        String host = server.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + server.getPort();
    }
}
