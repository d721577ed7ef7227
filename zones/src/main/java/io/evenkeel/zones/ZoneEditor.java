package io.evenkeel.zones;

import io.evenkeel.zones.store.Lookup;
import io.evenkeel.zones.store.NameKey;
import io.evenkeel.zones.store.NameTrie;
import io.evenkeel.zones.store.NameTrieEditor;
import io.evenkeel.zones.store.Node;
import io.evenkeel.zones.store.PackedRecords;
import io.evenkeel.zones.store.Page;
import io.evenkeel.zones.store.QName;
import io.evenkeel.zones.store.RRType;
import io.evenkeel.zones.store.Records;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;

/** Makes zone contents from records. One thread at a time; keeps its scratch between calls. */
final class ZoneEditor {
    /**
     * What a zone holds.
     *
     * @param nsec3 the records of the NSEC3 chain by their owners, which are no names of the zone (RFC 5155 §7.2.8)
     * @param records how many are in both
     * @param hash of these records
     */
    record Contents(NameTrie names, NameTrie nsec3, long records, Hash256 hash) {}

    /** Names that a load hands to the trie at once: enough that its upper pages are seldom copied, few enough to be soon gone. */
    private static final int BATCH = 4096;

    private final NameTrieEditor editor;
    private final QName qname = new QName();
    private final NameKey key = new NameKey();
    private final Lookup lookup = new Lookup();

    ZoneEditor(int pageBytes) {
        editor = new NameTrieEditor(pageBytes);
    }

    /** A copy of a name's node, or null. The name is at or below the apex. */
    byte @Nullable [] node(NameTrie trie, Zone.Apex apex, Name owner) {
        qname.set(owner);
        key.setName(qname, apex.labels());
        return copyOfNode(trie);
    }

    Contents load(Zone.Apex apex, Iterable<Record> records) {
        PackedRecords sorted = PackedRecords.of(records).sorted();
        Trie names = new Trie();
        Trie nsec3 = new Trie();
        for (int from = 0; from < sorted.size(); ) {
            int to = sorted.endOfOwner(from);
            setKey(apex, sorted, from);
            byte[] owner = key.toBytes();
            List<byte[]> rrsets = new ArrayList<>(2);
            List<byte[]> ofNsec3 = new ArrayList<>(2);
            boolean cut = false;
            for (int end; from < to; from = end) {
                end = endOfType(sorted, from, to);
                cut |= owner.length > 0 && Node.isCutType(sorted.type(from));
                addRRsets(sorted, from, end, rrsets, ofNsec3);
            }
            names.add(owner, cut, rrsets);
            nsec3.add(owner, false, ofNsec3);
        }
        List<NameTrie> tries = List.of(names.done(), nsec3.done());
        return new Contents(tries.getFirst(), tries.getLast(), sorted.size(), Zone.hash(apex, tries));
    }

    /** What is being loaded: owners come in their order. */
    private final class Trie {
        private NameTrie trie = new NameTrie();
        private final List<NameTrie.Edit> batch = new ArrayList<>();
        private byte @Nullable [] topmost; // the cut that the current name is at or below

        void add(byte[] owner, boolean isCut, List<byte[]> rrsets) {
            if (rrsets.isEmpty()) {
                return;
            }
            topmost = topmost != null && NameKey.isAtOrBelow(owner, topmost) ? topmost : isCut ? owner : null;
            batch.add(new NameTrie.Edit(owner, node(topmost, rrsets)));
            if (batch.size() == BATCH) {
                done();
            }
        }

        NameTrie done() {
            trie = editor.apply(trie, batch);
            batch.clear();
            return trie;
        }
    }

    private static int endOfType(PackedRecords sorted, int from, int to) {
        int end = from + 1;
        while (end < to && sorted.type(end) == sorted.type(from)) {
            end++;
        }
        return end;
    }

