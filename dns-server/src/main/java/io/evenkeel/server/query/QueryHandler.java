package io.evenkeel.server.query;

import io.evenkeel.consensus.process.QuietLog;
import io.evenkeel.server.limits.LoopLimits;
import io.evenkeel.server.traffic.LoopTraffic;
import io.evenkeel.zones.Catalog;
import io.evenkeel.zones.answer.Answer;
import io.evenkeel.zones.answer.AnswerCollector;
import io.evenkeel.zones.answer.RCode;
import io.evenkeel.zones.store.RRType;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers messages: parse, find, collect, encode. One per event loop, not thread-safe; allocates nothing per query in steady
 * state.
 */
public final class QueryHandler {
    /** In place of a length: {@link #detach} has it answered later. */
    public static final int LATER = -1;

    private static final Logger LOG = LoggerFactory.getLogger(QueryHandler.class);

    /** An answer of so many times its question's length, or less, is of no use to who forges an address. */
    private static final int LARGE = 2;

    /** Octets from the end of a SOA record to its EXPIRE field. */
    private static final int EXPIRE_FROM_END = 8;

    private final Supplier<Catalog> catalog;
    private final MessageKinds kinds;
    private final QueryCounters counters;
    private final LoopLimits limits;
    private final LoopTraffic traffic;
    private final ZoneCounters zones;
    private final byte[] address = new byte[LoopLimits.ADDRESS_BYTES];
    private final int udpPayloadLimit;
    private final BooleanSupplier stale;
    private final Query query = new Query();
    private final AnswerCollector collector;
    private final Answer answer = new Answer();
    private final ExchangeOptions exchange;
    private final ChaosNames chaos;
    private final ResponseEncoder encoder;
    private final ResponseOptions options;
    private final Probes.@Nullable Gate probes;
    /** Whether the present message is one of another member, which is no traffic. */
    private boolean probe;
    /** Where the name that the present message asks for was looked up; {@link ShownZones#NONE}. */
    private long zone;
    /** What that came to. */
    private ZoneAnswer found = ZoneAnswer.OTHER;
    /** For the order of records within an RRset; wraps around. */
    private int rotation;
    /** Of the message that is to be answered later. */
    private @Nullable SlowHandler later;

    /** A fault that each query meets must not fill a disk. */
    private final QuietLog faults = new QuietLog(LOG);

    /** @param counters written by this handler only */
    public QueryHandler(AnswerSource source, QueryCounters counters) {
        this.catalog = source.catalog();
        this.kinds = source.kinds();
        this.stale = source.stale();
        this.counters = counters;
        this.limits = source.limits().loop();
        this.traffic = source.traffic().loop();
        this.zones = source.zones().loop();
        AnswerSettings settings = source.settings();
        this.udpPayloadLimit = settings.udpPayload();
        this.collector = new AnswerCollector(settings.aliasLinks());
        this.exchange = new ExchangeOptions(settings, counters);
        this.chaos = new ChaosNames(settings);
        this.encoder = new ResponseEncoder(udpPayloadLimit);
        this.options = encoder.options();
        this.probes = settings.probes() == null ? null : new Probes.Gate(settings.probes());
    }

    /** What it holds its clients to. Of the same loop. */
    public LoopLimits limits() {
        return limits;
    }

