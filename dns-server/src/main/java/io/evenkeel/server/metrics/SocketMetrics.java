package io.evenkeel.server.metrics;

import io.evenkeel.server.query.DropReason;
import io.evenkeel.server.query.Lane;
import io.evenkeel.server.query.QueryCounters;
import io.evenkeel.server.query.Transport;
import io.evenkeel.server.transport.AnswerLoops;
import io.evenkeel.server.transport.DetachedRequests;
import io.evenkeel.server.transport.DnsListeners;
import io.evenkeel.server.transport.TcpEnding;
import io.evenkeel.server.transport.TransportCounters;
import io.micrometer.core.instrument.Tags;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;

/** What happens to sockets, connections and in the kernel before a question is read. */
final class SocketMetrics {
    private static final double SECOND = 1e9;

    private SocketMetrics() {}

    /**
     * @param registry for what Micrometer has no form for
     * @param sum of all loops' counters, as one scrape shows them
     */
    static void register(
            Metrics metrics,
            AnswerLoops loops,
            DnsListeners listeners,
            PrometheusRegistry registry,
            Supplier<QueryCounters> sum) {
        TransportCounters counters = listeners.counters();
        metrics.gauge(
                "evenkeel.dns.addresses.missing",
                "Addresses of `dns.listen` on which the node does not listen: no interface has them, they are still being"
                        + " checked for duplicates, or the kernel refuses them. It tries again every few seconds",
                () -> listeners.missing().size());
        metrics.gauge("evenkeel.dns.tcp.connections", "Open TCP connections", listeners::tcpConnections);
        metrics.counter("dns_tcp_accepted", "TCP connections taken", counters::tcpAccepted);
        metrics.counter("dns_tcp_evicted", "TCP connections closed to make room", counters::tcpEvicted);
        metrics.counter("dns_tcp_idle_closed", "TCP connections closed as idle", counters::tcpIdleClosed);
        metrics.counter(
                "dns_tcp_oversize",
                "TCP connections closed because they sent more than may be held",
                counters::tcpOversize);
        for (TcpEnding ending : TcpEnding.values()) {
            metrics.count(
                    "evenkeel.dns.tcp.ended",
                    "TCP connections that the node has ended for another reason than those above",
                    Tags.of("reason", ending.name().toLowerCase(Locale.ROOT)),
                    () -> counters.tcpEnded(ending));
        }
        metrics.gauge(
                "evenkeel.dns.tcp.held.bytes",
                "Octets that TCP connections hold between two reads: of messages that are not complete, and of answers"
                        + " that wait for their clients",
                listeners::tcpHeldBytes);
        metrics.counter(
                "dns_socket_errors", "Reads, writes and accepts that the kernel refused", counters::socketErrors);
        if (loops.knowsWaits()) {
            lost(metrics, loops);
            registry.register(() -> waits(sum.get()));
            registry.register(() -> answered(sum.get()));
        }
        registry.register(() -> sizes(sum.get()));
        lanes(metrics, loops);
        detached(metrics, loops.detached());
        queues(metrics, loops);
        registry.register(() -> oldest(loops));
    }

    private static void lanes(Metrics metrics, AnswerLoops loops) {
        for (Lane lane : loops.lanes()) {
            List<QueryCounters> counters = loops.counters(lane);
            Tags tags = Tags.of("lane", Metrics.lower(lane));
            metrics.count(
                    "evenkeel.dns.lane.answers",
                    "Answers given, by lane",
                    tags,
                    () -> counters.stream().mapToLong(SocketMetrics::answers).sum());
            for (DropReason reason : DropReason.values()) {
                metrics.count(
                        "evenkeel.dns.lane.dropped",
                        "Messages left without an answer, by lane",
                        tags.and("reason", Metrics.lower(reason)),
                        () -> counters.stream()
                                .mapToLong(loop -> loop.drops(reason))
                                .sum());
            }
        }
    }

    private static long answers(QueryCounters loop) {
        long sum = 0;
        for (Transport transport : Transport.values()) {
            for (int rcode = 0; rcode < QueryCounters.RCODES; rcode++) {
                sum += loop.responses(transport, rcode);
            }
        }
        return sum;
    }

    private static void detached(Metrics metrics, DetachedRequests detached) {
        metrics.gauge(
                "evenkeel.dns.detached.requests",
                "Messages that are being answered away from the threads that read sockets",
                detached::count);
        for (DetachedRequests.Ending ending : DetachedRequests.Ending.values()) {
            metrics.count(
                    "evenkeel.dns.detached.ended",
                    "Messages that were put off to be answered away from the threads that read sockets, by how that ended",
                    Tags.of("how", ending.name().toLowerCase(Locale.ROOT)),
                    () -> detached.ended(ending));
        }
    }

