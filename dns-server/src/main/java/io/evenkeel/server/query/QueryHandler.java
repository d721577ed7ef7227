package io.evenkeel.server.query;

import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.Zone;
import io.evenkeel.zones.answer.Answer;
import io.evenkeel.zones.answer.AnswerCollector;
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

    /** Octets from the end of a SOA record to its EXPIRE field. */
    private static final int EXPIRE_FROM_END = 8;

    private final Supplier<Catalog> catalog;
    private final QueryCounters counters;
    private final int udpPayloadLimit;
    private final BooleanSupplier stale;
    private final Query query = new Query();
    private final AnswerCollector collector;
    private final Answer answer = new Answer();
    private final ExchangeOptions exchange;
    private final ChaosNames chaos;
    private final ResponseEncoder encoder;
    private final ResponseOptions options;
    /** For the order of records within an RRset; wraps around. */
    private int rotation;

    private boolean logged;
    private long loggedNanos;

    /** Answers from zones that are never stale, and says nothing of the server. */
    public QueryHandler(Supplier<Catalog> catalog, QueryCounters counters, int udpPayloadLimit) {
        this(catalog, counters, AnswerSettings.plain(udpPayloadLimit), () -> false);
    }

    /**
     * Answers as the operator wants it.
     *
     * @param catalog read once for each query, which is answered wholly from what it gave
     * @param counters written by this handler only
     * @param stale whether what {@code catalog} gives is older than it should be; read for each answer that can say so
     */
    public QueryHandler(
            Supplier<Catalog> catalog, QueryCounters counters, AnswerSettings settings, BooleanSupplier stale) {
        this.catalog = catalog;
        this.counters = counters;
        this.udpPayloadLimit = settings.udpPayload();
        this.stale = stale;
        this.collector = new AnswerCollector(settings.aliasLinks());
        this.exchange = new ExchangeOptions(settings, counters);
        this.chaos = new ChaosNames(settings);
        this.encoder = new ResponseEncoder(udpPayloadLimit);
        this.options = encoder.options();
    }

    /** Answers a message of nobody in particular. */
    public int handle(byte[] in, int length, Transport transport, byte[] out) {
        return handle(in, length, transport, Client.UNKNOWN, out);
    }

    /**
     * Answers one message.
     *
     * @param in read from 0; {@code in.length >= length + 8}
     * @param out has 65,535 octets
     * @return length of the answer written to {@code out}; 0: stay silent
     */
    public int handle(byte[] in, int length, Transport transport, Client client, byte[] out) {
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
            written = answer(in, length, transport, client, out);
        } catch (RuntimeException e) {
            logAtTimes(e);
            counters.failure();
            options.clear(); // perhaps half written
            written = encoder.error(in, query, Wire.SERVFAIL, out);
        }
        counters.query(transport, query.type());
        counters.response(transport, encoder.rcode());
        return written;
    }

    private int answer(byte[] in, int length, Transport transport, Client client, byte[] out) {
        options.clear();
        int parsed = query.parse(in, length);
        int agreed = exchange.answer(in, query, transport, client, options);
        if (!query.isStandardQuery()) { // RFC 8906 §3.1.4
            return isUpdateOfSignedZone()
                    ? error(in, Wire.REFUSED, ExtendedError.PROHIBITED, out)
                    : error(in, Wire.NOTIMP, ExtendedError.NOT_SUPPORTED, out);
        }
        if (parsed != Wire.NOERROR) {
            return encoder.error(in, query, parsed, out);
        }
        if (query.ednsVersion() != 0) { // RFC 6891 §6.1.3
            return encoder.error(in, query, Wire.BADVERS, out);
        }
        if (agreed == Wire.FORMERR) {
            return encoder.error(in, query, agreed, out);
        }
        if (!query.hasQuestion()) {
            return encoder.error(in, query, rcodeWithoutQuestion(), out);
        }
        if (agreed != Wire.NOERROR) {
            return encoder.error(in, query, agreed, out);
        }
        return query.dnsClass() == Wire.CLASS_IN || query.dnsClass() == Wire.CLASS_ANY
                ? answerInternet(in, transport, out)
                : answerOther(in, out);
    }

    /** Such a zone changes as a whole only, whatever else of RFC 2136 is done: §3.3 has REFUSED for policy. */
    private boolean isUpdateOfSignedZone() {
        if (!query.isUpdate() || query.type() != Wire.SOA) {
            return false;
        }
        Zone zone = catalog.get().find(query.name);
        return zone != null && zone.isSigned() && zone.isApex(query.name);
    }

    /** RFC 7873 §5.4: a client may ask for nothing but its cookie; else RFC 9619 §4. */
    private int rcodeWithoutQuestion() {
        CookieState cookie = exchange.cookieState();
        if (cookie == null) {
            return Wire.FORMERR;
        }
        return cookie == CookieState.INVALID ? Wire.BADCOOKIE : Wire.NOERROR;
    }

    private int answerInternet(byte[] in, Transport transport, byte[] out) {
        switch (query.type()) {
            case Wire.AXFR -> {
                return transport == Transport.UDP // RFC 5936 §4.2: there is no such thing
                        ? error(in, Wire.NOTIMP, ExtendedError.NOT_SUPPORTED, out)
                        : error(in, Wire.REFUSED, ExtendedError.PROHIBITED, out);
            }
            case Wire.IXFR -> {
                return error(in, Wire.REFUSED, ExtendedError.PROHIBITED, out);
            }
            default -> {}
        }
        collector.collect(catalog.get(), query.name, query.type(), query.dnssecOk(), answer);
        if (query.hasEdns()) {
            addOptions();
        }
        int end = encoder.encode(in, query, answer, limit(transport), rotation++ & Integer.MAX_VALUE, out);
        answer.reset(); // so that it does not keep an old version of a zone alive
        if (encoder.isTruncated()) {
            counters.truncated();
        }
        return end;
    }

    /** RFC 1035 §3.2.4: we have zones of class IN only. */
    private int answerOther(byte[] in, byte[] out) {
        byte[] text = chaos.find(query);
        if (text == null) {
            return error(in, Wire.REFUSED, ExtendedError.NOT_SUPPORTED, out);
        }
        return query.type() == Wire.TXT || query.type() == Wire.ANY
                ? encoder.text(in, query, text, out)
                : encoder.error(in, query, Wire.NOERROR, out);
    }

    private int error(byte[] in, int rcode, int extendedError, byte[] out) {
        if (query.ednsVersion() == 0) {
            options.setExtendedError(extendedError);
        }
        return encoder.error(in, query, rcode, out);
    }

    private void addOptions() {
        if (!answer.isOfZone()) {
            options.setExtendedError(ExtendedError.NOT_AUTHORITATIVE);
            return;
        }
        if (query.asksZoneVersion()) {
            options.addZoneVersion(answer.zoneLabels(), answer.zoneSerial());
        }
        if (query.asksExpire() && isSoaOfZone()) {
            int end = answer.from(0) + answer.bytes(0);
            options.addExpire(answer.array(0), end - EXPIRE_FROM_END);
        }
        if (stale.getAsBoolean()) {
            options.setExtendedError(
                    answer.rcode() == Wire.NXDOMAIN ? ExtendedError.STALE_NXDOMAIN : ExtendedError.STALE_ANSWER);
        }
    }

    /** RFC 7314 §3.2: who asks for the SOA of a zone is told when it expires; this is the primary. */
    private boolean isSoaOfZone() {
        return query.type() == Wire.SOA
                && answer.size() > 0
                && answer.section(0) == Answer.ANSWER
                && answer.type(0) == Wire.SOA;
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
