package io.evenkeel.zones.store;

import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/*
 * The names of a zone, if a page had room for three entries. Keys are as NameKey makes them, without the apex: (apex) is empty,
 * a is 61 00, mail is 6d 61 69 6c 00, mx 6d 78 00, ns 6e 73 00, www 77 77 77 00, *.www 77 77 77 00 2a 00, a.www 77 77 77 00 61 00.
 *
 *   Branch at nibble 0, bitmap {0, 6, 7}
 *   |
 *   +- 0 -- page, prefix ""            [ (apex) ]                a key counts as followed by zeros
 *   |
 *   +- 6 -- Branch at nibble 1, bitmap {1, d, e}
 *   |       +- 1 -- page, prefix 61 00            [ "" ]                              a
 *   |       +- d -- page, prefix 6d               [ 61 69 6c 00 | 78 00 ]             mail, mx
 *   |       +- e -- page, prefix 6e 73 00         [ "" ]                              ns
 *   |
 *   +- 7 -- page, prefix 77 77 77 00   [ "" | 2a 00 | 61 00 ]    www, *.www, a.www
 *
 * A lookup of b.www, 77 77 77 00 62 00: nibble 0 is 7, and two bits below 7 are set, so twig 2 is the page. Its prefix is compared
 * with the key, then the heads by binary search: no entry is 62 00, which would stand after 61 00. The entry before shares
 * 77 77 77 00 with the key, one whole label: www is the closest encloser, and its wildcard 77 77 77 00 2a 00 is in this page, too.
 *
 * A nibble that is not in the bitmap, as the second one of b, 62 00, leads into the first twig: all keys below begin alike up to
 * that nibble, so one of them says as much as any other about where the key leaves the trie. Only pages compare keys.
 */

/**
 * A sorted map from key bytes to value bytes, in versions that never change and share what they have in common: a qp-trie
 * (path-compressed, 16-way over nibbles) whose leaves are not single entries but {@link Page}s.
 * The trie finds the page without comparing keys; the page stores what its keys start with, which the search then checks.
 *
 * <p>{@link NameTrieEditor} makes versions.
 */
public final class NameTrie {
    /** A value of null deletes. Edits come sorted by key, each key once. */
    public record Edit(byte[] key, byte @Nullable [] value) {}

    /**
     * All keys below are equal before that nibble and differ at it. One twig per nibble in the bitmap, in order; at least two.
     *
     * @param octets of heap that it and all below it take
     */
    record Branch(int nibble, char bitmap, Object[] twigs, int octets) {
        /** The object with its fields, and the array of twigs without them. */
        private static final int OWN_OCTETS = 48;

        Branch(int nibble, char bitmap, Object[] twigs) {
            this(nibble, bitmap, twigs, octets(twigs));
        }

        private static int octets(Object[] twigs) {
            int sum = OWN_OCTETS + 4 * twigs.length;
            for (Object twig : twigs) {
                sum = Math.addExact(sum, NameTrie.octets(twig));
            }
            return sum;
        }

        /** Where that nibble's twig is, or would be. */
        int index(int value) {
            return Integer.bitCount(bitmap & ((1 << value) - 1));
        }

        boolean has(int value) {
            return ((bitmap >> value) & 1) != 0;
        }
    }

    /** A {@link Branch}, or a page as {@code byte[]}. */
    final Object root;

    /** Without any entry. */
    public NameTrie() {
        this(new Packer().page(0, 0));
    }

    NameTrie(Object root) {
        this.root = root;
    }

    /** Octets of heap that this version takes; what it shares with others is in it. */
    public long octets() {
        return octets(root);
    }

    private static int octets(Object node) {
        return node instanceof Branch branch ? branch.octets : arrayOctets(((byte[]) node).length);
    }

    /** Octets of heap of an array of that many octets, by the larger layout of objects. */
    private static int arrayOctets(int length) {
        return 16 + ((length + 7) & -8);
    }

    /** No entry. */
    public boolean isEmpty() {
        return root instanceof byte[] page && Page.count(page) == 0;
    }

    /**
     * The page that holds the key, if any does; if none does, the entries that have the longest beginning in common with it
     * are in this page.
     */
    public byte[] page(NameKey key) {
        Object node = root;
        while (node instanceof Branch branch) {
            int nibble = nibble(key.bytes, key.length, branch.nibble);
            node = branch.twigs[branch.has(nibble) ? branch.index(nibble) : 0];
        }
        return (byte[]) node;
    }

