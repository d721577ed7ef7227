package io.evenkeel.consensus.trust;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Concurrency: one lock, held for some hundred nanoseconds; what ends a connection runs outside of it.
 *
 * A connection that has shown no certificate yet costs a descriptor, a TLS engine and a signature of ours. So each holds a
 * place from its accept on; places are few, and given at a bounded rate. Strangers share theirs, addresses that are known have
 * places of their own: an attack by strangers keeps out no member. Addresses only order this queue. The certificate decides
 * who gets in, and gets its address known.
 *
 * An honest stranger (a member whose address has changed, or whose NAT is new) must get in among thousands of knocks a second.
 * His chance is that he knocks seldom: the last tokens of strangers are for addresses that have not knocked for a while,
 * so that an address that knocks all the time only ever gets what these leave; so are the last places. And he needs his place
 * for a moment only: once all are taken, the connection of the address with the most places ends, the oldest of them first,
 * though none before it has had time for a handshake.
 */

/** The door of one port of the cluster: who may shake hands at all, decided by his address right after accept. Any thread. */
public final class Entrance {
    private static final Logger LOG = LoggerFactory.getLogger(Entrance.class);

    private final int mostProven;
    private final KnownAddresses known;
    private final Refusals refusals;
    private final LongSupplier nanos;
    private final Group strangers;
    private final Group acquaintances;
    private int proven;

    /**
     * With all places free.
     *
     * @param mostProven connections that have shown a certificate
     */
    Entrance(int mostProven, KnownAddresses known, Refusals refusals, LongSupplier nanos) {
        this.mostProven = mostProven;
        this.known = known;
        this.refusals = refusals;
        this.nanos = nanos;
        long now = nanos.getAsLong();
        this.strangers = new Group(TrustLimits.STRANGERS, TrustLimits.STRANGER_HANDSHAKE, new SharedRate(now));
        this.acquaintances = new Group(TrustLimits.HANDSHAKES_OF_ONE, TrustLimits.KNOWN_HANDSHAKE, new OwnRate(now));
    }

