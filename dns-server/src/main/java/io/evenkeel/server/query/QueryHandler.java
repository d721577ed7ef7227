package io.evenkeel.server.query;

import io.evenkeel.zones.Answer;
import io.evenkeel.zones.AnswerCollector;
import io.evenkeel.zones.Catalog;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers messages: parse, find, collect, encode. One per event loop, not thread-safe; allocates nothing per query in steady
 * state.
 */
public final class QueryHandler {
    private static final Logger LOG = LoggerFactory.getLogger(QueryHandler.class);
    /** A fault that each query meets must not fill a disk. */
    private static final long LOG_EVERY_NANOS = 10_000_000_000L;

    /** RFC 8914 §4.4: Stale Answer. */
    private static final int STALE_ANSWER = 3;
    /** RFC 8914 §4.20: the same for a name that does not exist. */
    private static final int STALE_NXDOMAIN = 19;

    private final Supplier<Catalog> catalog;
    private final QueryCounters counters;
    private final int udpPayloadLimit;
    private final BooleanSupplier stale;
    private final Query query = new Query();
    private final AnswerCollector collector = new AnswerCollector();
    private final Answer answer = new Answer();
    private final ResponseEncoder encoder;
    /** For the order of records within an RRset; wraps around. */
    private int rotation;

    private boolean logged;
    private long loggedNanos;

    /**
     * @param catalog read once for each query, which is answered wholly from what it gave
     * @param counters written by this handler only
     * @param udpPayloadLimit most octets of an answer over UDP, whatever the client allows; at least 512
     */
    public QueryHandler(Supplier<Catalog> catalog, QueryCounters counters, int udpPayloadLimit) {
        this(catalog, counters, udpPayloadLimit, () -> false);
    }

    /** @param stale whether what {@code catalog} gives is older than it should be; read for each answer that can say so */
    public QueryHandler(Supplier<Catalog> catalog, QueryCounters counters, int udpPayloadLimit, BooleanSupplier stale) {
        if (udpPayloadLimit < Wire.MIN_UDP || udpPayloadLimit > Wire.MAX_MESSAGE) {
            throw new IllegalArgumentException(
                    "UDP payload limit " + udpPayloadLimit + "; from 512 to 65535 octets are possible");
        }
        this.catalog = catalog;
        this.counters = counters;
        this.udpPayloadLimit = udpPayloadLimit;
        this.stale = stale;
        this.encoder = new ResponseEncoder(udpPayloadLimit);
    }

    /**
     * Answers one message.
     *
     * @param in read from 0; {@code in.length >= length + 8}
     * @param out has 65,535 octets
     * @return length of the answer written to {@code out}; 0: stay silent
     */
    public int handle(byte[] in, int length, Transport transport, byte[] out) {
        if (length < Wire.HEADER) {
            counters.drop(DropReason.SHORT);
            return 0;
        }
        if ((Wire.u16(in, Wire.FLAGS) & Wire.QR) != 0) {
            counters.drop(DropReason.RESPONSE);
            return 0;
        }
        int written;
        try {
            written = answer(in, length, transport, out);
        } catch (RuntimeException e) {
            logAtTimes(e);
            counters.failure();
            written = encoder.error(in, query, Wire.SERVFAIL, out);
        }
        counters.query(transport, query.type());
        counters.response(transport, encoder.rcode());
        return written;
    }

    private int answer(byte[] in, int length, Transport transport, byte[] out) {
        int rcode = query.parse(in, length);
        if (!query.isStandardQuery()) {
            return encoder.error(in, query, Wire.NOTIMP, out);
        }
        if (rcode != Wire.NOERROR) {
            return encoder.error(in, query, rcode, out);
        }
        if (query.ednsVersion() != 0) { // RFC 6891 §6.1.3
            return encoder.error(in, query, Wire.BADVERS, out);
        }
        if (query.type() == Wire.AXFR && transport == Transport.UDP) { // RFC 5936 §4.2: there is no such thing
            return encoder.error(in, query, Wire.NOTIMP, out);
        }
        if (query.dnsClass() != Wire.CLASS_IN || query.type() == Wire.AXFR || query.type() == Wire.IXFR) {
            return encoder.error(in, query, Wire.REFUSED, out);
        }
        collector.collect(catalog.get(), query.name, query.type(), query.dnssecOk(), answer);
        if (query.hasEdns() && answer.isOfZone()) {
            addOptions(encoder.options());
        }
        int end = encoder.encode(in, query, answer, limit(transport), rotation++ & Integer.MAX_VALUE, out);
        answer.reset(); // so that it does not keep an old version of a zone alive
        if (encoder.isTruncated()) {
            counters.truncated();
        }
        return end;
    }

    private void addOptions(ResponseOptions options) {
        if (query.asksZoneVersion()) {
            options.addZoneVersion(answer.zoneLabels(), answer.zoneSerial());
        }
        if (stale.getAsBoolean()) {
            options.setExtendedError(answer.rcode() == Wire.NXDOMAIN ? STALE_NXDOMAIN : STALE_ANSWER);
        }
    }

    private int limit(Transport transport) {
        if (transport == Transport.TCP) {
            return Wire.MAX_MESSAGE;
        }
        // RFC 6891 §6.2.3: values below 512 count as 512
        return query.hasEdns() ? Math.min(udpPayloadLimit, Math.max(Wire.MIN_UDP, query.ednsPayload())) : Wire.MIN_UDP;
    }

    private void logAtTimes(RuntimeException e) {
        long now = System.nanoTime();
        if (!logged || now - loggedNanos >= LOG_EVERY_NANOS) {
            logged = true;
            loggedNanos = now;
            LOG.error(
                    "A query met a fault of this program and was answered SERVFAIL; the next ones of 10 s are counted only",
                    e);
        }
    }
}
