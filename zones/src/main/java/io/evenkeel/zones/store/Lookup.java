package io.evenkeel.zones.store;

import org.jspecify.annotations.Nullable;

/** Finds names in a zone. Scratch, reused: one per worker; it holds what the last search has found. */
public final class Lookup {
    /** What a search comes to. */
    public enum Kind {
        /** The name exists; the node is its own. */
        NAME,
        /** It exists only as part of other names: NODATA for every type (RFC 4592 §2.2.2). */
        EMPTY_NON_TERMINAL,
        /** A zone cut or DNAME at or above it, the topmost; the node is that one's, {@code depth} its labels. */
        CUT,
        /** It does not exist; the node is the source of synthesis, if there is one. */
        NO_NAME,
        /** It does not exist, and the source of synthesis is an empty non-terminal: NODATA (RFC 4592 §4.9). */
        EMPTY_SOURCE
    }

    /** What the last search has come to. */
    public Kind kind = Kind.NO_NAME;
    /** Labels below the apex of the closest encloser, or of the cut. */
    public int depth;
    /** The node in question, {@code array[from, to)}; null if there is none. Not to be written to. */
    public byte @Nullable [] array;

    /** Where the node begins. */
    public int from;
    /** Where the node ends. */
    public int to;

    /** For a search by whoever holds this; {@link #find} uses it, too. */
    public final NameKey other = new NameKey();

    /**
     * What lies at and above a name: RFC 1034 §4.3.2 in one descent; a second one only for a source of synthesis, or from glue
     * up to its cut.
     *
     * <p>Let e be an entry whose key has the longest beginning in common with the question's. That beginning, cut back to whole
     * labels, is the closest encloser, since e is at or below it. If it is all of the question, the question is an empty
     * non-terminal (RFC 4592 §2.2.2). A cut above the question shares all of its own key with it, so e shares that much
     * too: e is at or below the same cut, and its cutDepth tells. And e is in the page that the trie leads to, beside the
     * place where the question would stand.
     */
    public void find(NameTrie names, NameKey name) {
        byte[] page = names.page(name);
        int entry = Page.search(page, name);
        boolean exact = entry >= 0;
        int labels = name.labels;
        if (!exact) {
            int above = -entry - 1;
            int below = above - 1;
            int sharedBelow = below < 0 ? -1 : Page.shared(page, below, name);
            int sharedAbove = above == Page.count(page) ? -1 : Page.shared(page, above, name);
            entry = sharedBelow >= sharedAbove ? below : above;
            labels = name.labelsWithin(Math.max(sharedBelow, sharedAbove));
        }
        int cutDepth = page[Page.valueFrom(page, entry)];
        if (cutDepth != 0 && cutDepth <= labels) {
            kind = Kind.CUT;
            depth = cutDepth;
            if (Page.keyLength(page, entry) == name.end[cutDepth]) {
                pointTo(page, entry);
            } else {
                other.setAncestor(name, cutDepth);
                findExact(names, other);
            }
            return;
        }
        depth = labels;
        if (exact) {
            kind = Kind.NAME;
            pointTo(page, entry);
        } else if (labels == name.labels) {
            kind = Kind.EMPTY_NON_TERMINAL;
            array = null;
        } else {
            other.setWildcard(name, labels);
            findSource(names, other);
        }
    }

    /** The source of synthesis of a name that does not exist; names below the wildcard make one of it, too. */
    private void findSource(NameTrie names, NameKey wildcard) {
        byte[] page = names.page(wildcard);
        int entry = Page.search(page, wildcard);
        kind = Kind.NO_NAME;
        if (entry >= 0) {
            pointTo(page, entry);
            return;
        }
        array = null;
        int above = -entry - 1; // the first name below it, if there is one: nothing stands between them
        if (above < Page.count(page) && Page.shared(page, above, wildcard) == wildcard.length) {
            kind = Kind.EMPTY_SOURCE;
        }
    }

    /** Points to that name's own node, whatever is above it; {@code array} is null if it has none. */
    public void findExact(NameTrie names, NameKey name) {
        byte[] page = names.page(name);
        int entry = Page.search(page, name);
        if (entry >= 0) {
            pointTo(page, entry);
        } else {
            array = null;
        }
    }

    private void pointTo(byte[] page, int entry) {
        array = page;
        from = Page.valueFrom(page, entry);
        to = Page.valueTo(page, entry);
    }
}
