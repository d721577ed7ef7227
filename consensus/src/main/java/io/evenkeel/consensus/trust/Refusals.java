package io.evenkeel.consensus.trust;

import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.process.QuietLog;
import java.net.InetAddress;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.NotSslRecordException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Who was turned away at one port before he got in: counted by reason, and told in at most one line per reason in
 * {@link QuietLog#WINDOW}. Any thread.
 */
public final class Refusals {
    private final String port;
    /** Of whoever is no member; set once, before the first comes. */
    private volatile ClientPrivacy privacy = ClientPrivacy.FULL;

    private final Map<Reason, LongAdder> counts = new EnumMap<>(Reason.class);
    private final Map<Reason, QuietLog> lines = new EnumMap<>(Reason.class);

    /** Closed set, so that a metric exists before its first event. */
    public enum Reason {
        /** It shows no certificate of this cluster, or none, or takes ours for foreign. */
        FOREIGN("foreign certificate"),
        /** Its certificate, or to its clock ours, is past its dates or before them. */
        NOT_VALID_NOW("certificate outside its dates"),
        PLAIN_TEXT("no TLS"),
        /** It offers nothing above TLS 1.2. */
        OLD_PROTOCOL("no TLS 1.3"),
        /** More at once, or in a second, than may shake hands from there. */
        TOO_MANY("too many connections"),
        /** A handshake that was broken off, took too long or made no sense. */
        OTHER("handshake failed");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /** Why a handshake failed. */
        static Reason of(Throwable failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                switch (cause) {
                    case CertificateExpiredException _, CertificateNotYetValidException _ -> {
                        return NOT_VALID_NOW;
                    }
                    case PinnedCertificates.ForeignCertificateException _ -> {
                        return FOREIGN;
                    }
                    case NotSslRecordException _ -> {
                        return PLAIN_TEXT;
                    }
                    default -> {
                        Reason told = told(String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT));
                        if (told != null) {
                            return told;
                        }
                    }
                }
            }
            return OTHER;
        }

        /** What the JDK says only in words. */
        private static @Nullable Reason told(String message) {
            if (message.contains("unsupported or unrecognized ssl message")) {
                return PLAIN_TEXT;
            }
            if (message.contains("protocol_version") || message.contains("protocol version")) {
                return OLD_PROTOCOL;
            }
            if (message.contains("alert: certificate_expired")) {
                return NOT_VALID_NOW;
            }
            return message.contains("alert: certificate_unknown")
                            || message.contains("alert: bad_certificate")
                            || message.contains("alert: unknown_ca")
                            || message.contains("empty client certificate chain")
                    ? FOREIGN
                    : null;
        }
    }

    /** @param port how the log names it */
    Refusals(String port) {
        this.port = port;
        for (Reason reason : Reason.values()) {
            counts.put(reason, new LongAdder());
            lines.put(reason, new QuietLog(LoggerFactory.getLogger(Refusals.class)));
        }
    }

    /** From now on the log tells so much of addresses that are not known as those of members. */
    void privacy(ClientPrivacy told) {
        privacy = told;
    }

    /** The text of an address, as far as it may be told. */
    String show(InetAddress from, boolean isKnown) {
        return (isKnown ? ClientPrivacy.FULL : privacy).show(from);
    }

    /** Counts one whose handshake failed. */
    void add(InetAddress from, boolean isKnown, Throwable failure) {
        add(from, isKnown, Reason.of(failure), () -> String.valueOf(failure.getMessage()));
    }

    /** Counts one that found no place. */
    void tooMany(InetAddress from, boolean isKnown) {
        add(from, isKnown, Reason.TOO_MANY, () -> isKnown ? "from known addresses" : "from unknown addresses");
    }

    private void add(InetAddress from, boolean isKnown, Reason reason, Supplier<String> why) {
        get(counts, reason).increment();
        get(lines, reason)
                .warn(() -> port + ": turned away a connection from " + show(from, isKnown) + ": " + reason.text + " ("
                        + shortened(why.get()) + ")");
    }

    /** Netty puts the octets of a stranger into its message. */
    private static String shortened(String why) {
        int end = why.indexOf("not an SSL/TLS record") >= 0 ? "not an SSL/TLS record".length() : why.length();
        String line = why.replaceAll("\\p{Cntrl}", " ");
        return line.substring(0, Math.min(Math.min(end, line.length()), TrustLimits.LOGGED_REASON_CHARS));
    }

    private static <T> T get(Map<Reason, T> map, Reason reason) {
        return Objects.requireNonNull(map.get(reason), "filled by the constructor");
    }

    /** Since the start of the process. */
    public long count(Reason reason) {
        return get(counts, reason).sum();
    }

    /** All of them. */
    public long count() {
        return counts.values().stream().mapToLong(LongAdder::sum).sum();
    }
}
