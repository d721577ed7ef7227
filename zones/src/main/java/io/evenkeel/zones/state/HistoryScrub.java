package io.evenkeel.zones.state;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.codec.CodecException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a history of changes anew from its octets, change by change, and finds out whether they are still what was put there: each by
 * what a change must be, all of them by the hash that the history keeps. One thread.
 */
public final class HistoryScrub {
    private static final long NONE = -1;

    private final ChangeHistory history;
    private final Hash256.Sum sum = new Hash256.Sum(Hash256.ZERO);
    private int page;
    private int at;
    private long last = NONE;
    private long count;
    private @Nullable String damage;

    /** Begins with the oldest change. */
    public HistoryScrub(ChangeHistory history) {
        this.history = history;
    }

    /** Reads one more change; whether there is more to read. */
    public boolean step() {
        byte[][][] pages = history.pages();
        if (damage != null || page == pages.length) {
            return false;
        }
        read(pages[page][at++]);
        if (at == pages[page].length) {
            page++;
            at = 0;
        }
        if (damage == null
                && page == pages.length
                && (count != history.count() || !sum.total().equals(history.sum()))) {
            damage = "its changes are not those that were put there";
        }
        return damage == null && page < pages.length;
    }

    private void read(byte[] change) {
        sum.add(change);
        count++;
        try {
            last = ChangeHistory.requireChange(change, last);
        } catch (CodecException | RuntimeException unreadable) {
            damage = (last == NONE ? "the oldest change" : "the change after that of entry " + last)
                    + " cannot be read (" + unreadable.getClass().getSimpleName() + ")";
        }
    }

    /** What is wrong; null if nothing is among what was read. */
    public @Nullable String damage() {
        return damage;
    }
}
