package io.evenkeel.ops.drill;

import io.evenkeel.ops.local.OwnCluster;
import io.evenkeel.ops.verb.CommandFailure;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** The noise that nodes hear at present, by their names. Any thread. */
final class Noises implements AutoCloseable {
    private final Map<String, Noise> present = new HashMap<>();
    private boolean closed;

    /** From now on that node hears so much of each kind a second. */
    synchronized void begin(OwnCluster cluster, String node, int rate) throws CommandFailure, IOException {
        if (closed) {
            throw CommandFailure.failed("the run is over");
        }
        if (present.containsKey(node)) {
            throw CommandFailure.failed(node + " hears noise already: one fault after the other");
        }
        present.put(node, Noise.begin(cluster, node, rate));
    }

    /** It hears none any more. Says how much it was. */
    synchronized String end(String node) {
        Noise noise = present.remove(node);
        if (noise == null) {
            return "hears no noise";
        }
        noise.close();
        return noise.text();
    }

    @Override
    public synchronized void close() {
        closed = true;
        present.values().forEach(Noise::close);
        present.clear();
    }
}
