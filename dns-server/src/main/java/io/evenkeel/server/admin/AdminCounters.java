package io.evenkeel.server.admin;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** What the HTTP ports of a node count; read at scrape time. Any thread. */
@SuppressWarnings("EnumOrdinal") // places in arrays of this process only
public final class AdminCounters {
    /** Some are there from the start, so that the growth of the first is seen. */
    private final ConcurrentSkipListMap<Integer, LongAdder> responses =
            new ConcurrentSkipListMap<>(Map.of(200, new LongAdder(), 503, new LongAdder(), 507, new LongAdder()));

    private final ConcurrentHashMap<Request, LongAdder> requests = new ConcurrentHashMap<>();
    private final LongAdder rubbish = new LongAdder();
    private final AtomicLongArray refused = new AtomicLongArray(Refusal.values().length);
    private final AtomicIntegerArray open = new AtomicIntegerArray(Port.values().length);
    private final AtomicLongArray ended = new AtomicLongArray(Port.values().length * Ended.values().length);

    /** A port that speaks HTTP. */
    public enum Port {
        /** That of {@code admin.listen}. */
        ADMIN("admin API"),
        /** That of {@code health.listen}. */
        HEALTH("health port");

        private final String title;

        Port(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }

        /** As metrics and threads name it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Why a request was refused that needs a key. */
    public enum Refusal {
        /** It brought none. */
        MISSING,
        /** It brought another one. */
        WRONG,
        /** It brought the right one, from another machine. */
        ELSEWHERE;

        /** As metrics name it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Why a node has ended a connection by itself. */
    public enum Ended {
        /** All places were taken by requests in work. */
        REFUSED,
        /** It made room for a new one: it had brought no request for longest. */
        EVICTED,
        /** It brought no whole header in time. */
        HEADER,
        /** It brought no other request. */
        IDLE,
        /** It sent or took too little of a body or a reply. */
        SLOW,
        /** It went on sending after the last reply. */
        LINGER;

        /** As metrics name it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    void response(int status) {
        responses.computeIfAbsent(status, _ -> new LongAdder()).increment();
    }

    /**
     * A kind of request and of answer: as many as there are routes and the codes that each gives.
     *
     * @param route with {@code {name}} in place of what a request names
     */
    public record Request(String route, String method, int status) {}

    void request(Route route, int status) {
        requests.computeIfAbsent(new Request(route.pattern(), route.method(), status), _ -> new LongAdder())
                .increment();
    }

    /** Requests that had a route, by that and by how they were answered. */
    public Map<Request, Long> requests() {
        Map<Request, Long> sums = new HashMap<>();
        requests.forEach((request, count) -> sums.put(request, count.sum()));
        return sums;
    }

    void refuse(Refusal reason) {
        refused.incrementAndGet(reason.ordinal());
    }

    /** Requests that were refused for that reason. */
    public long refused(Refusal reason) {
        return refused.get(reason.ordinal());
    }

    void countRubbish() {
        rubbish.increment();
    }

    void open(Port port, int connections) {
        open.set(port.ordinal(), connections);
    }

    void ended(Port port, Ended reason) {
        ended.incrementAndGet(place(port, reason));
    }

    private static int place(Port port, Ended reason) {
        return port.ordinal() * Ended.values().length + reason.ordinal();
    }

    /** Answers by HTTP status, in order of status. */
    public Map<Integer, Long> responses() {
        Map<Integer, Long> sums = new TreeMap<>();
        responses.forEach((status, count) -> sums.put(status, count.sum()));
        return sums;
    }

    /** Connections that did not speak HTTP. */
    public long rubbish() {
        return rubbish.sum();
    }

    /** Connections that are open. */
    public int open(Port port) {
        return open.get(port.ordinal());
    }

    /** Connections that the node ended for that reason. */
    public long endedSoFar(Port port, Ended reason) {
        return ended.get(place(port, reason));
    }
}
