package io.evenkeel.zones.codec;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.store.PackedRecords;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TTL;

/**
 * Reads what {@link WireWriter} wrote. Trusts nothing: every length is checked against what is left, so that memory is
 * never asked for on the word of the input.
 */
public final class WireReader {
    private static final int MAX_NAME = 255;

    private final byte[] bytes;
    private final int end;
    private int position;
    private @Nullable Name lastOwner;

    /** Of all octets of an array, which is not copied. */
    public WireReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    /** Of those from {@code from} up to {@code to}. */
    public WireReader(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.position = from;
        this.end = to;
    }

    /** Nothing is left. */
    public boolean atEnd() {
        return position == end;
    }

    /** Throws if anything is left. */
    public void expectEnd() throws CodecException {
        if (!atEnd()) {
            throw new CodecException((end - position) + " octets too many");
        }
    }

    /** How many octets are left. */
    public int left() {
        return end - position;
    }

    /** One octet, unsigned. */
    public int u8() throws CodecException {
        need(1);
        return bytes[position++] & 0xff;
    }

    /** Two octets, unsigned. */
    public int u16() throws CodecException {
        return u8() << 8 | u8();
    }

    /** Four octets, unsigned. */
    public long u32() throws CodecException {
        return (long) u16() << 16 | u16();
    }

    /** Eight octets, signed. */
    public long i64() throws CodecException {
        return u32() << 32 | u32();
    }

    /** An octet that is 0 or 1. */
    public boolean flag() throws CodecException {
        int value = u8();
        if (value > 1) {
            throw new CodecException("flag of value " + value);
        }
        return value == 1;
    }

    /** So many octets, a copy. */
    public byte[] raw(int length) throws CodecException {
        need(length);
        byte[] value = Arrays.copyOfRange(bytes, position, position + length);
        position += length;
        return value;
    }

    /** All that is left. */
    public byte[] rest() throws CodecException {
        return raw(end - position);
    }

    /** How many things of at least this size follow. */
    public int count(int leastBytesEach) throws CodecException {
        long count = u32();
        if (count * leastBytesEach > end - position) {
            throw new CodecException("a count of " + count + " with " + (end - position) + " octets left");
        }
        return (int) count;
    }

    /** Octets after their length. */
    public byte[] blob() throws CodecException {
        return raw(count(1));
    }

    /**
     * A reader of octets after their length. This one stands behind them at once, so what a newer writer put at the end of
     * them, or all of them, may stay unread.
     */
    public WireReader field() throws CodecException {
        int length = count(1);
        int from = position;
        position += length;
        return new WireReader(bytes, from, position);
    }

    /** Text in UTF-8, after its length. */
    public String string() throws CodecException {
        return new String(blob(), StandardCharsets.UTF_8);
    }

    /** Texts after their number. */
    public List<String> strings() throws CodecException {
        int count = count(4);
        List<String> strings = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            strings.add(string());
        }
        return strings;
    }

    /** The id of a request. */
    public RequestId requestId() throws CodecException {
        return new RequestId(i64(), i64());
    }

    /** Such ids after their number. */
    public List<RequestId> requestIds() throws CodecException {
        int count = u16();
        need(count * 16);
        List<RequestId> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ids.add(requestId());
        }
        return ids;
    }

    /** The version of a zone. */
    public ZoneVersion version() throws CodecException {
        return new ZoneVersion(i64(), i64());
    }

    /** A version, or null where none was written. */
    public @Nullable ZoneVersion optionalVersion() throws CodecException {
        return flag() ? version() : null;
    }

    /** A name in full. */
    public Name name() throws CodecException {
        try {
            return new Name(raw(nameLength()));
        } catch (IOException bad) {
            throw new CodecException("a malformed name", bad);
        }
    }

    private int nameLength() throws CodecException {
        int length = 0;
        while (true) {
            need(length + 1);
            int label = bytes[position + length] & 0xff;
            length += label + 1;
            if (label > 63 || length > MAX_NAME) {
                throw new CodecException("a name that is compressed or too long");
            }
            if (label == 0) {
                return length;
            }
        }
    }

    /** A record; what follows one another under one name shares it. */
    public Record record() throws CodecException {
        Name owner = name();
        Name last = lastOwner;
        if (last != null && Arrays.equals(owner.toWire(), last.toWire())) {
            owner = last; // records of one owner share its name
        }
        lastOwner = owner;
        int type = u16();
        int dclass = u16();
        long ttl = u32();
        byte[] rdata = raw(u16());
        try {
            Record record = Record.newRecord(owner, type, dclass, ttl, rdata.length, rdata);
            if (record != null) {
                return record;
            }
        } catch (RuntimeException bad) {
            throw new CodecException("a malformed record of type " + type, bad);
        }
        throw new CodecException("malformed RDATA in a record of type " + type);
    }

    /**
     * The same into packed records. Looks at no more than what the store needs, and makes no object: what a record means was
     * judged before it was written, perhaps by another release with other opinions.
     *
     * @throws CodecException if it is not whole, or not of class IN, or its TTL is above 2^31 - 1 (RFC 2181 §8)
     */
    public void record(PackedRecords to) throws CodecException {
        int start = position;
        position += nameLength();
        int type = u16();
        int dclass = u16();
        long ttl = u32();
        int length = u16();
        need(length);
        if (dclass != DClass.IN || ttl > TTL.MAX_VALUE) {
            throw new CodecException("a record of class " + dclass + " with TTL " + ttl);
        }
        if (!to.addIfWhole(bytes, start, position, position + length)) {
            throw new CodecException("malformed RDATA in a record of type " + type);
        }
        position += length;
    }

    /** Receives records as octets, which are not to be kept or written to. */
    @FunctionalInterface
    public interface RecordOctets {
        /** @param fixed where its owner ends, and type, class, TTL, length and RDATA begin */
        void record(byte[] array, int from, int fixed, int to);
    }

    /** The same without a look at what is in it. */
    public void record(RecordOctets to) throws CodecException {
        int start = position;
        int fixed = start + nameLength();
        position = fixed + 8;
        int length = u16();
        need(length);
        position += length;
        to.record(bytes, start, fixed, position);
    }

    /** Records after their number. */
    public List<Record> records() throws CodecException {
        int count = count(11);
        List<Record> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            records.add(record());
        }
        return records;
    }

    /** Such records after their number, packed, looked at as by {@link #record(PackedRecords)}. */
    public PackedRecords packedRecords() throws CodecException {
        int count = count(11);
        PackedRecords records = new PackedRecords();
        for (int i = 0; i < count; i++) {
            record(records);
        }
        return records;
    }

    private void need(int length) throws CodecException {
        if (length > end - position) {
            throw new CodecException("cut short: " + length + " octets wanted, " + (end - position) + " left");
        }
    }
}
