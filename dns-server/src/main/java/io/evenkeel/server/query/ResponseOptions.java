package io.evenkeel.server.query;

/**
 * The options of one answer's OPT record, in wire form. Scratch, reused: one per encoder, not thread-safe, allocates nothing.
 *
 * <p>What was asked for counts against the size of the message before any record does: an answer that is cut short still has
 * it. What nobody asked for, the extended error, takes only room that is left (RFC 8914 §3: it goes before other data does).
 */
final class ResponseOptions {
    /** Octets of all options that are asked for; {@code Zone.MAX_RRSET_BYTES} leaves as many. */
    static final int MAX_BYTES = 128;

    private static final int HEADER = 4;
    private static final int EXTENDED_ERROR_BYTES = HEADER + 2;

    private final byte[] bytes = new byte[MAX_BYTES];
    private int length;
    private int extendedError = ExtendedError.NONE;

    /** Takes over those of another answer. */
    void copy(ResponseOptions from) {
        System.arraycopy(from.bytes, 0, bytes, 0, from.length);
        length = from.length;
        extendedError = from.extendedError;
    }

    void clear() {
        length = 0;
        extendedError = ExtendedError.NONE;
    }

    /** Octets that must find room. */
    int length() {
        return length;
    }

    /**
     * RFC 9660 §2: which version of a zone the answer is from.
     *
     * @param labels of the zone's name, 0 for the root
     * @param serial of its SOA, unsigned 32 bits
     */
    void addZoneVersion(int labels, long serial) {
        int at = add(Wire.ZONEVERSION, 6);
        bytes[at] = (byte) labels;
        bytes[at + 1] = 0; // SOA-SERIAL
        Wire.putU16(bytes, at + 2, (int) (serial >> 16));
        Wire.putU16(bytes, at + 4, (int) serial);
    }

    /** RFC 5001 §2.3. */
    void addNsid(byte[] identity) {
        int at = add(Wire.NSID, identity.length);
        System.arraycopy(identity, 0, bytes, at, identity.length);
    }

    /**
     * RFC 7873 §4.
     *
     * @return where its contents belong in {@link #array}
     */
    int addCookie() {
        return add(Wire.COOKIE, ServerCookies.BYTES);
    }

    /** RFC 7828 §3.1: how long the connection may do nothing, in tenths of a second. */
    void addKeepalive(int tenths) {
        Wire.putU16(bytes, add(Wire.KEEPALIVE, 2), tenths);
    }

    /** RFC 7314 §2: what the SOA says, in seconds; four octets from there. */
    void addExpire(byte[] array, int from) {
        System.arraycopy(array, from, bytes, add(Wire.EXPIRE, 4), 4);
    }

    byte[] array() {
        return bytes;
    }

    /** RFC 8914: without text, which would cost room. At most one is sent. */
    void setExtendedError(int infoCode) {
        extendedError = infoCode;
    }

    private int add(int code, int octets) {
        int at = length;
        Wire.putU16(bytes, at, code);
        Wire.putU16(bytes, at + 2, octets);
        length = at + HEADER + octets;
        return at + HEADER;
    }

    /**
     * @param spare octets that are left beyond {@link #length}
     * @return the offset after the last option
     */
    int write(byte[] out, int at, int spare) {
        System.arraycopy(bytes, 0, out, at, length);
        int end = at + length;
        if (extendedError != ExtendedError.NONE && spare >= EXTENDED_ERROR_BYTES) {
            Wire.putU16(out, end, Wire.EXTENDED_ERROR);
            Wire.putU16(out, end + 2, 2);
            Wire.putU16(out, end + 4, extendedError);
            end += EXTENDED_ERROR_BYTES;
        }
        return end;
    }
}
