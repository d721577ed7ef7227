package io.evenkeel.zones.change;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Soa;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.state.Attribution;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.ChangeOutcome.Refused;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.FeatureLevel;
import io.evenkeel.zones.state.Guard;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.Recorded;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;

/**
 * Judges asked changes on the leader and makes one command of those that stand. Pure: the state is what the leader has
 * applied, and the command holds only if the zone is still at that version when it is.
 *
 * <p>A batch is taken from its front. Edits of RRsets are merged, each judged against the zone as those before it leave it.
 * The first request that cannot share the command (another kind of change, no room, a condition on the version) ends what
 * is taken. So does a request that only the pending edits before it rule out: were it refused at once and those edits then
 * lost, it would have been refused for nothing.
 */
public final class ChangeEvaluator {
    /** Said of a change whose contents are not staged to their last chunk: asked again, they can be sent anew. */
    public static final String NOT_ALL_THERE = "the staged contents are not all there";

    /** Room in a command for names, version, serial, two SOA records, counts and checksum. */
    private static final int OVERHEAD_BYTES = 4 * 1024;

    private static final int REQUEST_ID_BYTES = 16;

    private final ReplicatedState state;
    private final Judgement.Judge judge;
    private final Name apex;
    private final @Nullable Zone zone;
    private final Guard guard;
    private final List<@Nullable ChangeOutcome> outcomes = new ArrayList<>();
    private final Map<RequestId, Integer> positions = new HashMap<>();
    private final Map<RequestId, Origin> fulfilled = new LinkedHashMap<>();
    private final long wallMillis;
    private @Nullable PendingEdits pending;
    private long commandBytes = OVERHEAD_BYTES;

    private ChangeEvaluator(ReplicatedState state, Name apex, long wallMillis, Judgement.Judge judge) {
        this.wallMillis = wallMillis;
        this.state = state;
        this.judge = judge;
        this.apex = apex;
        this.zone = state.catalog().zone(apex);
        this.guard = Guard.of(state.settings(), apex);
    }

    /**
     * One asked change.
     *
     * @param id that its outcome is remembered by
     * @param origin where it has come from
     * @param forced whether it is meant, even if it takes most of a zone
     */
    public record Request(RequestId id, Change change, Origin origin, boolean forced) {
        /** One that is to be refused if it takes most of a zone. */
        public Request(RequestId id, Change change, Origin origin) {
            this(id, change, origin, false);
        }
    }

    /**
     * What became of the front of a batch.
     *
     * @param command to be proposed, even if all outcomes are known: it may drop what a refused request had staged. Null if
     *     there is nothing to propose.
     * @param outcomes of the requests that were taken, in the batch's order: at least one, and fewer than the batch if some
     *     could not share the command. The rest is to be evaluated again after this command's end. A null outcome is decided
     *     by the command's result.
     */
    public record Evaluation(@Nullable ZoneCommand command, List<@Nullable ChangeOutcome> outcomes) {}

    /**
     * Judges a batch.
     *
     * @param apex of the zone that all changes of the batch are about
     * @param batch at least one request
     * @param wallMillis since 1970, by the clock of the leader: what the history of changes says of when
     * @param judge of staged contents, asked once at most, in this thread
     */
    public static Evaluation evaluate(
            ReplicatedState state, Name apex, List<Request> batch, long wallMillis, Judgement.Judge judge) {
        if (batch.isEmpty()) {
            throw new IllegalArgumentException("an empty batch");
        }
        return new ChangeEvaluator(state, apex, wallMillis, judge).evaluate(batch);
    }

    /**
     * The outcome of a request that waited for the command.
     *
     * @param index at which the command was applied
     * @return null if it was stale: evaluate again
     */
    public static @Nullable ChangeOutcome outcome(long index, CommandResult result) {
        return switch (result) {
            case CommandResult.Applied applied -> new Accepted(index, applied.version(), applied.serial(), true);
            case CommandResult.Stale() -> null;
            case CommandResult.Refused refused ->
                new Refused(Reason.INVALID, refused.reason().lines().toList());
            case CommandResult.Diverged _ -> throw new IllegalArgumentException("no request waits for a tick");
            case CommandResult.Faulted faulted -> new Refused(Reason.FAULT, List.of(faulted.reason()));
        };
    }

    private Evaluation evaluate(List<Request> batch) {
        for (Request request : batch) {
            if (!request.change().apex().equals(apex)) {
                throw new IllegalArgumentException("a batch for " + apex + " with a change of another zone");
            }
            Integer earlier = positions.putIfAbsent(request.id(), outcomes.size());
            Recorded recorded = state.recorded(request.id());
            if (recorded != null) {
                outcomes.add(new Accepted(recorded.index(), recorded.version(), recorded.serial(), true));
                ZoneCommand drop = pending == null ? dropNeedless(request.change()) : null;
                if (drop != null) {
                    return new Evaluation(drop, outcomes);
                }
            } else if (earlier != null) {
                outcomes.add(outcomes.get(earlier));
            } else if (request.change() instanceof Change.EditRRsets edit) {
                if (outcomes.size() >= ZoneLimits.MAX_BATCH_CHANGES || !merge(request, edit)) {
                    break;
                }
            } else if (pending != null || (!outcomes.isEmpty() && staged(request.change()) != null)) {
                break; // what is known already does not wait for a judgement
            } else {
                ZoneCommand command = alone(request);
                if (command != null) {
                    return new Evaluation(command, outcomes);
                }
                ZoneCommand drop = dropNeedless(request.change());
                if (drop != null) {
                    return new Evaluation(drop, outcomes);
                }
            }
        }
        return finish();
    }

