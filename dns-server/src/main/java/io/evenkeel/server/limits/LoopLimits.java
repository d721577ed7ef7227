package io.evenkeel.server.limits;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The limits as one answering loop applies them, to one message after the other: {@link #begins}, {@link #client}, {@link #isWithin} or
 * {@link #isProvenWithin}, {@link #isAnsweredAnyway} where it is not, and, once there is an answer, {@link #isRepeated} and
 * {@link #answered}. Called by that loop only; allocates nothing. Counters and load may be read by any thread.
 */
public final class LoopLimits {
    /** An address as {@link #client} takes it. */
    public static final int ADDRESS_BYTES = 16;

    /** One of so many messages above a limit is answered. */
    private static final int ANSWERED_OF = 8;
    /** One of so many large answers above their rate goes out with TC, as in BIND's RRL. */
    private static final int TRUNCATED_OF = 2;
    /** A message that is drawn with the same id and port has another lot after about a second. */
    private static final int LOT_MICROS_BITS = 20;

    private static final int IPV4_BYTES = 4;
    private static final long FRACTION_MASK = (1L << Rules.FRACTION_BITS) - 1;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    /** Set hashes apart. */
    private static final long CLIENTS = 1L << 32;

    private static final long NETWORKS = 2L << 32;
    private static final long LOTS = 3L << 32;
    private static final int FACTOR_SHIFT = 40;
    /** Set accounts of one client apart, and leave them in one cache line. */
    private static final long PROVEN = 1L << RateTable.TIME_BITS;

    private static final long RESPONSES = 2L << RateTable.TIME_BITS;

    private final Limits node;
    private final RateTable table;
    private final KeyedHash hash;
    private final LimitCounters counters = new LimitCounters();
    private final LoopLoad load = new LoopLoad();
    private final HeavyPrefixes heavy = new HeavyPrefixes();
    private final TopClient top = new TopClient();
    private final NearLimits near = new NearLimits();
    /** The round of the log that {@link #heavy} is of. */
    private int round;

    private long nanos;
    private long micros;
    private int stamp;
    private long random;

    // Of the present message.
    private Rules rules;
    /** It is to be counted as soon as its client is known. */
    private boolean uncounted;

    private boolean ipv4;
    private long client;
    /** Of the client. */
    private long key;

    private int factor;
    private long lot;
    /** The level that it is above. */
    private LimitLevel over = LimitLevel.PROVEN;

    private boolean anyway;
    /** Of each network: its slot, what that held, its key, and until when it owes with this message. */
    private final int[] slots = new int[LimitLevel.OF_PROTOCOL];

    private final long[] values = new long[LimitLevel.OF_PROTOCOL];
    private final long[] keys = new long[LimitLevel.OF_PROTOCOL];
    private final long[] until = new long[LimitLevel.OF_PROTOCOL];

    /** What becomes of an answer. */
    public enum Outcome {
        /** It is sent. */
        SEND,
        /** It is sent with TC and no records. */
        TRUNCATE,
        /** It is not sent. */
        DROP
    }

    LoopLimits(Limits node, RateTable table, KeyedHash hash) {
        this.node = node;
        this.table = table;
        this.hash = hash;
        this.rules = node.rules();
        this.random = hash.of(System.nanoTime(), System.identityHashCode(this)) | 1;
    }

    /** What time it is, by {@link System#nanoTime}: once for all messages that are read together. */
    public void now(long now) {
        nanos = now;
        micros = now / 1_000;
        stamp = node.repeats().stamp(now);
    }

    /** The loop was at work for so long, in ns: from a read to its last answer. */
    public void worked(long realNanos) {
        load.worked(realNanos);
    }

    /** How busy the loop is: see {@link LoopLoad#tick}. */
    public void tick(long now, long cpuNanos, boolean full) {
        load.tick(now, cpuNanos, full);
    }

    /** What was counted. Any thread. */
    public LimitCounters counters() {
        return counters;
    }

    /** How much of what it can do the loop does, from 0 to 1. Any thread. */
    public double load() {
        return load.share();
    }

    /** Whether the loop is so busy that limits act. Any thread. */
    public boolean acts() {
        return load.acts();
    }

    /** The networks that it has dropped most of. Any thread. */
    HeavyPrefixes.Heaviest heaviest() {
        return heavy.heaviest(node.privacy());
    }

    /** The client of most messages. Any thread. */
    TopClient top() {
        return top;
    }

    /** A message is to be answered: whether it is counted, since the loop has enough to do. If not, nothing of it is asked here. */
    public boolean begins() {
        rules = node.rules();
        anyway = false;
        uncounted = load.counts();
        return uncounted;
    }

    /**
     * Of whom the message is.
     *
     * @param address in network order, from 0; {@link #ADDRESS_BYTES} long
     * @param octets 4 or 16; 0: nobody in particular
     */
    public void client(byte[] address, int octets) {
        ipv4 = octets == IPV4_BYTES;
        if (ipv4) {
            client = (int) INT.get(address, 0) & 0xFFFF_FFFFL;
            factor = rules.ipv4.factor(0, client);
        } else {
            client = octets == 0 ? 0 : (long) LONG.get(address, 0);
            factor = rules.ipv6.factor(client, octets == 0 ? 0 : (long) LONG.get(address, Long.BYTES));
        }
        key = hash.of(client, CLIENTS | (ipv4 ? 1 : 0));
        if (uncounted) {
            uncounted = false;
            top.saw(ipv4, client, node.minute());
            if (rules.questions != LimitMode.OFF) {
                counters.count(factor != Allowances.NONE);
            }
        }
    }

    /**
     * Whether a message of an address that nobody has proven is within the rate of its client and of the networks around it. If so it
     * counts at each level, if not at none. Networks that are far from their limits count one of {@value Rules#NETWORKS_OF}, as so many.
     */
    public boolean isWithin() {
        return rules.questions == LimitMode.OFF || pays();
    }

    /**
     * Whether a message is within the rate of a client whose address is proven, by a TCP connection or a server cookie. It has the rate and
     * burst of any client, in an account of its own, which nobody can use up by forging the address; less would make a resolver pay
     * for its cookie. Networks do not count: a neighbour that floods is not its fault.
     */
    public boolean isProvenWithin() {
        if (rules.questions == LimitMode.OFF) {
            return true;
        }
        boolean within = paysAlone(key ^ PROVEN, rules.questionCost(LimitLevel.PROVEN, factor), rules.mostOwed);
        over = within ? over : LimitLevel.PROVEN;
        return within;
    }

    /** In an account without networks. */
    private boolean paysAlone(long account, long cost, long mostOwed) {
        int slot = table.find(account, micros, rules.most);
        long value = table.value(slot);
        long owed = RateTable.debt(value, account, micros, mostOwed) + rounded(cost);
        if (owed > mostOwed) {
            return false;
        }
        table.owe(slot, value, account, micros + owed);
        return true;
    }

    /**
     * Whether a message above its limit is answered all the same: in dry run, by a loop that is not busy, or as one of a few that a keyed
     * hash picks by its id and port, so that an address which others forge is slowed and not silenced.
     */
    public boolean isAnsweredAnyway(int id, int port) {
        if (rules.questions != LimitMode.ENFORCE || !load.acts()) {
            counters.question(over, LimitAction.WOULD_DROP);
            return true;
        }
        lot = lot(id, port);
        anyway = lot % ANSWERED_OF == 0 && node.mayAnswerAnyway(nanos);
        if (!anyway) {
            drop();
        }
        return anyway;
    }

    /** A message above its limit was to be answered all the same, but that takes more than an answer. */
    public boolean isDroppedLater() {
        if (anyway) {
            drop();
        }
        return anyway;
    }

    private void drop() {
        counters.question(over, LimitAction.DROPPED);
        int present = node.round();
        if (present != round) {
            round = present;
            heavy.clear();
        }
        heavy.add(over, ipv4, over.prefix(ipv4, client));
    }

    /**
     * Whether the same client has asked the same a moment ago: see {@link Repeats}.
     *
     * @param question a hash of its name and type
     */
    public boolean isRepeated(long question) {
        node.clients().saw(key);
        return node.repeats().seen(key, question, stamp);
    }

    /**
     * There is an answer to a message that was counted. A failure that comes fast makes a loop of a client which asks again at once: it turns as fast
     * as the network. So what is asked again gets silence, and the client waits for its time-out.
     *
     * @param repeated whether the same client has asked the same a moment ago
     * @param failed whether it is REFUSED, SERVFAIL or NXDOMAIN
     * @param large whether it is so much larger than its question that an address is forged for its sake, and goes there
     */
    public Outcome answered(boolean repeated, boolean failed, boolean large) {
        if (repeated && failed && rules.questions != LimitMode.OFF) {
            boolean drops = rules.questions == LimitMode.ENFORCE && load.acts();
            counters.failure(drops ? LimitAction.DROPPED : LimitAction.WOULD_DROP);
            if (drops) {
                return Outcome.DROP;
            }
        }
        if (!anyway) {
            return Outcome.SEND;
        }
        counters.question(over, large ? LimitAction.TRUNCATED : LimitAction.ANSWERED);
        return large ? Outcome.TRUNCATE : Outcome.SEND;
    }

    /** Whether large answers are held against a rate; in whatever message, and however much there is to do. */
    public boolean countsResponses() {
        return rules.responses != LimitMode.OFF;
    }

    /**
     * A large answer goes to the client that {@link #client} has told, whose address is not proven: others must not be flooded
     * with such by way of this node.
     *
     * @param id of the message
     * @param port of the client
     */
    public Outcome respondsLargely(int id, int port) {
        boolean within = paysAlone(key ^ RESPONSES, rules.responseCost(factor), rules.mostOwedResponses);
        if (within) {
            return Outcome.SEND;
        }
        if (rules.responses == LimitMode.DRY_RUN) {
            counters.response(LimitAction.WOULD_DROP);
            return Outcome.SEND;
        }
        boolean truncated = lot(id, port) % TRUNCATED_OF == 0;
        counters.response(truncated ? LimitAction.TRUNCATED : LimitAction.DROPPED);
        return truncated ? Outcome.TRUNCATE : Outcome.DROP;
    }

    /** First looks at all levels, then charges each of them. */
    private boolean pays() {
        LimitLevel level = LimitLevel.of(ipv4, 0);
        int slot = table.find(key, micros, rules.most);
        long value = table.value(slot);
        long owed = RateTable.debt(value, key, micros, rules.mostOwed) + rounded(rules.questionCost(level, factor));
        if (owed > rules.mostOwed) {
            over = level;
            return false;
        }
        boolean closely = !rules.samplesNetworks || near.contains(largestNetwork(), micros);
        if ((closely || isSampled()) && !networksPay(closely ? 1 : Rules.NETWORKS_OF)) {
            return false;
        }
        table.owe(slot, value, key, micros + owed);
        return true;
    }

    private long largestNetwork() {
        return LimitLevel.of(ipv4, LimitLevel.OF_PROTOCOL - 1).prefix(ipv4, client);
    }

    private boolean isSampled() {
        return (random >>> Rules.FRACTION_BITS) % Rules.NETWORKS_OF == 0;
    }

    /**
     * For so many questions, if there is room for one at each level. Clients of an allowed prefix share the accounts of their networks with
     * clients of the same factor alone: a neighbour that is not allowed does not use them up.
     */
    private boolean networksPay(int questions) {
        long of = NETWORKS | ((long) factor << FACTOR_SHIFT) | (ipv4 ? 1 : 0);
        long mostOwed = rules.mostOwed;
        long most = 0;
        for (int i = 1; i < LimitLevel.OF_PROTOCOL; i++) {
            LimitLevel level = LimitLevel.of(ipv4, i);
            long account = hash.of(level.prefix(ipv4, client), of | ((long) i << 1));
            int slot = table.find(account, micros, rules.most);
            long value = table.value(slot);
            long debt = RateTable.debt(value, account, micros, mostOwed);
            long cost = rules.questionCost(level, factor);
            if (debt + rounded(cost) > mostOwed) {
                over = level;
                look(debt);
                return false;
            }
            long owed = Math.min(mostOwed, debt + rounded(cost * questions));
            most = Math.max(most, owed);
            slots[i] = slot;
            values[i] = value;
            keys[i] = account;
            until[i] = micros + owed;
        }
        for (int i = 1; i < LimitLevel.OF_PROTOCOL; i++) {
            table.owe(slots[i], values[i], keys[i], until[i]);
        }
        look(most);
        return true;
    }

    /** Looks closely at the networks of the client while one of them, which owes so much, is near its limit. */
    private void look(long owed) {
        long beyond = owed - rules.mostOwed / Rules.NEAR;
        if (beyond > 0) {
            near.add(largestNetwork(), micros + beyond);
        }
    }

    /** A cost in whole µs: up or down by chance, so that it is right on average. */
    private long rounded(long cost) {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return (cost + (random & FRACTION_MASK)) >>> Rules.FRACTION_BITS;
    }

    private long lot(int id, int port) {
        return hash.of(((long) id << 16) | port, LOTS | ((micros >>> LOT_MICROS_BITS) & 0xFFFF_FFFFL)) >>> 1;
    }
}
