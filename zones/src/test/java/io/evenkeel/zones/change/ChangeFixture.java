package io.evenkeel.zones.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.change.Change.EditRRsets;
import io.evenkeel.zones.change.Change.RRsetEdit;
import io.evenkeel.zones.change.ChangeEvaluator.Evaluation;
import io.evenkeel.zones.change.ChangeEvaluator.Request;
import io.evenkeel.zones.state.ChangeOutcome;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.xbill.DNS.Name;

/** A replicated state, empty at first, and requests that are evaluated and applied to it at once. */
abstract class ChangeFixture {
    static final Name APEX = Samples.APEX;

    private long nextId = 1;
    long index;
    ReplicatedState state = ReplicatedState.empty();

    Request request(Change change) {
        return new Request(new RequestId(0, nextId++), change, Origin.UNTOLD);
    }

    static EditRRsets edit(RRsetEdit... edits) {
        return new EditRRsets(APEX, List.of(edits), null);
    }

    /** Evaluates, applies and returns all outcomes, however many commands it takes. */
    List<ChangeOutcome> carryOut(List<Request> batch) {
        List<ChangeOutcome> outcomes = new ArrayList<>();
        while (outcomes.size() < batch.size()) {
            Evaluation evaluation = ChangeEvaluator.evaluate(
                    state, APEX, batch.subList(outcomes.size(), batch.size()), 0, Judgement::of);
            assertThat(evaluation.outcomes()).isNotEmpty();
            index++;
            CommandResult result = new CommandResult.Stale();
            if (evaluation.command() != null) {
                assertThat(CommandCodec.encode(evaluation.command()).length)
                        .isLessThanOrEqualTo(ZoneLimits.MAX_COMMAND_BYTES);
                ReplicatedState.Transition transition = state.apply(index, evaluation.command());
                assertThat(transition.result()).isInstanceOf(CommandResult.Applied.class);
                state = transition.next();
                result = transition.result();
            }
            for (ChangeOutcome outcome : evaluation.outcomes()) {
                ChangeOutcome decided = outcome == null ? ChangeEvaluator.outcome(index, result) : outcome;
                outcomes.add(Objects.requireNonNull(decided));
            }
        }
        return outcomes;
    }

    Zone zone() {
        return Objects.requireNonNull(state.catalog().zone(APEX));
    }
}