    private Evaluation finish() {
        PendingEdits edits = pending;
        if (edits == null) {
            return new Evaluation(null, outcomes);
        }
        ZoneCommand command = new ZoneCommand.ApplyDiff(apex, edits.diff(), List.copyOf(fulfilled.keySet()));
        return new Evaluation(attributed(command, List.copyOf(fulfilled.values())), outcomes);
    }

    /** With when and for whom, where all members can read that. */
    private ZoneCommand attributed(ZoneCommand command, List<Origin> origins) {
        return FeatureLevel.HISTORY.isReached(state.settings())
                ? new ZoneCommand.Attributed(new Attribution(wallMillis, origins), command)
                : command;
    }

    /** Adds edits to the command; false if they must wait for the next. */
    private boolean merge(Request request, Change.EditRRsets edit) {
        if (zone == null) {
            return refuse(Reason.NO_SUCH_ZONE, "there is no zone " + apex);
        }
        if (edit.ifVersion() != null) {
            if (pending != null) {
                return false;
            }
            if (!edit.ifVersion().equals(zone.version())) {
                return refuse(Reason.CONFLICT, conflict(zone));
            }
        }
        if (edit.edits().size() > ZoneLimits.MAX_EDITS) {
            return refuse(Reason.TOO_LARGE, "more than " + ZoneLimits.MAX_EDITS + " edits in one change");
        }
        PendingEdits base = pending == null ? new PendingEdits(zone) : pending;
        PendingEdits next = base.on(edit.edits());
        if (!next.problems().isEmpty()) {
            boolean refusedAnyway = pending == null
                    || !new PendingEdits(zone).on(edit.edits()).problems().isEmpty();
            return refusedAnyway && refuse(Reason.INVALID, next.problems());
        }
        String taken = request.forced() ? null : next.guarded(guard);
        if (taken != null) {
            boolean refusedAnyway =
                    pending == null || new PendingEdits(zone).on(edit.edits()).guarded(guard) != null;
            return refusedAnyway && refuse(Reason.GUARDED, taken);
        }
        if (pending == null && !next.changed()) {
            outcomes.add(unchanged(zone));
            return true;
        }
        long size = next.diffBytes() + REQUEST_ID_BYTES + request.origin().octets();
        if (commandBytes + size > ZoneLimits.MAX_COMMAND_BYTES) {
            return pending == null && refuse(Reason.TOO_LARGE, tooLarge(size));
        }
        commandBytes += size;
        base.take(next);
        pending = base;
        fulfilled.put(request.id(), request.origin());
        outcomes.add(null);
        return true;
    }

    /** The command of a change that shares none, its outcome being left to it; null if its outcome is known. */
    private @Nullable ZoneCommand alone(Request request) {
        ZoneCommand command = switch (request.change()) {
            case Change.CreateZone create -> attributed(create(request.id(), create), request);
            case Change.ReplaceZone replace -> attributed(replace(request, replace), request);
            case Change.DeleteZone delete -> attributed(delete(request.id(), delete), request);
            case Change.Stage stage -> stage(stage);
            case Change.SetGuard set -> setGuard(set.guard());
            case Change.EditRRsets edit -> throw new IllegalArgumentException("edits are merged");
        };
        if (command == null) {
            return null;
        }
        int size = CommandCodec.encode(command).length;
        if (size > ZoneLimits.MAX_COMMAND_BYTES) {
            refuse(Reason.TOO_LARGE, tooLarge(size));
            return null;
        }
        outcomes.add(null);
        return command;
    }

    private @Nullable ZoneCommand attributed(@Nullable ZoneCommand command, Request request) {
        return command == null ? null : attributed(command, List.of(request.origin()));
    }

    /** Contents that were staged for a change that has its outcome now are of no more use. */
    private @Nullable ZoneCommand dropNeedless(Change change) {
        ZoneContents.Staged staged = staged(change);
        return staged != null && state.staging().has(staged.stage()) ? new ZoneCommand.DropStage(staged.stage()) : null;
    }

    private static ZoneContents.@Nullable Staged staged(Change change) {
        ZoneContents contents = switch (change) {
            case Change.CreateZone create -> create.contents();
            case Change.ReplaceZone replace -> replace.contents();
            case Change.DeleteZone _, Change.EditRRsets _, Change.Stage _, Change.SetGuard _ -> null;
        };
        return contents instanceof ZoneContents.Staged staged ? staged : null;
    }

