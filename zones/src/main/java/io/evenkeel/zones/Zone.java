package io.evenkeel.zones;

import io.evenkeel.zones.store.NameKey;
import io.evenkeel.zones.store.NameTrie;
import io.evenkeel.zones.store.Node;
import io.evenkeel.zones.store.Page;
import io.evenkeel.zones.store.QName;
import io.evenkeel.zones.store.RRType;
import io.evenkeel.zones.store.Records;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * One version of a zone. Immutable: reading needs no lock, and versions share what they have in common. Control code sees
 * records; queries see bytes, through an {@code AnswerCollector}.
 *
 * <p>Owner names are kept in lower case; RDATA keeps its case and is compared canonically (RFC 4034 §6.2).
 */
public final class Zone {
    /**
     * Most octets of an RRset, twelve and the RDATA for each record: what always fits into a TCP message of 65,535 beside
     * the header (12), the longest question (259) and an OPT record (11) with options (128).
     */
    public static final int MAX_RRSET_BYTES = 65_535 - 12 - 259 - 11 - 128;

    /** What an RR takes in a message beside its RDATA: a pointer to its owner, type, class, TTL, length. */
    public static final int RR_OVERHEAD = 12;

    /** Small enough that a change copies little, large enough for few objects: measured, see {@code ops/bench}. */
    static final int PAGE_BYTES = 1024;

    /**
     * Scratch of whoever makes a next version of some zone, taken by one thread at a time. One for all: that of each zone would take
     * more than a small zone does.
     */
    private static final AtomicReference<@Nullable ZoneEditor> SPARE = new AtomicReference<>();

    /** The empty key; never written to. */
    private static final NameKey APEX = new NameKey();

    final Apex apex;
    final NameTrie names;

    final NameTrie nsec3;
    private final byte[] negativeSoa;
    private final byte[] negativeSoaSignatures;
    private final int negativeSoaSignatureCount;
    private final boolean apexHasDname;
    private final @Nullable Nsec3Parameters nsec3Parameters;
    private final ZoneVersion version;
    private final long serial;
    private final boolean signed;
    private final long earliestExpiration;
    private final long records;
    private final Hash256 hash;
    private final Hash256 versionHash;
    /** As its pages were cut. */
    private final int pageBytes;

    private Zone(Apex apex, ZoneVersion version, ZoneEditor.Contents contents, int pageBytes) {
        this.apex = apex;
        this.version = version;
        this.names = contents.names();
        this.nsec3 = contents.nsec3();
        this.records = contents.records();
        this.hash = contents.hash();
        this.versionHash = versionHash(apex, version, hash);
        this.pageBytes = pageBytes;
        byte[] page = names.page(APEX);
        int entry = Page.search(page, APEX);
        int from = entry < 0 ? 0 : Page.valueFrom(page, entry);
        int to = entry < 0 ? 0 : Page.valueTo(page, entry);
        int soa = Node.find(page, from, to, RRType.SOA);
        if (soa < 0 || Node.rrCount(page, soa) != 1) {
            throw new IllegalArgumentException("a zone has exactly one SOA record, at its apex " + apex.name());
        }
        this.negativeSoa = Node.negativeSoa(page, soa);
        this.serial = Node.u32(negativeSoa, negativeSoa.length - 20);
        this.apexHasDname = Node.find(page, from, to, RRType.DNAME) >= 0;
        int rrsig = Node.find(page, from, to, RRType.RRSIG);
        this.negativeSoaSignatures =
                rrsig < 0 ? new byte[0] : Node.negativeSoaSignatures(page, rrsig, this.negativeSoa);
        this.negativeSoaSignatureCount = Node.countRrs(negativeSoaSignatures);
        boolean hasNsec = Node.find(page, from, to, RRType.NSEC) >= 0;
        this.nsec3Parameters = hasNsec || nsec3.isEmpty()
                ? null
                : Nsec3Parameters.of(page, Node.find(page, from, to, RRType.NSEC3PARAM));
        this.signed = negativeSoaSignatures.length > 0 && (hasNsec || nsec3Parameters != null);
        this.earliestExpiration = signed ? expiration(Node.expiration(negativeSoaSignatures, 0)) : 0;
    }

