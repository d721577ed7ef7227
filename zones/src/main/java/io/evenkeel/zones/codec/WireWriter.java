package io.evenkeel.zones.codec;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.store.PackedRecords;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Puts values into a growing array, big-endian; {@link WireReader} is its inverse. */
public final class WireWriter {
    private byte[] bytes = new byte[256];
    private int size;

    /** Octets written. */
    public int size() {
        return size;
    }

    /** A copy of what was written. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    /** The array itself, filled up to {@link #size}; valid until the next write. */
    public byte[] array() {
        return bytes;
    }

    /** Begins anew in the same array. */
    public void clear() {
        size = 0;
    }

    /** One octet. */
    public WireWriter u8(int value) {
        room(1);
        bytes[size++] = (byte) value;
        return this;
    }

    /** Two octets. */
    public WireWriter u16(int value) {
        return u8(value >>> 8).u8(value);
    }

    /** Four octets. */
    public WireWriter u32(long value) {
        return u16((int) (value >>> 16)).u16((int) value);
    }

    /** Eight octets. */
    public WireWriter i64(long value) {
        return u32(value >>> 32).u32(value);
    }

    /** An octet that is 0 or 1. */
    public WireWriter flag(boolean value) {
        return u8(value ? 1 : 0);
    }

    /** Without its length. */
    public WireWriter raw(byte[] value) {
        return raw(value, 0, value.length);
    }

    /** Those from {@code from} up to {@code to}, without a length. */
    public WireWriter raw(byte[] value, int from, int to) {
        room(to - from);
        System.arraycopy(value, from, bytes, size, to - from);
        size += to - from;
        return this;
    }

    /** Octets after their length. */
    public WireWriter blob(byte[] value) {
        return u32(value.length).raw(value);
    }

    /** All that {@code contents} writes here, after its length: {@link WireReader#field} skips what it does not know of it. */
    public WireWriter field(Consumer<WireWriter> contents) {
        int start = size;
        u32(0);
        contents.accept(this);
        int end = size;
        size = start;
        u32(end - start - Integer.BYTES);
        size = end;
        return this;
    }

    /** Text in UTF-8, after its length. */
    public WireWriter string(String value) {
        return blob(value.getBytes(StandardCharsets.UTF_8));
    }

    /** Texts after their number. */
    public WireWriter strings(List<String> values) {
        u32(values.size());
        values.forEach(this::string);
        return this;
    }

    /** The id of a request. */
    public WireWriter requestId(RequestId id) {
        return i64(id.high()).i64(id.low());
    }

    /** Such ids after their number. */
    public WireWriter requestIds(List<RequestId> ids) {
        u16(ids.size());
        ids.forEach(this::requestId);
        return this;
    }

    /** The version of a zone. */
    public WireWriter version(ZoneVersion version) {
        return i64(version.zoneId()).i64(version.change());
    }

    /** A version, or that there is none. */
    public WireWriter optionalVersion(@Nullable ZoneVersion version) {
        flag(version != null);
        return version == null ? this : version(version);
    }

    /** A name in full. */
    public WireWriter name(Name name) {
        return raw(name.toWire());
    }

    /** Owner, type, class, TTL, length, RDATA; nothing compressed, case kept (RFC 1035 §3.2.1). */
    public WireWriter record(Record record) {
        return raw(record.toWire(Section.ANSWER));
    }

    /** Records after their number. */
    public WireWriter records(List<Record> records) {
        u32(records.size());
        if (records instanceof PackedRecords packed) {
            for (int i = 0; i < packed.size(); i++) {
                packed.copy(i, this::raw);
            }
        } else {
            records.forEach(this::record);
        }
        return this;
    }

    private void room(int more) {
        if (more > bytes.length - size) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), bytes.length * 2));
        }
    }
}
