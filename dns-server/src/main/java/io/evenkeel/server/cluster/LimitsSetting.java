package io.evenkeel.server.cluster;

import io.evenkeel.server.limits.LimitMode;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.limits.LimitSettings.Allowance;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.Settings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The limits on clients as a setting of the replicated state, which this class alone writes and reads. Pure functions. */
public final class LimitsSetting {
    /** Kind of the setting. */
    static final String KIND = "limits";

    /** The one name of that kind. */
    static final String NAME = "clients";

    private static final int FORMAT = 1;

    private LimitsSetting() {}

    /**
     * What a cluster has agreed on.
     *
     * @param limits null: nothing, or octets that this release cannot read
     * @param revision of the setting; 0: there is none
     */
    public record Agreed(@Nullable LimitSettings limits, long revision) {
        /** Whether a release with another form has written it. */
        public boolean isUnread() {
            return limits == null && revision != 0;
        }
    }

    /** What stands in those settings. */
    static Agreed of(Settings settings) {
        Settings.Setting setting = settings.find(KIND, NAME);
        if (setting == null) {
            return new Agreed(null, 0);
        }
        try {
            return new Agreed(decode(setting.value()), setting.revision());
        } catch (CodecException e) {
            return new Agreed(null, setting.revision());
        }
    }

    /** Octets of limits without {@link #problems}. */
    static byte[] encode(LimitSettings limits) {
        WireWriter out = new WireWriter()
                .u8(FORMAT)
                .u8(number(limits.questions()))
                .u32(limits.rate())
                .u32(limits.burst())
                .u8(number(limits.responses()))
                .u32(limits.responseRate())
                .u16(limits.allowed().size());
        for (Allowance allowed : limits.allowed()) {
            byte[] network = allowed.network().getAddress();
            out.u8(network.length).raw(network).u8(allowed.bits()).u16(allowed.factor());
        }
        return out.toBytes();
    }

    /** @throws CodecException if another release wrote it, or it was never limits */
    static LimitSettings decode(byte[] octets) throws CodecException {
        WireReader in = new WireReader(octets);
        int format = in.u8();
        if (format != FORMAT) {
            throw new CodecException("limits of format " + format);
        }
        LimitMode questions = mode(in.u8());
        int rate = positive(in);
        int burst = positive(in);
        LimitMode responses = mode(in.u8());
        int responseRate = positive(in);
        int count = in.u16();
        List<Allowance> allowed = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            allowed.add(new Allowance(network(in), in.u8(), in.u16()));
        }
        in.expectEnd();
        LimitSettings limits = new LimitSettings(questions, rate, burst, allowed, responses, responseRate);
        List<String> problems = problems(limits);
        if (!problems.isEmpty()) {
            throw new CodecException(problems.getFirst());
        }
        return limits;
    }

    /** What is wrong with limits, a line each with what is allowed; none if they may be agreed on. */
    public static List<String> problems(LimitSettings limits) {
        List<String> problems = new ArrayList<>();
        bound(problems, "rate", limits.rate(), LimitSettings.MOST_RATE);
        bound(problems, "burst", limits.burst(), LimitSettings.MOST_RATE);
        bound(problems, "responseRate", limits.responseRate(), LimitSettings.MOST_RATE);
        if (limits.allowed().size() > LimitSettings.MOST_ALLOWANCES) {
            problems.add(limits.allowed().size() + " allowed prefixes; at most " + LimitSettings.MOST_ALLOWANCES
                    + ", so join neighbours to shorter ones");
        }
        Set<String> seen = new HashSet<>();
        for (Allowance allowed : limits.allowed()) {
            String prefix = allowed.network().getHostAddress() + "/" + allowed.bits();
            int most = allowed.network().getAddress().length * Byte.SIZE;
            if (allowed.bits() < 0 || allowed.bits() > most) {
                problems.add(prefix + ": a prefix of that family has 0 to " + most + " bits");
            } else if (hasMoreThan(allowed.network().getAddress(), allowed.bits())) {
                problems.add(prefix + ": the address has bits beyond its prefix; write its first address");
            }
            bound(problems, prefix + ": factor", allowed.factor(), LimitSettings.MOST_FACTOR);
            if (!seen.add(prefix)) {
                problems.add(prefix + " is allowed twice");
            }
        }
        return problems;
    }

    private static void bound(List<String> problems, String what, int value, int most) {
        if (value < 1 || value > most) {
            problems.add(what + " is " + value + "; allowed: 1 to " + most);
        }
    }

    private static boolean hasMoreThan(byte[] address, int bits) {
        for (int i = bits; i < address.length * Byte.SIZE; i++) {
            if (((address[i / Byte.SIZE] >> (Byte.SIZE - 1 - (i % Byte.SIZE))) & 1) != 0) {
                return true;
            }
        }
        return false;
    }

    private static int number(LimitMode mode) {
        return switch (mode) {
            case OFF -> 1;
            case DRY_RUN -> 2;
            case ENFORCE -> 3;
        };
    }

    private static LimitMode mode(int number) throws CodecException {
        for (LimitMode mode : LimitMode.values()) {
            if (number(mode) == number) {
                return mode;
            }
        }
        throw new CodecException("limit mode " + number);
    }

    private static int positive(WireReader in) throws CodecException {
        long value = in.u32();
        if (value > Integer.MAX_VALUE) {
            throw new CodecException("a limit of " + value);
        }
        return (int) value;
    }

    private static InetAddress network(WireReader in) throws CodecException {
        int length = in.u8();
        try {
            InetAddress network = InetAddress.getByAddress(in.raw(length));
            // An IPv4 address in the form of an IPv6 one becomes an IPv4 address, and would be written as another.
            if (network.getAddress().length != length) {
                throw new CodecException("an IPv4 address written as IPv6");
            }
            return network;
        } catch (UnknownHostException e) {
            throw new CodecException("an address of " + length + " octets");
        }
    }
}