    /**
     * The first version, or one from a snapshot.
     *
     * @param records in any order, class IN, no duplicates; checked before by {@code ZoneBuilder}
     * @throws IllegalArgumentException if there is not exactly one SOA at the apex, a record is there twice or outside the
     *     zone, TTLs within an RRset differ, or an RRset has more than {@link #MAX_RRSET_BYTES}
     */
    public static Zone load(Name apex, ZoneVersion version, Iterable<Record> records) {
        return load(apex, version, records, PAGE_BYTES);
    }

    /**
     * Why a zone cannot have an RRset of that size, in words that follow its name; null if it can. Whoever lets contents in asks this:
     * {@link #load} and {@link #with} refuse by it.
     *
     * @param octets {@link #RR_OVERHEAD} and the RDATA of each record
     */
    public static @Nullable String sizeProblem(long octets) {
        return octets <= MAX_RRSET_BYTES
                ? null
                : "takes " + octets + " octets; at most " + MAX_RRSET_BYTES
                        + " are kept, so that no question is too long for its answer: take records out of it";
    }

    /** @param pageBytes so that tests see many pages in small zones */
    static Zone load(Name apex, ZoneVersion version, Iterable<Record> records, int pageBytes) {
        Apex top = Apex.of(apex);
        ZoneEditor editor = new ZoneEditor(pageBytes);
        return new Zone(top, version, editor.load(top, records), pageBytes);
    }

    /**
     * The next version; this one stays as it is. Costs what is changed, not what the zone holds, but for the names below a
     * zone cut that comes or goes.
     *
     * @param removed records that are there, with their TTL
     * @param added records that are not there once the others are removed
     * @throws IllegalArgumentException if it is otherwise, or for the reasons that {@link #load} has; nothing is changed
     */
    public Zone with(ZoneVersion version, List<Record> removed, List<Record> added) {
        ZoneEditor.Contents contents = edit(editor -> editor.with(this, removed, added));
        return new Zone(apex, version, contents, pageBytes);
    }

    public Name apex() {
        return apex.name();
    }

    /** Whether that is the name of the zone. */
    public boolean isApex(QName name) {
        return apex.labels() == name.labels() && apex.isSuffixOf(name, 0);
    }

    /** Whether what follows that many labels of a name is the name of the zone. Allocates nothing. */
    public boolean isApex(QName name, int skippedLabels) {
        return apex.isSuffixOf(name, skippedLabels);
    }

    /** Of its name, the root not counted. */
    public int apexLabels() {
        return apex.labels();
    }

    /** By name, at least the apex. This and what follows up to the parameters of NSEC3 is for answers alone. */
    public NameTrie names() {
        return names;
    }

    /** What negative answers carry: the SOA record with the negative TTL. Not to be written to. */
    public byte[] negativeSoa() {
        return negativeSoa;
    }

    /** Beside it where signatures are asked for: RRSIG records; empty if there are none. Not to be written to. */
    public byte[] negativeSoaSignatures() {
        return negativeSoaSignatures;
    }

    /** How many these are. */
    public int negativeSoaSignatureCount() {
        return negativeSoaSignatureCount;
    }

    /** A DNAME at the apex redirects all names below (RFC 6672 §2.3). */
    public boolean apexHasDname() {
        return apexHasDname;
    }

    /** By owner, which is the hash of a name; empty in zones without (RFC 5155 §3). */
    public NameTrie nsec3() {
        return nsec3;
    }

    /** How names of the zone are hashed to deny them; null if they are denied by NSEC records, or not at all. */
    public @Nullable Nsec3Parameters nsec3Parameters() {
        return nsec3Parameters;
    }

