package io.evenkeel.zones;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
     */
    record Contents(NameTrie names, NameTrie nsec3, long records) {}

    private record Keyed(byte[] key, Record record) {}

    private final NameTrieEditor editor;
    private final QName qname = new QName();
    private final Key key = new Key();
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
        List<Keyed> names = new ArrayList<>();
        List<Keyed> nsec3 = new ArrayList<>();
        for (Record record : records) {
            Keyed keyed = new Keyed(keyOf(apex, record), record);
            (isOfNsec3(record) ? nsec3 : names).add(keyed);
        }
        return new Contents(trie(names), trie(nsec3), names.size() + nsec3.size());
    }

    private static boolean isOfNsec3(Record record) {
        return record.getType() == Node.NSEC3
                || (record instanceof RRSIGRecord signature && signature.getTypeCovered() == Node.NSEC3);
    }

    private NameTrie trie(List<Keyed> keyed) {
        Keyed[] sorted = keyed.toArray(Keyed[]::new);
        Arrays.sort(
                sorted,
                Comparator.comparing(Keyed::key, Arrays::compareUnsigned).thenComparingInt(k -> k.record.getType()));
        List<NameTrie.Edit> edits = new ArrayList<>();
        byte[] cut = null; // the topmost cut that the current name is at or below
        for (int i = 0; i < sorted.length; ) {
            byte[] owner = sorted[i].key;
            List<byte[]> rrsets = new ArrayList<>();
            int size = 1;
            boolean isCut = false;
            while (i < sorted.length && Arrays.equals(sorted[i].key, owner)) {
                int type = sorted[i].record.getType();
                isCut |= owner.length > 0 && Node.isCutType(type);
                RRsetEdit edit = new RRsetEdit();
                for (; i < sorted.length && isOf(sorted[i], owner, type); i++) {
                    edit.add(sorted[i].record);
                }
                byte[] rrset = edit.toBytes();
                if (rrset != null) {
                    rrsets.add(rrset);
                    size += rrset.length;
                }
            }
            cut = cut != null && Key.isAtOrBelow(owner, cut) ? cut : isCut ? owner : null;
            edits.add(new NameTrie.Edit(owner, node(cut, rrsets, size)));
        }
        return editor.apply(new NameTrie(), edits);
    }

    private static boolean isOf(Keyed keyed, byte[] owner, int type) {
        return keyed.record.getType() == type && Arrays.equals(keyed.key, owner);
    }

    private static byte[] node(byte @Nullable [] cut, List<byte[]> rrsets, int size) {
        byte[] node = new byte[size];
        node[0] = (byte) (cut == null ? 0 : Key.labels(cut));
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
        TreeMap<byte[], Map<Integer, RRsetEdit>> changes = new TreeMap<>(Arrays::compareUnsigned);
        for (Record record : removed) {
            edit(zone, changes, record).remove(record);
        }
        for (Record record : added) {
            edit(zone, changes, record).add(record);
        }
        TreeMap<byte[], byte @Nullable []> nodes = new TreeMap<>(Arrays::compareUnsigned); // null: the name goes
        boolean cutsChange = false;
        for (Map.Entry<byte[], Map<Integer, RRsetEdit>> change : changes.entrySet()) {
            byte[] before = nodeOf(zone, change.getKey());
            byte[] after = before;
            for (Map.Entry<Integer, RRsetEdit> rrset : change.getValue().entrySet()) {
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
                editor.apply(zone.names, edits), zone.nsec3, zone.records() - removed.size() + added.size());
    }

    private RRsetEdit edit(Zone zone, Map<byte[], Map<Integer, RRsetEdit>> changes, Record record) {
        byte[] owner = keyOf(zone.apex, record);
        return changes.computeIfAbsent(owner, o -> new TreeMap<>())
                .computeIfAbsent(record.getType(), type -> existing(zone, owner, type));
    }

    private RRsetEdit existing(Zone zone, byte[] owner, int type) {
        key.setKey(owner);
        Zone.findExact(zone.names, key, lookup);
        byte[] array = lookup.array;
        int rrset = array == null ? -1 : Node.find(array, lookup.from, lookup.to, type);
        return array == null || rrset < 0 ? new RRsetEdit() : new RRsetEdit(array, rrset);
    }

    private byte[] keyOf(Zone.Apex apex, Record record) {
        qname.set(record.getName());
        int below = qname.labels() - apex.labels();
        if (below < 0 || !apex.isSuffixOf(qname, below)) {
            throw new IllegalArgumentException("outside the zone " + apex.name() + ": " + record);
        }
        if (record.getDClass() != DClass.IN) {
            throw new IllegalArgumentException("not of class IN: " + record);
        }
        key.setName(qname, apex.labels());
        return key.toBytes();
    }

    private static boolean isCut(byte[] owner, byte @Nullable [] node) {
        return owner.length > 0 && node != null && Node.isCut(node);
    }

    private byte @Nullable [] nodeOf(Zone zone, byte[] owner) {
        key.setKey(owner);
        return copyOfNode(zone.names);
    }

    private byte @Nullable [] copyOfNode(NameTrie trie) {
        Zone.findExact(trie, key, lookup);
        byte[] array = lookup.array;
        return array == null ? null : Arrays.copyOfRange(array, lookup.from, lookup.to);
    }

    private void addNamesBelow(Zone zone, byte[] owner, Map<byte[], byte @Nullable []> nodes) {
        key.setKey(owner);
        NameTrie.Entries entries = new NameTrie.Entries(zone.names, key);
        while (entries.page != null) {
            byte[] other = Page.key(entries.page, entries.entry);
            if (!Key.isAtOrBelow(other, owner)) {
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
        zone.find(key, lookup);
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
