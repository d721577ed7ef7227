package io.evenkeel.zones.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.zones.Golden;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Seeds;
import io.evenkeel.zones.ZoneDifference;
import io.evenkeel.zones.change.Samples;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.state.ZoneChange.Kind;
import io.evenkeel.zones.store.PackedRecords;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

class ChangeHistoryTest {
    private static final long PLENTY = 1 << 20;
    private static final Origin ANNA = new Origin("local", "192.0.2.7", "n1");
    private static final Origin OTTO = new Origin("local", "2001:db8::7", "n2");
    private static final RequestId ID = new RequestId(0x0102030405060708L, 0x1112131415161718L);

    private static final ZoneDifference DIFFERENCE = new ZoneDifference(
            PackedRecords.of(List.of(Samples.soa(7))),
            PackedRecords.of(List.of(
                    Samples.soa(8),
                    Samples.record("Www.Example.", 60, Type.A, "192.0.2.1"),
                    Samples.record("t.example.", 60, 65_280, "\\# 3 010203"))));

    /** Later versions read what earlier ones have written into snapshots. */
    @Test
    void changesAreWrittenAndReadAsTheyWere() throws Exception {
        Golden golden = Golden.read(ChangeHistoryTest.class, "history-1.hex");
        Map<String, ZoneChange> changes = new LinkedHashMap<>();
        Attribution by = new Attribution(1_800_000_000_123L, List.of(ANNA, ANNA, OTTO));
        List<RequestId> ids = List.of(ID, new RequestId(-1, 0), new RequestId(0, 1));
        long none = ZoneChange.NO_SERIAL;
        changes.put("changed", change(9, Kind.CHANGED, by, ids, 7, 8, DIFFERENCE));
        changes.put("created", change(9, Kind.CREATED, new Attribution(1, List.of(OTTO)), List.of(ID), none, 7, null));
        changes.put("replaced", change(9, Kind.REPLACED, Attribution.NONE, List.of(), 7, 0xFFFF_FFFFL, null));
        changes.put(
                "deleted",
                change(
                        9,
                        Kind.DELETED,
                        Attribution.NONE,
                        List.of(ID),
                        7,
                        none,
                        new ZoneDifference(PackedRecords.of(Samples.zone(7)), new PackedRecords())));
        for (Map.Entry<String, ZoneChange> each : changes.entrySet()) {
            golden.assertWritten(each.getKey(), each.getValue().encode());
            ZoneChange read = ZoneChange.decode(golden.octets(each.getKey()));
            assertThat(read.encode()).isEqualTo(golden.octets(each.getKey()));
            assertThat(read.toString()).isEqualTo(each.getValue().toString());
        }
        assertThat(golden.names()).containsAll(changes.keySet());
    }

    @Test
    void aScrubFindsEveryOctetThatIsNotWhatWasPutThere() {
        assertThat(scrubbed(ChangeHistory.EMPTY)).isNull();
        ChangeHistory history = ChangeHistory.EMPTY
                .with(change(9, Kind.CHANGED, Attribution.NONE, List.of(ID), 7, 8, DIFFERENCE), PLENTY)
                .with(change(12, "a.example.", 100), PLENTY)
                .with(change(13, "b.example.", 100), PLENTY);
        assertThat(scrubbed(history)).isNull();
        history.forEachAfter(0, null, entry -> {
            for (int i = 0; i < entry.size(); i++) {
                entry.octets()[i] ^= 4;
                assertThat(scrubbed(history))
                        .as("octet %d of %d", i, entry.index())
                        .isNotNull();
                entry.octets()[i] ^= 4;
            }
            return true;
        });
        assertThat(scrubbed(history)).isNull();
    }

    private static @Nullable String scrubbed(ChangeHistory history) {
        HistoryScrub scrub = new HistoryScrub(history);
        long steps = 0;
        while (scrub.step()) {
            steps++;
        }
        assertThat(steps).isLessThanOrEqualTo(history.count());
        return scrub.damage();
    }