    public ZoneVersion version() {
        return version;
    }

    /** Of the SOA, unsigned 32 bits. */
    public long serial() {
        return serial;
    }

    /**
     * Whether it arrived signed: its SOA record has signatures, and NSEC or NSEC3 records deny what it has not. Such a zone
     * changes as a whole only, since nothing here can sign.
     */
    public boolean isSigned() {
        return signed;
    }

    /**
     * When the first of its signatures ends to be valid, in seconds since 1970 (RFC 4034 §3.1.5: until 2106); empty if it is
     * not signed.
     */
    public OptionalLong earliestExpiration() {
        return signed ? OptionalLong.of(earliestExpiration) : OptionalLong.empty();
    }

    /** How many there are. */
    public long records() {
        return records;
    }

    /** Octets of heap that this version takes; what it shares with others is in it. */
    public long octets() {
        return ZoneLimits.ZONE_OCTETS
                + names.octets()
                + nsec3.octets()
                + negativeSoa.length
                + negativeSoaSignatures.length;
    }

    /**
     * Of all records: the sum of the SHA-256 of each, in the form of {@link #forEachInOctets}. It is kept with the zone, which
     * makes it of what changes, and reads no other records for it.
     */
    public Hash256 hash() {
        return hash;
    }

    /** The SHA-256 of name, version and {@link #hash}. */
    public Hash256 versionHash() {
        return versionHash;
    }

    private static Hash256 versionHash(Apex apex, ZoneVersion version, Hash256 hash) {
        ByteBuffer octets = ByteBuffer.allocate(apex.wire().length + 2 * Long.BYTES + Hash256.BYTES);
        octets.put(apex.wire()).putLong(version.zoneId()).putLong(version.change());
        return Hash256.of(octets.put(hash.toBytes()).array());
    }

    /** Whether what it has ready for answers is what its records say. */
    boolean isAsItsRecordsSay() {
        Zone anew = new Zone(
                Apex.of(apex.name()), version, new ZoneEditor.Contents(names, nsec3, records, hash), pageBytes);
        return apex.hash() == anew.apex.hash()
                && apex.labels() == anew.apex.labels()
                && Arrays.equals(apex.wire(), anew.apex.wire())
                && Arrays.equals(negativeSoa, anew.negativeSoa)
                && Arrays.equals(negativeSoaSignatures, anew.negativeSoaSignatures)
                && negativeSoaSignatureCount == anew.negativeSoaSignatureCount
                && apexHasDname == anew.apexHasDname
                && serial == anew.serial
                && signed == anew.signed
                && earliestExpiration == anew.earliestExpiration
                && versionHash.equals(anew.versionHash);
    }

    /** With its own TTL. */
    public Record soa() {
        return rrset(apex.name(), RRType.SOA).getFirst();
    }

    /**
     * All records: owners in canonical order, the SOA first, then by type and RDATA in canonical order. The NSEC3 chain comes
     * last, in its own order. One record at a time is an object, so that a zone of any size takes no memory of its own.
     */
    public void forEach(Consumer<Record> visitor) {
        forEachOf(names, visitor);
        forEachOf(nsec3, visitor);
    }

    /**
     * The same as long as the visitor wants more.
     *
     * @return whether it did to the end
     */
    public boolean forEachWhile(Predicate<Record> visitor) {
        return forEachWhile(names, visitor) && forEachWhile(nsec3, visitor);
    }

