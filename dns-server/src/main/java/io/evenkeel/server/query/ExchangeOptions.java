package io.evenkeel.server.query;

import io.evenkeel.zones.answer.RCode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers the options that are about server, client and connection, whatever the question is: NSID, COOKIE,
 * edns-tcp-keepalive. Scratch, reused: one per handler, not thread-safe, allocates nothing.
 */
final class ExchangeOptions {
    private final QueryCounters counters;
    private final byte[] identity;
    private final @Nullable ServerCookies cookies;
    private final boolean requireServerCookie;
    private final Supplier<Duration> tcpIdle;

    private @Nullable CookieState cookieState;

    ExchangeOptions(AnswerSettings settings, QueryCounters counters) {
        this.counters = counters;
        this.identity = settings.identity().getBytes(StandardCharsets.UTF_8);
        this.cookies = settings.cookies() == null ? null : new ServerCookies(settings.cookies());
        this.requireServerCookie = settings.requireServerCookie();
        this.tcpIdle = settings.tcpIdle();
    }

    /** What the question's cookie was worth; null without one, or if they are not looked at. */
    @Nullable
    CookieState cookieState() {
        return cookieState;
    }

    /** Whether a message that nobody has read yet has a server cookie that proves the address of its client. */
    boolean proves(byte[] in, int length, Client client) {
        if (cookies == null) {
            return false;
        }
        int at = CookieScan.find(in, length);
        return at >= 0 && cookies.judge(in, at, ServerCookies.BYTES, client) == CookieState.VALID;
    }

    /**
     * Fills the answer's options.
     *
     * @return NOERROR, or what the question must be answered with instead: FORMERR or BADCOOKIE
     */
    int answer(byte[] in, Query query, Transport transport, Client client, ResponseOptions to) {
        cookieState = null;
        if (!query.hasEdns() || query.ednsVersion() != 0) { // what options of another version mean is not known
            return RCode.NOERROR;
        }
        if (query.asksNsid() && identity.length > 0) {
            to.addNsid(identity); // RFC 5001 §2.3
        }
        int rcode = cookies == null || query.cookieLength() < 0
                ? RCode.NOERROR
                : cookie(cookies, in, query, transport, client, to);
        if (transport == Transport.UDP || query.keepaliveLength() < 0) { // RFC 7828 §3.3.1: ignored over UDP
            return rcode;
        }
        if (query.keepaliveLength() > 0) { // RFC 7828 §3.2.1: a client must not give a time
            return RCode.FORMERR;
        }
        to.addKeepalive((int) Math.min(0xFFFF, tcpIdle.get().toMillis() / 100)); // RFC 7828 §3.1
        return rcode;
    }

    private int cookie(
            ServerCookies judge, byte[] in, Query query, Transport transport, Client client, ResponseOptions to) {
        if (!ServerCookies.isPossible(query.cookieLength())) {
            return RCode.FORMERR; // RFC 7873 §5.2.2
        }
        CookieState state = judge.judge(in, query.cookieAt(), query.cookieLength(), client);
        cookieState = state;
        counters.cookie(state);
        judge.write(in, query.cookieAt(), to.array(), to.addCookie());
        // RFC 7873 §5.2.3: over TCP the address is proven already
        boolean turnedDown = requireServerCookie && transport == Transport.UDP && state != CookieState.VALID;
        return turnedDown ? RCode.BADCOOKIE : RCode.NOERROR;
    }
}
