package io.evenkeel.zones.check;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parameters of SVCB and HTTPS records as octets, and the names of their keys (RFC 9460 §2.2, §7, §14.3.2). Pure functions. */
public final class ServiceParameters {
    public static final int MANDATORY = 0;
    public static final int ALPN = 1;
    public static final int NO_DEFAULT_ALPN = 2;
    public static final int PORT = 3;
    public static final int IPV4HINT = 4;
    public static final int ECH = 5;
    public static final int IPV6HINT = 6;
    /** RFC 9461 §5. */
    public static final int DOHPATH = 7;
    /** RFC 9540 §4. */
    public static final int OHTTP = 8;

    /** By number. */
    private static final List<String> NAMES =
            List.of("mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp");

    /** Each key has two octets, and its value's length has two. */
    private static final int HEADER = 4;

    private ServiceParameters() {}

    /** How a key is written. */
    public static String name(int key) {
        return key < NAMES.size() ? NAMES.get(key) : "key" + key;
    }

    /** The number of the key that has that very name; -1 if none has, as is so for {@code key1}, whose value is written otherwise. */
    public static int key(String name) {
        return NAMES.indexOf(name);
    }

    /** What is wrong with RDATA whose priority and target are whole; null if nothing is. */
    static @Nullable Fault fault(byte[] rdata) {
        int at = 2;
        while (rdata[at] != 0) {
            at += 1 + rdata[at];
        }
        Set<Integer> keys = new HashSet<>();
        int mandatoryAt = -1;
        int before = -1;
        for (at++; at < rdata.length; ) {
            int length = at + HEADER > rdata.length ? rdata.length : u16(rdata, at + 2);
            if (at + HEADER + length > rdata.length) {
                return new Fault("a parameter is cut off", "RFC 9460 §2.2");
            }
            int key = u16(rdata, at);
            if (key <= before) {
                return new Fault(
                        key == before
                                ? "the key " + name(key) + " is there twice"
                                : "the key " + name(key) + " stands behind " + name(before)
                                        + ": keys are in the order of their numbers",
                        "RFC 9460 §2.2");
            }
            String wrong = wrong(key, rdata, at + HEADER, length);
            if (wrong != null) {
                return new Fault(name(key) + " " + wrong, rule(key));
            }
            mandatoryAt = key == MANDATORY ? at : mandatoryAt;
            keys.add(key);
            before = key;
            at += HEADER + length;
        }
        if (keys.contains(NO_DEFAULT_ALPN) && !keys.contains(ALPN)) {
            return new Fault("no-default-alpn without alpn", "RFC 9460 §7.1.1");
        }
        for (int i = 0; mandatoryAt >= 0 && i < u16(rdata, mandatoryAt + 2); i += 2) {
            int key = u16(rdata, mandatoryAt + HEADER + i);
            if (!keys.contains(key)) {
                return new Fault("mandatory names " + name(key) + ", which is not there", "RFC 9460 §8");
            }
        }
        return null;
    }

    private static @Nullable String wrong(int key, byte[] rdata, int from, int length) {
        return switch (key) {
            case MANDATORY ->
                length == 0 || length % 2 != 0 || !ascends(rdata, from, length)
                        ? "is no list of other keys in the order of their numbers"
                        : null;
            case ALPN -> isAlpn(rdata, from, length) ? null : "is no list of protocols, each of 1 to 255 octets";
            case NO_DEFAULT_ALPN, OHTTP -> length == 0 ? null : "has no value";
            case PORT -> length == 2 ? null : "is a number from 0 to 65535";
            case IPV4HINT -> length > 0 && length % 4 == 0 ? null : "is no list of IPv4 addresses";
            case ECH -> length > 0 ? null : "has a value";
            case IPV6HINT -> length > 0 && length % 16 == 0 ? null : "is no list of IPv6 addresses";
            case DOHPATH -> isTemplate(rdata, from, length) ? null : "is no template that begins with / and has {?dns}";
            default -> null;
        };
    }

    private static String rule(int key) {
        return switch (key) {
            case MANDATORY -> "RFC 9460 §8";
            case ALPN, NO_DEFAULT_ALPN -> "RFC 9460 §7.1.1";
            case PORT -> "RFC 9460 §7.2";
            case IPV4HINT, IPV6HINT -> "RFC 9460 §7.3";
            case DOHPATH -> "RFC 9461 §5";
            case OHTTP -> "RFC 9540 §4";
            default -> "RFC 9460 §14.3.2";
        };
    }

    private static boolean ascends(byte[] rdata, int from, int length) {
        int before = MANDATORY;
        for (int i = from; i < from + length; i += 2) {
            int key = u16(rdata, i);
            if (key <= before) {
                return false;
            }
            before = key;
        }
        return true;
    }

    private static boolean isAlpn(byte[] rdata, int from, int length) {
        int at = from;
        while (at < from + length && rdata[at] != 0) {
            at += 1 + (rdata[at] & 0xFF);
        }
        return length > 0 && at == from + length;
    }

    /** A URI template that is relative and has the variable "dns". */
    private static boolean isTemplate(byte[] rdata, int from, int length) {
        String template = new String(rdata, from, length, StandardCharsets.UTF_8);
        return template.startsWith("/") && template.matches(".*\\{[?&]?([^}]*,)?dns(,[^}]*)?\\}.*");
    }

    private static int u16(byte[] rdata, int at) {
        return (rdata[at] & 0xFF) << 8 | (rdata[at + 1] & 0xFF);
    }
}
