package io.evenkeel.zones.state;

import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.ZoneSharing;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.Staging.Stage;
import io.evenkeel.zones.store.PackedRecords;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Section;

/**
 * The state as a stream: {@code magic, u16 format, u8 what it holds, blocks, an empty block, SHA-256 of all before}. A block
 * is {@code u32 length, octets}; records are never cut by its end, and both sides hold one block at a time, so that a zone of
 * any size passes through little memory. Order: the numbers, the settings by kind and name, the requests from the oldest,
 * stages by id, zones by apex; from {@link FeatureLevel#HISTORY} on the history of changes, from the oldest. Nothing depends on how the state came about, so equal states give equal octets.
 *
 * <p>A stream holds the whole state, or one part of it: all but the zones and the history, some zones, or the history. A change in the
 * history is {@code u32 length, octets}, and may go on in further blocks.
 */
final class SnapshotCodec {
    private static final long MAGIC = 0x4556_454E_4B45_454CL;
    private static final int FORMAT = 3;
    private static final int WHOLE = 0;
    private static final int META = 1;
    private static final int ZONES = 2;
    private static final int HISTORY = 3;
    private static final int BLOCK_BYTES = 64 << 10;

    /** A block ends with the record or chunk that fills it. */
    private static final int MAX_BLOCK_BYTES = BLOCK_BYTES + Math.max(66_000, ZoneLimits.CHUNK_BYTES + 64);

    private static final int REQUESTS_PER_BLOCK = 1_000;

    private SnapshotCodec() {}