    /** Those of one owner and type; signatures of NSEC3 records belong to those. */
    private static void addRRsets(PackedRecords sorted, int from, int to, List<byte[]> rrsets, List<byte[]> ofNsec3) {
        RRsetDraft edit = new RRsetDraft();
        RRsetDraft nsec3 = new RRsetDraft();
        for (int i = from; i < to; i++) {
            byte[] rr = rr(sorted, i);
            boolean isOfNsec3 = Node.u16(rr, 0) == RRType.NSEC3
                    || (Node.u16(rr, 0) == RRType.RRSIG && Node.u16(rr, Records.FIXED) == RRType.NSEC3);
            if (to - from == 1) {
                (isOfNsec3 ? ofNsec3 : rrsets).add(RRsetDraft.toBytes(List.of(rr)));
                return;
            }
            if (!(isOfNsec3 ? nsec3 : edit).add(rr)) {
                throw new IllegalArgumentException("in the zone already: " + sorted.get(i));
            }
        }
        byte[] rrset = edit.toBytes();
        byte[] rrsetOfNsec3 = nsec3.toBytes();
        if (rrset != null) {
            rrsets.add(rrset);
        }
        if (rrsetOfNsec3 != null) {
            ofNsec3.add(rrsetOfNsec3);
        }
    }

    /** From its type on. */
    private static byte[] rr(PackedRecords records, int index) {
        byte[] array = records.array(index);
        int fixed = PackedRecords.afterName(array, records.start(index));
        if (Node.u16(array, fixed + 2) != DClass.IN) {
            throw new IllegalArgumentException("not of class IN: " + records.get(index));
        }
        return Arrays.copyOfRange(array, fixed, PackedRecords.end(array, fixed));
    }

    private static boolean isOfNsec3(Record record) {
        return record.getType() == RRType.NSEC3
                || (record instanceof RRSIGRecord signature && signature.getTypeCovered() == RRType.NSEC3);
    }

    private static byte[] node(byte @Nullable [] cut, List<byte[]> rrsets) {
        int size = 1;
        for (byte[] rrset : rrsets) {
            size += rrset.length;
        }
        byte[] node = new byte[size];
        node[0] = (byte) (cut == null ? 0 : NameKey.labels(cut));
        int at = 1;
        for (byte[] rrset : rrsets) {
            System.arraycopy(rrset, 0, node, at, rrset.length);
            at += rrset.length;
        }
        return node;
    }

    /** Names below a cut that appears or goes are rewritten too: their cutDepth changes. */
    Contents with(Zone zone, List<Record> removed, List<Record> added) {
        if (zone.isSigned() || Stream.concat(removed.stream(), added.stream()).anyMatch(ZoneEditor::isOfNsec3)) {
            throw new IllegalArgumentException("a signed zone changes as a whole only: " + zone);
        }
        TreeMap<byte[], Map<Integer, RRsetDraft>> changes = new TreeMap<>(Arrays::compareUnsigned);
        Hash256.Sum hash = new Hash256.Sum(zone.hash());
        for (Record record : removed) {
            byte[] rr = edit(zone, changes, record).remove(record);
            hash.subtract(qname.wire, qname.length(), rr, 0, rr.length);
        }
        for (Record record : added) {
            byte[] rr = edit(zone, changes, record).add(record);
            hash.add(qname.wire, qname.length(), rr, 0, rr.length);
        }
        TreeMap<byte[], byte @Nullable []> nodes = new TreeMap<>(Arrays::compareUnsigned); // null: the name goes
        boolean cutsChange = false;
        for (Map.Entry<byte[], Map<Integer, RRsetDraft>> change : changes.entrySet()) {
            byte[] before = nodeOf(zone, change.getKey());
            byte[] after = before;
            for (Map.Entry<Integer, RRsetDraft> rrset : change.getValue().entrySet()) {
                after = Node.with(after, rrset.getKey(), rrset.getValue().toBytes());
            }
            nodes.put(change.getKey(), after);
            cutsChange |= isCut(change.getKey(), before) != isCut(change.getKey(), after);
        }
        if (cutsChange) {
            for (byte[] owner : List.copyOf(nodes.keySet())) {
                if (isCut(owner, nodeOf(zone, owner)) != isCut(owner, nodes.get(owner))) {
                    addNamesBelow(zone, owner, nodes);
                }
            }
        }
        List<NameTrie.Edit> edits = new ArrayList<>(nodes.size());
        for (Map.Entry<byte[], byte @Nullable []> entry : nodes.entrySet()) {
            byte[] node = entry.getValue();
            if (node != null) {
                node[0] = (byte)
                        (cutsChange ? topmostCut(zone, entry.getKey(), nodes) : topmostCut(zone, entry.getKey()));
            }
            edits.add(new NameTrie.Edit(entry.getKey(), node));
        }
        return new Contents(
                editor.apply(zone.names, edits),
                zone.nsec3,
                zone.records() - removed.size() + added.size(),
                hash.total());
    }