    @Test
    void octetsOfALaterProgramOrThatAreDamagedAreNotRead() {
        byte[] octets = change(9, "a.example.", 10).encode();
        int form = Long.BYTES + Samples.name("a.example.").length();
        byte[] later = octets.clone();
        later[form] = 2;
        assertThatThrownBy(() -> ZoneChange.decode(later)).isInstanceOf(UnsupportedCommandException.class);
        byte[] another = octets.clone();
        another[form + 1] = 4;
        assertThatThrownBy(() -> ZoneChange.decode(another)).isInstanceOf(UnsupportedCommandException.class);
        for (int length = 0; length < octets.length; length++) {
            byte[] part = Arrays.copyOf(octets, length);
            assertThatThrownBy(() -> ZoneChange.decode(part)).isInstanceOf(CodecException.class);
        }
    }

    @Test
    void whatNobodyTakesIsCut() {
        Origin origin = new Origin("k".repeat(81), "c".repeat(80), "");
        assertThat(origin.key()).hasSize(80);
        assertThat(origin.client()).hasSize(80);
    }

    /** One of the list that the history is compared with. */
    private record Listed(long index, Name apex, long taken) {}

    /** A list of changes, from which the oldest go by the same rule. */
    @Seeds
    void itHoldsWhatAListHolds(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Name> apexes =
                List.of(Samples.name("one.example."), Samples.name("two.example."), Samples.name("example."));
        long bound = 40_000;
        ChangeHistory history = ChangeHistory.EMPTY;
        List<Listed> list = new ArrayList<>();
        long gone = 0;
        for (long index = 1; index < 1_000; index += 1 + random.nextInt(3)) {
            Name apex = apexes.get(random.nextInt(random.nextInt(4) == 0 ? 3 : 1));
            ZoneChange change = change(index, apex.toString(), random.nextInt(random.nextInt(50) == 0 ? 4_000 : 100));
            history = history.with(change, bound);
            list.add(new Listed(index, apex, change.encode().length + 24L));
            if (taken(list, apex) > bound / 4) {
                for (Listed each : List.copyOf(list)) {
                    if (taken(list, apex) > bound / 4 - bound / 32 && each.index < index && each.apex.equals(apex)) {
                        list.remove(each);
                        gone = Math.max(gone, each.index);
                    }
                }
            }
            while (taken(list, null) > bound) {
                gone = Math.max(gone, list.removeFirst().index);
            }
            assertThat(history.droppedThrough()).isEqualTo(gone);
        }
        assertThat(gone).isPositive();
        assertThat(history.count()).isEqualTo(list.size());
        assertThat(history.size()).isEqualTo(taken(list, null)).isLessThanOrEqualTo(bound);
        for (Name apex : apexes) {
            assertThat(read(history, -1, apex)).isEqualTo(indexes(list, apex));
            List<Long> back = new ArrayList<>();
            history.forEachBack(apex, entry -> back.add(entry.index()));
            assertThat(back).isEqualTo(indexes(list, apex).reversed());
        }
        List<Long> all = indexes(list, null);
        assertThat(read(history, -1, null)).isEqualTo(all);
        long middle = all.get(all.size() / 2);
        assertThat(read(history, middle, null)).isEqualTo(all.subList(all.size() / 2 + 1, all.size()));
        assertThat(read(history, Long.MAX_VALUE, null)).isEmpty();
        assertSameAnew(history);
    }

    private static void assertSameAnew(ChangeHistory history) {
        List<byte[]> stored = new ArrayList<>();
        history.forEachAfter(-1, null, entry -> stored.add(entry.octets()));
        ChangeHistory anew = ChangeHistory.of(stored, history.dropped(), history.droppedThrough());
        assertThat(anew.sum()).isEqualTo(history.sum());
        assertThat(anew.size()).isEqualTo(history.size());
        assertThat(anew.octets()).isEqualTo(history.octets());
        ZoneChange next = change(9_999, "one.example.", 500);
        assertThat(anew.with(next, 20_000).sum())
                .as("it goes on in the same way")
                .isEqualTo(history.with(next, 20_000).sum());
    }

