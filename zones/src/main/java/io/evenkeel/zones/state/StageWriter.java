package io.evenkeel.zones.state;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.store.PackedRecords;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.zip.Deflater;
import org.xbill.DNS.Record;

/** Cuts contents that are too large for one command into chunks, each a change of its own. */
public final class StageWriter {
    /** Leaves room for what deflate adds to data that does not shrink. */
    private static final int TARGET_BYTES = ZoneLimits.CHUNK_BYTES - 1024;

    /** Leaves room for names, ids and the frame of the command. */
    private static final int INLINE_BYTES = ZoneLimits.MAX_COMMAND_BYTES - 32 * 1024;

    /** Beside its wire form, of a record: its place in the list of those unpacked, and its frame in a page. */
    private static final int RECORD_OCTETS = 16;

    /** Of contents of any size: a block that is not full, a chunk that inflates, the editor's scratch. */
    private static final long OWN_OCTETS = 4 << 20;

    private StageWriter() {}

    /** Takes chunks in their order. */
    @FunctionalInterface
    public interface Sink<X extends Exception> {
        /** @param records wire form of records, deflated */
        void chunk(int number, byte[] records) throws X;
    }

    /** Whether these records fit into one command, as {@link ZoneContents.Inline}. */
    public static boolean fitsInline(Collection<Record> records) {
        PackedRecords packed = PackedRecords.of(records);
        long size = 0;
        for (int i = 0; i < packed.size() && fitsInline(size); i++) {
            size += packed.octets(i);
        }
        return fitsInline(size);
    }

    /** The same of records that have so many octets in wire form. */
    public static boolean fitsInline(long octets) {
        return octets <= INLINE_BYTES;
    }

    /**
     * Octets of heap that a replica takes at its peak for contents that are sent ahead: as chunks, which hardly shrink if they are
     * signatures, unpacked beside these, and as a zone.
     */
    public static long needs(Collection<Record> records) {
        PackedRecords packed = PackedRecords.of(records);
        return needs(packed.octets(), packed.size());
    }

    /** The same for that many octets of records in wire form. */
    public static long needs(long octets, long records) {
        return Math.min(octets, ZoneLimits.MAX_STAGED_BYTES) + 2 * octets + RECORD_OCTETS * records + OWN_OCTETS;
    }

    /**
     * Cuts the records and hands the chunks over, one after the other.
     *
     * @param records the sooner the SOA record comes, the less has to be read to find it
     * @return the contents that the chunks make up, once all of them are accepted
     */
    public static <X extends Exception> ZoneContents.Staged write(
            RequestId stage, Iterable<Record> records, Sink<X> sink) throws X {
        MessageDigest digest = Sha256.start();
        WireWriter wire = new WireWriter();
        int chunks = 0;
        PackedRecords packed = PackedRecords.of(records);
        for (int i = 0; i < packed.size(); i++) {
            if (wire.size() > 0 && wire.size() + packed.octets(i) > TARGET_BYTES) {
                sink.chunk(chunks++, deflate(wire, digest));
            }
            packed.copy(i, wire::raw);
        }
        if (wire.size() > 0) {
            sink.chunk(chunks++, deflate(wire, digest));
        }
        return new ZoneContents.Staged(stage, chunks, digest.digest());
    }

    private static byte[] deflate(WireWriter wire, MessageDigest digest) {
        digest.update(wire.array(), 0, wire.size());
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try {
            deflater.setInput(wire.array(), 0, wire.size());
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream(wire.size() / 4);
            byte[] buffer = new byte[1 << 14];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            wire.clear();
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }
}
