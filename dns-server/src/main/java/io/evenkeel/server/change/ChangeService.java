package io.evenkeel.server.change;

import io.evenkeel.consensus.Doubt;
import io.evenkeel.consensus.StateRoot;
import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.server.peer.ControlCounters;
import io.evenkeel.server.peer.ControlCounters.Counter;
import io.evenkeel.server.peer.ControlCounters.Stage;
import io.evenkeel.server.peer.LeaderCall;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.server.peer.PeerLimits;
import io.evenkeel.server.peer.Request;
import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneVersion;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.ChangeCodec;
import io.evenkeel.zones.change.ChangeEvaluator;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.codec.Sha256;
import io.evenkeel.zones.state.ChangeOutcome.Accepted;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.Recorded;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneContents;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/**
 * Brings a change to the leader, wherever it is, and back what became of it; on any node, any thread, best a virtual one.
 * What may have been proposed is asked again under its request id, which the replicated state knows, until the deadline.
 */
public final class ChangeService {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeService.class);

    /** Of a frame, for everything but the change. */
    private static final int HEAD_BYTES = 4096;

    /** Of one change, in the log. */
    private static final int EDITS_TOLD = 3;

    /** Keeps the request ids of what is to be forgotten apart from those of changes. */
    private static final long FORGET_BITS = 0x464F_5247_4554_0000L;

    private final StateRoot root;
    private final LeaderCall leader;
    private final ControlCounters counters;
    private final Time time;
    private final QuietLog notShown = new QuietLog(LOG);
    private final Semaphore submissions = new Semaphore(ChangeLimits.SUBMISSIONS);
    private volatile @Nullable ZoneWriter writer;

    /** Makes no change on this node before it is opened. */
    public ChangeService(StateRoot root, LeaderCall leader, ControlCounters counters, Time time) {
        this.root = root;
        this.leader = leader;
        this.counters = counters;
        this.time = time;
    }

    /** From now on this node makes changes while it leads. */
    public void open(ZoneWriter made) {
        writer = made;
    }

    /** The same of a change that is refused if it takes most of a zone. */
    public Outcome<Accepted> submit(RequestId id, Origin origin, Change change, Duration deadline)
            throws InterruptedException {
        return submit(new ChangeEvaluator.Request(id, change, origin), deadline);
    }

    /**
     * Has a change made. Returns within the deadline and a few seconds at most; later while a leader judges large contents of
     * the zone, and within minutes then.
     *
     * @param request what is asked, and by whom
     * @param deadline for the outcome
     * @return what is done is shown by this node, unless it lags far behind: compare the index. Unknown if this node has applied
     *     its entry and does not show it, since its copy of the zone is another one than the leader's
     */
    public Outcome<Accepted> submit(ChangeEvaluator.Request request, Duration deadline) throws InterruptedException {
        Change change = request.change();
        if (!submissions.tryAcquire()) {
            return counted(new Outcome.NotDone<>(
                    "overloaded: " + ChangeLimits.SUBMISSIONS + " changes are in work on this node"));
        }
        Zone before = root.get().state().catalog().zone(change.apex());
        try {
            Outcome<Accepted> outcome = counted(brought(new Submission(request), deadline));
            if (outcome instanceof Outcome.Done<Accepted>(Accepted accepted) && accepted.changed()) {
                tell(request.id(), request.origin(), change, before, accepted);
            }
            return outcome;
        } finally {
            submissions.release();
        }
    }

    /** Each change that is made has its line on the node that was asked, within the bound on lines of one message. */
    private static void tell(RequestId id, Origin origin, Change change, @Nullable Zone before, Accepted accepted) {
        String what = switch (change) {
            case Change.CreateZone _ -> "made";
            case Change.ReplaceZone _ -> "replaced";
            case Change.DeleteZone _ -> "deleted";
            case Change.EditRRsets edit -> words(edit.edits());
            case Change.Stage _ -> ""; // a part of what is told as a whole
            case Change.SetGuard set -> {
                LOG.info("{}: guard {}, by {}, entry {}", set.apex(), set.guard(), origin.shown(), accepted.index());
                yield "";
            }
        };
        if (!what.isEmpty()) {
            LOG.info(
                    "{}: {}, serial {} to {}, by {}, request {}, entry {}",
                    change.apex(),
                    what,
                    before == null ? "none" : before.serial(),
                    change instanceof Change.DeleteZone ? "none" : accepted.serial(),
                    origin.shown(),
                    id,
                    accepted.index());
        }
    }

    private static String words(List<Change.RRsetEdit> edits) {
        String some = edits.stream()
                .limit(EDITS_TOLD)
                .map(edit -> edit.edit().name().toLowerCase(Locale.ROOT) + " " + edit.owner() + " "
                        + Type.string(edit.type()))
                .collect(Collectors.joining(", "));
        return edits.size() > EDITS_TOLD ? some + " and " + (edits.size() - EDITS_TOLD) + " more" : some;
    }

    private Outcome<Accepted> brought(Submission submission, Duration deadline) throws InterruptedException {
        int size = submission.encoded.length;
        if (size > PeerLimits.PEER_FRAME_BYTES - HEAD_BYTES) {
            return new Outcome.Refused<>(
                    Reason.TOO_LARGE, List.of("a change of " + size + " octets; make several changes of it"));
        }
        ZoneWriter present = writer;
        Doubt doubt = present == null ? null : present.doubt();
        if (doubt != null) {
            return new Outcome.NotDone<>("this node takes no changes, for its zones may be wrong: " + doubt.why());
        }
        long endNanos = time.nanos() + deadline.toNanos();
        Outcome<Accepted> outcome = leader.ask(
                submission, new LeaderCall.Patience(deadline, ChangeLimits.NO_LEADER, false, ChangeLimits.JUDGED));
        submission.answered();
        return outcome instanceof Outcome.Done<Accepted>(Accepted accepted)
                ? acknowledged(submission, accepted, Duration.ofNanos(endNanos - time.nanos()))
                : outcome;
    }

    /** A node acknowledges what it shows itself, or will once it has applied that far. */
    private Outcome<Accepted> acknowledged(Submission submission, Accepted accepted, Duration left)
            throws InterruptedException {
        // The deadline has passed if contents were judged, and those take a while to be applied.
        boolean isShort = left.isPositive() && left.compareTo(ChangeLimits.LOCAL_APPLY) < 0;
        Duration bound = isShort ? left : ChangeLimits.LOCAL_APPLY;
        long began = time.nanos();
        boolean applied = root.await(accepted.index(), bound);
        counters.took(Stage.APPLY, time.nanos() - began);
        if (!applied && !root.isDoubted()) {
            LOG.info(
                    "change {} is committed at {}, this node is at {} still",
                    submission.id(),
                    accepted.index(),
                    root.get().index());
            return new Outcome.Done<>(accepted);
        }
        ReplicatedState here = root.get().state();
        if (!root.isDoubted() && shows(here, submission.id(), submission.change(), accepted)) {
            return new Outcome.Done<>(accepted);
        }
        counters.add(Counter.CHANGES_NOT_SHOWN);
        String why = "committed at " + accepted.index() + ", but this node does not show it: its copy of "
                + submission.change().apex()
                + " differs from the leader's. Ask another node; `evenkeel cluster status` tells what is wrong with this one";
        notShown.warn(() -> "change " + submission.id() + " is " + why);
        return new Outcome.Unknown<>(why);
    }

    /** Whether a state that has applied the entry of a change has its effect, or that of a later change of the zone. */
    private static boolean shows(ReplicatedState state, RequestId id, Change change, Accepted accepted) {
        if (change instanceof Change.Stage || change instanceof Change.SetGuard) {
            return true; // no version of the zone shows it: contents are shown by the change that takes them in
        }
        Recorded recorded = state.recorded(id);
        if (recorded != null) {
            return recorded.version().equals(accepted.version());
        }
        if (accepted.changed() && state.remembers(accepted.index())) {
            return false; // whatever version the zone has here, it did not come to it by this change
        }
        // Nothing was to be changed, or so many requests have come since that this one is forgotten.
        Zone zone = state.catalog().zone(change.apex());
        if (zone == null) {
            return change instanceof Change.DeleteZone;
        }
        ZoneVersion wanted = accepted.version();
        return zone.version().zoneId() == wanted.zoneId()
                ? !(change instanceof Change.DeleteZone) && zone.version().change() >= wanted.change()
                : zone.version().zoneId() > accepted.index(); // it was made anew
    }

    /**
     * Has the leader drop what was sent ahead for a change that is not made, so that its memory is there for others. It goes behind
     * the changes of the zone that wait, that one among them. Returns within seconds; what is not dropped then goes by itself after
     * some minutes.
     *
     * @param stage under which it was sent
     * @param apex of the zone that it was for
     */
    void forget(RequestId stage, Origin origin, Name apex) throws InterruptedException {
        // A change that no leader makes, of any release: the zone never has that version. With its refusal goes what
        // was staged for it.
        Change refused = new Change.ReplaceZone(
                apex, new ZoneContents.Staged(stage, 1, new byte[Sha256.BYTES]), new ZoneVersion(0, 0));
        Submission submission = new Submission(
                new ChangeEvaluator.Request(new RequestId(stage.high() ^ FORGET_BITS, stage.low()), refused, origin));
        Outcome<Accepted> outcome =
                leader.ask(submission, new LeaderCall.Patience(ChangeLimits.PROPOSAL, ChangeLimits.NO_LEADER, false));
        if (!(outcome instanceof Outcome.Refused)) {
            LOG.info("what was sent ahead for {} stays until its time is up: {}", apex, outcome);
        }
    }

    private Outcome<Accepted> counted(Outcome<Accepted> outcome) {
        counters.add(
                switch (outcome) {
                    case Outcome.Done<Accepted> _ -> Counter.CHANGES_ACCEPTED;
                    case Outcome.Refused<Accepted> _ -> Counter.CHANGES_REFUSED;
                    case Outcome.NotDone<Accepted> _, Outcome.NotLeader<Accepted> _ -> Counter.CHANGES_NOT_PROPOSED;
                    case Outcome.Unknown<Accepted> _ -> Counter.CHANGES_UNKNOWN;
                });
        return outcome;
    }

    /** What another node has forwarded to this one, which it takes for the leader. */
    public Outcome<Accepted> forwarded(Submit request) throws InterruptedException {
        Change change;
        try {
            change = ChangeCodec.decodeChange(request.change());
        } catch (CodecException e) {
            return new Outcome.Refused<>(
                    Reason.FAULT, List.of("the leader cannot read this change: " + e.getMessage()));
        }
        Duration remaining =
                Duration.ofMillis(Math.clamp(request.remainingMillis(), 1, ChangeLimits.PROPOSAL.toMillis()));
        return written(
                new ChangeEvaluator.Request(request.id(), change, request.origin(), request.forced()),
                request.change().length,
                remaining);
    }

    private Outcome<Accepted> written(ChangeEvaluator.Request request, int sizeBytes, Duration remaining)
            throws InterruptedException {
        Name apex = request.change().apex();
        ZoneWriter present = writer;
        if (present == null) {
            return new Outcome.NotLeader<>(null);
        }
        LOG.debug("change {} of {} for {}", request.id(), request.origin().shown(), apex);
        CompletableFuture<Outcome<Accepted>> future = present.submit(request, sizeBytes, remaining);
        long endNanos = time.nanos() + remaining.toNanos();
        while (true) {
            Duration left = Duration.ofNanos(Math.max(1, endNanos - time.nanos()));
            try {
                return time.await(future, left.compareTo(ChangeLimits.UNDERWAY) < 0 ? left : ChangeLimits.UNDERWAY);
            } catch (TimeoutException _) {
                if (present.isJudging(apex)) {
                    return new Outcome.Unknown<>("contents of " + apex + " are being judged on the leader", true);
                }
                if (endNanos - time.nanos() <= 0) {
                    return new Outcome.Unknown<>("no outcome within " + remaining.toMillis() + " ms on the leader");
                }
            } catch (ExecutionException e) {
                throw new IllegalStateException("a writer's future never fails", e);
            }
        }
    }

    /** One change on its way. */
    private final class Submission implements LeaderCall.Asked<Accepted> {
        private final ChangeEvaluator.Request request;
        private final byte[] encoded;
        /** When a leader was asked; 0: none was. */
        private long askedNanos;

        Submission(ChangeEvaluator.Request request) {
            this.request = request;
            this.encoded = ChangeCodec.encode(request.change());
        }

        RequestId id() {
            return request.id();
        }

        Change change() {
            return request.change();
        }

        @Override
        public Outcome<Accepted> here(Duration remaining) throws InterruptedException {
            return written(request, encoded.length, remaining);
        }

        /** A leader that was asked has answered, or will not. */
        void answered() {
            if (askedNanos != 0) {
                counters.took(Stage.FORWARD, time.nanos() - askedNanos);
                askedNanos = 0;
            }
        }

        @Override
        public Request<Accepted> request(Duration remaining) {
            answered(); // by silence, if one was asked before
            counters.add(Counter.CHANGES_FORWARDED);
            askedNanos = time.nanos() | 1; // never 0
            return new Submit(remaining.toMillis(), request.id(), request.origin(), encoded, request.forced());
        }
    }
}