    private @Nullable ZoneCommand create(RequestId id, Change.CreateZone create) {
        if (zone != null) {
            refuse(Reason.ZONE_EXISTS, "there is a zone " + apex + " already");
            return null;
        }
        if (state.catalog().size() >= ZoneLimits.MAX_ZONES) {
            refuse(Reason.TOO_LARGE, "there are " + ZoneLimits.MAX_ZONES + " zones; no more can be made");
            return null;
        }
        Judgement judged = judge(create.contents());
        return judged == null || refused(judged.refusalBeside(null)) ? null : put(id, null, create.contents(), judged);
    }

    private @Nullable ZoneCommand replace(Request request, Change.ReplaceZone replace) {
        Zone present = presentAt(replace.ifVersion());
        Judgement judged = present == null ? null : judge(replace.contents());
        if (present == null || judged == null) {
            return null;
        }
        boolean ahead = Soa.ahead(judged.serial(), present.serial()) > 0;
        if (!ahead && replace.contents() instanceof ZoneContents.Inline && sameContents(present, judged.records())) {
            outcomes.add(unchanged(present));
            return null;
        }
        if (refused(judged.refusalBeside(present))) {
            return null;
        }
        String taken =
                request.forced() ? null : Extent.refusal(present.apex(), guard, Extent.of(present), judged.extent());
        if (taken != null) {
            refuse(Reason.GUARDED, taken);
            return null;
        }
        return put(request.id(), present, replace.contents(), judged);
    }

    private static boolean sameContents(Zone zone, List<Record> records) {
        if (zone.records() != records.size()) {
            return false;
        }
        List<Record> present = new ArrayList<>();
        zone.forEach(present::add);
        List<Record> given = records.stream()
                .map(record -> record instanceof SOARecord soa ? Soa.with(soa, soa.getTTL(), zone.serial()) : record)
                .toList();
        return PendingEdits.sameZone(present, given);
    }

    private ZoneCommand put(RequestId id, @Nullable Zone present, ZoneContents contents, Judgement judged) {
        return new ZoneCommand.PutZone(
                apex,
                present == null ? null : present.version(),
                contents instanceof ZoneContents.Inline ? new ZoneContents.Inline(judged.records()) : contents,
                judged.serialAfter(present),
                List.of(id));
    }

    private @Nullable ZoneCommand delete(RequestId id, Change.DeleteZone delete) {
        Zone present = presentAt(delete.ifVersion());
        return present == null ? null : new ZoneCommand.DeleteZone(apex, present.version(), List.of(id));
    }

    private @Nullable ZoneCommand stage(Change.Stage stage) {
        Refused refusal = state.staging().refusal(stage.stage(), stage.number(), stage.records());
        if (refusal != null) {
            outcomes.add(refusal);
            return null;
        }
        return new ZoneCommand.StageChunk(stage.stage(), stage.number(), stage.records(), stage.needs());
    }

    private @Nullable ZoneCommand setGuard(Guard asked) {
        if (zone == null && !asked.equals(Guard.USUAL)) {
            refuse(Reason.NO_SUCH_ZONE, "there is no zone " + apex);
            return null;
        }
        if (asked.equals(guard)) {
            outcomes.add(zone == null ? new Accepted(state.index(), new ZoneVersion(0, 0), 0, false) : unchanged(zone));
            return null;
        }
        return asked.set(state.settings(), apex);
    }

    /** The zone if it is there at the version asked for; if not, that is the outcome. */
    private @Nullable Zone presentAt(@Nullable ZoneVersion ifVersion) {
        if (zone == null) {
            refuse(Reason.NO_SUCH_ZONE, "there is no zone " + apex);
            return null;
        }
        if (ifVersion != null && !Objects.equals(ifVersion, zone.version())) {
            refuse(Reason.CONFLICT, conflict(zone));
            return null;
        }
        return zone;
    }

    /** What contents that can be taken were found to be; if they cannot, that is the outcome. */
    private @Nullable Judgement judge(ZoneContents contents) {
        Judgement judged = switch (contents) {
            case ZoneContents.Inline inline -> Judgement.of(apex, inline.records());
            case ZoneContents.Staged staged -> judge.of(state, apex, staged);
        };
        if (judged == null) {
            refuse(Reason.INVALID, NOT_ALL_THERE);
            return null;
        }
        if (!judged.accepted()) {
            refuse(Reason.INVALID, judged.problems());
            return null;
        }
        return judged;
    }

    /** @param problem null: none */
    private boolean refused(@Nullable String problem) {
        return problem != null && refuse(Reason.INVALID, problem);
    }

    private boolean refuse(Reason reason, String problem) {
        return refuse(reason, List.of(problem));
    }

    private boolean refuse(Reason reason, List<String> problems) {
        outcomes.add(new Refused(reason, problems));
        return true;
    }

    private Accepted unchanged(Zone present) {
        return new Accepted(state.index(), present.version(), present.serial(), false);
    }

    private static String conflict(Zone present) {
        return "the zone is at version " + present.version().zoneId() + "-"
                + present.version().change() + ", not at the one asked for";
    }

    private static String tooLarge(long size) {
        return "the change takes " + size + " octets, more than one command may have (" + ZoneLimits.MAX_COMMAND_BYTES
                + "); large contents are staged";
    }
}
