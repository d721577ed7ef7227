package io.evenkeel.zones.state;

import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import java.util.List;

/**
 * When and for whom a leader proposed a change of a zone: what replicas cannot know by themselves, and put into the history of changes.
 *
 * @param wallMillis since 1970, by the clock of the leader; 0: not told
 * @param origins of the requests that the command fulfils, in their order; empty: not told
 */
public record Attribution(long wallMillis, List<Origin> origins) {
    /** Of a command that does not tell. */
    static final Attribution NONE = new Attribution(0, List.of());

    public Attribution {
        origins = List.copyOf(origins);
    }

    void write(WireWriter out) {
        Origin.writeAll(out.i64(wallMillis), origins);
    }

    static Attribution read(WireReader in) throws CodecException {
        return new Attribution(in.i64(), Origin.readAll(in));
    }
}
