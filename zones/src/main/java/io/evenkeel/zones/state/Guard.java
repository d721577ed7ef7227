package io.evenkeel.zones.state;

import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.Settings.Setting;
import org.xbill.DNS.Name;

/**
 * From which share of its names on a change has to be meant that takes them from a zone: a setting for each zone that has not the usual
 * one, which this class alone writes and reads. It belongs to the name of the zone, so that one that is deleted and brought back has it
 * still. The leader looks at it when it judges a change, and nobody when it is applied.
 *
 * @param percent a change that takes more has to be meant; 100: only one that leaves nothing but what any zone has; 0: none
 */
public record Guard(int percent) {
    /** What a zone has that nothing was set for. */
    public static final Guard USUAL = new Guard(50);

    /** No change has to be meant. */
    public static final Guard OFF = new Guard(0);

    /** Only a change has to be meant that leaves nothing but what any zone has. */
    public static final Guard ALL = new Guard(100);

    /** Kind of the settings; their names are those of the zones, in lower case. */
    public static final String KIND = "guard";

    private static final int FORMAT = 1;

    public Guard {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("a share of " + percent + " %");
        }
    }

    /** That of a zone, or of the name of one. */
    public static Guard of(Settings settings, Name apex) {
        Setting setting = settings.find(KIND, name(apex));
        if (setting == null) {
            return USUAL;
        }
        try {
            WireReader in = new WireReader(setting.value());
            int format = in.u8();
            if (format != FORMAT) {
                throw new CodecException("format " + format);
            }
            return read(in);
        } catch (CodecException e) {
            throw new IllegalStateException("the guard of " + apex + " cannot be read", e);
        }
    }

    /**
     * The one in the next octet.
     *
     * @throws CodecException if it is none
     */
    public static Guard read(WireReader in) throws CodecException {
        int percent = in.u8();
        if (percent > ALL.percent) {
            throw new CodecException("a share of " + percent + " %");
        }
        return new Guard(percent);
    }

    /** The command that gives it to a zone; the usual one is no setting. */
    public ZoneCommand.PutSetting set(Settings settings, Name apex) {
        Setting present = settings.find(KIND, name(apex));
        byte[] value =
                equals(USUAL) ? null : new WireWriter().u8(FORMAT).u8(percent).toBytes();
        return new ZoneCommand.PutSetting(KIND, name(apex), value, present == null ? 0 : present.revision());
    }

    private static String name(Name apex) {
        return apex.canonicalize().toString();
    }

    /** Whether no change is stopped. */
    public boolean isOff() {
        return equals(OFF);
    }

    /** Whether a change that takes so many of the names of a zone has to be meant. */
    public boolean stops(long taken, long names) {
        return !isOff() && names >= ZoneLimits.GUARDED_NAMES && ALL.percent * taken > percent * names;
    }

    /** Whether there are zones of which it stops a change that takes so many names. */
    public boolean mayStop(long taken) {
        return stops(taken, ZoneLimits.GUARDED_NAMES);
    }

    /** As people are told of it: {@code 50 %}, or {@code off}. */
    @Override
    public String toString() {
        return isOff() ? "off" : percent + " %";
    }
}
