package io.evenkeel.server.peer;

import io.evenkeel.zones.codec.WireWriter;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes a message as fields, each {@code u8 tag, u32 length, value}, so that a node which does not know a tag can skip it.
 * A message has a tag once, with one meaning for ever; an absent value has no field. {@link FieldReader} is its
 * inverse.
 */
public final class FieldWriter {
    private final WireWriter out = new WireWriter();

    byte[] toBytes() {
        return out.toBytes();
    }

    /** Octets. */
    public FieldWriter bytes(int tag, byte[] value) {
        out.u8(tag).blob(value);
        return this;
    }

    /** Text in UTF-8; null: absent. */
    public FieldWriter text(int tag, @Nullable String value) {
        if (value != null) {
            out.u8(tag).string(value);
        }
        return this;
    }

    /** Texts, as one field. */
    public FieldWriter texts(int tag, List<String> values) {
        return bytes(tag, new WireWriter().strings(values).toBytes());
    }

    /** A number in eight octets. */
    public FieldWriter number(int tag, long value) {
        out.u8(tag).u32(Long.BYTES).i64(value);
        return this;
    }

    /** Yes or no, in one octet. */
    public FieldWriter flag(int tag, boolean value) {
        out.u8(tag).u32(1).flag(value);
        return this;
    }

    /** A constant, by its name. */
    public FieldWriter choice(int tag, Enum<?> value) {
        return text(tag, value.name());
    }

    /** Sixteen octets; null: absent. */
    public FieldWriter id(int tag, @Nullable UUID value) {
        if (value != null) {
            out.u8(tag).u32(2 * Long.BYTES).i64(value.getMostSignificantBits()).i64(value.getLeastSignificantBits());
        }
        return this;
    }

    /** A message within this one. */
    public <T> FieldWriter message(int tag, T value, RequestKind.Writes<T> writes) {
        return bytes(tag, inner(value, writes));
    }

    /** The same, or nothing if there is none. */
    public <T> FieldWriter optionalMessage(int tag, @Nullable T value, RequestKind.Writes<T> writes) {
        return value == null ? this : message(tag, value, writes);
    }

    /** Messages, as one field. */
    public <T> FieldWriter messages(int tag, List<T> values, RequestKind.Writes<T> writes) {
        WireWriter all = new WireWriter().u32(values.size());
        values.forEach(value -> all.blob(inner(value, writes)));
        return bytes(tag, all.toBytes());
    }

    private static <T> byte[] inner(T value, RequestKind.Writes<T> writes) {
        FieldWriter inner = new FieldWriter();
        writes.write(value, inner);
        return inner.toBytes();
    }
}
