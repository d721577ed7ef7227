package io.evenkeel.bench;

import io.evenkeel.zones.RequestId;
import io.evenkeel.zones.change.Change;
import io.evenkeel.zones.change.ChangeEvaluator;
import io.evenkeel.zones.change.Judgement;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.state.CommandCodec;
import io.evenkeel.zones.state.CommandResult;
import io.evenkeel.zones.state.Origin;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.ZoneCommand;
import io.evenkeel.zones.state.ZoneContents;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.xbill.DNS.Name;

/** What an entry of the log costs a replica: changed addresses in a large zone, as the leader makes the command of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ApplyBenchmark {
    @Param({"1", "1000"})
    int changes;

    @Param("1000000")
    int names;

    private ReplicatedState state = ReplicatedState.empty();
    private List<ChangeEvaluator.Request> batch = List.of();
    private ZoneCommand command = new ZoneCommand.Tick();
    private byte[] encoded = {};

    /** Makes the zone and the command. */
    @Setup
    public void load() {
        SampleZone sample = new SampleZone(false, names);
        ZoneContents contents = new ZoneContents.Inline(sample.records(true).toList());
        state = applied(new ZoneCommand.PutZone(SampleZone.apex(), null, contents, 1, List.of()));
        List<ChangeEvaluator.Request> requests = new ArrayList<>();
        for (int i = 0; i < changes; i++) {
            Name owner = SampleZone.name(sample.host((int) (i * 7919L % names))); // a prime: each another page
            Change.RRsetEdit edit =
                    new Change.RRsetEdit(owner, 1, Change.Edit.REPLACE, 60, List.of(SampleZone.address(owner, -i - 1)));
            Change change = new Change.EditRRsets(SampleZone.apex(), List.of(edit), null);
            requests.add(new ChangeEvaluator.Request(new RequestId(1, i), change, Origin.UNTOLD));
        }
        batch = List.copyOf(requests);
        command = evaluate();
        encoded = CommandCodec.encode(command);
        applied(command);
    }

    private ReplicatedState applied(ZoneCommand asked) {
        ReplicatedState.Transition transition = state.apply(state.index() + 1, asked);
        if (!(transition.result() instanceof CommandResult.Applied)) {
            throw new IllegalStateException(transition.result().toString());
        }
        return transition.next();
    }

    /** The leader's part, before the command is proposed. */
    @Benchmark
    public ZoneCommand evaluate() {
        ChangeEvaluator.Evaluation evaluation =
                ChangeEvaluator.evaluate(state, SampleZone.apex(), batch, 0, Judgement::of);
        return Objects.requireNonNull(evaluation.command());
    }

    /** The command out of the log's octets. */
    @Benchmark
    public ZoneCommand decode() throws CodecException {
        return CommandCodec.decode(encoded);
    }

    /** The next state, from the same one each time. */
    @Benchmark
    public ReplicatedState apply() {
        return applied(command);
    }
}