    /** A position in one version. Scratch, reused. */
    public static final class Cursor {
        /** Null before there is one. Not to be written to. */
        public byte @Nullable [] page;
        /** Which one of the page. */
        public int entry;
    }

    /** To the last entry at or below {@code key}; false if there is none. */
    public boolean floor(NameKey key, Cursor cursor) {
        byte[] page = page(key);
        int found = Page.search(page, key);
        int above = -found - 1;
        if (found >= 0 || (above > 0 && above < Page.count(page))) {
            cursor.page = page;
            cursor.entry = found >= 0 ? found : above - 1;
            return true;
        }
        if (Page.count(page) == 0) {
            return false;
        }
        // Before or after all entries of the page: descend again, to where the key leaves the trie.
        int differs = firstDifference(key.bytes, key.length, page, above == 0 ? 0 : above - 1);
        @Nullable Object lower = null;
        Object node = root;
        while (node instanceof Branch branch && branch.nibble <= differs) {
            int nibble = nibble(key.bytes, key.length, branch.nibble);
            int i = branch.index(nibble);
            lower = i > 0 ? branch.twigs[i - 1] : lower;
            if (!branch.has(nibble)) {
                return last(lower, cursor);
            }
            node = branch.twigs[i];
        }
        return last(above > 0 ? node : lower, cursor);
    }

    /** To the last entry of all; false if there is none. */
    public boolean last(Cursor cursor) {
        return last(root, cursor);
    }

    private static boolean last(@Nullable Object top, Cursor cursor) {
        if (top == null) {
            return false;
        }
        Object node = top;
        while (node instanceof Branch branch) {
            node = branch.twigs[branch.twigs.length - 1];
        }
        byte[] page = (byte[]) node;
        cursor.page = page;
        cursor.entry = Page.count(page) - 1;
        return cursor.entry >= 0;
    }

    /** Sees what differs between two versions, in canonical order; a null page is an entry that the version lacks. */
    public interface DifferenceVisitor {
        void differs(byte @Nullable [] oldPage, int oldEntry, byte @Nullable [] newPage, int newEntry);
    }

    /** Steps over whatever both versions share, so costs what was changed between them and not what they hold. */
    public static void difference(NameTrie older, NameTrie newer, DifferenceVisitor visitor) {
        difference(older.root, null, newer.root, null, visitor);
    }

    /**
     * @param oldFirst the first page below {@code older} if it is known already: a node that is met again at each level of the
     *     other side is then descended only once
     */
    @SuppressWarnings("ReferenceEquality") // the same node is the same contents, and that is the point
    private static void difference(
            @Nullable Object older,
            byte @Nullable [] oldFirst,
            @Nullable Object newer,
            byte @Nullable [] newFirst,
            DifferenceVisitor visitor) {
        if (older == newer) {
            return;
        }
        int nibble = Math.min(branchingNibble(older), branchingNibble(newer));
        if (nibble == Integer.MAX_VALUE || older instanceof byte[] || newer instanceof byte[]) {
            differenceOfEntries(older, newer, visitor);
            return;
        }
        byte[] oldPage = older instanceof Branch b && b.nibble > nibble && oldFirst == null ? firstPage(b) : oldFirst;
        byte[] newPage = newer instanceof Branch b && b.nibble > nibble && newFirst == null ? firstPage(b) : newFirst;
        for (int value = 0; value < 16; value++) {
            Object oldTwig = twig(older, oldPage, nibble, value);
            Object newTwig = twig(newer, newPage, nibble, value);
            difference(oldTwig, oldTwig == older ? oldPage : null, newTwig, newTwig == newer ? newPage : null, visitor);
        }
    }

    private static int branchingNibble(@Nullable Object node) {
        return node instanceof Branch branch ? branch.nibble : Integer.MAX_VALUE;
    }

    /** What of the node has that value at that nibble; a branch further down has one value there, in all its keys. */
    private static @Nullable Object twig(@Nullable Object node, byte @Nullable [] first, int nibble, int value) {
        if (!(node instanceof Branch branch)) {
            return null;
        }
        if (branch.nibble == nibble) {
            return branch.has(value) ? branch.twigs[branch.index(value)] : null;
        }
        return first != null && half(Page.keyByte(first, 0, nibble >> 1), nibble) == value ? branch : null;
    }

