package io.evenkeel.zones.state;

import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;

/** Contents of a zone inside a command or a change. */
public final class ContentsCodec {
    private static final int INLINE = 1;
    private static final int STAGED = 2;

    private ContentsCodec() {}

    /** The kind, then what it consists of. */
    public static void write(WireWriter out, ZoneContents contents) {
        switch (contents) {
            case ZoneContents.Inline inline -> out.u8(INLINE).records(inline.records());
            case ZoneContents.Staged staged -> {
                if (staged.sha256().length != Sha256.BYTES) {
                    throw new IllegalArgumentException("a SHA-256 of " + staged.sha256().length + " octets");
                }
                out.u8(STAGED).requestId(staged.stage()).u32(staged.chunks()).raw(staged.sha256());
            }
        }
    }

    /** Contents that are asked for: the inverse of {@link #write}. */
    public static ZoneContents read(WireReader in) throws CodecException {
        int kind = in.u8();
        return kind == INLINE ? new ZoneContents.Inline(in.records()) : staged(kind, in);
    }

    /** Contents in a command, which were judged before: what their records mean is not asked again. */
    static ZoneContents readJudged(WireReader in) throws CodecException {
        int kind = in.u8();
        return kind == INLINE ? new ZoneContents.Inline(in.packedRecords()) : staged(kind, in);
    }

    private static ZoneContents staged(int kind, WireReader in) throws CodecException {
        if (kind != STAGED) {
            throw new UnsupportedCommandException("contents of kind " + kind);
        }
        return new ZoneContents.Staged(in.requestId(), CommandCodec.Frame.number(in), in.raw(Sha256.BYTES));
    }
}
