package io.evenkeel.server.peer;

import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.WireReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link FieldWriter} wrote, of this version or another: no caller asks for unknown tags, and each
 * caller says what a missing field stands for. It trusts nothing: it checks each length against the rest of the message.
 */
public final class FieldReader {
    /** Texts or messages in one field: far above any sensible cluster, and what is told of one zone. */
    static final int ENTRIES = 10_000;

    private final Map<Integer, byte[]> fields = new HashMap<>();

    /** @throws CodecException unless the octets are whole fields, each tag once */
    FieldReader(byte[] bytes, int from) throws CodecException {
        WireReader in = new WireReader(bytes, from, bytes.length);
        while (!in.atEnd()) {
            int tag = in.u8();
            if (fields.put(tag, in.blob()) != null) {
                throw new CodecException("field " + tag + " comes twice");
            }
        }
    }

    /** Octets; null if the field is missing. */
    public byte @Nullable [] bytes(int tag) {
        return fields.get(tag);
    }

    /** Octets of a field that must be there. */
    public byte[] requiredBytes(int tag) throws CodecException {
        return required(tag, bytes(tag));
    }

    /** Text; null if the field is missing. */
    public @Nullable String text(int tag) {
        byte[] value = fields.get(tag);
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    /** Text of a field that must be there. */
    public String requiredText(int tag) throws CodecException {
        return required(tag, text(tag));
    }

    /** Text, or that if the field is missing. */
    public String text(int tag, String missing) {
        String value = text(tag);
        return value == null ? missing : value;
    }

    /** Texts; none if the field is missing. */
    public List<String> texts(int tag) throws CodecException {
        byte[] value = fields.get(tag);
        if (value == null) {
            return List.of();
        }
        WireReader in = new WireReader(value);
        int count = bounded(tag, in.count(Integer.BYTES));
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(in.string());
        }
        in.expectEnd();
        return texts;
    }

    /** A number, or that if the field is missing. */
    public long number(int tag, long missing) throws CodecException {
        byte[] value = fields.get(tag);
        if (value == null) {
            return missing;
        }
        WireReader in = new WireReader(value);
        long number = in.i64();
        in.expectEnd();
        return number;
    }

    /** A number of a field that must be there. */
    public long requiredNumber(int tag) throws CodecException {
        required(tag, bytes(tag));
        return number(tag, 0);
    }

    /** A number that an int can hold, of a field that must be there. */
    public int requiredInt(int tag) throws CodecException {
        required(tag, bytes(tag));
        return intNumber(tag, 0);
    }

    /** A number that an int can hold, or that if the field is missing. */
    public int intNumber(int tag, int missing) throws CodecException {
        long number = number(tag, missing);
        if (number != (int) number) {
            throw new CodecException("field " + tag + " is out of bounds");
        }
        return (int) number;
    }

    /** Yes or no, or that if the field is missing. */
    public boolean flag(int tag, boolean missing) throws CodecException {
        byte[] value = fields.get(tag);
        if (value == null) {
            return missing;
        }
        WireReader in = new WireReader(value);
        boolean flag = in.flag();
        in.expectEnd();
        return flag;
    }

    /** A constant, or that if the field is missing or names one that is not known here. */
    public <E extends Enum<E>> E choice(int tag, E otherwise) {
        E known = known(tag, otherwise.getDeclaringClass());
        return known == null ? otherwise : known;
    }

    /** A constant that is known here, of a field that must be there. */
    public <E extends Enum<E>> E requiredChoice(int tag, Class<E> choices) throws CodecException {
        E known = known(tag, choices);
        if (known == null) {
            throw new CodecException("field " + tag + " is no " + choices.getSimpleName() + " that is known here");
        }
        return known;
    }

    private <E extends Enum<E>> @Nullable E known(int tag, Class<E> choices) {
        String name = text(tag);
        for (E each : choices.getEnumConstants()) {
            if (each.name().equals(name)) {
                return each;
            }
        }
        return null;
    }

    /** An id; null if the field is missing. */
    public @Nullable UUID id(int tag) throws CodecException {
        byte[] value = fields.get(tag);
        if (value == null) {
            return null;
        }
        WireReader in = new WireReader(value);
        UUID id = new UUID(in.i64(), in.i64());
        in.expectEnd();
        return id;
    }

    /** An id of a field that must be there. */
    public UUID requiredId(int tag) throws CodecException {
        return required(tag, id(tag));
    }

    /** A message within this one, whose field must be there. */
    public <T> T requiredMessage(int tag, RequestKind.Reads<T> reads) throws CodecException {
        return reads.read(new FieldReader(requiredBytes(tag), 0));
    }

    /** A message within this one; null if the field is missing. */
    public <T> @Nullable T message(int tag, RequestKind.Reads<T> reads) throws CodecException {
        byte[] value = fields.get(tag);
        return value == null ? null : reads.read(new FieldReader(value, 0));
    }

    /** Messages; none if the field is missing. */
    public <T> List<T> messages(int tag, RequestKind.Reads<T> reads) throws CodecException {
        byte[] value = fields.get(tag);
        if (value == null) {
            return List.of();
        }
        WireReader in = new WireReader(value);
        int count = bounded(tag, in.count(Integer.BYTES));
        List<T> messages = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            messages.add(reads.read(new FieldReader(in.blob(), 0)));
        }
        in.expectEnd();
        return messages;
    }

    private static int bounded(int tag, int count) throws CodecException {
        if (count > ENTRIES) {
            throw new CodecException("field " + tag + " has " + count + " entries, limit " + ENTRIES);
        }
        return count;
    }

    private static <T> T required(int tag, @Nullable T value) throws CodecException {
        if (value == null) {
            throw new CodecException("field " + tag + " is missing");
        }
        return value;
    }
}
