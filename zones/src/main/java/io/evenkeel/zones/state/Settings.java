package io.evenkeel.zones.state;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.codec.WireWriter;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the members of a cluster agree on besides zones: values by kind and name, each with the index of the entry that set
 * it. Immutable; a next table copies the whole, since settings are few and change seldom.
 */
public final class Settings {
    static final Settings EMPTY = new Settings(new TreeMap<>(), Hash256.ZERO);

    /** Of heap, for one setting beside its value and its characters: measured. */
    private static final int ENTRY_OCTETS = 176;

    private final NavigableMap<Key, Setting> table;
    private final long octets;
    private final Hash256 sum;

    private Settings(NavigableMap<Key, Setting> table, Hash256 sum) {
        this.table = table;
        this.octets = table.values().stream().mapToLong(Settings::octets).sum();
        this.sum = sum;
    }

    /** A table of these. Of two with one kind and name it takes the later. */
    static Settings of(Collection<Setting> settings) {
        NavigableMap<Key, Setting> table = new TreeMap<>();
        Hash256 sum = Hash256.ZERO;
        for (Setting setting : settings) {
            Setting before = table.put(new Key(setting.kind(), setting.name()), setting);
            sum = sum.minus(Setting.hash(before)).plus(Setting.hash(setting));
        }
        return new Settings(table, sum);
    }

    private static long octets(Setting setting) {
        return ENTRY_OCTETS + setting.value.length + 2L * (setting.kind.length() + setting.name.length());
    }

    /** Octets of heap that all of them take. */
    long octets() {
        return octets;
    }

    private record Key(String kind, String name) implements Comparable<Key> {
        private static final Comparator<Key> ORDER =
                Comparator.comparing(Key::kind).thenComparing(Key::name);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    /**
     * One setting.
     *
     * @param kind what it is about
     * @param name of one of that kind
     * @param value as whoever owns the kind writes it; not to be changed
     * @param revision index of the entry that set it
     */
    public record Setting(String kind, String name, byte[] value, long revision) {
        /** As it stands in a snapshot. */
        void write(WireWriter out) {
            out.string(kind).string(name).blob(value).i64(revision);
        }

        private static Hash256 hash(@Nullable Setting setting) {
            if (setting == null) {
                return Hash256.ZERO;
            }
            WireWriter out = new WireWriter();
            setting.write(out);
            return Hash256.of(out.toBytes());
        }
    }

    /** The setting; null if there is none. */
    public @Nullable Setting find(String kind, String name) {
        return table.get(new Key(kind, name));
    }

    /** All of one kind, by name. */
    public Collection<Setting> ofKind(String kind) {
        return Collections.unmodifiableCollection(
                table.subMap(new Key(kind, ""), new Key(kind + '\0', "")).values());
    }

    int count() {
        return table.size();
    }

    /** All, by kind and name. */
    Collection<Setting> all() {
        return Collections.unmodifiableCollection(table.values());
    }

    /** Why the command is turned down; null if it is not. Whether its base is the present one is another question. */
    @Nullable
    String refusal(ZoneCommand.PutSetting put) {
        byte[] value = put.value();
        if (value != null && value.length > ZoneLimits.MAX_SETTING_BYTES) {
            return "a setting of " + value.length + " octets; allowed: up to " + ZoneLimits.MAX_SETTING_BYTES;
        }
        if (put.kind().length() + put.name().length() > ZoneLimits.MAX_SETTING_NAME) {
            return "a setting whose kind and name are longer than " + ZoneLimits.MAX_SETTING_NAME + " characters";
        }
        if (find(put.kind(), put.name()) == null && table.size() >= ZoneLimits.MAX_SETTINGS) {
            return "there are " + ZoneLimits.MAX_SETTINGS + " settings; no more can be made";
        }
        return FeatureLevel.refusal(this, put);
    }

    /** Of all of them. */
    Hash256 sum() {
        return sum;
    }

    Settings with(Setting setting) {
        NavigableMap<Key, Setting> next = new TreeMap<>(table);
        Setting before = next.put(new Key(setting.kind(), setting.name()), setting);
        return new Settings(next, sum.minus(Setting.hash(before)).plus(Setting.hash(setting)));
    }

    Settings without(String kind, String name) {
        NavigableMap<Key, Setting> next = new TreeMap<>(table);
        Setting before = next.remove(new Key(kind, name));
        return new Settings(next, sum.minus(Setting.hash(before)));
    }
}
