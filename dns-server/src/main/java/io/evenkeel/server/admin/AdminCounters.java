package io.evenkeel.server.admin;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** What the admin API counts; read at scrape time. Any thread. */
public final class AdminCounters {
    private final ConcurrentSkipListMap<Integer, LongAdder> responses = new ConcurrentSkipListMap<>();
    private final LongAdder rubbish = new LongAdder();

    void response(int status) {
        responses.computeIfAbsent(status, _ -> new LongAdder()).increment();
    }

    void countRubbish() {
        rubbish.increment();
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
}
