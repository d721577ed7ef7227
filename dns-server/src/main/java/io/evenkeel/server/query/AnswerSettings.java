package io.evenkeel.server.query;

import io.evenkeel.zones.answer.AnswerCollector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What an operator decides about answers.
 *
 * @param udpPayload most octets of an answer over UDP, whatever the client allows; 512 to 65,535
 * @param aliasLinks links of a CNAME or DNAME chain that are followed in one answer, 1 to {@value AnswerCollector#MAX_LINKS}
 * @param identity what NSID and, if allowed, {@code id.server} say; up to {@value #MAX_IDENTITY} octets; empty: neither is
 *     answered
 * @param version what {@code version.server} says if allowed; up to 255 octets
 * @param chaos whether questions of class CHAOS about the server are answered
 * @param cookies what server cookies are made with; null: the COOKIE option is ignored
 * @param requireServerCookie whether a client that sends a cookie over UDP gets BADCOOKIE until it has the right one
 * @param tcpIdle after which time a TCP connection without a question is closed, as clients are told it: zero asks them to close theirs;
 *     read for each answer that says so
 * @param probes by which messages of other members are told from those of clients; null: there are no other members
 */
public record AnswerSettings(
        int udpPayload,
        int aliasLinks,
        String identity,
        String version,
        boolean chaos,
        @Nullable CookieSecrets cookies,
        boolean requireServerCookie,
        Supplier<Duration> tcpIdle,
        @Nullable Probes probes) {
    /** Octets of {@link #identity}: a node's name always fits. */
    public static final int MAX_IDENTITY = 63;

    /** Of a node that nobody probes. */
    public AnswerSettings(
            int udpPayload,
            int aliasLinks,
            String identity,
            String version,
            boolean chaos,
            @Nullable CookieSecrets cookies,
            boolean requireServerCookie,
            Supplier<Duration> tcpIdle) {
        this(udpPayload, aliasLinks, identity, version, chaos, cookies, requireServerCookie, tcpIdle, null);
    }

    public AnswerSettings {
        if (udpPayload < Wire.MIN_UDP || udpPayload > Wire.MAX_MESSAGE) {
            throw new IllegalArgumentException(
                    "UDP payload limit " + udpPayload + "; from 512 to 65535 octets are possible");
        }
        check("identity", identity, MAX_IDENTITY);
        check("version", version, 255);
    }

    private static void check(String what, String text, int most) {
        int octets = text.getBytes(StandardCharsets.UTF_8).length;
        if (octets > most) {
            throw new IllegalArgumentException(what + " of " + octets + " octets; up to " + most + " are possible");
        }
    }

    /** Zones alone: no options that tell of the server. */
    public static AnswerSettings plain(int udpPayload) {
        Duration tcpIdle = Duration.ofSeconds(10);
        return new AnswerSettings(udpPayload, AnswerCollector.DEFAULT_LINKS, "", "", false, null, false, () -> tcpIdle);
    }
}
