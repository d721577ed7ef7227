package io.evenkeel.server.query;

/** Who sent a message; asked only when the answer depends on it. */
@FunctionalInterface
public interface Client {
    /** Nobody in particular. */
    Client UNKNOWN = (to, at) -> 0;

    /**
     * Puts its IP address there, in network order.
     *
     * @param to has room for 16 octets from {@code at}
     * @return how many octets it has: 4 or 16
     */
    int putAddress(byte[] to, int at);
}
