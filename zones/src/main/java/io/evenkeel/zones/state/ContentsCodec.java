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

    /** The inverse of {@link #write}. */
    public static ZoneContents read(WireReader in) throws CodecException {
        int kind = in.u8();
        return switch (kind) {
            case INLINE -> new ZoneContents.Inline(in.records());
            case STAGED -> new ZoneContents.Staged(in.requestId(), CommandCodec.Frame.number(in), in.raw(Sha256.BYTES));
            default -> throw new UnsupportedCommandException("contents of kind " + kind);
        };
    }
}
