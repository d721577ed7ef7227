package io.evenkeel.zones;

import io.evenkeel.zones.store.NameKey;
import io.evenkeel.zones.store.NameTrie;
import io.evenkeel.zones.store.Node;
import io.evenkeel.zones.store.Page;
import io.evenkeel.zones.store.RRType;
import org.jspecify.annotations.Nullable;

/**
 * Reads a zone anew from its octets, page by page, and finds out whether they are still what was put there: the records by the
 * hash that the zone keeps, and what stands around them, which readers take for granted, by what it must be. One thread.
 */
public final class ZoneScrub {
    private final Zone zone;
    private final ZoneOctets octets;
    private final Hash256.Sum hash = new Hash256.Sum(Hash256.ZERO);
    private NameTrie trie;
    private NameTrie.Entries entries;
    /** The topmost cut at or above the present name. */
    private byte @Nullable [] cut;

    private long records;
    private @Nullable String damage;

    /** Begins with the first page. */
    public ZoneScrub(Zone zone) {
        this.zone = zone;
        this.octets = new ZoneOctets(zone.apex);
        this.trie = zone.names;
        this.entries = new NameTrie.Entries(trie);
    }

    /** Reads one more page; whether there is more to read. */
    public boolean step() {
        if (damage != null) {
            return false;
        }
        try {
            return read();
        } catch (RuntimeException unreadable) {
            damage = "its octets cannot be read (" + unreadable.getClass().getSimpleName() + ")";
            return false;
        }
    }

    /** What is wrong; null if nothing is among what was read. */
    public @Nullable String damage() {
        return damage;
    }

    @SuppressWarnings("ReferenceEquality") // the page that the trie finds is this one, or the trie leads elsewhere
    private boolean read() {
        byte[] page = entries.page;
        if (page == null) {
            return readNextTrie();
        }
        if (!Page.isWhole(page)) {
            damage = "a page of names is damaged";
            return false;
        }
        do {
            int from = Page.valueFrom(page, entries.entry);
            int to = Page.valueTo(page, entries.entry);
            octets.entry(page, entries.entry, this::take);
            if (!Node.isWhole(page, from, to) || page[from] != cutDepth(page, from, to)) {
                damage = "what stands around the records of a name is damaged";
                return false;
            }
            if (entries.entry == 0 && trie.page(octets.key) != page) {
                damage = "a name is not found where it is";
                return false;
            }
            entries.advance();
        } while (entries.page == page);
        return true;
    }

    private void take(byte[] owner, int ownerLength, byte[] array, int from, int to) {
        hash.add(owner, ownerLength, array, from, to);
        records++;
    }

    /** Labels below the apex of the topmost cut at or above the name; names of the NSEC3 chain are below none. */
    @SuppressWarnings("ReferenceEquality")
    private int cutDepth(byte[] page, int from, int to) {
        byte[] name = octets.key.toBytes();
        if (trie != zone.names || (cut != null && NameKey.isAtOrBelow(name, cut))) {
            return cut == null ? 0 : NameKey.labels(cut);
        }
        cut = name.length > 0 && isCut(page, from, to) ? name : null;
        return cut == null ? 0 : NameKey.labels(cut);
    }

    private static boolean isCut(byte[] page, int from, int to) {
        return Node.find(page, from, to, RRType.NS) >= 0 || Node.find(page, from, to, RRType.DNAME) >= 0;
    }

    @SuppressWarnings("ReferenceEquality")
    private boolean readNextTrie() {
        if (trie == zone.names) {
            trie = zone.nsec3;
            entries = new NameTrie.Entries(trie);
            cut = null;
            if (entries.page != null) {
                return true;
            }
            if (!Page.isWhole(trie.page(new NameKey()))) {
                damage = "the page of a chain that it has not is damaged";
                return false;
            }
        }
        if (records != zone.records() || !hash.total().equals(zone.hash())) {
            damage = "its records are not those that were put there";
        } else if (!zone.isAsItsRecordsSay()) {
            damage = "what it has ready for answers is not what its records say";
        }
        return false;
    }
}
