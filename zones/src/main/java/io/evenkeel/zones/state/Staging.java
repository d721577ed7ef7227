package io.evenkeel.zones.state;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.ChangeOutcome.Refused;
import io.evenkeel.zones.store.PackedRecords;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Contents on their way in, chunk by chunk, beside the zones. Immutable; chunks are shared between versions. */
public final class Staging {
    static final Staging EMPTY = new Staging(
            new TreeMap<>(Comparator.comparingLong(RequestId::high).thenComparingLong(RequestId::low)), Hash256.ZERO);

    /** Of heap, for one chunk beside its octets. */
    private static final int CHUNK_OCTETS = 32;

    private final SortedMap<RequestId, Stage> stages;
    private final long octets;
    private final Hash256 sum;

    /**
     * What has come of one.
     *
     * @param recordBytes of all its chunks, inflated
     * @param lastTick when the last one came
     * @param reserved octets of heap that are set aside for them, unpacked and made a zone of; 0: none
     * @param chunkHashes the chain of SHA-256 over the chunks
     */
    record Stage(
            RequestId id, List<byte[]> chunks, long recordBytes, long lastTick, long reserved, Hash256 chunkHashes) {
        Stage {
            chunks = List.copyOf(chunks);
        }

        static Stage empty(RequestId id, long reserved) {
            return new Stage(id, List.of(), 0, 0, reserved, Hash256.ZERO);
        }

        Stage with(byte[] chunk, long chunkRecordBytes, long tick) {
            List<byte[]> next = new ArrayList<>(chunks);
            next.add(chunk);
            byte[] link = new WireWriter().raw(chunkHashes.toBytes()).raw(chunk).toBytes();
            return new Stage(id, next, recordBytes + chunkRecordBytes, tick, reserved, Hash256.of(link));
        }

        /** What it is in one hash, with the numbers that stand before it in a snapshot. */
        private static Hash256 hash(@Nullable Stage stage) {
            if (stage == null) {
                return Hash256.ZERO;
            }
            WireWriter out = new WireWriter();
            stage.writeHead(out);
            return Hash256.of(out.raw(stage.chunkHashes.toBytes()).toBytes());
        }

        /** As it stands in a snapshot, before the chunks. */
        void writeHead(WireWriter out) {
            out.requestId(id).i64(lastTick).i64(recordBytes).i64(reserved).u32(chunks.size());
        }

        long chunkBytes() {
            return chunks.stream().mapToLong(chunk -> chunk.length).sum();
        }

        /** Octets of heap that it takes, or that are set aside for it. */
        long octets() {
            return Math.max(
                    reserved,
                    chunks.stream()
                            .mapToLong(chunk -> CHUNK_OCTETS + chunk.length)
                            .sum());
        }
    }

    private Staging(SortedMap<RequestId, Stage> stages, Hash256 sum) {
        this.stages = stages;
        this.octets = stages.values().stream().mapToLong(Stage::octets).sum();
        this.sum = sum;
    }

    /** Octets of heap that all stages take, or that are set aside for them. */
    public long octets() {
        return octets;
    }

    /** The same of one; 0 if nothing is staged under that id. */
    public long octets(RequestId id) {
        Stage stage = stages.get(id);
        return stage == null ? 0 : stage.octets();
    }

    /** Of all stages. */
    Hash256 sum() {
        return sum;
    }

    /** Whether anything is staged under that id. */
    public boolean has(RequestId id) {
        return stages.containsKey(id);
    }

    @Nullable
    Stage find(RequestId id) {
        return stages.get(id);
    }

    /** In order of id. */
    Collection<Stage> stages() {
        return stages.values();
    }

    /** Why a chunk of this number and size cannot be taken; null if it can. */
    public @Nullable Refused refusal(RequestId id, int number, byte[] chunk) {
        Stage stage = stages.get(id);
        int chunks = stage == null ? 0 : stage.chunks.size();
        if (chunk.length == 0 || chunk.length > ZoneLimits.CHUNK_BYTES) {
            return tooLarge("a chunk of " + chunk.length + " octets; it may have 1 to " + ZoneLimits.CHUNK_BYTES);
        }
        if (number > chunks) {
            return invalid("chunk " + number + " came before chunk " + chunks);
        }
        if (stage != null && number < chunks) {
            boolean same = Arrays.equals(stage.chunks.get(number), chunk);
            return same ? null : invalid("chunk " + number + " is there with other contents");
        }
        if (stage == null && stages.size() == ZoneLimits.MAX_STAGES) {
            return tooLarge(ZoneLimits.MAX_STAGES + " imports are under way; no more can be taken");
        }
        if (number == ZoneLimits.MAX_STAGE_CHUNKS) {
            return tooLarge("more than " + ZoneLimits.MAX_STAGE_CHUNKS + " chunks");
        }
        if (chunkBytes() + chunk.length > ZoneLimits.MAX_STAGED_BYTES) {
            return tooLarge("more than " + ZoneLimits.MAX_STAGED_BYTES + " octets of staged contents");
        }
        return null;
    }

    private long chunkBytes() {
        return stages.values().stream().mapToLong(Stage::chunkBytes).sum();
    }

