package io.evenkeel.server.peer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How an address is written where members are told of each other: {@code host:port}, an IP literal, IPv6 in brackets. */
public final class PeerAddress {
    // Only what InetAddress takes as a literal without asking a resolver.
    private static final Pattern FORM =
            Pattern.compile("(?:\\[([0-9a-fA-F:.]+(?:%[\\w.-]+)?)]|(\\d{1,3}(?:\\.\\d{1,3}){3})):(\\d{1,5})");

    private PeerAddress() {}

    /** As a configuration or a message has it. */
    public static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    /** @throws IllegalArgumentException if it is none that another member could reach; the message is for people */
    public static InetSocketAddress parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw unusable(text);
        }
        int port = Integer.parseInt(matcher.group(3));
        InetAddress host = InetAddress.ofLiteral(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
        if (port < 1 || port > 65_535 || host.isAnyLocalAddress()) {
            throw unusable(text);
        }
        return new InetSocketAddress(host, port);
    }

    private static IllegalArgumentException unusable(String text) {
        return new IllegalArgumentException("\"" + text
                + "\" is not an address that members can reach; write an IP address with a port, as in 192.0.2.7:7400");
    }
}
