package io.evenkeel.zones.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Seeds;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import io.evenkeel.zones.state.ZoneDiff;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** Commands and changes as octets. */
class CodecTest {
    private static final RequestId ID = new RequestId(0x0102030405060708L, 0x1112131415161718L);
    private static final ZoneVersion VERSION = new ZoneVersion(7, 9);

    @Seeds
    void aCommandComesBackAsItWent(long seed) throws Exception {
        ZoneCommand command = new Samples(new SplittableRandom(seed)).command();
        byte[] bytes = CommandCodec.encode(command);
        ZoneCommand read = CommandCodec.decode(bytes);
        assertThat(read).hasSameClassAs(command);
        assertThat(CommandCodec.encode(read)).isEqualTo(bytes);
        if (command instanceof ZoneCommand.ApplyDiff diff) {
            assertThat(texts(((ZoneCommand.ApplyDiff) read).diff().added()))
                    .isEqualTo(texts(diff.diff().added()));
        }
    }

    @Seeds
    void aChangeComesBackAsItWent(long seed) throws Exception {
        Change change = new Samples(new SplittableRandom(seed)).change();
        byte[] bytes = ChangeCodec.encode(change);
        Change read = ChangeCodec.decodeChange(bytes);
        assertThat(read).hasSameClassAs(change);
        assertThat(read.apex()).isEqualTo(change.apex());
        assertThat(ChangeCodec.encode(read)).isEqualTo(bytes);
    }

    @Seeds
    void damageIsFoundAndNothingElseIsThrown(long seed) {
        RandomGenerator random = new SplittableRandom(seed);
        byte[] bytes = CommandCodec.encode(new Samples(random).command());
        byte[] flipped = bytes.clone();
        flipped[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        assertCodecException(() -> CommandCodec.decode(flipped));
        assertCodecException(() -> CommandCodec.decode(Arrays.copyOf(bytes, random.nextInt(bytes.length))));
        assertCodecException(() -> CommandCodec.decode(Arrays.copyOf(bytes, bytes.length + 1)));
    }

    @Seeds
    void octetsWithARightChecksumAndWrongContentsGiveAnExceptionAtWorst(long seed) {
        RandomGenerator random = new SplittableRandom(seed);
        Samples samples = new Samples(random);
        for (int i = 0; i < 50; i++) {
            byte[] bytes = random.nextBoolean()
                    ? CommandCodec.encode(samples.command())
                    : ChangeCodec.encode(samples.change());
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length - 4)] = (byte) random.nextInt();
            }
            seal(bytes);
            orCodecException(() -> CommandCodec.decode(bytes));
            orCodecException(() -> ChangeCodec.decodeChange(bytes));
        }
    }

    @Test
    void aNewerFormatOrTypeIsToldFromDamage() {
        byte[] format = CommandCodec.encode(new ZoneCommand.Tick());
        format[0]++;
        seal(format);
        assertThatThrownBy(() -> CommandCodec.decode(format)).isInstanceOf(UnsupportedCommandException.class);
        byte[] type = CommandCodec.encode(new ZoneCommand.Tick());
        type[1] = 99;
        seal(type);
        assertThatThrownBy(() -> CommandCodec.decode(type))
                .isInstanceOf(UnsupportedCommandException.class)
                .hasMessageContaining("99");
    }

    @Test
    void countsAreNotBelievedBeforeTheirOctetsAreThere() {
        byte[] bytes = new WireWriter()
                .u8(1)
                .u8(2)
                .name(Samples.APEX)
                .version(VERSION)
                .u32(1)
                .u16(0)
                .u32(0xFFFF_FFFFL)
                .u32(0)
                .toBytes();
        seal(bytes);
        assertThatThrownBy(() -> CommandCodec.decode(bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("4294967295");
    }

    /** What a released version has written must be read for ever: the file only grows. */
    @Test
    void goldenOctetsAreReadAndWrittenForEver() throws Exception {
        Map<String, ZoneCommand> commands = goldenCommands();
        Map<String, byte[]> golden = golden("commands-1.txt");
        List<String> written = commands.entrySet().stream()
                .map(each -> each.getKey() + " " + HexFormat.of().formatHex(CommandCodec.encode(each.getValue())))
                .toList();
        assertThat(golden.entrySet().stream()
                        .map(each -> each.getKey() + " " + HexFormat.of().formatHex(each.getValue())))
                .isEqualTo(written);
        for (byte[] bytes : golden.values()) {
            assertThat(CommandCodec.encode(CommandCodec.decode(bytes))).isEqualTo(bytes);
        }
    }

    private static Map<String, ZoneCommand> goldenCommands() {
        List<Record> records = List.of(
                Samples.soa(7),
                Samples.record("Www.Example.", 60, Type.A, "192.0.2.1"),
                Samples.record("t.example.", 60, Type.TXT, "\"text\" \"\\000\\255\""),
                Samples.record("t.example.", 60, Type.MX, "10 Mail.Example."),
                Samples.record("t.example.", 60, 65_280, "\\# 3 010203"));
        byte[] sha256 = new byte[32];
        Arrays.fill(sha256, (byte) 0xAB);
        Map<String, ZoneCommand> commands = new LinkedHashMap<>();
        commands.put(
                "create-inline",
                new ZoneCommand.PutZone(Samples.APEX, null, new ZoneContents.Inline(records), 7, List.of(ID)));
        commands.put(
                "replace-staged",
                new ZoneCommand.PutZone(
                        Samples.APEX, VERSION, new ZoneContents.Staged(ID, 3, sha256), 0xFFFF_FFFFL, List.of()));
        commands.put(
                "apply-diff",
                new ZoneCommand.ApplyDiff(
                        Samples.APEX,
                        new ZoneDiff(VERSION, records.subList(0, 2), records.subList(2, 5), 8),
                        List.of(ID, new RequestId(-1, 0))));
        commands.put("delete", new ZoneCommand.DeleteZone(Samples.APEX, VERSION, List.of(ID)));
        commands.put("stage-chunk", new ZoneCommand.StageChunk(ID, 2, new byte[] {1, 2, 3}));
        commands.put("drop-stage", new ZoneCommand.DropStage(ID));
        commands.put("tick", new ZoneCommand.Tick());
        commands.put("put-setting", new ZoneCommand.PutSetting("member", "n4", new byte[] {4, 5}, 9));
        commands.put("drop-setting", new ZoneCommand.PutSetting("member", "n4", null, 10));
        return commands;
    }

    private static Map<String, byte[]> golden(String file) throws IOException {
        Map<String, byte[]> golden = new LinkedHashMap<>();
        try (InputStream in = CodecTest.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IOException("no resource " + file);
            }
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(line -> {
                String[] parts = line.split(" ", 2);
                golden.put(parts[0], HexFormat.of().parseHex(parts[1]));
            });
        }
        return golden;
    }

    private static void seal(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - 4);
        byte[] checksum = new WireWriter().u32(crc.getValue()).toBytes();
        System.arraycopy(checksum, 0, bytes, bytes.length - 4, 4);
    }

    private static List<String> texts(List<Record> records) {
        return records.stream().map(Record::toString).toList();
    }

    private static void assertCodecException(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(CodecException.class);
    }

    private static void orCodecException(ThrowingCallable call) {
        try {
            call.call();
        } catch (CodecException expected) {
            assertThat(expected).hasMessage(expected.getMessage());
        } catch (Throwable other) {
            throw new AssertionError("not a CodecException", other);
        }
    }
}