    private static void queues(Metrics metrics, AnswerLoops loops) {
        metrics.gauge(
                "evenkeel.dns.client.timeout.seconds",
                "How long clients are taken to wait for an answer: dns.client-timeout",
                () -> loops.receiving().clientTimeout().toNanos() / SECOND);
        List<QueryCounters> counters = loops.udpCounters();
        for (int i = 0; i < counters.size(); i++) {
            int loop = i;
            Tags tags = tags(loops, i);
            metrics.gauge(
                    "evenkeel.dns.oldest.wait.last.seconds",
                    "How long the oldest datagram of the last read had waited; 0 if none has come lately",
                    tags,
                    () -> counters.get(loop).oldestLastNanos() / SECOND);
            metrics.gauge(
                    "evenkeel.dns.receive.buffer.packets",
                    "Datagrams that the kernel holds for one socket, by what it charges for each",
                    tags,
                    () -> counters.get(loop).buffer());
            metrics.gauge(
                    "evenkeel.dns.loop.pause.seconds",
                    "For so long the thread looks at no socket, at most, one time in a thousand aside; of the last minutes",
                    tags,
                    () -> loops.pauseSeconds(loop));
        }
    }

    /** Numbers are different in all lanes, so that sums by loop are right. */
    private static Tags tags(AnswerLoops loops, int loop) {
        return Tags.of("loop", Integer.toString(loop), "lane", Metrics.lower(loops.lane(loop)));
    }

    private static void lost(Metrics metrics, AnswerLoops loops) {
        List<QueryCounters> counters = loops.udpCounters();
        for (int i = 0; i < counters.size(); i++) {
            metrics.count(
                    "evenkeel.dns.udp.lost",
                    "Datagrams that the kernel had no room for while the node was open, by the thread that reads them",
                    tags(loops, i),
                    counters.get(i)::lost);
        }
    }

    private static HistogramSnapshot waits(QueryCounters queries) {
        return HistogramSnapshot.builder()
                .name("evenkeel_dns_udp_wait_seconds")
                .help("How long datagrams waited in the kernel until they were read")
                .dataPoint(point(queries::waits, queries.waitedNanos()).build())
                .build();
    }

    private static HistogramSnapshot answered(QueryCounters queries) {
        return HistogramSnapshot.builder()
                .name("evenkeel_dns_udp_answer_seconds")
                .help("How long after a datagram came its answer was given to the kernel")
                .dataPoint(point(queries::answered, queries.answeredNanos()).build())
                .build();
    }

    private static HistogramSnapshot sizes(QueryCounters queries) {
        HistogramSnapshot.Builder histogram = HistogramSnapshot.builder()
                .name("evenkeel_dns_answer_size_bytes")
                .help("Octets of answers");
        for (Transport transport : Transport.values()) {
            double[] longest = new double[QueryCounters.SIZE_CLASSES];
            long[] counts = new long[QueryCounters.SIZE_CLASSES];
            for (int i = 0; i < counts.length; i++) {
                longest[i] = QueryCounters.longestAnswer(i);
                counts[i] = queries.sizes(transport, i);
            }
            histogram.dataPoint(HistogramDataPointSnapshot.builder()
                    .classicHistogramBuckets(ClassicHistogramBuckets.of(longest, counts))
                    .sum((double) queries.sizeSum(transport))
                    .labels(Labels.of("transport", Metrics.lower(transport)))
                    .build());
        }
        return histogram.build();
    }

    private static HistogramSnapshot oldest(AnswerLoops loops) {
        List<QueryCounters> counters = loops.udpCounters();
        HistogramSnapshot.Builder histogram = HistogramSnapshot.builder()
                .name("evenkeel_dns_oldest_wait_seconds")
                .help("How long the oldest of the datagrams that a thread read at once had waited in the kernel");
        for (int i = 0; i < counters.size(); i++) {
            QueryCounters loop = counters.get(i);
            histogram.dataPoint(point(loop::oldestWaits, loop.oldestWaitedNanos())
                    .labels(Labels.of("loop", Integer.toString(i), "lane", Metrics.lower(loops.lane(i))))
                    .build());
        }
        return histogram.build();
    }

    private static HistogramDataPointSnapshot.Builder point(IntToLongFunction count, long sumNanos) {
        double[] longest = new double[QueryCounters.WAIT_CLASSES];
        long[] counts = new long[QueryCounters.WAIT_CLASSES];
        for (int i = 0; i < counts.length; i++) {
            longest[i] = QueryCounters.longestWait(i);
            counts[i] = count.applyAsLong(i);
        }
        return HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(ClassicHistogramBuckets.of(longest, counts))
                .sum(sumNanos / SECOND);
    }
}
