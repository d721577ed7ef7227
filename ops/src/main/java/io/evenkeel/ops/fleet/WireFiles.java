package io.evenkeel.ops.fleet;

import com.sun.management.UnixOperatingSystemMXBean;
import io.evenkeel.ops.verb.CommandFailure;
import io.evenkeel.ops.verb.Output;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** What sockets need of this machine, looked at before anything is sent. */
public final class WireFiles {
    private WireFiles() {}

    /** @throws CommandFailure if this process may not have so many sockets */
    public static void check(int sockets) throws CommandFailure {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            long limit = system.getMaxFileDescriptorCount();
            long needed = system.getOpenFileDescriptorCount() + FleetLimits.OTHER_FILES + sockets;
            if (limit < needed) {
                throw CommandFailure.failed(
                        "%d sockets need %d open files, and this process may have %d: raise that with `ulimit -Hn %d`, or ask for fewer sockets"
                                .formatted(sockets, needed, limit, needed));
            }
        }
    }

    /** @throws CommandFailure if this machine has not that address */
    static void checkSource(InetAddress source) throws CommandFailure {
        try (DatagramSocket tried = new DatagramSocket(new InetSocketAddress(source, 0))) {
            assert tried.isBound();
        } catch (IOException e) {
            throw notOurs(source, Output.reason(e));
        }
    }

    static CommandFailure notOurs(InetAddress source, String reason) {
        return CommandFailure.failed("cannot ask from %s: %s; sources are addresses that this machine has"
                .formatted(source.getHostAddress(), reason));
    }
}
