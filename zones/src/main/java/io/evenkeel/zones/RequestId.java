package io.evenkeel.zones;

import java.util.HexFormat;

/**
 * Names one asked change in the whole cluster, so that asking again finds the outcome and does not change twice. Minted by
 * the node that received it, from randomness or from what the client sent.
 */
public record RequestId(long high, long low) {
    /** 32 lower-case hexadecimal digits. */
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(high) + hex.toHexDigits(low);
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @throws IllegalArgumentException if it is not 32 hexadecimal digits
     */
    public static RequestId parse(String text) {
        if (text.length() != 32) {
            throw new IllegalArgumentException("a request id has 32 hexadecimal digits: " + text);
        }
        return new RequestId(HexFormat.fromHexDigitsToLong(text, 0, 16), HexFormat.fromHexDigitsToLong(text, 16, 32));
    }
}
