package io.evenkeel.server.cluster;

import io.evenkeel.consensus.ProposalOutcome;
import io.evenkeel.consensus.Replica;
import io.evenkeel.consensus.ReplicaStatus;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.peer.Outcome;
import io.evenkeel.zones.state.ChangeOutcome.Reason;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.Settings;
import io.evenkeel.zones.state.ZoneCommand;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The leader's side of the limits on clients: writes them as a setting. Any thread. */
final class LimitChanges {
    private static final Logger LOG = LoggerFactory.getLogger(LimitChanges.class);

    private LimitChanges() {}

    /**
     * What a new cluster begins with. Of a cluster that was founded with zones, those of another one, it keeps what came with
     * them: where that is nothing, its clients have never met a limit.
     *
     * @param replica of the node that has just founded it, and is its only member
     */
    static void found(Replica replica) throws InterruptedException {
        ReplicatedState state = replica.root().applied().state();
        if (!state.catalog().isEmpty() || state.settings().find(LimitsSetting.KIND, LimitsSetting.NAME) != null) {
            return;
        }
        Outcome<Long> outcome = set(replica, new SetLimits(LimitSettings.NEW, 0));
        if (!(outcome instanceof Outcome.Done)) {
            LOG.warn(
                    "the limits on clients of this new cluster could not be written, so that they drop nothing: {}. `evenkeel"
                            + " limits enforce` does it",
                    outcome);
        }
    }

    /** Sets them, if this node leads and they are at the revision that the asking one has seen. Blocks. */
    static Outcome<Long> set(@Nullable Replica replica, SetLimits ask) throws InterruptedException {
        if (replica == null) {
            return new Outcome.NotLeader<>(null);
        }
        ReplicaStatus status = replica.status();
        if (!status.leaderReady()) {
            return new Outcome.NotLeader<>(status.leader());
        }
        Settings.Setting present =
                replica.root().applied().state().settings().find(LimitsSetting.KIND, LimitsSetting.NAME);
        long revision = present == null ? 0 : present.revision();
        byte[] value = LimitsSetting.encode(ask.limits());
        if (present != null && Arrays.equals(present.value(), value)) {
            // So already: by an earlier try of the same request, for instance.
            return new Outcome.Done<>(revision);
        }
        if (ask.base() != SetLimits.ANY && ask.base() != revision) {
            return new Outcome.Refused<>(
                    Reason.CONFLICT,
                    List.of("the limits were changed meanwhile: they are at revision " + revision + ", not "
                            + ask.base() + "; look at them and ask again"));
        }
        return propose(replica, new ZoneCommand.PutSetting(LimitsSetting.KIND, LimitsSetting.NAME, value, revision));
    }

    private static Outcome<Long> propose(Replica replica, ZoneCommand.PutSetting command) throws InterruptedException {
        ProposalOutcome outcome;
        try {
            outcome = replica.propose(command, ClusterLimits.MANAGE).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a proposal's future never fails", e);
        }
        return switch (outcome) {
            case ProposalOutcome.Committed committed -> committed(committed);
            case ProposalOutcome.NotLeader not -> new Outcome.NotLeader<>(not.leader());
            case ProposalOutcome.TooLarge large ->
                new Outcome.Refused<>(
                        Reason.TOO_LARGE,
                        List.of("limits of " + large.sizeBytes() + " octets; at most " + large.limitBytes()));
            case ProposalOutcome.Overloaded _ -> new Outcome.NotDone<>("the leader has too many entries to commit");
            case ProposalOutcome.Unknown unknown -> new Outcome.Unknown<>(unknown.why());
        };
    }

    private static Outcome<Long> committed(ProposalOutcome.Committed committed) {
        return switch (committed.result()) {
            case CommandResult.Applied _ -> new Outcome.Done<>(committed.index());
            case CommandResult.Stale _ -> new Outcome.NotDone<>("the limits were changed at the same time");
            case CommandResult.Refused refused -> new Outcome.Refused<>(refused.reason());
            case CommandResult.Faulted faulted -> new Outcome.Refused<>(Reason.FAULT, List.of(faulted.reason()));
            case CommandResult.Diverged diverged -> throw new IllegalStateException("no tick, and yet " + diverged);
        };
    }
}