    /** Leaves the owner in {@link #qname}. */
    private RRsetDraft edit(Zone zone, Map<byte[], Map<Integer, RRsetDraft>> changes, Record record) {
        byte[] owner = keyOf(zone.apex, record);
        return changes.computeIfAbsent(owner, o -> new TreeMap<>())
                .computeIfAbsent(record.getType(), type -> existing(zone, owner, type));
    }

    private RRsetDraft existing(Zone zone, byte[] owner, int type) {
        key.setKey(owner);
        lookup.findExact(zone.names, key);
        byte[] array = lookup.array;
        int rrset = array == null ? -1 : Node.find(array, lookup.from, lookup.to, type);
        return array == null || rrset < 0 ? new RRsetDraft() : new RRsetDraft(array, rrset);
    }

    private byte[] keyOf(Zone.Apex apex, Record record) {
        qname.set(record.getName());
        if (!isInZone(apex)) {
            throw new IllegalArgumentException("outside the zone " + apex.name() + ": " + record);
        }
        if (record.getDClass() != DClass.IN) {
            throw new IllegalArgumentException("not of class IN: " + record);
        }
        key.setName(qname, apex.labels());
        return key.toBytes();
    }

    private void setKey(Zone.Apex apex, PackedRecords records, int index) {
        records.setName(index, qname);
        if (!isInZone(apex)) {
            throw new IllegalArgumentException("outside the zone " + apex.name() + ": " + records.get(index));
        }
        key.setName(qname, apex.labels());
    }

    private boolean isInZone(Zone.Apex apex) {
        int below = qname.labels() - apex.labels();
        return below >= 0 && apex.isSuffixOf(qname, below);
    }

    private static boolean isCut(byte[] owner, byte @Nullable [] node) {
        return owner.length > 0 && node != null && Node.isCut(node);
    }

    private byte @Nullable [] nodeOf(Zone zone, byte[] owner) {
        key.setKey(owner);
        return copyOfNode(zone.names);
    }

    private byte @Nullable [] copyOfNode(NameTrie trie) {
        lookup.findExact(trie, key);
        byte[] array = lookup.array;
        return array == null ? null : Arrays.copyOfRange(array, lookup.from, lookup.to);
    }

    private void addNamesBelow(Zone zone, byte[] owner, Map<byte[], byte @Nullable []> nodes) {
        key.setKey(owner);
        NameTrie.Entries entries = new NameTrie.Entries(zone.names, key);
        while (entries.page != null) {
            byte[] other = Page.key(entries.page, entries.entry);
            if (!NameKey.isAtOrBelow(other, owner)) {
                break;
            }
            if (!nodes.containsKey(other)) {
                nodes.put(other, nodeOf(zone, other));
            }
            entries.advance();
        }
    }

    /** Labels of the topmost cut at or above the key in this version; 0: none. */
    private int topmostCut(Zone zone, byte[] owner) {
        key.setKey(owner);
        lookup.find(zone.names, key);
        return lookup.kind == Lookup.Kind.CUT ? lookup.depth : 0;
    }

    /** The same in the version that is being made. */
    private int topmostCut(Zone zone, byte[] owner, Map<byte[], byte @Nullable []> nodes) {
        int labels = 0;
        for (int i = 0; i < owner.length; i++) {
            if (owner[i] == 0) {
                labels++;
                byte[] ancestor = Arrays.copyOf(owner, i + 1);
                byte[] node = nodes.containsKey(ancestor) ? nodes.get(ancestor) : nodeOf(zone, ancestor);
                if (isCut(ancestor, node)) {
                    return labels;
                }
            }
        }
        return 0;
    }
}
