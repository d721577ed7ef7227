package io.evenkeel.server.transport;

/** Why a node ends a TCP connection, besides lack of room, idleness, and octets that are sent without a pause. */
public enum TcpEnding {
    /** Too many of one address; the idlest of them was closed. */
    ADDRESS,
    /** A message did not come to its end in time: a client that sends octet by octet. */
    MESSAGE,
    /** All connections together hold as many octets as they may; closed was one that would have held more. */
    MEMORY,
    /** It had lived as long as it may, and was ended in order. */
    LIFE,
    /** It had brought as many questions as it may, and was ended in order. */
    QUERIES,
    /** It came from an address that may not ask there, and was closed at once. */
    SOURCE,
    /** It did not begin with a header of the PROXY protocol, where it must. */
    PROXY
}