    private boolean forEachWhile(NameTrie trie, Predicate<Record> visitor) {
        for (NameTrie.Entries entries = new NameTrie.Entries(trie); entries.page != null; entries.advance()) {
            for (Record record : recordsOf(entries.page, entries.entry)) {
                if (!visitor.test(record)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Receives records as octets: nothing of them is to be kept or written to. */
    @FunctionalInterface
    public interface OctetVisitor {
        /**
         * One record in wire form (RFC 1035 §3.2.1), uncompressed, in two parts.
         *
         * @param owner its name, {@code ownerLength} octets
         * @param array holds type, class, TTL, length and RDATA from {@code from} to {@code to}
         */
        void record(byte[] owner, int ownerLength, byte[] array, int from, int to);
    }

    /** The same records in the same order as {@link #forEach}, without an object for each. */
    public void forEachInOctets(OctetVisitor visitor) {
        ZoneOctets.forEach(apex, List.of(names, nsec3), visitor);
    }

    private void forEachOf(NameTrie trie, Consumer<Record> visitor) {
        for (NameTrie.Entries entries = new NameTrie.Entries(trie); entries.page != null; entries.advance()) {
            byte[] page = entries.page;
            int entry = entries.entry;
            Name owner = Records.toName(Page.key(page, entry), apex.name());
            forEachAt(owner, page, Page.valueFrom(page, entry), Page.valueTo(page, entry), visitor);
        }
    }

    /** The records of one owner and type in canonical order; empty if there are none or the owner is outside the zone. */
    public List<Record> rrset(Name owner, int type) {
        List<Record> records = new ArrayList<>();
        for (byte[] node : nodes(owner)) {
            int rrset = Node.find(node, 0, node.length, type);
            if (rrset >= 0) {
                forEachOf(owner, node, rrset, records::add);
            }
        }
        return records;
    }

    /** All records of one owner, in the order of {@link #forEach}; empty if there are none. */
    public List<Record> at(Name owner) {
        List<Record> records = new ArrayList<>();
        forEachAt(owner, records::add);
        return records;
    }

    /** The same, one record at a time. */
    public void forEachAt(Name owner, Consumer<Record> visitor) {
        for (byte[] node : nodes(owner)) {
            forEachAt(owner, node, 0, node.length, visitor);
        }
    }

    /** Octets in which this version keeps the records of one owner; 0 if there are none. */
    public long octetsAt(Name owner) {
        return nodes(owner).stream().mapToLong(node -> node.length).sum();
    }

    /** Names that have records, but for the NSEC3 chain. Costs a look at each page. */
    public long owners() {
        long owners = 0;
        for (NameTrie.Entries pages = new NameTrie.Entries(names); pages.page != null; pages.nextPage()) {
            owners += Page.count(pages.page);
        }
        return owners;
    }

    /**
     * Some of its records, from all over the zone but for the NSEC3 chain. Costs what is taken, and a look at each page.
     *
     * @param most how many at most, at least one
     */
    public List<Record> sample(int most) {
        long owners = owners();
        long step = Math.max(1, (owners + most - 1) / most);
        long ofEach = Math.max(1, most / owners);
        List<Record> sample = new ArrayList<>();
        long before = 0;
        for (NameTrie.Entries pages = new NameTrie.Entries(names); pages.page != null; pages.nextPage()) {
            int count = Page.count(pages.page);
            for (long next = (before + step - 1) / step * step; next < before + count; next += step) {
                recordsOf(pages.page, (int) (next - before)).stream()
                        .limit(ofEach)
                        .forEach(sample::add);
            }
            before += count;
        }
        return sample;
    }

    /** What one version has and the other has not, owners in canonical order; costs what differs, not what they hold. */
    public static void difference(Zone older, Zone newer, Consumer<Record> removed, Consumer<Record> added) {
        if (!older.apex.name().equals(newer.apex.name())) {
            throw new IllegalArgumentException("two zones: " + older.apex.name() + " and " + newer.apex.name());
        }
        NameTrie.DifferenceVisitor visitor = (oldPage, oldEntry, newPage, newEntry) -> {
            List<Record> before = older.recordsOf(oldPage, oldEntry);
            List<Record> after = newer.recordsOf(newPage, newEntry);
            before.stream().filter(r -> !isAmong(after, r)).forEach(removed);
            after.stream().filter(r -> !isAmong(before, r)).forEach(added);
        };
        NameTrie.difference(older.names, newer.names, visitor);
        NameTrie.difference(older.nsec3, newer.nsec3, visitor);
    }

    /** @param some of the times, which are to be compared by serial arithmetic (RFC 4034 §3.1.5) */
    private long expiration(int some) {
        int earliest = some;
        for (NameTrie trie : List.of(names, nsec3)) {
            for (NameTrie.Entries entries = new NameTrie.Entries(trie); entries.page != null; entries.advance()) {
                byte[] page = entries.page;
                int to = Page.valueTo(page, entries.entry);
                int rrsig = Node.find(page, Page.valueFrom(page, entries.entry), to, RRType.RRSIG);
                int end = rrsig < 0 ? 0 : Node.next(page, rrsig);
                for (int rr = rrsig < 0 ? 0 : Node.rrs(page, rrsig); rr < end; rr = Node.nextRr(page, rr)) {
                    earliest = Node.expiration(page, rr) - earliest < 0 ? Node.expiration(page, rr) : earliest;
                }
            }
        }
        return Integer.toUnsignedLong(earliest);
    }

    /** The name's own, and that of the NSEC3 chain, as far as there are such. */
    private List<byte[]> nodes(Name owner) {
        if (!owner.subdomain(apex.name())) {
            return List.of();
        }
        return edit(editor -> Stream.of(names, nsec3)
                .map(trie -> editor.node(trie, apex, owner))
                .filter(Objects::nonNull)
                .toList());
    }

    private <T extends @Nullable Object> T edit(Function<ZoneEditor, T> action) {
        boolean usual = pageBytes == PAGE_BYTES;
        ZoneEditor taken = usual ? SPARE.getAndSet(null) : null;
        ZoneEditor editor = taken == null ? new ZoneEditor(pageBytes) : taken;
        try {
            return action.apply(editor);
        } finally {
            if (usual) {
                SPARE.set(editor);
            }
        }
    }

    private List<Record> recordsOf(byte @Nullable [] page, int entry) {
        List<Record> records = new ArrayList<>();
        if (page != null) {
            Name owner = Records.toName(Page.key(page, entry), apex.name());
            forEachAt(owner, page, Page.valueFrom(page, entry), Page.valueTo(page, entry), records::add);
        }
        return records;
    }

    private static void forEachAt(Name owner, byte[] array, int from, int to, Consumer<Record> visitor) {
        int soa = Node.find(array, from, to, RRType.SOA);
        if (soa >= 0) {
            forEachOf(owner, array, soa, visitor);
        }
        for (int rrset = Node.first(from); rrset < to; rrset = Node.next(array, rrset)) {
            if (rrset != soa) {
                forEachOf(owner, array, rrset, visitor);
            }
        }
    }

    private static void forEachOf(Name owner, byte[] array, int rrset, Consumer<Record> visitor) {
        int end = Node.next(array, rrset);
        for (int rr = Node.rrs(array, rrset); rr < end; rr = Node.nextRr(array, rr)) {
            visitor.accept(Records.toRecord(owner, array, rr));
        }
    }

    private static boolean isAmong(List<Record> records, Record record) {
        for (Record other : records) {
            // equals of a Record leaves out the TTL
            if (other.getTTL() == record.getTTL() && other.equals(record)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return apex.name() + " serial " + serial + " " + version;
    }

    /** A zone's name in the forms that are needed of it. */
    record Apex(Name name, byte[] wire, int hash, int labels) {
        static Apex of(Name name) {
            QName qname = QName.of(name);
            byte[] wire = qname.toBytes();
            return new Apex(name.canonicalize(), wire, qname.hash(0), qname.labels());
        }

        boolean isSuffixOf(QName name, int skippedLabels) {
            return name.hash(skippedLabels) == hash && name.endsIn(wire, skippedLabels);
        }
    }
}
