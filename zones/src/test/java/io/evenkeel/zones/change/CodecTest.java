package io.evenkeel.zones.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.zones.Seeds;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireReader;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.ZoneCommand;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Record;

/** Commands and changes as octets. */
class CodecTest {
    private static final ZoneVersion VERSION = new ZoneVersion(7, 9);

    @Seeds
    void aCommandComesBackAsItWent(long seed) throws Exception {
        ZoneCommand command = new Samples(new SplittableRandom(seed)).command();
        ZoneCommand read = comesBack(command, CommandCodec::encode, CommandCodec::decode);
        if (command.plain() instanceof ZoneCommand.ApplyDiff diff) {
            assertThat(texts(((ZoneCommand.ApplyDiff) read.plain()).diff().added()))
                    .isEqualTo(texts(diff.diff().added()));
        }
    }

    @Seeds
    void aChangeComesBackAsItWent(long seed) throws Exception {
        Change change = new Samples(new SplittableRandom(seed)).change();
        Change read = comesBack(change, ChangeCodec::encode, ChangeCodec::decodeChange);
        assertThat(read.apex()).isEqualTo(change.apex());
    }

    private interface Decoder<T> {
        T decode(byte[] bytes) throws CodecException;
    }

    private static <T> T comesBack(T value, Function<T, byte[]> encode, Decoder<T> decode) throws CodecException {
        byte[] bytes = encode.apply(value);
        T read = decode.decode(bytes);
        assertThat(read).hasSameClassAs(value);
        assertThat(encode.apply(read)).isEqualTo(bytes);
        return read;
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

    @Test
    void aFieldIsSkippedAsFarAsItIsNotKnown() throws Exception {
        byte[] bytes = new WireWriter()
                .field(all ->
                        all.u8(5).field(in -> in.string("of a newer version")).u16(6))
                .field(_ -> {})
                .u8(7)
                .toBytes();
        WireReader in = new WireReader(bytes);
        WireReader known = in.field();
        assertThat(known.u8()).isEqualTo(5);
        assertThat(in.field().atEnd()).isTrue();
        assertThat(in.u8()).isEqualTo(7);
        in.expectEnd();
        assertThat(known.field().string()).isEqualTo("of a newer version");
        assertThat(known.u16()).isEqualTo(6);
        known.expectEnd();
    }

    @Test
    void aFieldNeverReachesBeyondWhatHoldsIt() throws Exception {
        WireReader outer = new WireReader(
                new WireWriter().field(field -> field.u32(2).u8(1)).u8(1).toBytes());
        WireReader field = outer.field();
        assertThatThrownBy(field::field).isInstanceOf(CodecException.class);
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
