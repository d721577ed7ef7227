package io.evenkeel.zones.state;

import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Hash256;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Soa;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.UnsupportedCommandException;
import io.evenkeel.zones.codec.WireWriter;
import io.evenkeel.zones.state.Staging.Stage;
import io.evenkeel.zones.store.PackedRecords;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Type;

/**
 * All that replicas agree on after an entry of the log. Immutable: versions share what they have in common, and any thread
 * may read one.
 *
 * <p>{@link #apply} depends on nothing but the state and the command: no clock, no randomness, no order of hashing, no
 * setting of this node. It trusts the leader's judgement of contents and edits, but not for what all else stands on: a zone's
 * version must be the one that was judged, a serial only advances, a request takes effect once.
 *
 * <p>No rule of DNS and no opinion of dnsjava decides what it refuses, since releases differ in those, and replicas of two
 * releases must come to the same. It refuses contents that are not whole or not those of the digest, numbers above {@link
 * ZoneLimits}, a record that is not whole, and what {@link Zone#load} cannot hold. That list belongs to the level of the cluster: a
 * release that would refuse more, or less, does so from a later {@link FeatureLevel} on.
 */
public final class ReplicatedState {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedState.class);
    private static final ReplicatedState EMPTY = new ReplicatedState(
            0,
            0,
            new Catalog(),
            Staging.EMPTY,
            RequestRing.EMPTY,
            Settings.EMPTY,
            Faults.NONE,
            ChangeHistory.EMPTY,
            null);
    private static final ZoneVersion NO_ZONE = new ZoneVersion(0, 0);

    private final long index;
    private final long ticks;
    private final Catalog catalog;
    private final Staging staging;
    private final RequestRing requests;
    private final Settings settings;
    private final Faults faults;
    private final ChangeHistory history;
    private final @Nullable StateNote note;

    ReplicatedState(
            long index,
            long ticks,
            Catalog catalog,
            Staging staging,
            RequestRing requests,
            Settings settings,
            Faults faults,
            ChangeHistory history,
            @Nullable StateNote note) {
        this.index = index;
        this.ticks = ticks;
        this.catalog = catalog;
        this.staging = staging;
        this.requests = requests;
        this.settings = settings;
        this.faults = faults;
        this.history = history;
        this.note = note;
    }

    private ReplicatedState with(long at, Catalog nextCatalog, Staging nextStaging) {
        return new ReplicatedState(at, ticks, nextCatalog, nextStaging, requests, settings, faults, history, note);
    }

    /**
     * What applying came to.
     *
     * @param next the state after it; the zones are the same as before unless the result is {@link CommandResult.Applied}.
     *     Staged contents that are refused are dropped all the same.
     */
    public record Transition(ReplicatedState next, CommandResult result) {}

    /** Before the first entry. */
    public static ReplicatedState empty() {
        return EMPTY;
    }

    /** The log index of the last entry that changed something; 0 before the first. */
    public long index() {
        return index;
    }

    /** The zones that it answers from. */
    public Catalog catalog() {
        return catalog;
    }

    /** How many ticks have been applied: replicated time. */
    public long ticks() {
        return ticks;
    }

    /** What the members agree on besides zones. */
    public Settings settings() {
        return settings;
    }

    /** What a request came to; null if it never took effect, or too many others have since. */
    public @Nullable Recorded recorded(RequestId id) {
        return requests.find(id);
    }

    /** Contents that are on their way in. */
    public Staging staging() {
        return staging;
    }

    /**
     * Whether the requests of an entry that this state has applied are all found by {@link #recorded} still: one that is not
     * found then had no effect here.
     *
     * @param at index of the entry
     */
    public boolean remembers(long at) {
        return requests.remembers(at);
    }

    /** How many entries have met a fault of this program when they were applied: the same on all replicas that are the same. */
    public long faultCount() {
        return faults.count();
    }

    /** What this replica held after the last tick; null before the first. */
    public @Nullable StateNote note() {
        return note;
    }

    /** The last changes of zones; none below {@link FeatureLevel#HISTORY}. */
    public ChangeHistory history() {
        return history;
    }

    /** Octets that one change may take of the history, at most; 0 below {@link FeatureLevel#HISTORY}. */
    public long mostKept() {
        return FeatureLevel.HISTORY.isReached(settings) ? ChangeHistory.zoneBound(ChangeHistory.bound(settings)) : 0;
    }

    Faults faults() {
        return faults;
    }

    RequestRing requests() {
        return requests;
    }

    /**
     * Octets of heap that all of it takes, or that are set aside for contents on their way in. Kept, not counted; within a tenth
     * above what it is. Replicas differ a little, by the order in which their pages have come about.
     */
    public long octets() {
        return catalog.octets() + staging.octets() + requests.octets() + settings.octets() + history.octets();
    }

    /**
     * The same state, with another object for one of its zones.
     *
     * @param zone the same as the one that is there, of the same name, version and records
     */
    public ReplicatedState sharing(Zone zone) {
        Zone present = catalog.zone(zone.apex());
        if (present == null || !present.versionHash().equals(zone.versionHash())) {
            throw new IllegalArgumentException(zone + " is not what is there: " + present);
        }
        return with(index, catalog.with(zone), staging);
    }

    /**
     * Applies an entry of the log.
     *
     * @param at its log index, above that of every entry before
     * @return the next state and the result. A fault of this program in the form of an unchecked exception leaves the state
     *     as it was, but for its record of faults; an {@link Error} goes through, for then nobody knows what other replicas
     *     have done.
     */
    public Transition apply(long at, ZoneCommand command) {
        if (at <= index) {
            throw new AssertionError("entry " + at + " after entry " + index + ": the log went back");
        }
        try {
            Attribution by = command instanceof ZoneCommand.Attributed attributed ? attributed.by() : Attribution.NONE;
            return switch (command.plain()) {
                case ZoneCommand.PutZone put -> putZone(at, by, put);
                case ZoneCommand.ApplyDiff apply -> applyDiff(at, by, apply);
                case ZoneCommand.DeleteZone delete -> deleteZone(at, by, delete);
                case ZoneCommand.Attributed _ -> throw new IllegalStateException("a command that is attributed twice");
                case ZoneCommand.StageChunk chunk -> stageChunk(at, chunk);
                case ZoneCommand.DropStage drop -> applied(with(at, catalog, staging.without(drop.stage())));
                case ZoneCommand.PutSetting put -> putSetting(at, put);
                case ZoneCommand.Tick tick -> tick(at, tick.note());
            };
        } catch (RuntimeException fault) {
            return faulted(at, command, fault);
        }
    }

    /**
     * What a fault of this program comes to, and the one line about it: for entries that are applied live and in a replay. Also for tests
     * that plant one.
     *
     * @param at index of the entry
     * @param command that met it
     */
    public Transition faulted(long at, ZoneCommand command, RuntimeException fault) {
        String type = command.plain().getClass().getSimpleName();
        LOG.error(
                "Applying {} at entry {} met a fault of this program. The state before it stays; please report this",
                type,
                at,
                fault);
        String kind = fault.getClass().getSimpleName() + " in " + type;
        ReplicatedState next = new ReplicatedState(
                at, ticks, catalog, staging, requests, settings, faults.with(at, kind), history, note);
        return new Transition(next, new CommandResult.Faulted(kind));
    }

    /**
     * Notes what is held now, and compares what was held at the last tick: with the leader's note of that very tick, so it does
     * not matter how far behind this replica is.
     */
    private Transition tick(long at, @Nullable StateNote leaders) {
        long now = ticks + 1;
        Staging stagingNow = staging.at(now);
        Hash256 digest = digest(at, now, catalog, stagingNow, requests, settings, faults, history);
        ReplicatedState next = new ReplicatedState(
                at, now, catalog, stagingNow, requests, settings, faults, history, new StateNote(at, digest));
        if (note != null && leaders != null && note.index() == leaders.index() && !note.equals(leaders)) {
            return new Transition(next, new CommandResult.Diverged(note, leaders));
        }
        return applied(next);
    }

    private Transition putZone(long at, Attribution by, ZoneCommand.PutZone put) {
        Zone present = catalog.zone(put.apex());
        if (!Objects.equals(put.base(), present == null ? null : present.version()) || anyRecorded(put.requests())) {
            return same(new CommandResult.Stale());
        }
        Staging after =
                put.contents() instanceof ZoneContents.Staged staged ? staging.without(staged.stage()) : staging;
        String problem = null;
        Zone zone = present;
        if (present == null && catalog.size() >= ZoneLimits.MAX_ZONES) {
            problem = "there are " + ZoneLimits.MAX_ZONES + " zones; no more can be made";
        } else if (present != null && Soa.ahead(put.serial(), present.serial()) <= 0) {
            problem = notAhead(put.serial(), present);
        } else {
            ZoneVersion version =
                    new ZoneVersion(present == null ? at : present.version().zoneId(), at);
            try {
                zone = Zone.load(put.apex(), version, withSerial(records(put.contents()), put.serial()));
            } catch (CodecException | IllegalArgumentException malformed) {
                problem = "contents that make no zone: " + malformed.getMessage();
            }
        }
        if (problem != null || zone == null) {
            ReplicatedState next = after == staging ? this : with(at, catalog, after);
            return new Transition(next, new CommandResult.Refused(String.valueOf(problem)));
        }
        ChangeHistory nextHistory = history(at, by, put.requests(), present, zone, null);
        return changed(at, catalog.with(zone), after, nextHistory, put.requests(), zone);
    }

    private static String notAhead(long serial, Zone present) {
        return "serial " + serial + " is not ahead of " + present.serial() + " (RFC 1982 §3.2)";
    }

    private Transition applyDiff(long at, Attribution by, ZoneCommand.ApplyDiff apply) {
        ZoneDiff diff = apply.diff();
        Zone present = catalog.zone(apply.apex());
        if (present == null || !present.version().equals(diff.base()) || anyRecorded(apply.requests())) {
            return same(new CommandResult.Stale());
        }
        ZoneVersion version = new ZoneVersion(present.version().zoneId(), at);
        Zone zone = present.with(version, diff.removed(), diff.added());
        if (zone.serial() != diff.newSerial() || Soa.ahead(zone.serial(), present.serial()) <= 0) {
            return refused(notAhead(zone.serial(), present));
        }
        ChangeHistory nextHistory = history(at, by, apply.requests(), present, zone, diff);
        return changed(at, catalog.with(zone), staging, nextHistory, apply.requests(), zone);
    }

    private Transition deleteZone(long at, Attribution by, ZoneCommand.DeleteZone delete) {
        Zone present = catalog.zone(delete.apex());
        if (present == null || !present.version().equals(delete.base()) || anyRecorded(delete.requests())) {
            return same(new CommandResult.Stale());
        }
        ChangeHistory nextHistory = history(at, by, delete.requests(), present, null, null);
        return changed(at, catalog.without(delete.apex()), staging, nextHistory, delete.requests(), present);
    }

    private Transition stageChunk(long at, ZoneCommand.StageChunk chunk) {
        ChangeOutcome.Refused refusal = staging.refusal(chunk.stage(), chunk.number(), chunk.records());
        if (refusal != null) {
            return refused(String.join("\n", refusal.problems()));
        }
        int recordBytes;
        try {
            recordBytes = Staging.inflate(chunk.records()).length;
        } catch (CodecException bad) {
            return refused(String.valueOf(bad.getMessage()));
        }
        Staging next =
                staging.with(chunk.stage(), chunk.number(), chunk.records(), recordBytes, ticks, chunk.reserves());
        Stage stage = next.find(chunk.stage());
        if (stage != null && stage.recordBytes() > ZoneLimits.MAX_ZONE_BYTES) {
            return refused("more than " + ZoneLimits.MAX_ZONE_BYTES + " octets of records in one zone");
        }
        return applied(with(at, catalog, next));
    }

    private Transition putSetting(long at, ZoneCommand.PutSetting put) {
        Settings.Setting present = settings.find(put.kind(), put.name());
        if ((present == null ? 0 : present.revision()) != put.baseRevision()) {
            return same(new CommandResult.Stale());
        }
        String refusal = settings.refusal(put);
        if (refusal != null) {
            return refused(refusal);
        }
        byte[] value = put.value();
        Settings next = value == null
                ? settings.without(put.kind(), put.name())
                : settings.with(new Settings.Setting(put.kind(), put.name(), value, at));
        return applied(new ReplicatedState(at, ticks, catalog, staging, requests, next, faults, history, note));
    }

    private PackedRecords records(ZoneContents contents) throws CodecException {
        return switch (contents) {
            case ZoneContents.Inline inline -> PackedRecords.of(inline.records());
            case ZoneContents.Staged staged -> staging.unpack(staged);
        };
    }

    /** Those of the command stay as they are: other replicas may read them. */
    private static PackedRecords withSerial(PackedRecords records, long serial) {
        PackedRecords changed = null;
        for (int i = 0; i < records.size(); i++) {
            if (records.type(i) == Type.SOA && records.get(i) instanceof SOARecord soa && soa.getSerial() != serial) {
                if (changed == null) {
                    changed = records.select(IntStream.range(0, records.size()).toArray(), records.size());
                }
                changed.set(i, Soa.with(soa, soa.getTTL(), serial));
            }
        }
        return changed == null ? records : changed;
    }

    private boolean anyRecorded(List<RequestId> ids) {
        return ids.stream().anyMatch(id -> requests.find(id) != null);
    }

    /** The history with what an entry has made of a zone; below its level there is none. */
    private ChangeHistory history(
            long at,
            Attribution by,
            List<RequestId> ids,
            @Nullable Zone before,
            @Nullable Zone after,
            @Nullable ZoneDiff diff) {
        if (!FeatureLevel.HISTORY.isReached(settings)) {
            return history;
        }
        ZoneChange change = ZoneChange.of(at, ticks, by, ids, before, after, diff, mostKept());
        return history.with(change, ChangeHistory.bound(settings));
    }

    /** @param zone what the requests came to: as it is now, or as it was when it was deleted */
    private Transition changed(
            long at, Catalog next, Staging nextStaging, ChangeHistory nextHistory, List<RequestId> ids, Zone zone) {
        RequestRing ring = requests.with(ids, new Recorded(at, zone.version(), zone.serial()));
        return new Transition(
                new ReplicatedState(at, ticks, next, nextStaging, ring, settings, faults, nextHistory, note),
                new CommandResult.Applied(zone.version(), zone.serial()));
    }

    private static Transition applied(ReplicatedState next) {
        return new Transition(next, new CommandResult.Applied(NO_ZONE, 0));
    }

    private Transition refused(String reason) {
        return same(new CommandResult.Refused(reason));
    }

    private Transition same(CommandResult result) {
        return new Transition(this, result);
    }

    /**
     * Stands for all that is held: the same on all replicas that have applied the same entries, in whatever way they came to
     * hold it. Costs the same whatever is held, since zones and tables keep sums that changes update. The note of the last tick
     * is no part of it: it says what was held before.
     */
    public Hash256 digest() {
        return digest(index, ticks, catalog, staging, requests, settings, faults, history);
    }

    /** Its form belongs to the level of the cluster: members compare digests. */
    private static Hash256 digest(
            long index,
            long ticks,
            Catalog catalog,
            Staging staging,
            RequestRing requests,
            Settings settings,
            Faults faults,
            ChangeHistory history) {
        WireWriter all = new WireWriter().i64(index).i64(ticks);
        all.raw(catalog.sum().toBytes())
                .raw(staging.sum().toBytes())
                .raw(settings.sum().toBytes());
        all.i64(requests.count()).raw(requests.sum().toBytes());
        faults.write(all);
        if (FeatureLevel.HISTORY.isReached(settings)) {
            history.writeNumbers(all);
            all.raw(history.sum().toBytes());
        }
        return Hash256.of(all.toBytes());
    }

    /** Writes all of it; equal states give equal octets. */
    public void writeSnapshot(OutputStream out) throws IOException {
        SnapshotCodec.write(this, out);
    }

    /**
     * Reads what {@link #writeSnapshot} wrote; what follows it in the stream is left there.
     *
     * @throws UnsupportedCommandException if a newer program wrote it
     * @throws IOException if it is damaged or cannot be read
     */
    public static ReplicatedState readSnapshot(InputStream in) throws IOException {
        return SnapshotCodec.read(in);
    }
}
