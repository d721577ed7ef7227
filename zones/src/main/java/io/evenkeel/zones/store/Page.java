package io.evenkeel.zones.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A sorted run of (key, value) entries in one byte array that never changes.
 *
 * <pre>
 * u16 count, u16 prefixLength, prefix        what all keys start with, stored once
 * int head[count]                            the next four bytes of each key, zero-padded: the binary search reads only these
 * u16 offset[count]                          of each entry
 * entry: length of the key after the prefix (1 or 2 bytes), what of it the head does not hold, value
 * </pre>
 * A value ends where the next entry starts. Offsets fit into 16 bits, since a page of more than
 * {@link NameTrieEditor#MAX_PAGE_BYTES} has one entry only: that entry's offset is small, whatever it holds.
 * Zero-padding keeps the order: a key ends in 0x00 and no key holds two in a row.
 */
public final class Page {
    private static final VarHandle U16 = MethodHandles.byteArrayViewVarHandle(char[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    static final int HEAD = 4;
    /** Most that an entry costs besides its key suffix and value: head, offset, length. */
    static final int ENTRY_OVERHEAD = HEAD + 2 + 2;

    private Page() {}

    /**
     * Whether all that stands around keys and values is as a {@link Packer} writes it, which readers take for granted: where
     * each entry starts, and that nothing is between them. May fail in any way if it is not.
     */
    public static boolean isWhole(byte[] page) {
        int count = count(page);
        int heads = 4 + prefixLength(page);
        int at = heads + (HEAD + 2) * count;
        for (int entry = 0; entry < count; entry++) {
            if (offset(page, entry) != at) {
                return false;
            }
            int suffix = suffixLength(page, at);
            if ((page[at] < 0) != (suffix >= 128)) {
                return false;
            }
            for (int i = suffix; i < HEAD; i++) {
                if (page[heads + HEAD * entry + i] != 0) {
                    return false;
                }
            }
            at = valueTo(page, entry);
        }
        return at == page.length;
    }

    /** How many entries it has. */
    public static int count(byte[] page) {
        return (char) U16.get(page, 0);
    }

    /**
     * As {@link Arrays#binarySearch}: the entry with that key, or {@code -(n + 1)} where n is the number of entries below it.
     */
    public static int search(byte[] page, NameKey key) {
        int count = count(page);
        int prefix = prefixLength(page);
        int common = Math.min(prefix, key.length);
        int differs = Arrays.mismatch(page, 4, 4 + common, key.bytes, 0, common);
        if (differs >= 0) {
            return (page[4 + differs] & 0xFF) < (key.bytes[differs] & 0xFF) ? -count - 1 : -1;
        }
        if (key.length < prefix || count == 0) {
            return -1;
        }
        int heads = 4 + prefix;
        int wanted = (int) INT.get(key.bytes, prefix) ^ Integer.MIN_VALUE;
        int entry = lastHeadUpTo(page, heads, count, wanted);
        if (head(page, heads, entry) != wanted) {
            return head(page, heads, entry) < wanted ? -entry - 2 : -1;
        }
        int low = entry; // of the entries with this head, those below it are below the key
        int high = entry + 1;
        if (entry > 0 && head(page, heads, entry - 1) == wanted) {
            low = wanted == Integer.MIN_VALUE ? 0 : lastHeadUpTo(page, heads, count, wanted - 1);
            low += head(page, heads, low) < wanted ? 1 : 0;
        }
        while (low < high) {
            int middle = (low + high) >>> 1;
            int order = compareRest(page, middle, key, prefix);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return -low - 1;
    }

    /** The last entry whose head is at most that, or 0. No branch depends on the data: a wrong guess costs more than a step. */
    private static int lastHeadUpTo(byte[] page, int heads, int count, int wanted) {
        int at = 0;
        for (int left = count; left > 1; ) {
            int half = left >>> 1;
            at = head(page, heads, at + half) <= wanted ? at + half : at;
            left -= half;
        }
        return at;
    }

    /** Signed order of the result is the unsigned order of the bytes. */
    private static int head(byte[] page, int heads, int entry) {
        return (int) INT.get(page, heads + HEAD * entry) ^ Integer.MIN_VALUE;
    }

    /** How many leading bytes an entry's key has in common with {@code key}. */
    public static int shared(byte[] page, int entry, NameKey key) {
        int prefix = prefixLength(page);
        int common = Math.min(prefix, key.length);
        int differs = Arrays.mismatch(page, 4, 4 + common, key.bytes, 0, common);
        if (differs >= 0 || key.length < prefix) {
            return differs >= 0 ? differs : key.length;
        }
        int difference = (int) INT.get(page, 4 + prefix + HEAD * entry) ^ (int) INT.get(key.bytes, prefix);
        int shortest = Math.min(key.length, keyLength(page, entry));
        if (difference != 0 || shortest <= prefix + HEAD) {
            return Math.min(shortest, prefix + Integer.numberOfLeadingZeros(difference) / 8);
        }
        int rest = restAt(page, entry);
        int from = prefix + HEAD;
        differs = Arrays.mismatch(page, rest, rest + shortest - from, key.bytes, from, shortest);
        return differs < 0 ? shortest : from + differs;
    }

    /** Octets of an entry's key. */
    public static int keyLength(byte[] page, int entry) {
        return prefixLength(page) + suffixLength(page, offset(page, entry));
    }

    /** Appends an entry's key to {@code to}; returns its length. */
    static int copyKey(byte[] page, int entry, byte[] to, int at) {
        int prefix = prefixLength(page);
        int suffix = suffixLength(page, offset(page, entry));
        System.arraycopy(page, 4, to, at, prefix);
        System.arraycopy(page, 4 + prefix + HEAD * entry, to, at + prefix, Math.min(suffix, HEAD));
        if (suffix > HEAD) {
            System.arraycopy(page, restAt(page, entry), to, at + prefix + HEAD, suffix - HEAD);
        }
        return prefix + suffix;
    }

    /** In canonical order; the keys are copied, so not for the path of a query. */
    static int compareKeys(byte[] page, int entry, byte[] otherPage, int otherEntry) {
        return Arrays.compareUnsigned(key(page, entry), key(otherPage, otherEntry));
    }

    static boolean sameValue(byte[] page, int entry, byte[] otherPage, int otherEntry) {
        return Arrays.equals(
                page,
                valueFrom(page, entry),
                valueTo(page, entry),
                otherPage,
                valueFrom(otherPage, otherEntry),
                valueTo(otherPage, otherEntry));
    }

    /** An entry's key, a copy. */
    public static byte[] key(byte[] page, int entry) {
        byte[] key = new byte[keyLength(page, entry)];
        copyKey(page, entry, key, 0);
        return key;
    }

    /** Where an entry's value begins in the page. */
    public static int valueFrom(byte[] page, int entry) {
        int at = offset(page, entry);
        return restAt(page, entry) + Math.max(0, suffixLength(page, at) - HEAD);
    }

    /** Where an entry's value ends in the page. */
    public static int valueTo(byte[] page, int entry) {
        return entry + 1 < count(page) ? offset(page, entry + 1) : page.length;
    }

    static int prefixLength(byte[] page) {
        return (char) U16.get(page, 2);
    }

    /** Byte i of an entry's key; 0 after its end. */
    static int keyByte(byte[] page, int entry, int i) {
        int prefix = prefixLength(page);
        if (i < prefix + HEAD) {
            return page[i < prefix ? 4 + i : 4 + HEAD * entry + i];
        }
        return i < keyLength(page, entry) ? page[restAt(page, entry) + i - prefix - HEAD] : 0;
    }

    private static int offset(byte[] page, int entry) {
        return (char) U16.get(page, 4 + prefixLength(page) + HEAD * count(page) + 2 * entry);
    }

    private static int suffixLength(byte[] page, int at) {
        byte first = page[at];
        return first >= 0 ? first : ((first & 0x7F) << 8) | (page[at + 1] & 0xFF);
    }

    private static int restAt(byte[] page, int entry) {
        int at = offset(page, entry);
        return page[at] >= 0 ? at + 1 : at + 2;
    }

    private static int compareRest(byte[] page, int entry, NameKey key, int prefix) {
        int rest = restAt(page, entry);
        int restLength = Math.max(0, suffixLength(page, offset(page, entry)) - HEAD);
        int from = Math.min(prefix + HEAD, key.length);
        return Arrays.compareUnsigned(page, rest, rest + restLength, key.bytes, from, key.length);
    }
}
