package io.evenkeel.server.traffic;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The traffic of a node as its answering loops see it. Any thread. */
public final class Traffic {
    private final boolean samples;
    private final List<LoopTraffic> loops = new CopyOnWriteArrayList<>();

    private Traffic(boolean samples) {
        this.samples = samples;
    }

    /** With a sample, and captures. */
    public static Traffic sampled() {
        return new Traffic(true);
    }

    /** Of a server whose traffic nobody looks at: hardly any memory. */
    public static Traffic none() {
        return new Traffic(false);
    }

    /** For one more answering loop. */
    public LoopTraffic loop() {
        LoopTraffic loop = new LoopTraffic(samples);
        loops.add(loop);
        return loop;
    }

    /** Of each loop, the last questions of its sample. */
    List<QuestionRing> rings() {
        return loops.stream().map(LoopTraffic::ring).toList();
    }

    /** Begins to hand all messages over that pass the filter; until {@link #end}. */
    List<CaptureQueue> begin(CaptureFilter filter) {
        return loops.stream()
                .map(loop -> {
                    CaptureQueue queue = new CaptureQueue(filter, TrafficLimits.QUEUE_BYTES);
                    loop.capture(queue);
                    return queue;
                })
                .toList();
    }

    /** Hands nothing over any more. */
    void end() {
        @Nullable CaptureQueue none = null;
        loops.forEach(loop -> loop.capture(none));
    }
}
