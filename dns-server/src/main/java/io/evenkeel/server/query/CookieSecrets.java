package io.evenkeel.server.query;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/*
 * The secret of a cookie is that of the day which its timestamp lies in, so it rolls by itself and no valid cookie fails: one
 * that is old enough for another day's secret says so. Every node that has the same roots and a clock that is right to five
 * minutes makes the same secrets, and nothing is stored or sent. With several roots, as while the cluster key is changed, the
 * first one makes cookies and all are accepted (RFC 9018 §5: a secret is known everywhere before the first node uses it).
 *
 * Refreshed by one control thread, read by any.
 */

/** What server cookies are made with. */
public final class CookieSecrets {
    /** Octets of a root, derived from what the nodes of a cluster share. */
    public static final int ROOT_BYTES = 32;

    private static final int PERIOD_SECONDS = 86_400;
    private static final int PERIODS = 3;
    private static final String MAC = "HmacSHA256";

    private final LongSupplier unixSeconds;
    private volatile LongFunction<List<byte[]>> ofPeriod;
    private volatile Table table;

    /** Per day the secrets, two words each: yesterday's, today's, tomorrow's. */
    private record Table(long firstPeriod, long[][] secrets) {}

    /** @param ofPeriod the secrets of a day since 1970, {@link SipHash#KEY_BYTES} of each count */
    CookieSecrets(LongSupplier unixSeconds, LongFunction<List<byte[]>> ofPeriod) {
        this.unixSeconds = unixSeconds;
        this.ofPeriod = ofPeriod;
        this.table = derive();
    }

    /**
     * Shared with nobody, until {@link #refresh(List)} brings roots that others have, too.
     *
     * @param unixSeconds wall clock
     */
    public static CookieSecrets create(LongSupplier unixSeconds) {
        byte[] root = new byte[ROOT_BYTES];
        new SecureRandom().nextBytes(root);
        return new CookieSecrets(unixSeconds, period -> List.of(secret(root, period)));
    }

    /**
     * Follows the days, with the secrets that any other node with the same roots has; to be called at least once an hour, and
     * when the roots have changed.
     *
     * @param roots at least one; the first makes cookies, all are accepted
     */
    public void refresh(List<byte[]> roots) {
        ofPeriod = period -> {
            List<byte[]> secrets = new ArrayList<>();
            for (byte[] root : roots) {
                secrets.add(secret(root, period));
            }
            return secrets;
        };
        refresh();
    }

    /** Follows the days with the same roots; to be called at least once an hour. */
    public void refresh() {
        table = derive();
    }

    private Table derive() {
        long first = unixSeconds.getAsLong() / PERIOD_SECONDS - 1;
        long[][] secrets = new long[PERIODS][];
        for (int period = 0; period < PERIODS; period++) {
            List<byte[]> present = ofPeriod.apply(first + period);
            secrets[period] = new long[2 * present.size()];
            for (int i = 0; i < present.size(); i++) {
                secrets[period][2 * i] = SipHash.get(present.get(i), 0);
                secrets[period][2 * i + 1] = SipHash.get(present.get(i), 8);
            }
        }
        return new Table(first, secrets);
    }

    private static byte[] secret(byte[] root, long period) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(root, MAC));
            return mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(period).array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + MAC, e);
        }
    }

    /** Seconds since 1970. */
    long now() {
        return unixSeconds.getAsLong();
    }

    /**
     * The secrets for cookies of that time, two words each, the first of them for making one. Not to be written to.
     *
     * @param time within a day of now
     */
    long[] at(long time) {
        Table present = table;
        long period = time / PERIOD_SECONDS - present.firstPeriod;
        return present.secrets[Math.clamp(period, 0, PERIODS - 1)];
    }
}
