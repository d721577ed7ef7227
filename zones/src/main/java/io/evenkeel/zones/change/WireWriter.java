package io.evenkeel.zones.change;

import io.evenkeel.zones.ZoneVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Puts values into a growing array, big-endian; {@link WireReader} is its inverse. */
final class WireWriter {
    private byte[] bytes = new byte[256];
    private int size;

    int size() {
        return size;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    /** The array itself, filled up to {@link #size}; valid until the next write. */
    byte[] array() {
        return bytes;
    }

    void clear() {
        size = 0;
    }

    WireWriter u8(int value) {
        room(1);
        bytes[size++] = (byte) value;
        return this;
    }

    WireWriter u16(int value) {
        return u8(value >>> 8).u8(value);
    }

    WireWriter u32(long value) {
        return u16((int) (value >>> 16)).u16((int) value);
    }

    WireWriter i64(long value) {
        return u32(value >>> 32).u32(value);
    }

    WireWriter flag(boolean value) {
        return u8(value ? 1 : 0);
    }

    /** Without its length. */
    WireWriter raw(byte[] value) {
        return raw(value, 0, value.length);
    }

    WireWriter raw(byte[] value, int from, int to) {
        room(to - from);
        System.arraycopy(value, from, bytes, size, to - from);
        size += to - from;
        return this;
    }

    WireWriter blob(byte[] value) {
        return u32(value.length).raw(value);
    }

    WireWriter string(String value) {
        return blob(value.getBytes(StandardCharsets.UTF_8));
    }

    WireWriter strings(List<String> values) {
        u32(values.size());
        values.forEach(this::string);
        return this;
    }

    WireWriter requestId(RequestId id) {
        return i64(id.high()).i64(id.low());
    }

    WireWriter requestIds(List<RequestId> ids) {
        u16(ids.size());
        ids.forEach(this::requestId);
        return this;
    }

    WireWriter version(ZoneVersion version) {
        return i64(version.zoneId()).i64(version.change());
    }

    WireWriter optionalVersion(@Nullable ZoneVersion version) {
        flag(version != null);
        return version == null ? this : version(version);
    }

    WireWriter name(Name name) {
        return raw(name.toWire());
    }

    /** Owner, type, class, TTL, length, RDATA; nothing compressed, case kept (RFC 1035 §3.2.1). */
    WireWriter record(Record record) {
        return raw(record.toWire(Section.ANSWER));
    }

    WireWriter records(List<Record> records) {
        u32(records.size());
        records.forEach(this::record);
        return this;
    }

    private void room(int more) {
        if (more > bytes.length - size) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), bytes.length * 2));
        }
    }
}
