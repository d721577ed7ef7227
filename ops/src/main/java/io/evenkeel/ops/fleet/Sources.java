package io.evenkeel.ops.fleet;

import io.evenkeel.ops.verb.CommandFailure;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The addresses of this machine that the questions of a fleet come from. */
public final class Sources {
    /** All of 127/8 is this machine's without a word of configuration. */
    private static final String LOOPBACK = "127.1.0.0/16";
    /** Bits of an address that are counted through; a wider range is used in part. */
    private static final int HOST_BITS = 32;

    /** The JDK refuses to bind to an address of 127/8 that ends so, by itself: for the kernel it is as good as any. */
    private static final byte NOT_FOR_JAVA = (byte) 255;

    private final List<Range> ranges;
    private final long count;

    /** The addresses that begin with {@code first}. */
    private record Range(byte[] first, long count) {
        InetAddress address(long index) {
            byte[] octets = first.clone();
            ByteBuffer low = ByteBuffer.wrap(octets, octets.length - 4, 4).slice();
            low.putInt(0, low.getInt(0) | (int) index);
            if (count > 1 && octets.length == 4 && octets[0] == 127 && octets[3] == NOT_FOR_JAVA) {
                octets[3]--;
            }
            try {
                return InetAddress.getByAddress(octets);
            } catch (UnknownHostException e) {
                throw new AssertionError("4 or 16 octets", e);
            }
        }
    }

    private Sources(List<Range> ranges) {
        this.ranges = ranges;
        this.count = ranges.stream().mapToLong(Range::count).sum();
    }

    /**
     * Those asked for; if none are, {@code 127.1.0.0/16} for a server in 127/8, else what the system chooses.
     *
     * @param option that names them, for messages
     * @param asked addresses and networks as in {@code 127.1.0.0/16}
     */
    public static Sources of(String option, List<String> asked, InetAddress server) throws CommandFailure {
        boolean usual = asked.isEmpty() && server instanceof Inet4Address && server.isLoopbackAddress();
        List<Range> ranges = new ArrayList<>();
        for (String text : usual ? List.of(LOOPBACK) : asked) {
            ranges.add(range(option, text, server));
        }
        return new Sources(ranges);
    }

    private static Range range(String option, String text, InetAddress server) throws CommandFailure {
        int slash = text.indexOf('/');
        try {
            byte[] octets = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash))
                    .getAddress();
            int bits = octets.length * Byte.SIZE;
            int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
            if (prefix >= 0 && prefix <= bits) {
                if (octets.length != server.getAddress().length) {
                    throw new CommandFailure(
                            CommandFailure.USAGE,
                            "%s: nothing can be sent from %s to %s: one is IPv4, the other IPv6"
                                    .formatted(option, text, server.getHostAddress()));
                }
                for (int bit = prefix; bit < bits; bit++) {
                    octets[bit / Byte.SIZE] &= (byte) ~(0x80 >> bit % Byte.SIZE);
                }
                return new Range(octets, 1L << Math.min(bits - prefix, HOST_BITS));
            }
        } catch (IllegalArgumentException notAnAddress) {
            // falls through to the one message for all that is no address
        }
        throw new CommandFailure(
                CommandFailure.USAGE,
                option + " wants addresses or networks, as in 127.1.0.0/16 or 127.0.0.2,127.0.0.3, not " + text);
    }

    /** The system chooses. */
    public static Sources none() {
        return new Sources(List.of());
    }

    /** Whether the system chooses. */
    boolean isEmpty() {
        return ranges.isEmpty();
    }

    /** The source of one site of so many, which are spread evenly over all; null: the system chooses. */
    public @Nullable InetAddress address(int site, int sites) {
        if (ranges.isEmpty()) {
            return null;
        }
        long index = count < sites ? site % count : site * (count / sites);
        for (Range range : ranges) {
            if (index < range.count()) {
                return range.address(index);
            }
            index -= range.count();
        }
        throw new AssertionError("more addresses counted than there are");
    }
}
