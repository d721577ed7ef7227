package io.evenkeel.zones;

import io.evenkeel.zones.store.NameKey;
import io.evenkeel.zones.store.NameTrie;
import io.evenkeel.zones.store.PackedRecords;
import io.evenkeel.zones.store.QName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/**
 * Makes one version of a zone of another that is in memory already, and of the wanted one's records as they come, in the order of
 * {@link Zone#forEachInOctets}: both share the pages of what they have in common, so that it takes memory for what differs alone.
 * What is made is read anew to its last octet, so that damage in memory does not pass into it. One thread.
 */
public final class ZoneSharing {
    /** Octets of heap for a record that differs, until the version is made: an estimate, on the safe side. */
    public static final int DIFFERENCE_OCTETS = 600;

    /** Where more records differ than this, or a sixteenth of all, sharing is no gain. */
    private static final int MOST_DIFFERENCES = 1_000;

    private final Zone held;
    private final ZoneOctets octets;
    private final NameTrie.Entries entries;
    private final List<byte[]> heldRecords = new ArrayList<>();
    private byte[] heldOwner = new byte[0];

    private byte[] owner = new byte[0];
    /** Those of that owner, from their type on. */
    private final List<byte[]> records = new ArrayList<>();

    private final PackedRecords removed = new PackedRecords();
    private final PackedRecords added = new PackedRecords();

    private ZoneSharing(Zone held) {
        this.held = held;
        this.octets = new ZoneOctets(held.apex);
        this.entries = new NameTrie.Entries(held.names);
        readHeld();
    }

    /** Begins with a version that is held; null if another one cannot be made of it: signed zones change as a whole only. */
    public static @Nullable ZoneSharing with(Zone held) {
        return held.isSigned() || !held.nsec3.isEmpty() ? null : new ZoneSharing(held);
    }

    /** Whether a zone is what was put there, to its last octet. */
    public static boolean isSound(Zone zone) {
        ZoneScrub scrub = new ZoneScrub(zone);
        boolean more = true;
        while (more) {
            more = scrub.step();
        }
        return scrub.damage() == null;
    }

    /** How many records of the two versions differ, among those that were looked at. */
    public int differences() {
        return removed.size() + added.size();
    }

    /**
     * Takes the next record of the wanted version.
     *
     * @param array holds its owner from {@code from} on, then type, class, TTL, length and RDATA from {@code fixed} to {@code to}
     * @return false if too much differs: nothing comes of this
     */
    public boolean next(byte[] array, int from, int fixed, int to) {
        if (!Arrays.equals(owner, 0, owner.length, array, from, fixed)) {
            endOfOwner();
            owner = Arrays.copyOfRange(array, from, fixed);
        }
        records.add(Arrays.copyOfRange(array, fixed, to));
        return !isTooMuch();
    }

    private boolean isTooMuch() {
        return differences() > Math.max(MOST_DIFFERENCES, held.records() / 16);
    }

    /**
     * The wanted version, once all of its records have come.
     *
     * @param hash that it has
     * @return null if it could not be made of the other, or what is held is damaged
     */
    public @Nullable Zone finish(ZoneVersion version, Hash256 hash) {
        endOfOwner();
        while (entries.page != null) {
            takeAway();
        }
        if (isTooMuch()) {
            return null;
        }
        try {
            Zone made = held.with(version, removed, added);
            return made.hash().equals(hash) && isSound(made) ? made : null;
        } catch (RuntimeException cannot) {
            return null; // records that no edit can make, as of a chain; or pages that cannot be read
        }
    }

    private void endOfOwner() {
        if (records.isEmpty()) {
            return;
        }
        while (entries.page != null && !Arrays.equals(heldOwner, owner) && isBefore()) {
            takeAway();
        }
        if (entries.page != null && Arrays.equals(heldOwner, owner)) {
            addThoseWithout(heldRecords, records, removed);
            addThoseWithout(records, heldRecords, added);
            advance();
        } else {
            addThoseWithout(records, List.of(), added);
        }
        records.clear();
    }

    /** Whether the held name comes before the other. */
    private boolean isBefore() {
        try {
            NameKey key = new NameKey();
            key.setName(QName.of(new Name(owner)), held.apex.labels());
            return Arrays.compareUnsigned(octets.key.toBytes(), key.toBytes()) < 0;
        } catch (IOException e) {
            throw new IllegalArgumentException("a name that is none", e);
        }
    }

    private void takeAway() {
        heldRecords.forEach(record -> add(removed, heldOwner, record));
        advance();
    }

    private void advance() {
        entries.advance();
        readHeld();
    }

    private void readHeld() {
        heldRecords.clear();
        byte[] page = entries.page;
        if (page == null) {
            return;
        }
        octets.entry(page, entries.entry, (name, length, array, from, to) -> {
            if (heldRecords.isEmpty()) {
                heldOwner = Arrays.copyOf(name, length);
            }
            heldRecords.add(Arrays.copyOfRange(array, from, to));
        });
    }

    /** Adds those of some that are not among others; most are the same in the same order. */
    private void addThoseWithout(List<byte[]> some, List<byte[]> others, PackedRecords to) {
        for (int i = 0; i < some.size(); i++) {
            byte[] one = some.get(i);
            boolean there = i < others.size() && Arrays.equals(one, others.get(i));
            if (!there && others.stream().noneMatch(other -> Arrays.equals(one, other))) {
                add(to, owner, one);
            }
        }
    }

    private static void add(PackedRecords to, byte[] owner, byte[] record) {
        byte[] whole = Arrays.copyOf(owner, owner.length + record.length);
        System.arraycopy(record, 0, whole, owner.length, record.length);
        to.add(whole, 0, whole.length);
    }
}
