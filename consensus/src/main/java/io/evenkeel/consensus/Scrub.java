package io.evenkeel.consensus;

import io.evenkeel.consensus.process.Daemon;
import io.evenkeel.consensus.process.Daemons;
import io.evenkeel.consensus.process.TestTimes;
import io.evenkeel.consensus.process.Time;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.ZoneScrub;
import io.evenkeel.zones.state.ChangeHistory;
import io.evenkeel.zones.state.HistoryScrub;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/*
 * Memory may forget an octet, and a fault of ours may write where it should not. No answer shows it, and comparing digests
 * does not either, since those are made of the hashes that zones keep. So one zone after another is read anew, and then the history
 * of changes.
 *
 * It works for some milliseconds of CPU and pauses for a multiple of that: 99 times as long, or three times while somebody
 * waits for it. What the machine does meanwhile is not counted, so that a busy machine gets no more of it. A zone is taken from
 * the present state when its turn comes, so that no old version is held longer than it takes to read one.
 */

/** Reads the zones and the history of changes anew, round by round, and reports what is not as it was put there. One thread; any may ask. */
public final class Scrub {
    /** From the begin of a round to the begin of the next, unless it takes longer, which is told of: it should never. */
    static final Duration ROUND = Duration.ofHours(1);

    private static final String ROUND_PROPERTY = "evenkeel.test.scrub-millis";

    /** CPU between two pauses: less than what a question may wait for unnoticed. */
    private static final long SLICE_NANOS = 2_000_000;
    /** So many times the work: one hundredth of a processor. */
    private static final int PAUSES = 99;
    /** The same while somebody waits: a quarter of a processor, as the writing of snapshots. */
    private static final int PAUSES_ASKED = 3;
    /** Pages between two looks at the clock. */
    private static final int STEPS = 16;
    /** Zones that are named in the status: who has more of them has one problem. */
    private static final int NAMED = 20;

    /** A slice is over long before, or the thread hangs. */
    private static final Duration STOP = Duration.ofSeconds(10);

    /** Name of its thread. */
    private static final String WORK = "scrub";

    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);

    private final StateRoot root;
    private final Findings findings;
    private final Time time;
    private final LongSupplier cpuNanos;
    private final Daemons daemons;
    private final Daemon thread;
    /** Done when somebody asks for a round; another one for each round. */
    private volatile CompletableFuture<Void> asked = new CompletableFuture<>();

    private volatile long begun;
    private volatile Round last;

    // Of the thread.
    private boolean hurried;
    private long since;

    /** A round that has ended; number 0: none has, since the process began at that time. */
    private record Round(long number, long endNanos, long zones, long records, long changes, List<String> damaged) {}

    /** Does not start yet. */
    public Scrub(StateRoot root, Findings findings, Daemons daemons) {
        this(root, findings, daemons, Time.SYSTEM, cpuOfThisThread());
    }

    /** @param cpuNanos of the thread that calls it */
    Scrub(StateRoot root, Findings findings, Daemons daemons, Time time, LongSupplier cpuNanos) {
        this.root = root;
        this.findings = findings;
        this.time = time;
        this.cpuNanos = cpuNanos;
        this.last = new Round(0, time.nanos(), 0, 0, 0, List.of());
        this.daemons = daemons;
        this.thread = daemons.platform(WORK, Daemon.OnFault.RESTART, this::run);
    }

    private static LongSupplier cpuOfThisThread() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return threads.isCurrentThreadCpuTimeSupported() ? threads::getCurrentThreadCpuTime : System::nanoTime;
    }

    /** Once. */
    public void start() {
        thread.start();
    }

    /** Returns when the thread has ended, or after a bounded time. */
    public void stop() throws InterruptedException {
        if (!thread.stop(STOP)) {
            LOG.error("Zones are still being read anew; the thread is left to the end of the process");
        }
    }

    /** Has a round begin at once, or after the present one, which goes faster; the number that it will have. */
    public long request() {
        long number = begun + 1; // before the thread hears of it and begins
        asked.complete(null);
        return number;
    }

    /** What came of it so far. */
    public ScrubStatus status() {
        Round ended = last;
        return new ScrubStatus(
                ended.number,
                Duration.ofNanos(time.nanos() - ended.endNanos),
                ended.zones,
                ended.records,
                ended.changes,
                findings.damages(),
                ended.damaged);
    }

    /** What is loaded when a process begins is read then, so the first round is due as long after as all others. */
    private void run() throws InterruptedException {
        Duration every = TestTimes.of(ROUND_PROPERTY, ROUND);
        long begin = time.nanos();
        while (true) {
            hurried = isAskedWithin(every.minusNanos(time.nanos() - begin));
            begin = time.nanos();
            daemons.within(ROUND, WORK, this::round);
        }
    }

    private boolean isAskedWithin(Duration atMost) throws InterruptedException {
        try {
            time.await(asked, atMost);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("never completed exceptionally", e);
        }
    }

    private void round() throws InterruptedException {
        asked = new CompletableFuture<>();
        long number = begun + 1;
        begun = number;
        since = cpuNanos.getAsLong();
        List<String> damaged = new ArrayList<>();
        long zones = 0;
        long records = 0;
        List<Name> apexes =
                root.get().state().catalog().zones().stream().map(Zone::apex).toList();
        for (Name apex : apexes) {
            Zone zone = root.get().state().catalog().zone(apex);
            if (zone == null) {
                continue; // deleted since
            }
            String damage = read(zone);
            if (damage != null) {
                findings.damaged(zone, damage);
                if (damaged.size() < NAMED) {
                    damaged.add(zone.apex() + ": " + damage);
                }
            }
            zones++;
            records += zone.records();
        }
        ChangeHistory history = root.get().state().history();
        String damage = read(history);
        if (damage != null) {
            findings.historyDamaged(damage);
            damaged.add("history of changes: " + damage);
        }
        last = new Round(number, time.nanos(), zones, records, history.count(), List.copyOf(damaged));
    }

    private @Nullable String read(Zone zone) throws InterruptedException {
        ZoneScrub scrub = new ZoneScrub(zone);
        for (int steps = 1; scrub.step(); steps++) {
            if (steps % STEPS == 0) {
                pause();
            }
        }
        pause();
        return scrub.damage();
    }

    private @Nullable String read(ChangeHistory history) throws InterruptedException {
        HistoryScrub scrub = new HistoryScrub(history);
        for (int steps = 1; scrub.step(); steps++) {
            if (steps % STEPS == 0) {
                pause();
            }
        }
        pause();
        return scrub.damage();
    }

    private void pause() throws InterruptedException {
        long worked = cpuNanos.getAsLong() - since;
        if (worked < SLICE_NANOS) {
            return;
        }
        if (hurried || asked.isDone()) {
            time.sleep(Duration.ofNanos(PAUSES_ASKED * worked));
        } else {
            isAskedWithin(Duration.ofNanos(PAUSES * worked));
        }
        since = cpuNanos.getAsLong();
    }
}
