package io.evenkeel.zones.store;

import io.evenkeel.zones.store.NameTrie.Branch;
import io.evenkeel.zones.store.NameTrie.Edit;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes versions of a {@link NameTrie}. One thread at a time; it keeps its buffers between calls.
 *
 * <p>One algorithm serves a single change, a batch and the first load: each twig is handed the edits that fall into it; a page
 * that outgrows its size becomes a branch, a branch that fits into half a page becomes a page. Where an edit leaves the old
 * trie's paths is found beforehand by one descent each, so that a trie as deep as names are long costs no more than its depth.
 */
public final class NameTrieEditor {
    /** Offsets within a page of several entries have 16 bits. */
    static final int MAX_PAGE_BYTES = 1 << 15;
    /** A page holds one entry's overhead and some bytes of it at least. */
    static final int MIN_PAGE_BYTES = 64;

    private final int pageBytes;
    private final Packer packer = new Packer();
    private final NameKey key = new NameKey();
    private List<Edit> edits = List.of();
    /** For each edit: the first nibble at which its key differs from the keys that share its path. */
    private int[] differs = new int[16];

    /** @param pageBytes above that a page of more than one entry is split */
    public NameTrieEditor(int pageBytes) {
        if (pageBytes < MIN_PAGE_BYTES || pageBytes > MAX_PAGE_BYTES) {
            throw new IllegalArgumentException("page of " + pageBytes + " bytes; from " + MIN_PAGE_BYTES + " to "
                    + MAX_PAGE_BYTES + " are possible");
        }
        this.pageBytes = pageBytes;
    }

    /** @param sortedEdits by key, each key once */
    public NameTrie apply(NameTrie base, List<Edit> sortedEdits) {
        if (sortedEdits.isEmpty()) {
            return base;
        }
        edits = sortedEdits;
        findDifferences(base);
        Object node = rewrite(base.root, 0, edits.size());
        edits = List.of();
        packer.release();
        if (differs.length > 4096) {
            differs = new int[16];
        }
        return new NameTrie(node == null ? packer.page(0, 0) : node);
    }

    private void findDifferences(NameTrie base) {
        if (!(base.root instanceof Branch)) {
            return;
        }
        if (differs.length < edits.size()) {
            differs = new int[edits.size()];
        }
        for (int i = 0; i < edits.size(); i++) {
            byte[] k = edits.get(i).key();
            key.setKey(k);
            differs[i] = NameTrie.firstDifference(k, k.length, base.page(key), 0);
        }
    }

    /** What takes this node's place, or null. The edits belong below the twig that it hangs from. */
    private @Nullable Object rewrite(@Nullable Object node, int from, int to) {
        if (node instanceof Branch branch) {
            int nibble = Math.min(differs[from], differs[to - 1]);
            return nibble < branch.nibble() ? fork(branch, nibble, from, to) : rewriteTwigs(branch, from, to);
        }
        byte[] page = (byte[]) node;
        packer.clear();
        int copied = 0;
        for (int i = from; i < to; i++) {
            Edit edit = edits.get(i);
            if (page != null) {
                key.setKey(edit.key());
                int found = Page.search(page, key);
                packer.addAll(page, copied, found >= 0 ? found : -found - 1);
                copied = found >= 0 ? found + 1 : -found - 1;
            }
            if (edit.value() != null) {
                packer.add(edit.key(), edit.value());
            }
        }
        if (page != null) {
            packer.addAll(page, copied, Page.count(page));
        }
        return packer.count() == 0 ? null : pack(0, packer.count());
    }

    private @Nullable Object rewriteTwigs(Branch branch, int from, int to) {
        int value = nibbleOf(from, branch.nibble());
        if (branch.has(value) && nibbleOf(to - 1, branch.nibble()) == value) {
            return rewriteTwig(branch, branch.index(value), from, to);
        }
        @Nullable Object[] twigs = new @Nullable Object[16];
        for (int v = 0; v < 16; v++) {
            twigs[v] = branch.has(v) ? branch.twigs()[branch.index(v)] : null;
        }
        return spread(twigs, branch.nibble(), from, to);
    }

    /** All edits fall into one twig: the usual case high up, worth fewer copies. */
    private @Nullable Object rewriteTwig(Branch branch, int index, int from, int to) {
        Object rewritten = rewrite(branch.twigs()[index], from, to);
        if (rewritten == null) {
            return joined(without(branch, index));
        }
        Object[] twigs = branch.twigs().clone();
        twigs[index] = rewritten;
        return joined(new Branch(branch.nibble(), branch.bitmap(), twigs));
    }

    private static @Nullable Object without(Branch branch, int index) {
        @Nullable Object[] twigs = new @Nullable Object[16];
        for (int v = 0; v < 16; v++) {
            twigs[v] = branch.has(v) && branch.index(v) != index ? branch.twigs()[branch.index(v)] : null;
        }
        return branch(twigs, branch.nibble());
    }

    /** Some edits leave the path above the branch: a new branch there, the old one is one of its twigs. */
    private @Nullable Object fork(Branch branch, int nibble, int from, int to) {
        @Nullable Object[] twigs = new @Nullable Object[16];
        twigs[NameTrie.half(Page.keyByte(NameTrie.firstPage(branch), 0, nibble >> 1), nibble)] = branch;
        return spread(twigs, nibble, from, to);
    }

    private @Nullable Object spread(@Nullable Object[] twigs, int nibble, int from, int to) {
        for (int at = from; at < to; ) {
            int value = nibbleOf(at, nibble);
            int end = at + 1;
            while (end < to && nibbleOf(end, nibble) == value) {
                end++;
            }
            twigs[value] = rewrite(twigs[value], at, end);
            at = end;
        }
        return joined(branch(twigs, nibble));
    }

    private int nibbleOf(int edit, int nibble) {
        byte[] k = edits.get(edit).key();
        return NameTrie.nibble(k, k.length, nibble);
    }

    /** The packer's entries as one page, or as a branch where they first differ. */
    private @Nullable Object pack(int first, int end) {
        if (packer.fits(first, end, pageBytes)) {
            return packer.page(first, end);
        }
        int nibble = packer.firstDifference(first, end - 1);
        @Nullable Object[] twigs = new @Nullable Object[16];
        while (first < end) {
            int value = packer.nibble(first, nibble);
            int next = packer.nextNibble(first, end, nibble);
            twigs[value] = pack(first, next);
            first = next;
        }
        return branch(twigs, nibble);
    }

    private static @Nullable Object branch(@Nullable Object[] twigs, int nibble) {
        int bitmap = 0;
        int count = 0;
        for (int v = 0; v < 16; v++) {
            if (twigs[v] != null) {
                bitmap |= 1 << v;
                twigs[count++] = twigs[v];
            }
        }
        return switch (count) {
            case 0 -> null;
            case 1 -> twigs[0];
            default -> new Branch(nibble, (char) bitmap, Arrays.copyOf(twigs, count));
        };
    }

    /** A branch whose twigs are pages that would fit into half a page becomes that page. */
    private @Nullable Object joined(@Nullable Object node) {
        if (!(node instanceof Branch branch)) {
            return node;
        }
        int bytes = 0;
        for (Object twig : branch.twigs()) {
            bytes += twig instanceof byte[] page ? page.length : pageBytes;
        }
        if (bytes > pageBytes / 2) {
            return node;
        }
        packer.clear();
        for (Object twig : branch.twigs()) {
            packer.addAll((byte[]) twig, 0, Page.count((byte[]) twig));
        }
        return pack(0, packer.count());
    }
}