    private static void differenceOfEntries(@Nullable Object older, @Nullable Object newer, DifferenceVisitor visitor) {
        Entries a = new Entries(older);
        Entries b = new Entries(newer);
        while (a.page != null || b.page != null) {
            byte[] before = a.page;
            byte[] after = b.page;
            int order = before == null ? 1 : after == null ? -1 : Page.compareKeys(before, a.entry, after, b.entry);
            if (order != 0) {
                visitor.differs(order < 0 ? before : null, a.entry, order > 0 ? after : null, b.entry);
            } else if (before != null && after != null && !Page.sameValue(before, a.entry, after, b.entry)) {
                visitor.differs(before, a.entry, after, b.entry);
            }
            if (order <= 0) {
                a.advance();
            }
            if (order >= 0) {
                b.advance();
            }
        }
    }

    /** The entries below a node (null: none), one after the other; page is null at the end. For transfers, too. */
    public static final class Entries {
        private final ArrayDeque<Object> ahead = new ArrayDeque<>();
        /** Of the present entry; null at the end. Not to be written to. */
        public byte @Nullable [] page;
        /** Which one of the page. */
        public int entry;

        /** All of a version. */
        public Entries(NameTrie trie) {
            this(trie.root);
        }

        /** From the first entry at or above the key. */
        public Entries(NameTrie trie, NameKey from) {
            Object node = trie.root;
            Cursor cursor = new Cursor();
            boolean any = trie.floor(from, cursor);
            NameKey start = new NameKey();
            if (any && cursor.page != null) {
                start.setEntry(cursor.page, cursor.entry);
            }
            while (any && node instanceof Branch branch) {
                int i = branch.index(nibble(start.bytes, start.length, branch.nibble));
                for (int after = branch.twigs.length - 1; after > i; after--) {
                    ahead.push(branch.twigs[after]);
                }
                node = branch.twigs[i];
            }
            ahead.push(node);
            nextPage();
            if (any) {
                entry = cursor.entry;
                if (!(start.length == from.length
                        && Arrays.equals(start.bytes, 0, start.length, from.bytes, 0, start.length))) {
                    advance();
                }
            }
        }

        private Entries(@Nullable Object node) {
            if (node != null) {
                ahead.push(node);
            }
            nextPage();
        }

        /** To the next one; nothing happens at the end. */
        public void advance() {
            if (page != null && ++entry == Page.count(page)) {
                nextPage();
            }
        }

        /** To the first one of the next page; the end after the last. */
        public void nextPage() {
            page = null;
            entry = 0;
            while (page == null && !ahead.isEmpty()) {
                Object node = ahead.pop();
                if (node instanceof Branch branch) {
                    for (int i = branch.twigs.length - 1; i >= 0; i--) {
                        ahead.push(branch.twigs[i]);
                    }
                } else if (Page.count((byte[]) node) > 0) {
                    page = (byte[]) node;
                }
            }
        }
    }

    static byte[] firstPage(Object top) {
        Object node = top;
        while (node instanceof Branch branch) {
            node = branch.twigs[0];
        }
        return (byte[]) node;
    }

    /** Nibble n of a key that counts as followed by zeros. */
    static int nibble(byte[] key, int length, int n) {
        int i = n >> 1;
        return i >= length ? 0 : half(key[i], n);
    }

    /** Of an octet, the half that nibble n of its key is. */
    static int half(int octet, int n) {
        return (n & 1) == 0 ? (octet >> 4) & 15 : octet & 15;
    }

    /** The first nibble at which a key differs from an entry's; both count as followed by zeros. */
    static int firstDifference(byte[] key, int length, byte[] page, int entry) {
        int end = Math.max(length, Page.keyLength(page, entry));
        for (int i = 0; i < end; i++) {
            int difference = (i < length ? key[i] : 0) ^ Page.keyByte(page, entry, i);
            if (difference != 0) {
                return 2 * i + ((difference & 0xF0) != 0 ? 0 : 1);
            }
        }
        return Integer.MAX_VALUE;
    }
}