    /**
     * Why a chunk cannot be taken now, but can once other imports have ended; null if others do not stand in its way.
     *
     * @param coming stages that are about to begin beside those that are here
     */
    public @Nullable String busy(RequestId id, int number, byte[] chunk, int coming) {
        Stage stage = stages.get(id);
        if (stage != null && number < stage.chunks.size()) {
            return null; // it is there
        }
        if (stage == null && stages.size() + coming >= ZoneLimits.MAX_STAGES) {
            return ZoneLimits.MAX_STAGES + " imports are under way; no more can be taken before one has ended";
        }
        long own = (stage == null ? 0 : stage.chunkBytes()) + chunk.length;
        return own <= ZoneLimits.MAX_STAGED_BYTES && chunkBytes() + chunk.length > ZoneLimits.MAX_STAGED_BYTES
                ? "imports that are under way have staged " + chunkBytes() + " octets of contents; allowed: "
                        + ZoneLimits.MAX_STAGED_BYTES + ", until one has ended"
                : null;
    }

    private static Refused invalid(String problem) {
        return new Refused(Reason.INVALID, List.of(problem));
    }

    private static Refused tooLarge(String problem) {
        return new Refused(Reason.TOO_LARGE, List.of(problem));
    }

    /**
     * With a chunk that is not refused.
     *
     * @param reserves what the first chunk sets aside
     */
    Staging with(RequestId id, int number, byte[] chunk, long recordBytes, long tick, long reserves) {
        Stage stage = stages.getOrDefault(id, Stage.empty(id, reserves));
        return number == stage.chunks.size() ? with(stage.with(chunk, recordBytes, tick)) : this;
    }

    Staging with(Stage stage) {
        SortedMap<RequestId, Stage> next = new TreeMap<>(stages);
        Stage before = next.put(stage.id, stage);
        return new Staging(next, sum.minus(Stage.hash(before)).plus(Stage.hash(stage)));
    }

    Staging without(RequestId id) {
        if (!stages.containsKey(id)) {
            return this;
        }
        SortedMap<RequestId, Stage> next = new TreeMap<>(stages);
        Stage before = next.remove(id);
        return new Staging(next, sum.minus(Stage.hash(before)));
    }

    /** Without those that have had no chunk for {@link ZoneLimits#STAGE_TICKS}. */
    Staging at(long tick) {
        Staging next = this;
        for (Stage stage : stages.values()) {
            if (tick - stage.lastTick > ZoneLimits.STAGE_TICKS) {
                next = next.without(stage.id);
            }
        }
        return next;
    }

    /** Whether contents are there to their last chunk. */
    public boolean isWhole(ZoneContents.Staged staged) {
        Stage stage = stages.get(staged.stage());
        return stage != null && stage.chunks.size() == staged.chunks();
    }

    /**
     * The records of staged contents. What is refused here belongs to the level of the cluster: all releases that speak it refuse
     * the same.
     *
     * @throws CodecException if they are not whole, not those that the digest is of, more than a zone may have, or a record
     *     cannot be one of a zone
     */
    public PackedRecords unpack(ZoneContents.Staged staged) throws CodecException {
        Stage stage = stages.get(staged.stage());
        if (stage == null || !isWhole(staged)) {
            throw new CodecException(
                    (stage == null ? 0 : stage.chunks.size()) + " of " + staged.chunks() + " chunks are there");
        }
        MessageDigest digest = Sha256.start();
        PackedRecords records = new PackedRecords();
        for (byte[] chunk : stage.chunks) {
            byte[] wire = inflate(chunk);
            digest.update(wire);
            WireReader in = new WireReader(wire);
            while (!in.atEnd()) {
                if (records.size() == ZoneLimits.MAX_ZONE_RECORDS) {
                    throw new CodecException("more than " + ZoneLimits.MAX_ZONE_RECORDS + " records");
                }
                in.record(records);
            }
        }
        if (!Arrays.equals(digest.digest(), staged.sha256())) {
            throw new CodecException("SHA-256 does not match");
        }
        return records;
    }

    /** A chunk's records in wire form. */
    static byte[] inflate(byte[] chunk) throws CodecException {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(chunk);
            ByteArrayOutputStream out = new ByteArrayOutputStream(Math.min(chunk.length * 4, 1 << 20));
            byte[] buffer = new byte[1 << 14];
            while (!inflater.finished()) {
                int count = inflater.inflate(buffer);
                if (count == 0 && !inflater.finished()) {
                    throw new CodecException("a chunk that is cut short");
                }
                if (out.size() + count > ZoneLimits.MAX_CHUNK_RECORD_BYTES) {
                    throw new CodecException(
                            "a chunk of more than " + ZoneLimits.MAX_CHUNK_RECORD_BYTES + " octets, inflated");
                }
                out.write(buffer, 0, count);
            }
            if (inflater.getRemaining() > 0) {
                throw new CodecException("octets after a chunk's end");
            }
            return out.toByteArray();
        } catch (DataFormatException bad) {
            throw new CodecException("a chunk that does not inflate", bad);
        } finally {
            inflater.end();
        }
    }
}
