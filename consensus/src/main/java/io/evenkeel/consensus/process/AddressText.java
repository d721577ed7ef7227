package io.evenkeel.consensus.process;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of an address in all input and output: {@code host:port}, an IP literal, IPv6 in brackets. It never looks up a
 * name. Pure functions.
 */
public final class AddressText {
    // Only what InetAddress takes as a literal without asking a resolver.
    private static final Pattern FORM =
            Pattern.compile("(?:\\[([0-9a-fA-F:.]+(?:%[\\w.-]+)?)]|(\\d{1,3}(?:\\.\\d{1,3}){3})):(\\d{1,5})");

    private static final int MOST_PORT = 65_535;

    private AddressText() {}

    /** As {@link #parse} reads it. */
    public static String show(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
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
     * The same of another member: one that can be connected to.
     *
     * @throws IllegalArgumentException if it is none, or a wildcard
     */
    public static InetSocketAddress parseReachable(String text) {
        InetSocketAddress address = parse(text, 1);
        if (address.getAddress().isAnyLocalAddress()) {
            throw new IllegalArgumentException("\"" + text
                    + "\" is not an address that members can reach; write the one of the node, as in 192.0.2.7:7400");
        }
        return address;
    }
}
