package io.evenkeel.server.limits;

import java.net.InetAddress;
import java.util.List;

/**
 * The limits on clients that the members of a cluster agree on. Immutable.
 *
 * @param questions what becomes of questions above the rate of their client
 * @param rate questions a second of one client: an IPv4 address or an IPv6 /64
 * @param burst questions of one client at once, beyond its rate
 * @param allowed prefixes with a higher rate; of several the longest that matches counts
 * @param responses what becomes of large answers above {@code responseRate}: the defence of others against reflection
 * @param responseRate answers a second of more than twice their question, to one client
 */
public record LimitSettings(
        LimitMode questions, int rate, int burst, List<Allowance> allowed, LimitMode responses, int responseRate) {
    /** Of a new cluster. */
    public static final LimitSettings NEW =
            new LimitSettings(LimitMode.ENFORCE, 200, 1_000, List.of(), LimitMode.DRY_RUN, 200);

    /** Of a cluster that has agreed on nothing, since an earlier release founded it. */
    public static final LimitSettings UPGRADED = NEW.with(LimitMode.DRY_RUN);

    /** Allowances of one cluster. */
    public static final int MOST_ALLOWANCES = 256;

    /** Questions a second, and at once, of one client. */
    public static final int MOST_RATE = 1_000_000;

    /** By which an allowance may multiply these. */
    public static final int MOST_FACTOR = 1_000;

    public LimitSettings {
        allowed = List.copyOf(allowed);
    }

    /**
     * A prefix with a higher rate.
     *
     * @param network its first address
     * @param bits that addresses have in common with it
     * @param factor by which {@code rate} and {@code burst} of each client of it are multiplied
     */
    public record Allowance(InetAddress network, int bits, int factor) {}

    /** The same with another mode for questions. */
    public LimitSettings with(LimitMode mode) {
        return new LimitSettings(mode, rate, burst, allowed, responses, responseRate);
    }
}
