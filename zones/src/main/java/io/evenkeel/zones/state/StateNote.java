package io.evenkeel.zones.state;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import org.jspecify.annotations.Nullable;

/**
 * What a replica held at an index, in one hash: made by each replica when it applies a tick. Replicas that have applied the same
 * entries have the same note of the same index.
 *
 * @param index of the tick
 * @param digest of the state after it
 */
public record StateNote(long index, Hash256 digest) {
    static void write(WireWriter out, @Nullable StateNote note) {
        out.flag(note != null);
        if (note != null) {
            out.i64(note.index).raw(note.digest.toBytes());
        }
    }

    static @Nullable StateNote read(WireReader in) throws CodecException {
        return in.flag() ? new StateNote(in.i64(), Hash256.read(in.raw(Hash256.BYTES))) : null;
    }
}
