package io.evenkeel.server.query;

import io.evenkeel.zones.answer.RCode;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A message with an answer away from the loop that received it, and with all that its answers need: it shares nothing with
 * the loop. For the one thread that works on it.
 */
public final class DetachedRequest {
    /** The parser may look a little beyond the end of a message. */
    private static final int SLACK_BYTES = 8;

    private final byte[] message;
    private final int length;
    private final Transport transport;
    private final byte[] client;
    private final int limit;
    private final @Nullable CookieState cookie;
    private final Query query = new Query();
    private final ResponseEncoder encoder;
    private final SlowHandler handler;
    private Replies replies = Replies.NOWHERE;
    private volatile long movedNanos = System.nanoTime();
    private int sent;
    private int rcode;
    private boolean failed;

    DetachedRequest(
            byte[] in,
            int length,
            Transport transport,
            Client client,
            int limit,
            @Nullable CookieState cookie,
            ResponseEncoder encoder,
            SlowHandler handler) {
        this.message = Arrays.copyOf(in, length + SLACK_BYTES);
        this.length = length;
        this.transport = transport;
        byte[] address = new byte[16];
        this.client = Arrays.copyOf(address, client.putAddress(address, 0));
        this.limit = limit;
        this.cookie = cookie;
        this.encoder = encoder;
        this.handler = handler;
        int _ = query.parse(message, length);
    }

    /** Octets that it keeps. */
    public int bytes() {
        return message.length;
    }

    /** Octets of the message, a copy. */
    public byte[] message() {
        return Arrays.copyOf(message, length);
    }

    /** How it came. Over UDP one message can be sent at most. */
    public Transport transport() {
        return transport;
    }

    /** Most octets of a message that is sent. */
    public int limit() {
        return limit;
    }

    /** IP address of the client, a copy: 4 or 16 octets, none if it is not known. */
    public byte[] client() {
        return client.clone();
    }

    /** What its COOKIE option was worth; null without one, or if they are not looked at. */
    public @Nullable CookieState cookie() {
        return cookie;
    }

    /** Type that is asked for; -1 if there is no question. */
    public int type() {
        return query.type();
    }

    /**
     * Lets the handler work on it; in the thread that is to do so. A handler that meets a fault of this program before it has
     * sent anything answers SERVFAIL.
     */
    public void run(Replies to) throws InterruptedException, ClientGoneException {
        replies = to;
        try {
            handler.handle(this);
        } catch (RuntimeException | Error e) {
            failed = true;
            if (sent == 0) {
                fail(RCode.SERVFAIL, ExtendedError.NONE);
            }
            throw e;
        }
    }

    /**
     * Sends a message as it is. Blocks while the client takes no more.
     *
     * @throws ClientGoneException if it cannot be sent any more
     */
    public void send(byte[] answer, int octets) throws InterruptedException, ClientGoneException {
        send(answer, octets, answer[Wire.FLAGS + 1] & 0xF);
    }

    /**
     * Sends a message without records: the question, and the options that every answer to it has.
     *
     * @param code RCODE below {@link QueryCounters#RCODES}; above 15 only if the question has EDNS
     * @param extendedError info code of RFC 8914, {@link ExtendedError#NONE} for none
     */
    public void fail(int code, int extendedError) throws InterruptedException, ClientGoneException {
        if (query.hasEdns() && extendedError != ExtendedError.NONE) {
            encoder.options().setExtendedError(extendedError);
        }
        byte[] out = new byte[Wire.MIN_UDP];
        send(out, encoder.error(message, query, code, out), code);
    }

    private void send(byte[] answer, int octets, int code) throws InterruptedException, ClientGoneException {
        if (Thread.interrupted()) {
            throw new InterruptedException("too late, or the client is gone");
        }
        replies.send(answer, octets);
        movedNanos = System.nanoTime();
        rcode = code;
        sent++;
    }

    /** When it came, or the last message could be sent, by {@link System#nanoTime}. Any thread. */
    public long movedNanos() {
        return movedNanos;
    }

    /** How many messages have been sent. */
    public int sent() {
        return sent;
    }

    /** RCODE of the last one. */
    int rcode() {
        return rcode;
    }

    /** Whether its handler has met a fault of this program. */
    boolean failed() {
        return failed;
    }
}
