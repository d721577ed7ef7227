package io.evenkeel.zones.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Seeds;
import io.evenkeel.zones.Soa;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.change.Change.Edit;
import io.evenkeel.zones.change.Change.RRsetEdit;
import io.evenkeel.zones.change.ChangeEvaluator.Evaluation;
import io.evenkeel.zones.change.ChangeEvaluator.Request;
import io.evenkeel.zones.change.PastVersions.Version;
import io.evenkeel.zones.state.FeatureLevel;
import io.evenkeel.zones.state.MemoryLimits;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

class RollbackTest {
    private static final Name APEX = Samples.APEX;
    private static final Origin ANNA = new Origin("anna", "", "n1");
    private static final Origin OTTO = new Origin("otto", "", "n1");

    private ReplicatedState state = ReplicatedState.empty();
    private long index;
    private long requests;
    private long wallMillis = 1_000_000_000L;

    /** Without its serial, for each version by its index. */
    private final Map<Long, Hash256> seen = new LinkedHashMap<>();

    @BeforeEach
    void raise() {
        apply(FeatureLevel.raise(state.settings()));
    }

    private void apply(ZoneCommand command) {
        state = state.apply(++index, command).next();
    }

    private void make(Change change, Origin origin) {
        Request request = new Request(new RequestId(1, ++requests), change, origin, true);
        Evaluation evaluation = ChangeEvaluator.evaluate(state, APEX, List.of(request), wallMillis, Judgement::of);
        ZoneCommand command = evaluation.command();
        assertThat(command).as(evaluation.outcomes().toString()).isNotNull();
        apply(Objects.requireNonNull(command));
        seen.put(index, withoutSerial(zone()));
    }

    private void create() {
        make(new Change.CreateZone(APEX, new ZoneContents.Inline(Samples.zone(5))), ANNA);
    }

    private void put(String owner, int last) {
        make(address(owner, last), ANNA);
    }

    private static Change address(String owner, int last) {
        Record record = Samples.record(owner + ".example.", 60, Type.A, "192.0.2." + last);
        return new Change.EditRRsets(
                APEX, List.of(new RRsetEdit(record.getName(), Type.A, Edit.REPLACE, 60, List.of(record))), null);
    }

    private Zone zone() {
        return Objects.requireNonNull(state.catalog().zone(APEX));
    }

    private static Hash256 withoutSerial(Zone zone) {
        SOARecord soa = (SOARecord) zone.soa();
        return zone.with(zone.version(), List.of(soa), List.of(Soa.with(soa, soa.getTTL(), 0)))
                .hash();
    }

    private PastVersions versions() {
        return PastVersions.of(state.history(), zone());
    }

    private Rollback rollback(long to) {
        return Objects.requireNonNull(Rollback.to(state.history(), zone(), to));
    }

    /** Every version that is said to be reachable is reached, as edits and as a whole. */
    @Seeds
    void eachVersionIsReachedFromEachLaterOne(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        create();
        for (int i = 0; i < 25; i++) {
            change(random);
            List<Version> versions = versions().versions();
            assertThat(versions.stream().map(Version::index))
                    .containsExactlyElementsOf(new ArrayList<>(seen.keySet()).reversed());
            Version to = versions.get(random.nextInt(versions.size()));
            assertThat(to.reachable()).isTrue();
            Rollback rollback = rollback(to.index());
            Hash256 wanted = Objects.requireNonNull(seen.get(to.index()));
            Zone whole = Zone.load(APEX, zone().version(), rollback.records());
            assertThat(withoutSerial(whole)).isEqualTo(wanted);
            assertThat(Soa.ahead(whole.serial(), zone().serial())).isPositive();
            if (rollback.changes()) {
                long before = zone().serial();
                make(new Change.EditRRsets(APEX, rollback.edits(), zone().version()), OTTO);
                assertThat(zone().serial()).isEqualTo(before + 1);
                assertThat(withoutSerial(zone())).isEqualTo(wanted);
            } else {
                assertThat(withoutSerial(zone())).isEqualTo(wanted);
            }
        }
    }