    /** Returns the SHA-256 at its end. */
    static byte[] write(ReplicatedState state, OutputStream out) throws IOException {
        Writer writer = new Writer(out);
        writer.start(WHOLE);
        try {
            writer.meta(state);
            for (Zone zone : state.catalog().zones()) {
                writer.zone(zone);
            }
            if (FeatureLevel.HISTORY.isReached(state.settings())) {
                writer.history(state.history());
            }
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
        return writer.end();
    }

    /** All but the zones, of which it says how many there are. */
    static void writeMeta(ReplicatedState state, OutputStream out) throws IOException {
        Writer writer = new Writer(out);
        writer.start(META);
        try {
            writer.meta(state);
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
        writer.end();
    }

    static void writeZones(List<Zone> zones, OutputStream out) throws IOException {
        Writer writer = new Writer(out);
        writer.start(ZONES);
        writer.block.u32(zones.size());
        writer.flush();
        try {
            for (Zone zone : zones) {
                writer.zone(zone);
            }
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
        writer.end();
    }

    static void writeHistory(ChangeHistory history, OutputStream out) throws IOException {
        Writer writer = new Writer(out);
        writer.start(HISTORY);
        try {
            writer.history(history);
        } catch (UncheckedIOException failed) {
            throw failed.getCause();
        }
        writer.end();
    }

    static ReplicatedState read(InputStream in) throws IOException {
        Reader reader = new Reader(in);
        reader.start(WHOLE);
        Meta meta = readMeta(reader);
        List<Zone> zones = new ArrayList<>();
        for (long i = 0; i < meta.zones; i++) {
            zones.add(Objects.requireNonNull(readZone(reader, reader.block(), SnapshotParts.Beside.NOTHING, false)));
        }
        ChangeHistory history =
                meta.hasHistory() ? readHistory(reader, SnapshotParts.Beside.NOTHING) : ChangeHistory.EMPTY;
        reader.end();
        return meta.with(Catalog.of(zones), history);
    }

    static Meta readMeta(InputStream in) throws IOException {
        Reader reader = new Reader(in);
        reader.start(META);
        Meta meta = readMeta(reader);
        reader.end();
        return meta;
    }

    /**
     * What a part beside the first holds.
     *
     * @param history null: it holds zones
     */
    record Part(List<Zone> zones, @Nullable ChangeHistory history) {}

    /**
     * The zones of one part, or the history.
     *
     * @param beside what is held while they are read
     * @param sharing whether versions may be made of others that are held
     * @return null if a version could not be made so: the part is to be read without that
     */
    static @Nullable Part readPart(InputStream in, SnapshotParts.Beside beside, boolean sharing) throws IOException {
        Reader reader = new Reader(in);
        int kind = reader.start();
        if (kind == HISTORY) {
            ChangeHistory history = readHistory(reader, beside);
            reader.end();
            return new Part(List.of(), history);
        }
        requireKind(kind, ZONES);
        List<Zone> zones = readZones(reader, beside, sharing);
        return zones == null ? null : new Part(zones, null);
    }

    private static @Nullable List<Zone> readZones(Reader reader, SnapshotParts.Beside beside, boolean sharing)
            throws IOException {
        WireReader head = reader.block();
        long count = head.u32();
        head.expectEnd();
        List<Zone> zones = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            Zone zone = readZone(reader, reader.block(), beside, sharing);
            if (zone == null) {
                return null;
            }
            zones.add(zone);
        }
        reader.end();
        return zones;
    }

    /** Reads all of a whole state, but keeps nothing of it; what no zone could be made of passes. */
    static SnapshotParts.Counts check(InputStream in) throws IOException {
        Reader reader = new Reader(in);
        reader.start(WHOLE);
        Meta meta = readMeta(reader);
        long total = 0;
        for (long i = 0; i < meta.zones; i++) {
            total += checkZone(reader, reader.block());
        }
        if (meta.hasHistory()) {
            forEachChange(reader, change -> {});
        }
        reader.end();
        return new SnapshotParts.Counts(meta.zones, total);
    }

    /** How many records it has. */
    private static long checkZone(Reader reader, WireReader head) throws IOException {
        Name apex = head.name();
        head.version();
        long count = head.i64();
        Hash256 told = Hash256.read(head.raw(Hash256.BYTES));
        head.expectEnd();
        Hash256.Sum hash = new Hash256.Sum(Hash256.ZERO);
        forEachRecord(reader, count, block -> hash.add(block.record().toWire(Section.ANSWER)));
        requireHash(apex, told, hash.total());
        return count;
    }

    /** One zone of a whole state, all of which is read. */
    static @Nullable Zone readZone(InputStream in, Name apex) throws IOException {
        Reader reader = new Reader(in);
        reader.start(WHOLE);
        Meta meta = readMeta(reader);
        Zone found = null;
        for (long i = 0; i < meta.zones; i++) {
            byte[] head = reader.block().rest();
            if (new WireReader(head).name().equals(apex)) {
                found = readZone(reader, new WireReader(head), SnapshotParts.Beside.NOTHING, false);
            } else {
                checkZone(reader, new WireReader(head));
            }
        }
        if (meta.hasHistory()) {
            forEachChange(reader, change -> {});
        }
        reader.end();
        return found;
    }

    /**
     * A state without its zones and its history.
     *
     * @param zones how many belong to it
     */
    record Meta(
            long index,
            long ticks,
            Staging staging,
            RequestRing requests,
            Settings settings,
            Faults faults,
            @Nullable StateNote note,
            long zones) {
        ReplicatedState with(Catalog catalog, ChangeHistory history) {
            return new ReplicatedState(index, ticks, catalog, staging, requests, settings, faults, history, note);
        }

        /** Whether one belongs to it; below that level none does. */
        boolean hasHistory() {
            return FeatureLevel.HISTORY.isReached(settings);
        }
    }

    private static Meta readMeta(Reader reader) throws IOException {
        WireReader head = reader.block();
        long index = head.i64();
        long ticks = head.i64();
        long requestCount = head.i64();
        long requests = head.u32();
        long stages = head.u32();
        long zones = head.u32();
        long settings = head.u32();
        Faults faults = Faults.read(head);
        StateNote note = StateNote.read(head);
        head.expectEnd();
        if (requests != Math.min(requestCount, ZoneLimits.REQUEST_RING)) {
            throw new CodecException("snapshot with " + requests + " of " + requestCount + " requests");
        }
        Settings table = readSettings(reader, settings);
        RequestRing ring = readRequests(reader, requestCount, requests);
        Staging staging = Staging.EMPTY;
        for (long i = 0; i < stages; i++) {
            staging = staging.with(readStage(reader));
        }
        return new Meta(index, ticks, staging, ring, table, faults, note, zones);
    }

    private static Settings readSettings(Reader reader, long count) throws IOException {
        List<Settings.Setting> all = new ArrayList<>();
        for (long left = count; left > 0; ) {
            WireReader block = reader.block();
            while (!block.atEnd()) {
                Settings.Setting setting =
                        new Settings.Setting(block.string(), block.string(), block.blob(), block.i64());
                FeatureLevel.requireSpoken(setting.kind(), setting.value());
                all.add(setting);
                left--;
            }
        }
        Settings table = Settings.of(all);
        if (table.count() != count) {
            throw new CodecException("snapshot with another number of settings than it said");
        }
        return table;
    }

    private static RequestRing readRequests(Reader reader, long count, long remembered) throws IOException {
        List<RequestRing.Entry> all = new ArrayList<>();
        for (long left = remembered; left > 0; ) {
            WireReader block = reader.block();
            while (!block.atEnd()) {
                RequestId id = block.requestId();
                all.add(new RequestRing.Entry(id, new Recorded(block.i64(), block.version(), block.u32())));
                left--;
            }
        }
        RequestRing ring = RequestRing.after(count - remembered).with(all);
        if (ring.count() != count) {
            throw new CodecException("snapshot with more requests than it said");
        }
        return ring;
    }

    private static Stage readStage(Reader reader) throws IOException {
        WireReader head = reader.block();
        RequestId id = head.requestId();
        long lastTick = head.i64();
        long recordBytes = head.i64();
        long reserved = head.i64();
        long count = head.u32();
        head.expectEnd();
        Stage stage = Stage.empty(id, reserved);
        for (long i = 0; i < count; i++) {
            stage = stage.with(reader.block().rest(), i == 0 ? recordBytes : 0, lastTick);
        }
        return stage;
    }

    /** @return null if sharing was tried and came to nothing; the rest of the stream is not read then */
    private static @Nullable Zone readZone(Reader reader, WireReader head, SnapshotParts.Beside beside, boolean sharing)
            throws IOException {
        Name apex = head.name();
        ZoneVersion version = head.version();
        long count = head.i64();
        Hash256 hash = Hash256.read(head.raw(Hash256.BYTES));
        head.expectEnd();
        List<Zone> held = beside.held().stream()
                .map(state -> state.catalog().zone(apex))
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        for (Zone one : held) {
            if (one.version().equals(version) && one.hash().equals(hash) && ZoneSharing.isSound(one)) {
                forEachRecord(reader, count, block -> block.record((array, from, fixed, to) -> {}));
                return one;
            }
        }
        ZoneSharing shared = sharing && count > SnapshotParts.SMALL_ZONE_RECORDS ? sharing(held, version) : null;
        if (shared != null) {
            return readShared(reader, beside, shared, version, count, hash);
        }
        return readWhole(reader, beside, apex, version, count, hash);
    }

    private static @Nullable ZoneSharing sharing(List<Zone> held, ZoneVersion version) {
        for (Zone one : held) {
            ZoneSharing sharing = one.version().zoneId() == version.zoneId() ? ZoneSharing.with(one) : null;
            if (sharing != null) {
                return sharing;
            }
        }
        return null;
    }

    private static @Nullable Zone readShared(
            Reader reader,
            SnapshotParts.Beside beside,
            ZoneSharing shared,
            ZoneVersion version,
            long count,
            Hash256 hash)
            throws IOException {
        for (long left = count; left > 0; ) {
            WireReader block = reader.block();
            for (; left > 0 && !block.atEnd(); left--) {
                boolean[] goesOn = {false};
                block.record((array, from, fixed, to) -> goesOn[0] = shared.next(array, from, fixed, to));
                if (!goesOn[0]) {
                    return null;
                }
            }
            block.expectEnd();
            beside.takes((long) ZoneSharing.DIFFERENCE_OCTETS * shared.differences(), 0);
        }
        Zone zone = shared.finish(version, hash);
        if (zone != null) {
            beside.takes(0, (long) ZoneSharing.DIFFERENCE_OCTETS * shared.differences());
        }
        return zone;
    }

    private static Zone readWhole(
            Reader reader, SnapshotParts.Beside beside, Name apex, ZoneVersion version, long count, Hash256 hash)
            throws IOException {
        PackedRecords records = new PackedRecords();
        for (long left = count; left > 0; ) {
            WireReader block = reader.block();
            for (; left > 0 && !block.atEnd(); left--) {
                block.record(records);
            }
            block.expectEnd();
            // The zone is made beside its records.
            beside.takes(2 * records.octets(), 0);
        }
        Zone zone;
        try {
            zone = Zone.load(apex, version, records);
        } catch (IllegalArgumentException bad) {
            throw new CodecException("snapshot with contents that are no zone: " + apex, bad);
        }
        requireHash(apex, hash, zone.hash());
        beside.takes(0, zone.octets());
        return zone;
    }

    private static void requireKind(int kind, int expected) throws CodecException {
        if (kind != expected) {
            throw new CodecException("another part of a snapshot: " + kind + " instead of " + expected);
        }
    }

    private static void requireHash(Name apex, Hash256 told, Hash256 found) throws CodecException {
        if (!told.equals(found)) {
            throw new CodecException("snapshot whose zone " + apex + " has other records than were written");
        }
    }

    private static ChangeHistory readHistory(Reader reader, SnapshotParts.Beside beside) throws IOException {
        List<byte[]> changes = new ArrayList<>();
        long[] numbers = forEachChange(reader, change -> {
            changes.add(change);
            beside.takes(0, change.length);
        });
        return ChangeHistory.of(changes, numbers[0], numbers[1]);
    }

    /** Takes the next change of a history. */
    @FunctionalInterface
    private interface ChangeTaker {
        void next(byte[] change) throws IOException;
    }

    /** @return how many have gone, and the index of the latest of these */
    private static long[] forEachChange(Reader reader, ChangeTaker taker) throws IOException {
        WireReader head = reader.block();
        long count = head.i64();
        long[] numbers = {head.i64(), head.i64()};
        head.expectEnd();
        long last = 0;
        WireReader block = head;
        for (long left = count; left > 0; left--) {
            block = block.atEnd() ? reader.block() : block;
            int length = (int) Math.min(block.u32(), Integer.MAX_VALUE);
            if (length > ZoneLimits.HISTORY_OCTETS) {
                throw new CodecException("a change of " + length + " octets in the history");
            }
            WireWriter change = new WireWriter();
            while (change.size() < length) {
                block = block.atEnd() ? reader.block() : block;
                change.raw(block.raw(Math.min(length - change.size(), block.left())));
            }
            byte[] octets = change.toBytes();
            last = ChangeHistory.requireChange(octets, last);
            taker.next(octets);
        }
        block.expectEnd();
        return numbers;
    }

    /** Takes the next record of a block. */
    @FunctionalInterface
    private interface RecordTaker {
        void next(WireReader block) throws CodecException;
    }

    private static void forEachRecord(Reader reader, long count, RecordTaker record) throws IOException {
        for (long left = count; left > 0; ) {
            WireReader block = reader.block();
            for (; left > 0 && !block.atEnd(); left--) {
                record.next(block);
            }
            block.expectEnd();
        }
    }

    private static final class Writer {
        private final OutputStream out;
        private final MessageDigest digest = Sha256.start();
        private final WireWriter frame = new WireWriter();
        final WireWriter block = new WireWriter();

        Writer(OutputStream out) {
            this.out = out;
        }

        void start(int kind) throws IOException {
            put(frame.i64(MAGIC).u16(FORMAT).u8(kind));
        }

        void meta(ReplicatedState state) throws IOException {
            RequestRing requests = state.requests();
            block.i64(state.index()).i64(state.ticks()).i64(requests.count()).u32(requests.size());
            block.u32(state.staging().stages().size())
                    .u32(state.catalog().size())
                    .u32(state.settings().count());
            state.faults().write(block);
            StateNote.write(block, state.note());
            flush();
            state.settings().all().forEach(this::setting);
            flushIfAny();
            requests.forEach(this::request);
            flushIfAny();
            for (Stage stage : state.staging().stages()) {
                stage(stage);
            }
        }

        void setting(Settings.Setting setting) {
            setting.write(block);
            if (block.size() >= BLOCK_BYTES) {
                flushUnchecked();
            }
        }

        void request(RequestId id, Recorded recorded) {
            RequestRing.write(block, id, recorded);
            if (block.size() >= REQUESTS_PER_BLOCK * 44) {
                flushUnchecked();
            }
        }

        void stage(Stage stage) throws IOException {
            stage.writeHead(block);
            flush();
            for (byte[] chunk : stage.chunks()) {
                block.raw(chunk);
                flush();
            }
        }

        void zone(Zone zone) throws IOException {
            block.name(zone.apex()).version(zone.version()).i64(zone.records());
            block.raw(zone.hash().toBytes());
            flush();
            Hash256.Sum hash = new Hash256.Sum(Hash256.ZERO);
            zone.forEachInOctets((owner, ownerLength, array, from, to) -> {
                hash.add(owner, ownerLength, array, from, to);
                block.raw(owner, 0, ownerLength).raw(array, from, to);
                if (block.size() >= BLOCK_BYTES) {
                    flushUnchecked();
                }
            });
            flushIfAny();
            // Nobody could load it: older snapshots, and the log after them, stay what this node starts from.
            if (!hash.total().equals(zone.hash())) {
                throw new IOException(
                        "zone " + zone + " is damaged in the memory of this node: its records are not those that"
                                + " were put there; start this node anew");
            }
        }

        void history(ChangeHistory history) throws IOException {
            block.i64(history.count()).i64(history.dropped()).i64(history.droppedThrough());
            flush();
            Hash256.Sum sum = new Hash256.Sum(Hash256.ZERO);
            history.forEachAfter(-1, null, change -> {
                sum.add(change.octets());
                change(change.octets());
                return true;
            });
            flushIfAny();
            // As with zones: what replicas would take for another state is not written.
            if (!sum.total().equals(history.sum())) {
                throw new IOException(
                        "the history of changes is damaged in the memory of this node: its changes are not"
                                + " those that were put there; start this node anew");
            }
        }

        private void change(byte[] octets) {
            block.u32(octets.length);
            for (int from = 0; from < octets.length; ) {
                if (block.size() >= BLOCK_BYTES) {
                    flushUnchecked();
                }
                int to = Math.min(octets.length, from + BLOCK_BYTES);
                block.raw(octets, from, to);
                from = to;
            }
            if (block.size() >= BLOCK_BYTES) {
                flushUnchecked();
            }
        }

        byte[] end() throws IOException {
            put(frame.u32(0));
            byte[] sha256 = digest.digest();
            out.write(sha256);
            out.flush();
            return sha256;
        }

        void flushIfAny() throws IOException {
            if (block.size() > 0) {
                flush();
            }
        }

        void flush() throws IOException {
            put(frame.u32(block.size()));
            put(block);
        }

        private void flushUnchecked() {
            try {
                flush();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        private void put(WireWriter bytes) throws IOException {
            digest.update(bytes.array(), 0, bytes.size());
            out.write(bytes.array(), 0, bytes.size());
            bytes.clear();
        }
    }

    private static final class Reader {
        private final InputStream in;
        private final MessageDigest digest = Sha256.start();

        Reader(InputStream in) {
            this.in = in;
        }

        void start(int expectedKind) throws IOException {
            requireKind(start(), expectedKind);
        }

        /** The kind of the stream. */
        int start() throws IOException {
            WireReader head = new WireReader(take(11));
            if (head.i64() != MAGIC) {
                throw new CodecException("this is no snapshot");
            }
            int format = head.u16();
            if (format != FORMAT) {
                throw new UnsupportedCommandException("snapshot of format " + format + "; known is " + FORMAT);
            }
            return head.u8();
        }

        WireReader block() throws IOException {
            long length = new WireReader(take(4)).u32();
            if (length == 0 || length > MAX_BLOCK_BYTES) {
                throw new CodecException("snapshot block of " + length + " octets");
            }
            return new WireReader(take((int) length));
        }

        void end() throws IOException {
            if (new WireReader(take(4)).u32() != 0) {
                throw new CodecException("snapshot with more than it said");
            }
            byte[] expected = digest.digest();
            if (!Arrays.equals(expected, in.readNBytes(expected.length))) {
                throw new CodecException("snapshot whose SHA-256 does not match");
            }
        }

        private byte[] take(int length) throws IOException {
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new EOFException("snapshot is cut short");
            }
            digest.update(bytes);
            return bytes;
        }
    }
}
