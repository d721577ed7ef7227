package io.evenkeel.zones.state;

import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.Settings.Setting;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How much of its heap each member has for the replicated state, as it told the leader last: a setting for each, which this
 * class alone writes and reads. What a node has for zones is the same for all of its zones, so the smallest member decides for
 * all: an entry that does not fit there would end it, and again at each replay.
 */
public final class MemoryLimits {
    /** Kind of the settings; their names are those of the members. */
    public static final String KIND = "memory";

    private static final int FORMAT = 1;

    /** Replicas pack the same zones into pages that differ a little: nobody is too small for that. */
    private static final double TOLERANCE = 1.05;

    private MemoryLimits() {}

    /**
     * What one member has.
     *
     * @param node its name
     * @param octets of heap for the state, with what a change needs beside it for a while
     */
    public record Limit(String node, long octets) {
        /**
         * Whether that member cannot hold what is there already.
         *
         * @param taken octets of the state
         */
        public boolean isBelow(long taken) {
            return octets * TOLERANCE < taken;
        }
    }

    /** Of all members that have told theirs, by name. */
    public static List<Limit> all(Settings settings) {
        return settings.ofKind(KIND).stream().map(MemoryLimits::read).toList();
    }

    /**
     * The limit that imports have to keep to: the smallest of those members that can hold what is there. If none can, the largest,
     * under which nothing fits.
     *
     * @return empty if no member has told its limit
     */
    public static Optional<Limit> smallest(ReplicatedState state) {
        List<Limit> all = all(state.settings());
        Comparator<Limit> bySize = Comparator.comparingLong(Limit::octets);
        return all.stream()
                .filter(limit -> !limit.isBelow(state.octets()))
                .min(bySize)
                .or(() -> all.stream().max(bySize));
    }

    /** The largest that a majority of the members has; empty if no member has told its limit. */
    public static Optional<Limit> ofMajority(ReplicatedState state) {
        List<Limit> all = all(state.settings());
        return all.stream()
                .sorted(Comparator.comparingLong(Limit::octets).reversed())
                .skip(all.size() / 2)
                .findFirst();
    }

    /**
     * The command that notes a member's limit.
     *
     * @param octets null: it is no member any more
     * @return null if it is noted so already
     */
    public static ZoneCommand.@Nullable PutSetting note(Settings settings, String node, @Nullable Long octets) {
        Setting present = settings.find(KIND, node);
        if (octets == null ? present == null : present != null && read(present).octets() == octets) {
            return null;
        }
        byte[] value =
                octets == null ? null : new WireWriter().u8(FORMAT).i64(octets).toBytes();
        return new ZoneCommand.PutSetting(KIND, node, value, present == null ? 0 : present.revision());
    }

    private static Limit read(Setting setting) {
        try {
            WireReader in = new WireReader(setting.value());
            int format = in.u8();
            if (format != FORMAT) {
                throw new CodecException("format " + format);
            }
            return new Limit(setting.name(), in.i64());
        } catch (CodecException e) {
            throw new IllegalStateException("the memory of " + setting.name() + " cannot be read", e);
        }
    }
}
