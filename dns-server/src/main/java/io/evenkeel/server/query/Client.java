package io.evenkeel.server.query;

/** Who sent a message; asked only when the answer depends on it, on the loop that handles the message. */
@FunctionalInterface
public interface Client {
    /** Nobody in particular; an answer that comes later reaches nobody. */
    Client UNKNOWN = (to, at) -> 0;

    /**
     * Puts its IP address there, in network order.
     *
     * @param to has room for 16 octets from {@code at}
     * @return how many octets it has: 4 or 16
     */
    int putAddress(byte[] to, int at);

    /** Its port; 0 where that does not matter. */
    default int port() {
        return 0;
    }

    /**
     * Puts the address there that it is said to have. Over UDP a proxy may have told it, and nobody has proven it: it decides how much
     * may be asked, and what a cookie is worth, never what is allowed.
     *
     * @param to has room for 16 octets from {@code at}
     * @return how many octets it has: 4 or 16
     */
    default int putClaimedAddress(byte[] to, int at) {
        return putAddress(to, at);
    }

    /**
     * A way back that stays when the message is gone from the loop.
     *
     * @param worker interrupted if the client goes; not started yet
     */
    default Replies detach(Thread worker) {
        return Replies.NOWHERE;
    }
}