    private void change(RandomGenerator random) {
        String host = "h" + random.nextInt(6);
        switch (random.nextInt(5)) {
            case 0 -> {
                List<Record> records = new ArrayList<>(Samples.zone(zone().serial() + 1));
                records.set(
                        0,
                        Samples.record(
                                "example.",
                                3600,
                                Type.SOA,
                                "ns1.example. h" + random.nextInt(3) + ".example. " + (zone().serial() + 1)
                                        + " 3600 600 604800 300"));
                for (int i = 0; i < 6; i++) {
                    if (random.nextBoolean()) {
                        records.add(Samples.record("h" + i + ".example.", 60, Type.A, "192.0.2." + random.nextInt(3)));
                    }
                }
                make(new Change.ReplaceZone(APEX, new ZoneContents.Inline(records), null), ANNA);
            }
            case 1 -> {
                Name owner = Samples.name(host + ".example.");
                if (!zone().at(owner).isEmpty()) {
                    List<RRsetEdit> edits = List.of(
                            new RRsetEdit(owner, Type.A, Edit.DELETE, 0, List.of()),
                            new RRsetEdit(owner, Type.CNAME, Edit.DELETE, 0, List.of()));
                    make(new Change.EditRRsets(APEX, edits, null), OTTO);
                }
            }
            case 2 -> {
                Record alias =
                        Samples.record(host + ".example.", 60, Type.CNAME, "t" + random.nextInt(1_000) + ".example.");
                List<RRsetEdit> edits = List.of(
                        new RRsetEdit(alias.getName(), Type.A, Edit.DELETE, 0, List.of()),
                        new RRsetEdit(alias.getName(), Type.CNAME, Edit.REPLACE, 60, List.of(alias)));
                if (zone().rrset(alias.getName(), Type.CNAME).isEmpty()) {
                    make(new Change.EditRRsets(APEX, edits, null), OTTO);
                }
            }
            default -> {
                Record record = Samples.record(
                        "m" + random.nextInt(3) + ".example.", 60, Type.A, "192.0.2." + random.nextInt(255));
                if (!zone().rrset(record.getName(), Type.A).contains(record)) {
                    long ttl = 60L + random.nextInt(2);
                    make(
                            new Change.EditRRsets(
                                    APEX,
                                    List.of(new RRsetEdit(
                                            record.getName(),
                                            Type.A,
                                            random.nextBoolean() ? Edit.EXTEND : Edit.REPLACE,
                                            ttl,
                                            List.of(record))),
                                    null),
                            ANNA);
                }
            }
        }
    }

    @Test
    void versionsGoBackToWhereTheZoneWasMadeAndNoFurther() {
        create();
        make(address("a", 1), ANNA);
        apply(new ZoneCommand.DeleteZone(APEX, zone().version(), List.of()));
        create();
        put("b", 1);
        assertThat(versions().versions()).hasSize(2);
        assertThat(versions().find(index - 3)).isNull();
        assertThat(Rollback.to(state.history(), zone(), index - 3)).isNull();
        assertThat(Rollback.to(state.history(), zone(), 0)).isNull();
        assertThat(Rollback.to(state.history(), zone(), 9_999)).isNull();
    }

    @Test
    void theVersionBeforeTheFirstKeptChangeIsReachedAsWell() {
        state = ReplicatedState.empty();
        make(new Change.CreateZone(APEX, new ZoneContents.Inline(Samples.zone(5))), ANNA);
        long made = index;
        apply(FeatureLevel.raise(state.settings()));
        put("a", 1);
        List<Version> versions = versions().versions();
        assertThat(versions).hasSize(2);
        assertThat(versions.getLast()).isEqualTo(new Version(made, 5, null, true, 1));
        assertThat(rollback(made).removed()).hasSize(1);
    }

    @Test
    void aZoneWithoutHistoryHasOneVersion() {
        state = ReplicatedState.empty();
        make(new Change.CreateZone(APEX, new ZoneContents.Inline(Samples.zone(5))), ANNA);
        assertThat(versions().versions()).containsExactly(new Version(index, 5, null, true, 1));
        assertThat(versions().previous()).isNull();
        assertThat(rollback(index).changes()).isFalse();
    }

    @Test
    void behindAChangeThatIsTooLargeToBeKeptNoVersionIsReached() {
        create();
        put("a", 1);
        long before = index;
        apply(Objects.requireNonNull(MemoryLimits.note(state.settings(), "n1", 100_000L)));
        List<Record> large = new ArrayList<>(Samples.zone(9));
        for (int i = 0; i < 200; i++) {
            large.add(Samples.record("l" + i + ".example.", 60, Type.A, "192.0.2.1"));
        }
        make(new Change.ReplaceZone(APEX, new ZoneContents.Inline(large), null), ANNA);
        long after = index;
        put("b", 1);
        assertThat(Objects.requireNonNull(versions().find(after)).reachable()).isTrue();
        assertThat(Objects.requireNonNull(versions().find(before)).reachable()).isFalse();
        assertThat(Rollback.to(state.history(), zone(), before)).isNull();
        assertThat(rollback(after).removed()).hasSize(1);
    }

    @Test
    void smallChangesOfOneKeyWithinAMinuteAreOneVersion() {
        create();
        put("a", 1);
        wallMillis += 30_000;
        put("a", 2);
        wallMillis += 29_999;
        put("a", 3);
        long folded = index;
        wallMillis += 1;
        put("a", 4);
        make(address("a", 5), OTTO);
        PastVersions versions = versions().folded();
        assertThat(versions.versions().stream().map(Version::changes)).containsExactly(1, 1, 3, 1);
        assertThat(versions.versions().get(2).index()).isEqualTo(folded);
        assertThat(Objects.requireNonNull(versions.previous()).index()).isEqualTo(folded + 1);
        assertThat(versions().versions()).hasSize(6);
    }
}
