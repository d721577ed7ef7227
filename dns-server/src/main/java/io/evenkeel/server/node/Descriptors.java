package io.evenkeel.server.node;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Whether a node may have as many descriptors open as all its bounds on connections come to. If not, fewer connections for
 * DNS over TCP are let in, which most of them are for; whatever still goes beyond fails by itself when that many are open.
 *
 * @param allowed to this process; {@link #UNKNOWN} where the system does not tell
 * @param needs what they are for
 * @param tcpWanted connections for DNS over TCP that are configured
 */
public record Descriptors(long allowed, List<Need> needs, int tcpWanted) {
    /** No limit is known. */
    public static final long UNKNOWN = -1;

    /** The log of Raft, snapshots, the jar, the JVM, and connections of this node to others. */
    static final int FILES = 256;

    /** However few are allowed: DNS over TCP is no option, it is how long answers are had (RFC 7766). */
    static final int LEAST_TCP = 64;

    public Descriptors {
        needs = List.copyOf(needs);
    }

    /**
     * So many descriptors at most for one use.
     *
     * @param use as a person names it
     */
    public record Need(String use, int most) {}

    /** What this process may have open, and needs, beside DNS over TCP and files, for that. */
    public static Descriptors ofThisProcess(int tcpWanted, List<Need> others) {
        return of(limit(), tcpWanted, others);
    }

    static Descriptors of(long allowed, int tcpWanted, List<Need> others) {
        List<Need> needs = new ArrayList<>();
        needs.add(new Need("DNS over TCP", tcpWanted));
        needs.addAll(others);
        needs.add(new Need("files and the rest", FILES));
        return new Descriptors(allowed, needs, tcpWanted);
    }

    private static long limit() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        return system instanceof UnixOperatingSystemMXBean unix ? unix.getMaxFileDescriptorCount() : UNKNOWN;
    }

    /** Open now; {@link #UNKNOWN} where the system does not tell. Asks the kernel. */
    public static long open() {
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        return system instanceof UnixOperatingSystemMXBean unix ? unix.getOpenFileDescriptorCount() : UNKNOWN;
    }

    /** The sum of all bounds. */
    public long needed() {
        return needs.stream().mapToLong(Need::most).sum();
    }

    private boolean suffice() {
        return allowed < 0 || needed() <= allowed;
    }

    /** Connections for DNS over TCP for which there is room: as many as are configured, or fewer. */
    public int tcpConnections() {
        return suffice() ? tcpWanted : (int) Math.min(tcpWanted, Math.max(LEAST_TCP, allowed - (needed() - tcpWanted)));
    }

    /** What is wrong and what to do about it, one line for people; empty if nothing. */
    public List<String> reasons() {
        if (suffice()) {
            return List.of();
        }
        String sum = needs.stream().map(need -> need.most() + " " + need.use()).collect(Collectors.joining(", "));
        return List.of("this process may have " + allowed + " descriptors open, and at worst needs " + needed() + " ("
                + sum + "); it lets in " + tcpConnections()
                + " connections for DNS over TCP: allow more (LimitNOFILE= of the unit, nofile of the container, ulimit -n),"
                + " or lower dns.tcp-connections, and restart the node");
    }
}
