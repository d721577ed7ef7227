package io.evenkeel.zones.state;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import java.util.zip.CRC32C;
import org.xbill.DNS.Name;

/**
 * Commands as octets in the log: {@code u8 format | u8 type | body | u32 CRC32C of all before}. The frame is the same in
 * every format, so that damage and a newer format can be told apart. What a released format has written is read for ever.
 */
public final class CommandCodec {
    private static final int FORMAT = 1;
    private static final int PUT_ZONE = 1;
    private static final int APPLY_DIFF = 2;
    private static final int DELETE_ZONE = 3;
    private static final int STAGE_CHUNK = 4;
    private static final int DROP_STAGE = 5;
    private static final int TICK = 6;
    private static final int PUT_SETTING = 7;
    /** Since level 2. */
    private static final int ATTRIBUTED = 8;

    private CommandCodec() {}

    /** The octets of a command. Whether they are too many for the log is the caller's to ask. */
    public static byte[] encode(ZoneCommand command) {
        WireWriter out = new WireWriter().u8(FORMAT);
        write(out, command);
        return Frame.close(out);
    }

    private static void write(WireWriter out, ZoneCommand command) {
        switch (command) {
            case ZoneCommand.Attributed attributed -> {
                attributed.by().write(out.u8(ATTRIBUTED));
                write(out, attributed.change());
            }
            case ZoneCommand.PutZone put -> {
                out.u8(PUT_ZONE).name(put.apex()).optionalVersion(put.base()).u32(put.serial());
                out.requestIds(put.requests());
                ContentsCodec.write(out, put.contents());
            }
            case ZoneCommand.ApplyDiff apply -> {
                ZoneDiff diff = apply.diff();
                out.u8(APPLY_DIFF).name(apply.apex()).version(diff.base()).u32(diff.newSerial());
                out.requestIds(apply.requests()).records(diff.removed()).records(diff.added());
            }
            case ZoneCommand.DeleteZone delete ->
                out.u8(DELETE_ZONE).name(delete.apex()).version(delete.base()).requestIds(delete.requests());
            case ZoneCommand.StageChunk chunk ->
                out.u8(STAGE_CHUNK)
                        .requestId(chunk.stage())
                        .u32(chunk.number())
                        .i64(chunk.reserves())
                        .blob(chunk.records());
            case ZoneCommand.DropStage drop -> out.u8(DROP_STAGE).requestId(drop.stage());
            case ZoneCommand.Tick tick -> StateNote.write(out.u8(TICK), tick.note());
            case ZoneCommand.PutSetting put -> {
                byte[] value = put.value();
                out.u8(PUT_SETTING).string(put.kind()).string(put.name()).i64(put.baseRevision());
                out.flag(value != null);
                if (value != null) {
                    out.blob(value);
                }
            }
        }
    }

    /**
     * The command of these octets.
     *
     * @throws UnsupportedCommandException if they are intact, but of a format or type that is not known here, or
     *     raise the cluster to a level that this program does not speak
     * @throws CodecException if they are damaged
     */
    public static ZoneCommand decode(byte[] bytes) throws CodecException {
        WireReader in = Frame.open(bytes, FORMAT);
        int type = in.u8();
        ZoneCommand command = type == ATTRIBUTED ? attributed(in) : command(type, in);
        in.expectEnd();
        return command;
    }

    private static ZoneCommand attributed(WireReader in) throws CodecException {
        Attribution by = Attribution.read(in);
        int type = in.u8();
        if (type != PUT_ZONE && type != APPLY_DIFF && type != DELETE_ZONE) {
            throw new UnsupportedCommandException("command of type " + type + " with who asked for it");
        }
        return new ZoneCommand.Attributed(by, command(type, in));
    }

    private static ZoneCommand command(int type, WireReader in) throws CodecException {
        return switch (type) {
            case PUT_ZONE -> putZone(in);
            case APPLY_DIFF -> applyDiff(in);
            case DELETE_ZONE -> new ZoneCommand.DeleteZone(in.name(), in.version(), in.requestIds());
            case STAGE_CHUNK -> stageChunk(in);
            case DROP_STAGE -> new ZoneCommand.DropStage(in.requestId());
            case TICK -> new ZoneCommand.Tick(StateNote.read(in));
            case PUT_SETTING -> putSetting(in);
            default -> throw new UnsupportedCommandException("command of type " + type);
        };
    }

    private static ZoneCommand putZone(WireReader in) throws CodecException {
        Name apex = in.name();
        ZoneVersion base = in.optionalVersion();
        long serial = in.u32();
        var requests = in.requestIds();
        return new ZoneCommand.PutZone(apex, base, ContentsCodec.readJudged(in), serial, requests);
    }

    private static ZoneCommand applyDiff(WireReader in) throws CodecException {
        Name apex = in.name();
        ZoneVersion base = in.version();
        long serial = in.u32();
        var requests = in.requestIds();
        return new ZoneCommand.ApplyDiff(apex, new ZoneDiff(base, in.records(), in.records(), serial), requests);
    }

    private static ZoneCommand stageChunk(WireReader in) throws CodecException {
        RequestId stage = in.requestId();
        int number = Frame.number(in);
        long reserves = in.i64();
        return new ZoneCommand.StageChunk(stage, number, in.blob(), reserves);
    }

    private static ZoneCommand putSetting(WireReader in) throws CodecException {
        String kind = in.string();
        String name = in.string();
        long base = in.i64();
        byte[] value = in.flag() ? in.blob() : null;
        FeatureLevel.requireSpoken(kind, value);
        return new ZoneCommand.PutSetting(kind, name, value, base);
    }

    /** What the octets of commands and of changes have around them. */
    public static final class Frame {
        private static final int CHECKSUM_BYTES = 4;

        private Frame() {}

        /** All that was written, with its checksum. */
        public static byte[] close(WireWriter out) {
            return out.u32(checksum(out.array(), out.size())).toBytes();
        }

        /** A reader at what follows the format. */
        public static WireReader open(byte[] bytes, int format) throws CodecException {
            int length = bytes.length - CHECKSUM_BYTES;
            if (length < 2) {
                throw new CodecException("cut short: " + bytes.length + " octets");
            }
            if (new WireReader(bytes, length, bytes.length).u32() != checksum(bytes, length)) {
                throw new CodecException("checksum does not match");
            }
            WireReader in = new WireReader(bytes, 0, length);
            int found = in.u8();
            if (found != format) {
                throw new UnsupportedCommandException("format " + found + "; known is " + format);
            }
            return in;
        }

        /** A number that is no more than an int can hold. */
        public static int number(WireReader in) throws CodecException {
            long number = in.u32();
            if (number > Integer.MAX_VALUE) {
                throw new CodecException("number out of bounds");
            }
            return (int) number;
        }

        private static long checksum(byte[] bytes, int length) {
            CRC32C crc = new CRC32C();
            crc.update(bytes, 0, length);
            return crc.getValue();
        }
    }
}
