package io.evenkeel.server.node;

import com.sun.management.OperatingSystemMXBean;
import io.evenkeel.zones.state.MemoryLimits;
import io.evenkeel.zones.state.ReplicatedState;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * How much of this process' heap is there for zones: what remains of four fifths of it, once the rest of the node has its part.
 * The last fifth is for work beside them: requests, files that are read, the collector.
 *
 * @param heap octets that the heap may have: the lesser of {@code -Xmx} and what the machine, or the container, leaves to it
 */
public record NodeMemory(long heap) {
    private static final int MEBIBYTE = 1 << 20;

    /** Outside of the heap: code, threads, Raft's and Netty's buffers, the AOT cache. */
    private static final long BESIDE_HEAP = 400L * MEBIBYTE;

    /** Of the heap, for a node without zones: Raft's log and its caches, Netty, the loops. */
    private static final long BASE = 40L * MEBIBYTE;

    private static final double SHARE = 0.8;

    /** Alive share of the heap from which an operator should act: the next import may take what is left. */
    private static final double FULL = 0.8;

    /** As the JVM and the machine are now; in a container the limit of its control group counts, of either version. */
    public static NodeMemory ofThisProcess() {
        long machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                .getTotalMemorySize(); // of the container, if it is limited
        return of(Runtime.getRuntime().maxMemory(), machine);
    }

    static NodeMemory of(long maxHeap, long machine) {
        return new NodeMemory(Math.max(0, Math.min(maxHeap, machine - BESIDE_HEAP)));
    }

    /**
     * Octets for the replicated state, with what changes need beside it: 1 MiB at least, and in whole MiB, so that it is told
     * anew only if it differs.
     */
    public long zones() {
        return Math.max(1, (long) (SHARE * heap - BASE) / MEBIBYTE) * MEBIBYTE;
    }

    /**
     * Octets that work beside the zones may take: what these leave, and never less than a tenth of the heap, so that requests of a
     * usual size go on.
     */
    public long work(ReplicatedState state) {
        return work(state.octets());
    }

    /** The same once nothing is set aside any more for contents on their way in: what does not fit into that never does. */
    public long mostWork(ReplicatedState state) {
        return work(state.octets() - state.staging().octets());
    }

    private long work(long taken) {
        return Math.max(heap / 10, zones() - taken);
    }

    /** The {@code -Xmx}, in MiB, with which a node has room for so many octets of state. */
    public static long heapFor(long octets) {
        return (long) ((octets + BASE) / SHARE) / MEBIBYTE + 1;
    }

    /** What to know about the memory of this node, one line for people each; empty if nothing. */
    public List<String> reasons(ReplicatedState state) {
        List<String> reasons = new ArrayList<>();
        if (isTooSmall(state)) {
            reasons.add("too little memory: the zones take " + state.octets() / MEBIBYTE + " MiB, and this node has "
                    + zones() / MEBIBYTE + " MiB for them, so its limit does not count any more; give it -Xmx"
                    + heapFor(state.octets()) + "m or more");
        }
        HeapKeeper.aliveShare().stream()
                .filter(share -> share > FULL)
                .forEach(share -> reasons.add("the heap is nearly full: " + Math.round(100 * share)
                        + " % of it are alive after a collection; give this node a larger -Xmx or delete zones"));
        return reasons;
    }

    /** Whether this node cannot hold what is there already, as is to be feared, although it still does. */
    public boolean isTooSmall(ReplicatedState state) {
        return new MemoryLimits.Limit("", zones()).isBelow(state.octets());
    }
}
