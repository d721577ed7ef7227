package io.evenkeel.zones.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Collects entries in order and packs them into pages. Reused: it keeps its buffers. */
final class Packer {
    private static final VarHandle U16 = MethodHandles.byteArrayViewVarHandle(char[].class, ByteOrder.BIG_ENDIAN);

    private static final byte[] NONE = {};

    private byte[] keys = new byte[8192];
    private int[] keyAt = new int[257];
    private byte[][] source = noSources();
    private int[] from = new int[256];
    private int[] to = new int[256];
    private int count;

    void clear() {
        for (int i = 0; i < count; i++) {
            source[i] = NONE;
        }
        count = 0;
    }

    /** Lets go of what it was given, and of buffers that a large load made large. */
    void release() {
        clear();
        if (source.length > 4096) {
            keys = new byte[8192];
            keyAt = new int[257];
            source = noSources();
            from = new int[256];
            to = new int[256];
        }
    }

    private static byte[][] noSources() {
        byte[][] sources = new byte[256][];
        Arrays.fill(sources, NONE);
        return sources;
    }

    int count() {
        return count;
    }

    void add(byte[] key, byte[] value) {
        room(key.length);
        System.arraycopy(key, 0, keys, keyAt[count], key.length);
        push(key.length, value, 0, value.length);
    }

    void addAll(byte[] page, int first, int end) {
        for (int i = first; i < end; i++) {
            room(NameKey.MAX_LENGTH);
            int length = Page.copyKey(page, i, keys, keyAt[count]);
            push(length, page, Page.valueFrom(page, i), Page.valueTo(page, i));
        }
    }

    private void room(int keyLength) {
        if (count == source.length) {
            keyAt = Arrays.copyOf(keyAt, 2 * count + 1);
            source = Arrays.copyOf(source, 2 * count);
            from = Arrays.copyOf(from, 2 * count);
            to = Arrays.copyOf(to, 2 * count);
        }
        if (keyAt[count] + keyLength > keys.length) {
            keys = Arrays.copyOf(keys, 2 * keys.length);
        }
    }

    private void push(int keyLength, byte[] value, int valueFrom, int valueTo) {
        source[count] = value;
        from[count] = valueFrom;
        to[count] = valueTo;
        keyAt[count + 1] = keyAt[count] + keyLength;
        count++;
    }

    /** A page of these entries has at most that many bytes. */
    private int size(int first, int end) {
        int raw = keyAt[end] - keyAt[first];
        for (int i = first; i < end; i++) {
            raw += to[i] - from[i] + Page.ENTRY_OVERHEAD;
        }
        int prefix = commonPrefix(first, end - 1);
        return 4 + prefix + raw - (end - first) * prefix;
    }

    byte[] page(int first, int end) {
        int n = end - first;
        int prefix = n == 0 ? 0 : commonPrefix(first, end - 1);
        int size = 4 + prefix + n * (Page.HEAD + 2);
        for (int i = first; i < end; i++) {
            int suffix = keyAt[i + 1] - keyAt[i] - prefix;
            size += (suffix < 128 ? 1 : 2) + Math.max(0, suffix - Page.HEAD) + to[i] - from[i];
        }
        byte[] page = new byte[size];
        U16.set(page, 0, (char) n);
        U16.set(page, 2, (char) prefix);
        if (n > 0) {
            System.arraycopy(keys, keyAt[first], page, 4, prefix);
        }
        int heads = 4 + prefix;
        int offsets = heads + Page.HEAD * n;
        int at = offsets + 2 * n;
        for (int i = first; i < end; i++) {
            int key = keyAt[i] + prefix;
            int suffix = keyAt[i + 1] - key;
            System.arraycopy(keys, key, page, heads + Page.HEAD * (i - first), Math.min(Page.HEAD, suffix));
            U16.set(page, offsets + 2 * (i - first), (char) at);
            if (suffix >= 128) {
                page[at++] = (byte) (0x80 | (suffix >> 8));
            }
            page[at++] = (byte) suffix;
            if (suffix > Page.HEAD) {
                System.arraycopy(keys, key + Page.HEAD, page, at, suffix - Page.HEAD);
                at += suffix - Page.HEAD;
            }
            System.arraycopy(source[i], from[i], page, at, to[i] - from[i]);
            at += to[i] - from[i];
        }
        return page;
    }

    /** Whether one page can hold them. */
    boolean fits(int first, int end, int limit) {
        return end - first == 1 || (end - first <= limit / Page.ENTRY_OVERHEAD && size(first, end) <= limit);
    }

    /** The first nibble at which two entries' keys differ; keys count as followed by zeros. */
    int firstDifference(int first, int last) {
        int shared = commonPrefix(first, last);
        return nibble(first, 2 * shared) != nibble(last, 2 * shared) ? 2 * shared : 2 * shared + 1;
    }

    int nibble(int entry, int n) {
        int i = keyAt[entry] + (n >> 1);
        return i >= keyAt[entry + 1] ? 0 : NameTrie.half(keys[i], n);
    }

    /** The first entry after {@code first} whose nibble n is another one, or end. */
    int nextNibble(int first, int end, int n) {
        int value = nibble(first, n);
        int low = first + 1;
        int high = end;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (nibble(middle, n) == value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private int commonPrefix(int first, int last) {
        if (first == last) {
            return keyAt[first + 1] - keyAt[first];
        }
        int differs = Arrays.mismatch(keys, keyAt[first], keyAt[first + 1], keys, keyAt[last], keyAt[last + 1]);
        return differs < 0 ? keyAt[first + 1] - keyAt[first] : differs;
    }
}
