package io.evenkeel.zones.state;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;

/**
 * The faults that applying has met since the first entry. Part of the state: a fault that all replicas share leaves them the
 * same, one that only some have shows in their digest.
 *
 * @param count how many
 * @param lastIndex of the last entry that met one; 0 if there is none
 * @param chain SHA-256 over the chain before, the index and the kind of each
 */
record Faults(long count, long lastIndex, Hash256 chain) {
    static final Faults NONE = new Faults(0, 0, Hash256.ZERO);

    /** @param kind type of the fault and of the command, without data */
    Faults with(long index, String kind) {
        byte[] link =
                new WireWriter().raw(chain.toBytes()).i64(index).string(kind).toBytes();
        return new Faults(count + 1, index, Hash256.of(link));
    }

    void write(WireWriter out) {
        out.i64(count).i64(lastIndex).raw(chain.toBytes());
    }

    static Faults read(WireReader in) throws CodecException {
        return new Faults(in.i64(), in.i64(), Hash256.read(in.raw(Hash256.BYTES)));
    }
}
