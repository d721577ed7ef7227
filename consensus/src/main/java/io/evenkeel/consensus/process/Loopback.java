package io.evenkeel.consensus.process;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

/** The address by which this machine reaches itself: a network may be without IPv4, and then has no 127.0.0.1 either. */
public final class Loopback {
    private static final InetAddress FOUR = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress SIX = InetAddress.ofLiteral("::1");

    private Loopback() {}

    /** 127.0.0.1, or ::1 where this machine has that alone. Asks the system. */
    public static InetAddress address() throws SocketException {
        return NetworkInterface.getByInetAddress(FOUR) == null && NetworkInterface.getByInetAddress(SIX) != null
                ? SIX
                : FOUR;
    }
}