    private static List<Long> read(ChangeHistory history, long after, @Nullable Name apex) {
        List<Long> read = new ArrayList<>();
        history.forEachAfter(after, apex, entry -> {
            assertThat(entry.read().index()).isEqualTo(entry.index());
            return read.add(entry.index());
        });
        return read;
    }

    private static List<Long> indexes(List<Listed> list, @Nullable Name apex) {
        return list.stream()
                .filter(change -> apex == null || change.apex.equals(apex))
                .map(Listed::index)
                .toList();
    }

    private static long taken(List<Listed> list, @Nullable Name apex) {
        return list.stream()
                .filter(change -> apex == null || change.apex.equals(apex))
                .mapToLong(Listed::taken)
                .sum();
    }

    @Test
    void aVisitorThatWantsNoMoreIsAskedNoMore() {
        ChangeHistory history = ChangeHistory.EMPTY;
        for (int i = 1; i <= 600; i++) {
            history = history.with(change(i, "a.example.", 10), PLENTY);
        }
        List<Long> some = new ArrayList<>();
        history.forEachAfter(300, null, entry -> {
            some.add(entry.index());
            return some.size() < 2;
        });
        assertThat(some).containsExactly(301L, 302L);
    }

    @Test
    void aDifferenceThatIsTooLargeIsLeftOutAndAChangeThatIsTooLargeIsCounted() {
        ChangeHistory history = ChangeHistory.EMPTY.with(change(1, "a.example.", 4_000), 10_000);
        List<ZoneDifference> kept = new ArrayList<>();
        history.forEachAfter(0, null, entry -> {
            ZoneDifference difference = entry.read().difference();
            return difference == null || kept.add(difference);
        });
        assertThat(history.count()).isEqualTo(1);
        assertThat(kept).isEmpty();
        ChangeHistory none = history.with(change(2, "a.example.", 4_000), 100);
        assertThat(none.count()).as("the bound has come down").isZero();
        assertThat(none.dropped()).isEqualTo(2);
        assertThat(none.droppedThrough()).isEqualTo(2);
        assertThat(none.sum()).isEqualTo(ChangeHistory.EMPTY.sum());
    }

    @Test
    void theSmallestMemberDecidesHowMuchIsKept() {
        Settings settings = Settings.EMPTY;
        assertThat(ChangeHistory.bound(settings)).isEqualTo(64L << 20);
        settings = told(settings, "n1", 8L << 30);
        assertThat(ChangeHistory.bound(settings)).isEqualTo(64L << 20);
        settings = told(settings, "n2", 80L << 20);
        assertThat(ChangeHistory.bound(settings)).isEqualTo(10L << 20);
    }

    private static Settings told(Settings settings, String node, long octets) {
        ZoneCommand.PutSetting note = Objects.requireNonNull(MemoryLimits.note(settings, node, octets));
        return settings.with(new Settings.Setting(note.kind(), note.name(), Objects.requireNonNull(note.value()), 1));
    }

    private static ZoneChange change(
            long index,
            Kind kind,
            Attribution by,
            List<RequestId> ids,
            long from,
            long to,
            @Nullable ZoneDifference difference) {
        return new ZoneChange(index, Samples.name("example."), kind, 4, 7, 5, by, ids, from, to, 6, difference);
    }

    /** One that adds so many octets of text. */
    static ZoneChange change(long index, String apex, int octets) {
        List<Record> added = new ArrayList<>();
        for (int left = octets; left > 0; left -= 200) {
            added.add(Samples.record("t." + apex, 60, Type.TXT, "\"" + "x".repeat(Math.min(200, left)) + "\""));
        }
        return new ZoneChange(
                index,
                Samples.name(apex),
                Kind.CHANGED,
                1,
                0,
                2,
                Attribution.NONE,
                List.of(new RequestId(index, index)),
                1,
                2,
                3,
                new ZoneDifference(new PackedRecords(), PackedRecords.of(added)));
    }
}
