package io.evenkeel.zones.state;

import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * The state cut into parts, so that a next snapshot writes only what has changed: all but the zones and the history of changes ({@code
 * meta}), the zones, and that history. A large zone is a part of its own, named by zone id, change and hash. Small ones share a fixed number of parts by their
 * zone id: a part each would mean thousands of files to be forced to disk. The name of a part tells its contents: two parts
 * of one cluster with one name are the same, even if one was written by a replica that was wrong. Pure functions.
 */
public final class SnapshotParts {
    /** A zone with more records is a part of its own; fewer are quicker written anew than a file is forced to disk. */
    static final int SMALL_ZONE_RECORDS = 2_000;

    /** Parts that small zones share. With ten thousand zones, one change rewrites some hundred and fifty small ones. */
    static final int SHARED_PARTS = 64;

    private SnapshotParts() {}

    /**
     * One part.
     *
     * @param name letters, digits and hyphens
     * @param zones in order of their id
     * @param history null: the part holds zones
     */
    public record Part(
            String name, List<Zone> zones, @Nullable ChangeHistory history) {
        public Part {
            zones = List.copyOf(zones);
        }

        private Part(String name, List<Zone> zones) {
            this(name, zones, null);
        }

        /** Of all its zones. */
        public long records() {
            return zones.stream().mapToLong(Zone::records).sum();
        }
    }

    /** How much a state holds. */
    public record Counts(long zones, long records) {}

    /** The zones of a state, in parts. */
    public static List<Part> zones(ReplicatedState state) {
        List<Part> parts = new ArrayList<>();
        SortedMap<Long, List<Zone>> shared = new TreeMap<>();
        List<Zone> zones = state.catalog().unordered();
        zones.sort(Comparator.comparingLong(zone -> zone.version().zoneId()));
        for (Zone zone : zones) {
            long id = zone.version().zoneId();
            if (zone.records() > SMALL_ZONE_RECORDS) {
                String name = "zone-" + id + "-" + zone.version().change() + "-" + contents(List.of(zone));
                parts.add(new Part(name, List.of(zone)));
            } else {
                shared.computeIfAbsent(id % SHARED_PARTS, _ -> new ArrayList<>())
                        .add(zone);
            }
        }
        shared.forEach((number, members) -> parts.add(new Part("zones-" + number + "-" + contents(members), members)));
        return parts;
    }

    /** All parts but the first: the zones and, in a cluster that keeps one, the history of changes. */
    public static List<Part> beside(ReplicatedState state) {
        List<Part> parts = zones(state);
        if (FeatureLevel.HISTORY.isReached(state.settings())) {
            WireWriter contents = new WireWriter().raw(state.history().sum().toBytes());
            state.history().writeNumbers(contents);
            parts.add(new Part("history-" + digits(contents.toBytes()), List.of(), state.history()));
        }
        return parts;
    }

    /** What tells zones in these versions, with these records, from all others, in 32 hexadecimal digits. */
    private static String contents(List<Zone> zones) {
        WireWriter hashes = new WireWriter();
        zones.forEach(zone -> hashes.raw(zone.versionHash().toBytes()));
        return digits(hashes.toBytes());
    }

    private static String digits(byte[] octets) {
        return HexFormat.of().formatHex(Sha256.of(octets), 0, 16);
    }

    /** Writes all but the zones and the history. */
    public static void writeMeta(ReplicatedState state, OutputStream out) throws IOException {
        SnapshotCodec.writeMeta(state, out);
    }

    /** Writes one of the other parts. */
    public static void write(Part part, OutputStream out) throws IOException {
        if (part.history == null) {
            SnapshotCodec.writeZones(part.zones, out);
        } else {
            SnapshotCodec.writeHistory(part.history, out);
        }
    }

    /**
     * Reads a stream of {@link ReplicatedState#writeSnapshot} to its end, and keeps nothing of it.
     *
     * @throws UnsupportedCommandException if a newer program wrote it
     * @throws IOException if it is damaged, cut short or cannot be read
     */
    public static Counts check(InputStream in) throws IOException {
        return SnapshotCodec.check(in);
    }

    /**
     * Reads such a stream to its end, and keeps one zone of it.
     *
     * @param apex its name
     * @return null if it has no such zone
     * @throws UnsupportedCommandException if a newer program wrote it
     * @throws IOException if it is damaged, cut short or cannot be read
     */
    public static @Nullable Zone zone(InputStream in, String apex) throws IOException {
        return SnapshotCodec.readZone(in, Name.fromString(apex, Name.root));
    }

    /** What the process holds already while a state is put together again. */
    public interface Beside {
        /** Nothing, and memory without end. */
        Beside NOTHING = new Beside() {
            @Override
            public List<ReplicatedState> held() {
                return List.of();
            }

            @Override
            public void takes(long meanwhile, long more) {}
        };

        /** States that are held, the likeliest first: what a snapshot has in common with their zones is not made twice. */
        List<ReplicatedState> held();

        /**
         * Told how much heap is taken beside that.
         *
         * @param meanwhile octets for the zone that is being read
         * @param more octets for zones that have been read, beside all that was told before
         * @throws IOException if there are not so many; nothing more is read then
         */
        void takes(long meanwhile, long more) throws IOException;
    }

    /** A state that is being put together again. One thread. */
    public static final class Assembly {
        private final SnapshotCodec.Meta meta;
        private final Beside beside;
        private final List<Zone> zones = new ArrayList<>();
        private @Nullable ChangeHistory history;

        /** @throws IOException if it is damaged, of a newer program, or cannot be read */
        public Assembly(InputStream metaStream, Beside beside) throws IOException {
            this.beside = beside;
            this.meta = SnapshotCodec.readMeta(metaStream);
        }

        /**
         * Takes one part of the zones, or the history.
         *
         * @param sharing whether a version may be made of another one that is held
         * @return false if that came to nothing: no zone was taken, and the part is to be read from its beginning without sharing
         */
        public boolean add(InputStream part, boolean sharing) throws IOException {
            SnapshotCodec.Part read = SnapshotCodec.readPart(part, beside, sharing);
            if (read == null) {
                return false;
            }
            zones.addAll(read.zones());
            history = read.history() == null ? history : read.history();
            return true;
        }

        /** @throws CodecException if zones are missing, or there are some twice, or the history is missing */
        public ReplicatedState state() throws CodecException {
            Catalog catalog = Catalog.of(zones);
            if (zones.size() != meta.zones() || catalog.size() != zones.size()) {
                throw new CodecException("snapshot with " + catalog.size() + " zones in " + zones.size()
                        + "; there were " + meta.zones());
            }
            ChangeHistory read = history;
            if (read == null && meta.hasHistory()) {
                throw new CodecException("snapshot without the history of changes that belongs to it");
            }
            return meta.with(catalog, read == null ? ChangeHistory.EMPTY : read);
        }
    }
}
