package io.evenkeel.consensus.process;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of an address in all input and output: {@code host:port}, an IP literal, IPv6 in brackets; that of a member may be a
 * host name, which becomes an address that is not resolved. It never looks up a name. Pure functions.
 */
public final class AddressText {
    // Only what InetAddress takes as a literal without asking a resolver.
    private static final Pattern FORM =
            Pattern.compile("(?:\\[([0-9a-fA-F:.]+(?:%[\\w.-]+)?)]|(\\d{1,3}(?:\\.\\d{1,3}){3})):(\\d{1,5})");

    // RFC 1123 §2.1: letters, digits and hyphens; the last label begins with a letter, else it would be a mistyped IP
    // address.
    private static final String LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
    private static final Pattern NAME =
            Pattern.compile("((?:" + LABEL + "\\.)*[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\\.?):(\\d{1,5})");

    // RFC 1035 §2.3.4, without the length of the first label and of the root.
    private static final int MOST_NAME = 253;

    private static final int MOST_PORT = 65_535;

    private AddressText() {}

    /** As {@link #parse} reads it, and {@link #parseMember} if it is not resolved. */
    public static String show(InetSocketAddress address) {
        String host = address.isUnresolved()
                ? address.getHostString()
                : address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    /**
     * The address that the text stands for.
     *
     * @param leastPort 0 where the system may choose a port, else 1
     * @throws IllegalArgumentException if it is none; the message names the text and a form that is allowed
     */
    public static InetSocketAddress parse(String text, int leastPort) {
        Matcher matcher = FORM.matcher(text);
        if (matcher.matches()) {
            String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
            int port = Integer.parseInt(matcher.group(3));
            if (port >= leastPort && port <= MOST_PORT) {
                try {
                    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException("\"" + text + "\" is not an address: " + e.getMessage(), e);
                }
            }
        }
        throw new IllegalArgumentException(
                "\"" + text
                        + "\" is not an address; write an IP address with a port (no host name), as in 127.0.0.1:5301 or [::1]:5301");
    }

    /**
     * The address of a member: an IP literal that can be connected to, or a host name, which is kept in lower case and not
     * resolved.
     *
     * @throws IllegalArgumentException if it is none, or a wildcard
     */
    public static InetSocketAddress parseMember(String text) {
        Matcher named = NAME.matcher(text);
        if (named.matches()) {
            String name = named.group(1);
            int port = Integer.parseInt(named.group(2));
            if (name.length() <= MOST_NAME && port >= 1 && port <= MOST_PORT) {
                return InetSocketAddress.createUnresolved(name.toLowerCase(Locale.ROOT), port);
            }
        }
        InetSocketAddress address;
        try {
            address = parse(text, 1);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + text
                            + "\" is not the address of a member; write a host name (letters, digits, hyphens) or an IP address, with a port,"
                            + " as in n1.example.net:7400, 192.0.2.7:7400 or [2001:db8::7]:7400",
                    e);
        }
        if (address.getAddress().isAnyLocalAddress()) {
            throw new IllegalArgumentException("\"" + text
                    + "\" is not an address that members can reach; write the one of the node, as in 192.0.2.7:7400");
        }
        return address;
    }

    /**
     * Where a node listens whose entry among the members says this: a name may stand for an address that only others see, or for
     * another one tomorrow, so behind a name it listens on all addresses of its machine.
     */
    public static InetSocketAddress bindable(InetSocketAddress listed) {
        return listed.isUnresolved() ? new InetSocketAddress(listed.getPort()) : listed;
    }
}
