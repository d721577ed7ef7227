package io.evenkeel.server.transport;

import io.evenkeel.consensus.process.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * Tells which answering loops hang. A loop hangs if it has taken no task and used no CPU for {@link #HUNG}, while this watch was called
 * on time all along: so neither a process that is stopped, nor a machine that is paused, nor a CPU quota that is used up, makes it say so; nor
 * does work that takes long, which uses CPU. What waits for the loop is a task of the watch, which wakes it like a question: a loop that does
 * not take that takes no question either.
 */
public final class LoopWatch {
    /** How often {@link #look} is to be called. */
    public static final Duration EVERY = Duration.ofMillis(100);

    /** A call that comes later than this after the one before says nothing about the loops. */
    static final Duration LATE = Duration.ofMillis(200);

    /** For so long a loop may stand: a device asks again two or three times meanwhile. */
    static final Duration HUNG = Duration.ofSeconds(5);

    /** After so long nobody may rely on a loop any more; see {@link #isSound}. Longer than a loop gives way to others on a busy machine. */
    static final Duration SOUND = Duration.ofSeconds(1);

    private final List<Watched> watched;
    private final Time time;
    /** Of each, when it last showed a sign of life, and its CPU time then. */
    private final long[] sinceNanos;

    private final long[] cpu;
    private long lookedNanos;
    private volatile List<Integer> hung = List.of();
    private volatile boolean sound = true;

    /** A loop as the watch sees it. */
    interface Watched {
        /** CPU time of its thread so far, in ns; negative: nobody knows. */
        long cpuNanos();

        /** Whether it has taken the last task that it was given; true before the first. */
        boolean hasTurned();

        /** Gives it a task. */
        void ask();
    }

    /** A loop of this node, and the task that it is asked to take. */
    static final class Sign implements Watched {
        private final AnswerLoop loop;
        private volatile boolean turned = true;

        Sign(AnswerLoop loop) {
            this.loop = loop;
        }

        @Override
        public long cpuNanos() {
            return loop.cpuNanos();
        }

        @Override
        public boolean hasTurned() {
            return turned;
        }

        @Override
        public void ask() {
            turned = false;
            try {
                loop.eventLoop.execute(() -> turned = true);
            } catch (RejectedExecutionException e) {
                turned = true; // it has ended, which is told elsewhere
            }
        }
    }

    /** Watches those of a node. */
    public LoopWatch(AnswerLoops loops) {
        this(loops.all().stream().map(Sign::new).toList(), Time.SYSTEM);
    }

    LoopWatch(List<? extends Watched> watched, Time time) {
        this.watched = List.copyOf(watched);
        this.time = time;
        this.lookedNanos = time.nanos();
        this.cpu = new long[watched.size()];
        this.sinceNanos = new long[watched.size()];
    }

    /** Looks once. One thread. */
    public void look() {
        long now = time.nanos();
        boolean late = now - lookedNanos > LATE.toNanos();
        lookedNanos = now;
        List<Integer> hanging = new ArrayList<>();
        boolean alive = true;
        for (int i = 0; i < cpu.length; i++) {
            Watched loop = watched.get(i);
            long used = loop.cpuNanos();
            boolean turned = loop.hasTurned();
            if (turned || late || used < 0 || used != cpu[i]) {
                cpu[i] = used;
                sinceNanos[i] = now;
                if (turned) {
                    loop.ask();
                }
            } else {
                alive &= now - sinceNanos[i] < SOUND.toNanos();
                if (now - sinceNanos[i] >= HUNG.toNanos()) {
                    hanging.add(i);
                }
            }
        }
        sound = alive;
        hung = List.copyOf(hanging);
    }

    /** Numbers of the loops that hang, from 0. Any thread. */
    public List<Integer> hung() {
        return hung;
    }

    /** A line for people for each of these. Any thread. */
    public List<String> reasons() {
        return hung.stream()
                .map(loop -> "the answering loop " + loop
                        + " hangs, and takes nothing: its share of the clients meets silence")
                .toList();
    }

    /**
     * Whether no loop has been still for {@link #SOUND}. What is told to a node that asks whether it may leave the clients to this one: it says
     * so four seconds before this node finds that a loop hangs, so of two that hang neither relies on the other. Any thread.
     */
    public boolean isSound() {
        return sound;
    }
}
