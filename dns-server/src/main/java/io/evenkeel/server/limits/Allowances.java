package io.evenkeel.server.limits;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * By how much the rate of a client is multiplied, from the prefixes that members agree on. Immutable; a look-up is a search by halves in at
 * most two boundaries of each prefix, and allocates nothing.
 */
final class Allowances {
    /** Of a client in none of the prefixes. */
    static final int NONE = 1;

    /** Where the answer changes: addresses as unsigned numbers of two words, in order, the first 0. */
    private final long[] highs;

    private final long[] lows;
    /** From there on. */
    private final int[] factors;

    private Allowances(long[] highs, long[] lows, int[] factors) {
        this.highs = highs;
        this.lows = lows;
        this.factors = factors;
    }

    /**
     * @param addressBytes 4 for those of IPv4, 16 for those of IPv6
     */
    static Allowances of(List<LimitSettings.Allowance> allowed, int addressBytes) {
        List<Span> spans = allowed.stream()
                .filter(one -> one.network().getAddress().length == addressBytes)
                .map(one -> Span.of(one, 8 * addressBytes))
                .sorted(Comparator.comparingInt(Span::bits).reversed())
                .toList();
        TreeSet<BigInteger> bounds = new TreeSet<>(List.of(BigInteger.ZERO));
        for (Span span : spans) {
            bounds.add(span.first());
            bounds.add(span.beyond());
        }
        List<BigInteger> starts = new ArrayList<>(bounds);
        long[] highs = new long[starts.size()];
        long[] lows = new long[highs.length];
        int[] factors = new int[highs.length];
        for (int i = 0; i < highs.length; i++) {
            BigInteger start = starts.get(i);
            highs[i] = start.shiftRight(Long.SIZE).longValue();
            lows[i] = start.longValue();
            factors[i] = spans.stream()
                    .filter(span -> span.contains(start))
                    .findFirst()
                    .map(Span::factor)
                    .orElse(NONE);
        }
        // What is beyond all addresses is none, and 2^128 would look like 0.
        int length = starts.getLast().bitLength() > 8 * addressBytes ? highs.length - 1 : highs.length;
        return new Allowances(
                Arrays.copyOf(highs, length), Arrays.copyOf(lows, length), Arrays.copyOf(factors, length));
    }

    private record Span(BigInteger first, BigInteger beyond, int bits, int factor) {
        static Span of(LimitSettings.Allowance allowance, int addressBits) {
            InetAddress network = allowance.network();
            int hostBits = addressBits - allowance.bits();
            BigInteger first =
                    new BigInteger(1, network.getAddress()).shiftRight(hostBits).shiftLeft(hostBits);
            return new Span(first, first.add(BigInteger.ONE.shiftLeft(hostBits)), allowance.bits(), allowance.factor());
        }

        boolean contains(BigInteger address) {
            return address.compareTo(first) >= 0 && address.compareTo(beyond) < 0;
        }
    }

    /**
     * The factor of an address.
     *
     * @param high its first eight octets; 0 for IPv4
     * @param low its last ones
     */
    int factor(long high, long low) {
        int from = 0;
        int length = factors.length;
        while (length > 1) {
            int half = length >>> 1;
            int order = Long.compareUnsigned(highs[from + half], high);
            order = order == 0 ? Long.compareUnsigned(lows[from + half], low) : order;
            from += order <= 0 ? half : 0; // which cannot be predicted, and need not be
            length -= half;
        }
        return factors[from];
    }
}
