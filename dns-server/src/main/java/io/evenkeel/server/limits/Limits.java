package io.evenkeel.server.limits;

import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.process.Journal;
import io.evenkeel.consensus.process.Journal.Kind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The limits on the clients of a node: one account of them for all answering loops. Any thread. */
public final class Limits {
    private static final Logger LOG = LoggerFactory.getLogger(Limits.class);
    private static final Journal JOURNAL = new Journal(LOG);

    /**
     * Messages above a limit that a node answers a second, and at once. An address that others forge 10,000 times a second is answered an
     * eighth of its tries; more of such addresses share this.
     */
    private static final long ANYWAY_NANOS = 1_000_000_000L / 2_000;

    private static final long ANYWAY_MOST_NANOS = 200 * ANYWAY_NANOS;

    private static final long MINUTE_NANOS = 60_000_000_000L;
    /** Of all questions: more is hardly a client. */
    private static final double MOST = 0.5;

    private static final long LOG_NANOS = 30_000_000_000L;

    private final RateTable table;
    private final KeyedHash hash = new KeyedHash();
    private final Repeats repeats;
    private final ClientPrivacy privacy;
    private final DistinctClients clients = new DistinctClients();
    private final List<LoopLimits> loops = new CopyOnWriteArrayList<>();
    private volatile LimitSettings settings;
    private volatile Rules rules;
    /** GCRA, as the table does it. */
    private final AtomicLong anywayUntil = new AtomicLong();

    private final AtomicInteger round = new AtomicInteger();
    private final AtomicInteger minute = new AtomicInteger();
    private volatile TopClient.Share top = TopClient.Share.NOBODY;

    // For the observing thread only.
    private boolean dropping;
    private long saidNanos;
    private long saidDrops;
    private long seenDrops;
    private boolean observed;
    private long lookedNanos;

    /**
     * With these settings, until others come.
     *
     * @param clientTimeout after which clients ask again
     * @param privacy what the log may tell of clients
     */
    public Limits(LimitSettings settings, Duration clientTimeout, ClientPrivacy privacy) {
        this(settings, new RateTable(RateTable.SLOTS), new Repeats(clientTimeout), privacy);
    }

    /** The same, with a log that tells whole addresses. */
    public Limits(LimitSettings settings, Duration clientTimeout) {
        this(settings, clientTimeout, ClientPrivacy.FULL);
    }

    private Limits(LimitSettings settings, RateTable table, Repeats repeats, ClientPrivacy privacy) {
        this.table = table;
        this.repeats = repeats;
        this.privacy = privacy;
        this.settings = settings;
        this.rules = new Rules(settings);
    }

    /** Of a server that limits nobody, and knows no storm: hardly any memory. */
    public static Limits none() {
        return new Limits(
                new LimitSettings(LimitMode.OFF, 1, 1, List.of(), LimitMode.OFF, 1),
                new RateTable(RateTable.LEAST_SLOTS),
                new Repeats(Duration.ofSeconds(1), 1),
                ClientPrivacy.FULL);
    }

    /** From now on these count; what clients owe stays. */
    public void settings(LimitSettings others) {
        rules = new Rules(others);
        settings = others;
    }

    /** Those that count. */
    public LimitSettings settings() {
        return settings;
    }

    /** For one more answering loop. */
    public LoopLimits loop() {
        LoopLimits loop = new LoopLimits(this, table, hash);
        loops.add(loop);
        return loop;
    }

    /** Of all loops, in the order in which they were made. */
    public List<LoopLimits> loops() {
        return List.copyOf(loops);
    }

    /** Of the messages that are counted. */
    public DistinctClients clients() {
        return clients;
    }

    /** What all loops together have counted. */
    public LimitCounters counters() {
        return LimitCounters.sum(loops.stream().map(LoopLimits::counters).toList());
    }

    /**
     * Logs that messages are dropped when that begins, every 30 s while it goes on, and when it has ended. For one thread that calls it
     * every second.
     */
    public void observe(long now) {
        if (!observed || now - lookedNanos >= MINUTE_NANOS) {
            observed = true;
            lookedNanos = now;
            lookForOne();
        }
        long drops = counters().dropped();
        boolean more = drops > seenDrops;
        seenDrops = drops;
        if (!dropping && more) {
            dropping = true;
            say(now, drops, true);
        } else if (dropping && now - saidNanos >= LOG_NANOS) {
            if (drops > saidDrops) {
                say(now, drops, false);
            } else {
                dropping = false;
                JOURNAL.info(
                        Kind.LIMITS,
                        "No client is above its limit any more: nothing was dropped for it in the last 30 s",
                        "acting",
                        false);
            }
        }
    }

    private void lookForOne() {
        TopClient.Share before = top;
        top = TopClient.of(loops.stream().map(LoopLimits::top).toList(), privacy);
        minute.incrementAndGet();
        if (top.share() > MOST && before.share() <= MOST) {
            LOG.warn(
                    "{} sends {} % of the questions: if that is a gateway, a container's bridge or a proxy with many clients behind it,"
                            + " limits hold all of these to the rate of one. Let them be seen (host networking, or `proxy` in"
                            + " dns.listen), or allow that address more (`evenkeel limits set --allow`)",
                    top.client(), Math.round(100 * top.share()));
        } else if (top.share() <= MOST && before.share() > MOST) {
            LOG.info("No client sends most of the questions any more");
        }
    }

    /** About the share of the client that sent more than half of the messages of the last minute, to 1; 0 if none did, or there were few. */
    public double topShare() {
        double share = top.share();
        return share > MOST ? share : 0;
    }

    private void say(long now, long drops, boolean begins) {
        HeavyPrefixes.Heaviest heaviest = HeavyPrefixes.Heaviest.NOBODY;
        for (LoopLimits loop : loops) {
            HeavyPrefixes.Heaviest other = loop.heaviest();
            heaviest = other.drops() > heaviest.drops() ? other : heaviest;
        }
        String who = heaviest.prefix().isEmpty() ? "nobody in particular" : heaviest.prefix();
        if (begins) {
            JOURNAL.warn(
                    Kind.LIMITS,
                    "Questions above the limits of their clients are dropped from now on while this node is busy, most of"
                            + " them from " + who,
                    "acting",
                    true);
        } else {
            LOG.warn(
                    "Questions above the limits of their clients are dropped while this node is busy: {} since the last such line, most"
                            + " of them from {}",
                    drops - saidDrops,
                    who);
        }
        saidNanos = now;
        saidDrops = drops;
        round.incrementAndGet();
    }

    /** What may be told of clients. Any thread. */
    public ClientPrivacy privacy() {
        return privacy;
    }

    Repeats repeats() {
        return repeats;
    }

    Rules rules() {
        return rules;
    }

    /** Changes when the heaviest networks are to be counted anew. */
    int round() {
        return round.get();
    }

    /** Changes when the client of most messages is to be looked for anew. */
    int minute() {
        return minute.get();
    }

    /** Takes one of the answers that a node gives above the limits, if there is one. */
    boolean mayAnswerAnyway(long now) {
        long until = anywayUntil.get();
        long ahead = until - now;
        long owed = (ahead > 0 && ahead <= ANYWAY_MOST_NANOS ? ahead : 0) + ANYWAY_NANOS;
        if (owed > ANYWAY_MOST_NANOS) {
            return false;
        }
        boolean _ = anywayUntil.compareAndSet(until, now + owed);
        return true;
    }
}
