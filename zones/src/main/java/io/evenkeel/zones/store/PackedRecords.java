package io.evenkeel.zones.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/*
 * A zone of a million records is some 50 MB in wire form and 300 MB as objects. So whoever handles a whole zone holds this, and
 * makes an object of one record at a time, for as long as it looks at it.
 */

/**
 * Records in wire form (RFC 1035 §3.2.1: owner, type, class, TTL, length, RDATA; names in full and in their case), as many as
 * fit into 2^31 octets. {@link #get} makes a new object each time. One thread at a time.
 */
public final class PackedRecords extends AbstractList<Record> implements RandomAccess {
    private static final VarHandle U16 = MethodHandles.byteArrayViewVarHandle(char[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle U32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    /** No record crosses a block's end: a block holds several of the largest. */
    private static final int BLOCK_BITS = 20;

    private static final int BLOCK_BYTES = 1 << BLOCK_BITS;
    /** Most zones are small. */
    private static final int FIRST_BYTES = 1 << 10;

    private static final int MAX_BLOCKS = 1 << (31 - BLOCK_BITS);
    /** Owner, type, class, TTL, length, RDATA. */
    private static final int MAX_RECORD_BYTES = QName.MAX_LENGTH + Records.FIXED + 65_535;

    private byte[][] blocks = new byte[0][];
    private int used = BLOCK_BYTES;
    /** Where each starts: block and offset in it. */
    private int[] starts = new int[16];

    private int size;
    private long octets;
    /** Which record of the list that was sorted each has been; null if none was. */
    private int @Nullable [] origins;

    /** Without any. */
    public PackedRecords() {}

    private PackedRecords(PackedRecords from, int[] starts, int size, int @Nullable [] origins) {
        this.blocks = from.blocks;
        this.octets = from.octets;
        this.used = BLOCK_BYTES; // what is added goes into blocks of its own
        this.starts = starts;
        this.size = size;
        this.origins = origins;
    }

    /** Those records: themselves if they are packed already. */
    public static PackedRecords of(Iterable<Record> records) {
        if (records instanceof PackedRecords packed) {
            return packed;
        }
        PackedRecords packed = new PackedRecords();
        records.forEach(packed::add);
        return packed;
    }

    /** @throws IllegalStateException if they would take more than 2^31 octets */
    @Override
    public boolean add(Record record) {
        byte[] wire = record.toWire(Section.ANSWER);
        add(wire, 0, wire.length);
        return true;
    }

    /** Adds one that is known to be whole: from its owner on, nothing compressed. */
    public void add(byte[] array, int from, int to) {
        int start = room(to - from);
        System.arraycopy(array, from, block(start), offset(start), to - from);
        added(start, to - from);
    }

    /**
     * Adds one as another has written it, from its owner on, nothing compressed; false if its RDATA is not as long as what is read of
     * it, and then it is not added. All releases that speak a level of the cluster say the same of the same octets.
     *
     * @param rdata where its RDATA starts; what is before is known to be right
     */
    public boolean addIfWhole(byte[] array, int from, int rdata, int to) {
        boolean whole = Records.isWhole(Node.u16(array, rdata - Records.FIXED), array, rdata, to);
        if (whole) {
            add(array, from, to);
        }
        return whole;
    }

    /** Adds one of class IN of its parts, which are known to be right. */
    public void add(byte[] owner, int ownerLength, int type, long ttl, byte[] rdata, int rdataLength) {
        int length = ownerLength + Records.FIXED + rdataLength;
        int start = room(length);
        byte[] block = block(start);
        int at = offset(start);
        System.arraycopy(owner, 0, block, at, ownerLength);
        at += ownerLength;
        U16.set(block, at, (char) type);
        U16.set(block, at + 2, (char) DClass.IN);
        U32.set(block, at + 4, (int) ttl);
        U16.set(block, at + 8, (char) rdataLength);
        System.arraycopy(rdata, 0, block, at + Records.FIXED, rdataLength);
        added(start, length);
    }

    private int room(int length) {
        if (length > MAX_RECORD_BYTES) {
            throw new IllegalArgumentException("a record of " + length + " octets");
        }
        if (used + length > BLOCK_BYTES) {
            if (blocks.length == MAX_BLOCKS) {
                throw new IllegalStateException("records of more than 2^31 octets");
            }
            blocks = Arrays.copyOf(blocks, blocks.length + 1);
            // The first of a list, and the first of one that shares the blocks of a small list.
            blocks[blocks.length - 1] = new byte[blocks.length <= 2 ? FIRST_BYTES : BLOCK_BYTES];
            used = 0;
        }
        byte[] last = blocks[blocks.length - 1];
        if (used + length > last.length) {
            blocks[blocks.length - 1] =
                    Arrays.copyOf(last, Math.min(BLOCK_BYTES, Math.max(2 * last.length, used + length)));
        }
        return (blocks.length - 1) << BLOCK_BITS | used;
    }

    private void added(int start, int length) {
        used += length;
        octets += length;
        if (size == starts.length) {
            starts = Arrays.copyOf(starts, 2 * size);
        }
        starts[size++] = start;
        origins = null;
    }

    /** Puts another record of the same owner and type into its place. */
    @Override
    public Record set(int index, Record record) {
        Record before = get(index);
        if (!before.getName().equals(record.getName()) || before.getType() != record.getType()) {
            throw new IllegalArgumentException(record + " does not belong where " + before + " is");
        }
        int[] kept = origins;
        add(record);
        starts[index] = starts[--size];
        origins = kept;
        return before;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Record get(int index) {
        byte[] block = array(index);
        int owner = start(index);
        int fixed = afterName(block, owner);
        byte[] rdata = Arrays.copyOfRange(block, fixed + Records.FIXED, end(block, fixed));
        return Record.newRecord(
                Records.name(block, owner, fixed),
                Node.u16(block, fixed),
                Node.u16(block, fixed + 2),
                ttl(block, fixed),
                rdata.length,
                rdata);
    }

    /** Its owner. */
    public Name owner(int index) {
        byte[] block = array(index);
        int start = start(index);
        return Records.name(block, start, afterName(block, start));
    }

    /** Its type. */
    public int type(int index) {
        byte[] block = array(index);
        return Node.u16(block, afterName(block, start(index)));
    }

    /** Whether it is of class IN and its TTL at most 2^31 - 1 (RFC 2181 §8). */
    public boolean hasUsualClassAndTtl(int index) {
        byte[] block = array(index);
        int fixed = afterName(block, start(index));
        return Node.u16(block, fixed + 2) == DClass.IN && ttl(block, fixed) <= Integer.MAX_VALUE;
    }

    /** Which record of the list that was sorted this one has been. */
    public int origin(int index) {
        return origins == null ? index : origins[index];
    }

    /** How many octets all have that were added here or to the list that these were selected from. */
    public long octets() {
        return octets;
    }

    /** How many octets it has. */
    public int octets(int index) {
        byte[] block = array(index);
        int start = start(index);
        return end(block, afterName(block, start)) - start;
    }

    /** Where its RDATA starts in its block. */
    public int rdata(int index) {
        return afterName(array(index), start(index)) + Records.FIXED;
    }

    /** How many octets its RDATA has. */
    public int rdataOctets(int index) {
        byte[] block = array(index);
        return Node.u16(block, afterName(block, start(index)) + 8);
    }

    /** Writes a record's octets, whole, to a sink. */
    public void copy(int index, Sink sink) {
        byte[] block = array(index);
        int start = start(index);
        sink.octets(block, start, end(block, afterName(block, start)));
    }

    /** Receives octets that are not to be kept or written to. */
    @FunctionalInterface
    public interface Sink {
        /** @param to first octet that is not the record's */
        void octets(byte[] array, int from, int to);
    }

    /** Whether two have one owner. */
    public boolean sameOwner(int one, int other) {
        byte[] a = array(one);
        byte[] b = array(other);
        int from = start(one);
        int at = start(other);
        int length = afterName(a, from) - from;
        if (Arrays.equals(a, from, from + length, b, at, Math.min(b.length, at + length))) {
            return true;
        }
        for (int i = 0; i < length; i++) {
            if (at + i >= b.length || QName.lowerCase(a[from + i]) != QName.lowerCase(b[at + i])) {
                return false;
            }
        }
        return true;
    }

    /** Whether the owner is at or below a name. */
    public boolean isAtOrBelow(int index, Name ancestor) {
        byte[] block = array(index);
        byte[] above = ancestor.toWire();
        int start = start(index);
        int below = afterName(block, start) - start - above.length;
        int at = start;
        while (at < start + below) {
            at += 1 + block[at];
        }
        if (below < 0 || at != start + below) {
            return false;
        }
        for (int i = 0; i < above.length; i++) {
            if (QName.lowerCase(above[i]) != QName.lowerCase(block[at + i])) {
                return false;
            }
        }
        return true;
    }

    /** The first record of the owner in a sorted list, or {@code -(n + 1)} where n is how many owners' records come before. */
    public int find(Name owner) {
        byte[] key = key(owner);
        NameKey scratch = new NameKey();
        QName qname = new QName();
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            setKey(middle, qname, scratch);
            if (Arrays.compareUnsigned(scratch.bytes, 0, scratch.length, key, 0, key.length) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == size) {
            return -low - 1;
        }
        setKey(low, qname, scratch);
        return Arrays.equals(scratch.bytes, 0, scratch.length, key, 0, key.length) ? low : -low - 1;
    }

    private static byte[] key(Name owner) {
        NameKey key = new NameKey();
        key.setName(QName.of(owner), 0);
        return key.toBytes();
    }

    /** Where the next owner's records begin, in a sorted list. In steps that grow: one owner may have very many. */
    public int endOfOwner(int from) {
        int last = from;
        int step = 1;
        while (last + step < size && sameOwner(from, last + step)) {
            last += step;
            step *= 2;
        }
        for (; step > 0; step /= 2) {
            if (last + step < size && sameOwner(from, last + step)) {
                last += step;
            }
        }
        return last + 1;
    }

    /** In canonical order of owner (RFC 4034 §6.1), then of type, then as they are here; this list, if that is so already. */
    public PackedRecords sorted() {
        return isSorted() ? this : select(new KeySort(this).order(), size);
    }

    /** A walk that keeps two keys at a time: sorting takes as much memory as the records do. */
    private boolean isSorted() {
        QName qname = new QName();
        NameKey before = new NameKey();
        NameKey next = new NameKey();
        for (int i = 0; i < size; i++) {
            setKey(i, qname, next);
            int order =
                    i == 0 ? -1 : Arrays.compareUnsigned(before.bytes, 0, before.length, next.bytes, 0, next.length);
            if (order > 0 || (order == 0 && type(i - 1) > type(i))) {
                return false;
            }
            NameKey swap = before;
            before = next;
            next = swap;
        }
        return true;
    }

    /** Some of them, by index, in that order. The octets are shared. */
    public PackedRecords select(int[] indexes, int count) {
        int[] selected = new int[Math.max(1, count)];
        int[] origin = new int[Math.max(1, count)];
        for (int i = 0; i < count; i++) {
            selected[i] = starts[indexes[i]];
            origin[i] = origin(indexes[i]);
        }
        return new PackedRecords(this, selected, count, origin);
    }

    /** Sets the key of an owner's name, from the root on. */
    void setKey(int index, QName qname, NameKey key) {
        setName(index, qname);
        key.setName(qname, 0);
    }

    /** Sets the owner's name. */
    public void setName(int index, QName qname) {
        byte[] block = array(index);
        if (qname.parse(block, start(index), block.length) < 0) {
            throw new IllegalStateException("a record whose owner is no name");
        }
    }

    /** The block that it is in. */
    public byte[] array(int index) {
        return block(starts[index]);
    }

    /** Where its owner starts there. */
    public int start(int index) {
        return offset(starts[index]);
    }

    private byte[] block(int start) {
        return blocks[start >>> BLOCK_BITS];
    }

    private static int offset(int start) {
        return start & (BLOCK_BYTES - 1);
    }

    /** Where a name ends that begins there. */
    public static int afterName(byte[] array, int from) {
        int at = from;
        while (array[at] != 0) {
            at += 1 + array[at];
        }
        return at + 1;
    }

    /** @param fixed where the type is */
    public static int end(byte[] array, int fixed) {
        return fixed + Records.FIXED + Node.u16(array, fixed + 8);
    }

    private static long ttl(byte[] array, int fixed) {
        return Node.u32(array, fixed + 4);
    }
}
