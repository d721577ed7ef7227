package io.evenkeel.zones.change;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.ContentsCodec;
import io.evenkeel.zones.state.Guard;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Name;

/** Asked changes as octets between nodes; framed as {@link CommandCodec} frames commands. */
public final class ChangeCodec {
    private static final int FORMAT = 1;

    private static final int CREATE_ZONE = 1;
    private static final int REPLACE_ZONE = 2;
    private static final int DELETE_ZONE = 3;
    private static final int EDIT_RRSETS = 4;
    private static final int STAGE = 5;
    private static final int SET_GUARD = 6;

    /** Numbers on the wire; a constant's place in its enum may change. */
    private static final List<Change.Edit> EDITS =
            List.of(Change.Edit.REPLACE, Change.Edit.DELETE, Change.Edit.EXTEND, Change.Edit.PRUNE);

    private ChangeCodec() {}

    /** The octets of a change. */
    public static byte[] encode(Change change) {
        WireWriter out = new WireWriter().u8(FORMAT);
        switch (change) {
            case Change.CreateZone create -> {
                out.u8(CREATE_ZONE).name(create.apex());
                ContentsCodec.write(out, create.contents());
            }
            case Change.ReplaceZone replace -> {
                out.u8(REPLACE_ZONE).name(replace.apex()).optionalVersion(replace.ifVersion());
                ContentsCodec.write(out, replace.contents());
            }
            case Change.DeleteZone delete ->
                out.u8(DELETE_ZONE).name(delete.apex()).optionalVersion(delete.ifVersion());
            case Change.EditRRsets edit -> {
                out.u8(EDIT_RRSETS).name(edit.apex()).optionalVersion(edit.ifVersion());
                out.u32(edit.edits().size());
                edit.edits().forEach(each -> write(out, each));
            }
            case Change.Stage stage ->
                out.u8(STAGE)
                        .name(stage.apex())
                        .requestId(stage.stage())
                        .u32(stage.number())
                        .i64(stage.needs())
                        .blob(stage.records());
            case Change.SetGuard set ->
                out.u8(SET_GUARD).name(set.apex()).u8(set.guard().percent());
        }
        return CommandCodec.Frame.close(out);
    }

    private static void write(WireWriter out, Change.RRsetEdit edit) {
        out.name(edit.owner())
                .u16(edit.type())
                .u8(EDITS.indexOf(edit.edit()))
                .i64(edit.ttlSeconds())
                .records(edit.records());
    }

    /** @throws CodecException if they are no change, or a newer program's */
    public static Change decodeChange(byte[] bytes) throws CodecException {
        WireReader in = CommandCodec.Frame.open(bytes, FORMAT);
        int type = in.u8();
        Name apex = in.name();
        Change change = switch (type) {
            case CREATE_ZONE -> new Change.CreateZone(apex, ContentsCodec.read(in));
            case REPLACE_ZONE -> {
                var version = in.optionalVersion();
                yield new Change.ReplaceZone(apex, ContentsCodec.read(in), version);
            }
            case DELETE_ZONE -> new Change.DeleteZone(apex, in.optionalVersion());
            case EDIT_RRSETS -> {
                var version = in.optionalVersion();
                yield new Change.EditRRsets(apex, edits(in), version);
            }
            case STAGE -> stage(apex, in);
            case SET_GUARD -> new Change.SetGuard(apex, Guard.read(in));
            default -> throw new UnsupportedCommandException("change of type " + type);
        };
        in.expectEnd();
        return change;
    }

    private static Change.Stage stage(Name apex, WireReader in) throws CodecException {
        RequestId stage = in.requestId();
        int number = CommandCodec.Frame.number(in);
        long needs = in.i64();
        return new Change.Stage(apex, stage, number, in.blob(), needs);
    }

    private static List<Change.RRsetEdit> edits(WireReader in) throws CodecException {
        int count = in.count(16);
        List<Change.RRsetEdit> edits = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            edits.add(new Change.RRsetEdit(in.name(), in.u16(), one(EDITS, in.u8()), in.i64(), in.records()));
        }
        return edits;
    }

    private static <T> T one(List<T> choices, int number) throws CodecException {
        if (number >= choices.size()) {
            throw new UnsupportedCommandException("choice " + number + " of " + choices.size());
        }
        return choices.get(number);
    }
}