    /**
     * Of a port that only this machine reaches and that asks for no certificate.
     *
     * @param port how the log names it
     */
    public static Entrance ofLoopback(String port) {
        KnownAddresses loopback = new KnownAddresses();
        loopback.members(List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1")));
        return new Entrance(TrustLimits.PEER_CONNECTIONS, loopback, new Refusals(port), System::nanoTime);
    }

    /**
     * A place for a connection that was just accepted; null: there is none, it is counted, and is to be closed at once.
     *
     * @param from the other side
     */
    public @Nullable Place admit(InetAddress from) {
        Place evicted = null;
        Place place = null;
        boolean isKnown = known.knows(from);
        synchronized (this) {
            Group group = isKnown ? acquaintances : strangers;
            long now = nanos.getAsLong();
            int most = group.rate.knock(from, now);
            // Who may have none of the last places gets none that one of these makes free either.
            boolean allowed = most > 0 && group.places.size() <= most;
            if (allowed && group.isFull(from, most)) {
                evicted = group.evictable(from, now).orElse(null);
                allowed = evicted != null;
                if (evicted != null) {
                    evicted.leave();
                    evicted.isEvicted = true;
                }
            }
            if (allowed) {
                group.rate.take(from);
                place = new Place(from, group, now);
                group.add(place);
            }
        }
        if (evicted != null) {
            evicted.evict();
        }
        if (place == null || evicted != null) {
            refusals.tooMany(evicted == null ? from : evicted.from, isKnown);
        }
        return place;
    }

    /** How many have not shown a certificate yet. */
    synchronized int waiting() {
        return strangers.places.size() + acquaintances.places.size();
    }

    /** Ends one that got no place, with a reset: an ordinary close would leave the kernel a connection to remember for a minute. */
    public static void turnAway(Socket socket) {
        try (socket) {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            LOG.debug("a connection that was turned away had ended already", e);
        }
    }

    /** What one open connection holds. */
    public final class Place implements AutoCloseable {
        private final InetAddress from;
        private final long since;
        // Guarded by the entrance.
        private @Nullable Group group;
        private boolean isProven;
        private boolean isEvicted;
        private boolean isRefused;
        private @Nullable Runnable end;

        private final Duration deadline;

        private Place(InetAddress from, Group group, long since) {
            this.from = from;
            this.group = group;
            this.since = since;
            this.deadline = group.deadline;
        }

        /** Within which the handshake must be over. */
        public Duration deadline() {
            return deadline;
        }

        /**
         * How to end the connection if its place is needed for another; runs at once if that has happened.
         *
         * @param action called once at most, on any thread; must not block
         */
        public void onEviction(Runnable action) {
            synchronized (Entrance.this) {
                if (!isEvicted) {
                    end = action;
                    return;
                }
            }
            action.run();
        }

        /** The other side has shown a certificate of the cluster; false: there are too many of these, it is to be closed. */
        public boolean prove() {
            synchronized (Entrance.this) {
                if (isEvicted) {
                    return false;
                }
                if (isProven) {
                    return true;
                }
                known.prove(from);
                leave();
                if (proven < mostProven) {
                    proven++;
                    isProven = true;
                    return true;
                }
                isRefused = true;
            }
            refusals.tooMany(from, true);
            return false;
        }

        /** Whether the other side has shown a certificate, and its connection has not ended. */
        public boolean isProven() {
            synchronized (Entrance.this) {
                return isProven;
            }
        }

        /** The handshake has failed: counted, unless that was since its place was needed, or it was counted before. */
        public void refuse(Throwable failure) {
            synchronized (Entrance.this) {
                if (isEvicted || isRefused) {
                    return;
                }
                isRefused = true;
            }
            refusals.add(from, known.knows(from), failure);
        }

        /** The address of the other side, as far as a log may tell it: in full that of a member, or of one that is known as such. */
        public String from() {
            return refusals.show(from, isProven() || known.knows(from));
        }

        /** The connection has ended. Again does no harm. */
        @Override
        public void close() {
            synchronized (Entrance.this) {
                leave();
                end = null;
                if (isProven) {
                    isProven = false;
                    proven--;
                }
            }
        }

        private void leave() {
            if (group != null) {
                group.remove(this);
                group = null;
            }
        }

        private void evict() {
            Runnable action;
            synchronized (Entrance.this) {
                action = end;
                end = null;
            }
            if (action != null) {
                action.run();
            }
        }
    }

    /** Places of one kind, the oldest first. */
    private static final class Group {
        private final int mostOfOne;
        private final Duration deadline;
        private final Rate rate;
        private final Set<Place> places = new LinkedHashSet<>();
        private final Map<InetAddress, Integer> byAddress = new HashMap<>();

        Group(int mostOfOne, Duration deadline, Rate rate) {
            this.mostOfOne = mostOfOne;
            this.deadline = deadline;
            this.rate = rate;
        }

        private int count(InetAddress from) {
            return byAddress.getOrDefault(from, 0);
        }

        boolean isFull(InetAddress from, int most) {
            return places.size() >= most || count(from) >= mostOfOne;
        }

        /** Of those that have had their time, the oldest of an address with the most places; of its own if it has too many. */
        Optional<Place> evictable(InetAddress from, long now) {
            Stream<Place> old = places.stream().filter(place -> now - place.since >= TrustLimits.UNDISTURBED.toNanos());
            return count(from) >= mostOfOne
                    ? old.filter(place -> place.from.equals(from)).findFirst()
                    : old.min(Comparator.comparingInt(place -> -count(place.from)));
        }

        void add(Place place) {
            places.add(place);
            byAddress.merge(place.from, 1, Integer::sum);
        }

        void remove(Place place) {
            if (places.remove(place)) {
                byAddress.computeIfPresent(place.from, (_, count) -> count == 1 ? null : count - 1);
            }
        }
    }

    /** How often places of a kind are given. */
    private sealed interface Rate {
        /** With how many places of the kind that address may have one now; 0: not now. Each knock is noted. */
        int knock(InetAddress from, long now);

        /** It got one. */
        void take(InetAddress from);
    }

    /** Gives an address a slot of a table, by a hash that nobody outside can foretell: those that share one share its fate. */
    private static final class Slots {
        private final int salt = ThreadLocalRandom.current().nextInt() | 1;
        private final int count;

        Slots(int count) {
            this.count = count;
        }

        int of(InetAddress from) {
            byte[] octets = from.getAddress();
            // A site of IPv6 has as many addresses as it likes in its prefix.
            int length = from instanceof Inet6Address ? TrustLimits.PREFIX_OCTETS : octets.length;
            int hash = salt;
            for (int i = 0; i < length; i++) {
                hash = (hash ^ octets[i]) * 0x01000193 + salt;
            }
            hash ^= hash >>> 15;
            return Math.floorMod(hash, count);
        }
    }

    /** Tokens for all; the last of them, and of the places, are for addresses that have not knocked for a while. */
    private static final class SharedRate implements Rate {
        private static final double PER_NANO = TrustLimits.STRANGERS_PER_SECOND / 1e9;

        // Two for each address: one that shares both with others that knock all the time is rare.
        private final Slots first = new Slots(TrustLimits.ADDRESS_SLOTS);
        private final Slots second = new Slots(TrustLimits.ADDRESS_SLOTS);
        private final long[] lastKnock = new long[TrustLimits.ADDRESS_SLOTS];
        private double tokens = TrustLimits.STRANGERS;
        private long grown;

        SharedRate(long now) {
            grown = now;
            Arrays.fill(lastKnock, now - TrustLimits.SELDOM.toNanos());
        }

        @Override
        public int knock(InetAddress from, long now) {
            tokens = Math.min(TrustLimits.STRANGERS, tokens + (now - grown) * PER_NANO);
            grown = now;
            int one = first.of(from);
            int other = second.of(from);
            boolean seldom = Math.max(now - lastKnock[one], now - lastKnock[other]) >= TrustLimits.SELDOM.toNanos();
            lastKnock[one] = now;
            lastKnock[other] = now;
            int kept = seldom ? 0 : TrustLimits.STRANGERS_SELDOM;
            return tokens >= kept + 1 ? TrustLimits.STRANGERS - kept : 0;
        }

        @Override
        public void take(InetAddress from) {
            tokens--;
        }
    }

    /** Tokens for each address. */
    private static final class OwnRate implements Rate {
        private static final double PER_NANO = TrustLimits.KNOWN_PER_SECOND / 1e9;

        private final Slots slots = new Slots(TrustLimits.KNOWN_SLOTS);
        private final double[] tokens = new double[TrustLimits.KNOWN_SLOTS];
        private final long[] grown = new long[TrustLimits.KNOWN_SLOTS];

        OwnRate(long now) {
            Arrays.fill(tokens, TrustLimits.KNOWN_BURST);
            Arrays.fill(grown, now);
        }

        @Override
        public int knock(InetAddress from, long now) {
            int slot = slots.of(from);
            tokens[slot] = Math.min(TrustLimits.KNOWN_BURST, tokens[slot] + (now - grown[slot]) * PER_NANO);
            grown[slot] = now;
            return tokens[slot] >= 1 ? TrustLimits.HANDSHAKES : 0;
        }

        @Override
        public void take(InetAddress from) {
            tokens[slots.of(from)]--;
        }
    }
}
