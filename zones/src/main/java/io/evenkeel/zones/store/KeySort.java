package io.evenkeel.zones.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/*
 * Names of one zone share long beginnings, and comparing two by their octets is two waits for memory. So eight octets of each
 * key at a time are laid out in a row and sorted; then those that are equal, by the next eight. Merging, since its worst case is
 * its usual one, and stable.
 */

/** Sorts packed records by the {@link NameKey} of their owner, then by type, then as they come. */
final class KeySort {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int STEP = 8;

    private final PackedRecords records;
    private final byte[] keys;
    /** Where each key starts; one more says where the last one ends. */
    private final int[] starts;

    private final int[] order;
    private final long[] octets;
    private final int[] mergedOrder;
    private final long[] mergedOctets;

    KeySort(PackedRecords records) {
        this.records = records;
        int size = records.size();
        starts = new int[size + 1];
        order = new int[size];
        octets = new long[size];
        mergedOrder = new int[(size + 1) / 2];
        mergedOctets = new long[(size + 1) / 2];
        QName qname = new QName();
        NameKey key = new NameKey();
        byte[] collected = new byte[Math.max(1024, size * 32)];
        int used = 0;
        for (int i = 0; i < size; i++) {
            records.setKey(i, qname, key);
            if (used + key.length + STEP > collected.length) {
                collected =
                        Arrays.copyOf(collected, Math.max(collected.length * 3 / 2, used + NameKey.MAX_LENGTH + STEP));
            }
            System.arraycopy(key.bytes, 0, collected, used, key.length);
            starts[i] = used;
            order[i] = i;
            used += key.length;
        }
        starts[size] = used;
        keys = collected;
    }

    /** Which record comes when. */
    int[] order() {
        sort(0, order.length, 0);
        return order;
    }

    private void sort(int from, int to, int depth) {
        boolean ended = true;
        for (int i = from; i < to; i++) {
            long next = octets(order[i], depth);
            ended &= next == 0;
            octets[i] = next ^ Long.MIN_VALUE;
        }
        if (ended) {
            byType(from, to);
            return;
        }
        merge(from, to);
        for (int first = from; first < to; ) {
            int end = first + 1;
            while (end < to && octets[end] == octets[first]) {
                end++;
            }
            if (end - first > 1) {
                sort(first, end, depth + STEP);
            }
            first = end;
        }
    }

    /** What follows the key counts as zeros. */
    private long octets(int record, int depth) {
        int at = starts[record] + depth;
        int left = starts[record + 1] - at;
        if (left <= 0) {
            return 0;
        }
        long next = at + STEP <= keys.length ? (long) LONG.get(keys, at) : tail(at);
        return left >= STEP ? next : next & (-1L << (8 * (STEP - left)));
    }

    private long tail(int at) {
        long next = 0;
        for (int i = at; i < at + STEP; i++) {
            next = next << 8 | (i < keys.length ? keys[i] & 0xFF : 0);
        }
        return next;
    }

    private void byType(int from, int to) {
        for (int i = from; i < to; i++) {
            octets[i] = (long) records.type(order[i]) << 32 | order[i];
        }
        Arrays.sort(octets, from, to);
        for (int i = from; i < to; i++) {
            order[i] = (int) octets[i];
        }
    }

    private void merge(int from, int to) {
        int sorted = from + 1;
        while (sorted < to && octets[sorted - 1] <= octets[sorted]) {
            sorted++;
        }
        if (sorted >= to) {
            return;
        }
        int middle = (from + to) >>> 1;
        merge(from, middle);
        merge(middle, to);
        if (octets[middle - 1] <= octets[middle]) {
            return;
        }
        int length = middle - from;
        System.arraycopy(order, from, mergedOrder, 0, length);
        System.arraycopy(octets, from, mergedOctets, 0, length);
        int left = 0;
        int right = middle;
        int at = from;
        while (left < length && right < to) {
            if (mergedOctets[left] <= octets[right]) {
                order[at] = mergedOrder[left];
                octets[at++] = mergedOctets[left++];
            } else {
                order[at] = order[right];
                octets[at++] = octets[right++];
            }
        }
        System.arraycopy(mergedOrder, left, order, at, length - left);
        System.arraycopy(mergedOctets, left, octets, at, length - left);
    }
}