    /** What it tells of its traffic. Of the same loop. */
    public LoopTraffic traffic() {
        return traffic;
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
     * @return length of the answer written to {@code out}; 0: stay silent; {@link #LATER}
     */
    public int handle(byte[] in, int length, Transport transport, Client client, byte[] out) {
        probe = false;
        zone = ShownZones.NONE;
        int written = work(in, length, transport, client, out);
        if (traffic.wants() && !probe) {
            tell(in, length, transport, client, out, written);
        }
        return written;
    }

    private void tell(byte[] in, int length, Transport transport, Client client, byte[] out, int written) {
        int octets = client.putClaimedAddress(address, 0);
        int outcome = written == LATER ? LoopTraffic.LATER : written == 0 ? LoopTraffic.SILENCE : encoder.rcode();
        traffic.saw(
                in,
                length,
                transport == Transport.TCP,
                address,
                octets,
                client.port(),
                out,
                Math.max(0, written),
                outcome);
    }

    private int work(byte[] in, int length, Transport transport, Client client, byte[] out) {
        if (length < Wire.HEADER) {
            counters.drop(DropReason.SHORT);
            return 0;
        }
        if ((Wire.u16(in, Wire.FLAGS) & Wire.QR) != 0) {
            counters.drop(DropReason.RESPONSE);
            return 0;
        }
        probe = isProbe(in, length, client);
        boolean counted = !probe && limits.begins();
        if (counted && !isAdmitted(in, length, transport, client)) {
            counters.drop(DropReason.CLIENT_LIMIT);
            return 0;
        }
        int written;
        try {
            written = answer(in, length, transport, client, out);
        } catch (RuntimeException e) {
            faults.error("A query met a fault of this program and was answered SERVFAIL", e);
            counters.failure();
            options.clear(); // perhaps half written
            written = encoder.error(in, query, RCode.SERVFAIL, out);
        }
        if (written == LATER) {
            if (counted && limits.isDroppedLater()) {
                counters.drop(DropReason.CLIENT_LIMIT);
                return 0;
            }
            return LATER;
        }
        if (probe) {
            counters.probe();
            return written;
        }
        int sent = limited(counted, in, length, transport, client, written, out);
        if (sent > 0) {
            counters.query(transport, query.type());
            counters.response(transport, encoder.rcode());
            counters.size(transport, sent);
            if (zone != ShownZones.NONE) {
                zones.count(zone, found);
            }
            if (query.hasEdns()) {
                counters.edns(query.dnssecOk());
            }
        }
        return sent;
    }

    /**
     * Whether a message is one by which another member finds out if this node answers: no limit holds for it, and it counts as no question.
     */
    private boolean isProbe(byte[] in, int length, Client client) {
        return probes != null && probes.isProbe(in, length, client);
    }

    /** Before the message is read: whether its client may ask so much. An address is proven by TCP, or by a cookie. */
    private boolean isAdmitted(byte[] in, int length, Transport transport, Client client) {
        limits.client(address, client.putClaimedAddress(address, 0));
        boolean within = transport == Transport.TCP
                ? limits.isProvenWithin()
                // The cookie counts where it is needed: what it costs to check, nobody pays who is within the limits.
                : limits.isWithin() || (exchange.proves(in, length, client) && limits.isProvenWithin());
        return within || limits.isAnsweredAnyway(Wire.u16(in, 0), client.port());
    }

    /**
     * With an answer there: whether it may go out.
     *
     * @return octets of it, of TC alone in its place, or 0
     */
    private int limited(
            boolean counted, byte[] in, int length, Transport transport, Client client, int written, byte[] out) {
        boolean large = transport == Transport.UDP && written > LARGE * length;
        LoopLimits.Outcome outcome = counted ? judged(large) : LoopLimits.Outcome.SEND;
        DropReason reason = DropReason.FAILURE_PACE;
        if (large
                && outcome == LoopLimits.Outcome.SEND
                && limits.countsResponses()
                && exchange.cookieState() != CookieState.VALID) {
            limits.client(address, client.putClaimedAddress(address, 0));
            outcome = limits.respondsLargely(Wire.u16(in, 0), client.port());
            reason = DropReason.RESPONSE_LIMIT;
        }
        return switch (outcome) {
            case SEND -> written;
            case TRUNCATE -> {
                counters.truncated();
                yield encoder.truncate(in, query, out);
            }
            case DROP -> {
                counters.drop(reason);
                yield 0;
            }
        };
    }

    private LoopLimits.Outcome judged(boolean large) {
        boolean repeated =
                query.hasQuestion() && limits.isRepeated(((long) query.name.hash(0) << Short.SIZE) | query.type());
        counters.counted(repeated);
        int rcode = encoder.rcode();
        boolean failed = rcode == RCode.REFUSED || rcode == RCode.SERVFAIL || rcode == RCode.NXDOMAIN;
        return limits.answered(repeated, failed, large);
    }

    /**
     * All that it takes to answer, away from this loop, the message that {@link #handle} has just put off; to be called with
     * the same arguments. Counts as neither answered nor dropped yet.
     */
    public DetachedRequest detach(byte[] in, int length, Transport transport, Client client) {
        ResponseEncoder own = new ResponseEncoder(udpPayloadLimit);
        own.options().copy(options);
        return new DetachedRequest(
                in,
                length,
                transport,
                client,
                limit(transport),
                exchange.cookieState(),
                own,
                Objects.requireNonNull(later));
    }

    /**
     * What becomes of a message that {@link #handle} has just put off if there is no place to work on it. Over UDP the client
     * asks again by itself; over TCP it would wait.
     *
     * @return as {@link #handle}, but never {@link #LATER}
     */
    public int turnDown(byte[] in, Transport transport, byte[] out) {
        if (transport == Transport.UDP) {
            counters.drop(DropReason.BUSY);
            return 0;
        }
        counters.query(transport, query.type());
        counters.response(transport, RCode.SERVFAIL);
        return encoder.error(in, query, RCode.SERVFAIL, out);
    }

    /** Counts a message that was put off, once nothing more is sent to it. */
    public void ended(DetachedRequest request) {
        if (request.failed()) {
            counters.failure();
        }
        if (request.sent() == 0) {
            counters.drop(DropReason.UNANSWERED);
            return;
        }
        counters.query(request.transport(), request.type());
        counters.response(request.transport(), request.rcode());
    }

    /**
     * Counts and logs a fault of this program that nobody could be answered about: a message is lost by it, or a connection.
     *
     * @param fault of the same loop
     */
    public void failed(Throwable fault) {
        faults.error("A loop that answers queries met a fault of this program", fault);
        counters.failure();
    }

    private int answer(byte[] in, int length, Transport transport, Client client, byte[] out) {
        options.clear();
        int parsed = query.parse(in, length);
        int agreed = exchange.answer(in, query, transport, client, options);
        if (parsed == RCode.NOERROR && query.ednsVersion() != 0) { // RFC 6891 §6.1.3, whatever else it is about
            return encoder.error(in, query, RCode.BADVERS, out);
        }
        if (query.opcode() != Wire.QUERY) {
            return settle(kinds.ofOpcode(query.opcode()), in, transport, out);
        }
        if (parsed != RCode.NOERROR) {
            return encoder.error(in, query, parsed, out);
        }
        if (agreed == RCode.FORMERR) {
            return encoder.error(in, query, agreed, out);
        }
        if (!query.hasQuestion()) {
            return encoder.error(in, query, rcodeWithoutQuestion(), out);
        }
        if (agreed != RCode.NOERROR) {
            return encoder.error(in, query, agreed, out);
        }
        return query.dnsClass() == Wire.CLASS_IN || query.dnsClass() == Wire.CLASS_ANY
                ? answerInternet(in, transport, out)
                : answerOther(in, out);
    }

    private int settle(MessageKind kind, byte[] in, Transport transport, byte[] out) {
        return switch (kind.judge(query, transport)) {
            case Verdict.Code code -> error(in, code.rcode(), code.extendedError(), out);
            case Verdict.Later put -> {
                later = put.handler();
                yield LATER;
            }
        };
    }

    /** RFC 7873 §5.4: a client may ask for nothing but its cookie; else RFC 9619 §4. */
    private int rcodeWithoutQuestion() {
        CookieState cookie = exchange.cookieState();
        if (cookie == null) {
            return RCode.FORMERR;
        }
        return cookie == CookieState.INVALID ? RCode.BADCOOKIE : RCode.NOERROR;
    }

    private int answerInternet(byte[] in, Transport transport, byte[] out) {
        switch (query.type()) {
            case RRType.AXFR -> {
                return settle(kinds.axfr(), in, transport, out);
            }
            case RRType.IXFR -> {
                return settle(kinds.ixfr(), in, transport, out);
            }
            default -> {}
        }
        collector.collect(catalog.get(), query.name, query.type(), query.dnssecOk(), answer);
        if (query.hasEdns()) {
            addOptions();
        }
        int end = encoder.encode(in, query, answer, limit(transport), rotation++ & Integer.MAX_VALUE, out);
        if (!probe) {
            judge();
        }
        answer.reset(); // so that it does not keep an old version of a zone alive
        if (encoder.isTruncated()) {
            counters.truncated();
        }
        return end;
    }

    /** RFC 2308 §2.2: NODATA and a referral both are NOERROR without an answer; nothing else tells them apart afterwards. */
    private void judge() {
        if (!answer.isOfZone()) {
            return;
        }
        zone = answer.zoneId();
        boolean empty = answer.size() == 0 || answer.section(0) != Answer.ANSWER;
        found = switch (answer.rcode()) {
            case RCode.NXDOMAIN -> ZoneAnswer.NXDOMAIN;
            case RCode.NOERROR ->
                !empty ? ZoneAnswer.DATA : answer.isAuthoritative() ? ZoneAnswer.NODATA : ZoneAnswer.REFERRAL;
            default -> ZoneAnswer.OTHER;
        };
        if (found == ZoneAnswer.NODATA) {
            counters.withoutData();
        } else if (found == ZoneAnswer.REFERRAL) {
            counters.referral();
        }
    }

    /** RFC 1035 §3.2.4: we have zones of class IN only. */
    private int answerOther(byte[] in, byte[] out) {
        byte[] text = chaos.find(query);
        if (text == null) {
            return error(in, RCode.REFUSED, ExtendedError.NOT_SUPPORTED, out);
        }
        return query.type() == RRType.TXT || query.type() == RRType.ANY
                ? encoder.text(in, query, text, out)
                : encoder.error(in, query, RCode.NOERROR, out);
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
                    answer.rcode() == RCode.NXDOMAIN ? ExtendedError.STALE_NXDOMAIN : ExtendedError.STALE_ANSWER);
        }
    }

    /** RFC 7314 §3.2: who asks for the SOA of a zone is told when it expires; this is the primary. */
    private boolean isSoaOfZone() {
        return query.type() == RRType.SOA
                && answer.size() > 0
                && answer.section(0) == Answer.ANSWER
                && answer.type(0) == RRType.SOA;
    }

    private int limit(Transport transport) {
        if (transport == Transport.TCP) {
            return Wire.MAX_MESSAGE;
        }
        // RFC 6891 §6.2.3: values below 512 count as 512
        return query.hasEdns() ? Math.min(udpPayloadLimit, Math.max(Wire.MIN_UDP, query.ednsPayload())) : Wire.MIN_UDP;
    }
}
