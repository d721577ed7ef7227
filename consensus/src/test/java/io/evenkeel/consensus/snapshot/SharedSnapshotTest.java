package io.evenkeel.consensus.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.consensus.Published;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneSharing;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import io.evenkeel.zones.state.ZoneDiff;
import io.evenkeel.zones.store.NameTrie;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** A snapshot that is read while the process answers from the same zones, or newer ones. */
class SharedSnapshotTest {
    private static final UUID CLUSTER = new UUID(1, 2);
    private static final long MEBIBYTE = 1 << 20;
    private static final Name LARGE = Name.fromConstantString("large.");
    private static final Name SMALL = Name.fromConstantString("small.");
    private static final int RECORDS = 20_000;

    @TempDir
    private Path folder = Path.of("");

    private Path directory = Path.of("");
    private ReplicatedState written = ReplicatedState.empty();
    private ReplicatedState newer = ReplicatedState.empty();

    @BeforeEach
    void write() throws Exception {
        written = put(put(written, LARGE, RECORDS), SMALL, 5);
        directory = folder.resolve("snapshot.1_2");
        SnapshotDirectory.write(
                directory,
                CLUSTER,
                new Published(1, written.index(), written, 0),
                null,
                (channel, bytes) -> {},
                step -> {});
        newer = changed(written, 20);
    }

    private static ReplicatedState put(ReplicatedState state, Name apex, int records) throws Exception {
        List<Record> all = new ArrayList<>(
                List.of(soa(apex, 1), Record.fromString(apex, Type.NS, DClass.IN, 300, "ns.other.", Name.root)));
        for (int i = 0; i < records; i++) {
            all.add(text(apex, i, "as it was written"));
        }
        return applied(
                state,
                new ZoneCommand.PutZone(
                        apex, null, new ZoneContents.Inline(all), 1, List.of(new RequestId(1, state.index()))));
    }

    private static Record soa(Name apex, long serial) throws Exception {
        return Record.fromString(
                apex, Type.SOA, DClass.IN, 300, "ns.other. host.other. " + serial + " 1 1 1 1", Name.root);
    }

    private static Record text(Name apex, int i, String text) throws Exception {
        return new TXTRecord(new Name("host-" + i, apex), DClass.IN, 300, text);
    }

    private static ReplicatedState applied(ReplicatedState state, ZoneCommand command) {
        ReplicatedState.Transition transition = state.apply(state.index() + 1, command);
        assertThat(transition.result()).isInstanceOf(CommandResult.Applied.class);
        return transition.next();
    }

    /** With some records changed, some gone, some new: the first and the last names among them. */
    private static ReplicatedState changed(ReplicatedState state, int records) throws Exception {
        ZoneVersion base = version(state);
        List<Record> removed = new ArrayList<>(List.of(soa(LARGE, 1)));
        List<Record> added = new ArrayList<>(List.of(soa(LARGE, 2)));
        int step = RECORDS / records;
        for (int i = 0; i < RECORDS; i += step) {
            removed.add(text(LARGE, i, "as it was written"));
            if (i % (2 * step) == 0) {
                added.add(text(LARGE, i, "changed since"));
            }
            added.add(text(LARGE, RECORDS + i, "new since"));
        }
        added.add(new TXTRecord(new Name("\\000", LARGE), DClass.IN, 300, "before all others"));
        added.add(new TXTRecord(new Name("zzz.zzz", LARGE), DClass.IN, 300, "after all others"));
        return applied(
                state,
                new ZoneCommand.ApplyDiff(
                        LARGE, new ZoneDiff(base, removed, added, 2), List.of(new RequestId(2, state.index()))));
    }

    private static ZoneVersion version(ReplicatedState state) {
        return zone(state, LARGE).version();
    }

    private static Zone zone(ReplicatedState state, Name apex) {
        Zone zone = state.catalog().zone(apex);
        if (zone == null) {
            throw new AssertionError("no zone " + apex);
        }
        return zone;
    }

    private static Set<byte[]> pages(Zone zone) {
        Set<byte[]> pages = Collections.newSetFromMap(new IdentityHashMap<>());
        for (NameTrie.Entries entries = new NameTrie.Entries(zone.names()); entries.page != null; entries.advance()) {
            pages.add(entries.page);
        }
        return pages;
    }

    private ReplicatedState load(ReplicatedState held, long maxHeap) throws Exception {
        ReplicatedState loaded = SnapshotDirectory.load(directory, CLUSTER, List.of(held, held), maxHeap)
                .state();
        assertThat(loaded.digest()).isEqualTo(written.digest());
        assertThat(loaded.catalog().zones()).allMatch(ZoneSharing::isSound);
        return loaded;
    }

    @Test
    void zonesThatAreTheSameAreNotMadeTwice() throws Exception {
        ReplicatedState loaded = load(written, Long.MAX_VALUE);
        assertThat(zone(loaded, LARGE)).isSameAs(zone(written, LARGE));
        assertThat(zone(loaded, SMALL)).isSameAs(zone(written, SMALL));
    }

    @Test
    void anOlderVersionOfALargeZoneSharesThePagesThatHaveNotChanged() throws Exception {
        ReplicatedState loaded = load(newer, Long.MAX_VALUE);
        Set<byte[]> own = pages(zone(loaded, LARGE));
        int all = own.size();
        own.removeAll(pages(zone(newer, LARGE)));
        assertThat(own.size()).isBetween(1, all / 4);
        assertThat(zone(loaded, SMALL)).isSameAs(zone(newer, SMALL));
    }

    @Test
    void aZoneThatDiffersInMuchIsReadWhole() throws Exception {
        ReplicatedState much = changed(written, 5_000);
        ReplicatedState loaded = load(much, Long.MAX_VALUE);
        Set<byte[]> common = pages(zone(loaded, LARGE));
        common.retainAll(pages(zone(much, LARGE)));
        assertThat(common.isEmpty()).isTrue();
    }

    @Test
    void damageInMemoryDoesNotPassIntoWhatIsRead() throws Exception {
        for (ReplicatedState held : List.of(written, newer)) {
            List<byte[]> pages = List.copyOf(pages(zone(held, LARGE)));
            byte[] page = pages.get(pages.size() / 2);
            page[page.length - 2] ^= 0x10;
            assertThat(ZoneSharing.isSound(zone(held, LARGE))).isFalse();
            SnapshotDirectory.Restored restored =
                    SnapshotDirectory.load(directory, CLUSTER, List.of(held), Long.MAX_VALUE);
            assertThat(restored.state().catalog().zones()).allMatch(ZoneSharing::isSound);
            assertThat(zone(restored.state(), LARGE).hash())
                    .isEqualTo(zone(written, LARGE).hash());
            page[page.length - 2] ^= 0x10;
        }
    }

    @Test
    void whatDoesNotFitBesideIsReadNoFurtherAndTheRemedyIsNamed() throws Exception {
        long little = 32 * MEBIBYTE + newer.octets() + MEBIBYTE / 2;
        load(newer, little);
        ReplicatedState much = changed(written, 5_000);
        assertThatThrownBy(() -> SnapshotDirectory.load(directory, CLUSTER, List.of(much), little))
                .isInstanceOf(SnapshotTooLargeException.class)
                .hasMessageContaining("beside those that this node answers from")
                .hasMessageContaining("start this node anew");
        // A process without zones has room for them.
        load(ReplicatedState.empty(), little);
    }
}
