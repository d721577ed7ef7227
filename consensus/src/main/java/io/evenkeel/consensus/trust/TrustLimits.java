package io.evenkeel.consensus.trust;

import java.time.Duration;

/** Bounds on keys and on what strangers cause, each with its reason. */
final class TrustLimits {
    /** A key file: one entry takes 1 to 2 kB. */
    static final int KEY_FILE_BYTES = 256 << 10;

    /** Keys and certificates in it: a rotation needs two, each handshake and each command may look through all. */
    static final int KEY_FILE_ENTRIES = 16;

    /** Of the reason why a stranger was turned away: some of it may be his own words. */
    static final int LOGGED_REASON_CHARS = 200;

    /** Connections to one port from unknown addresses that have shown no certificate yet: a handshake takes milliseconds. */
    static final int STRANGERS = 16;

    /** How many of these may come in a second: at a millisecond or two each they cost a tenth of a processor. */
    static final int STRANGERS_PER_SECOND = 50;

    /** Of these places, and of the tokens for them, those for addresses that knock seldom. */
    static final int STRANGERS_SELDOM = 6;

    /** Within which such a handshake must be over; one that a busy machine fails is begun again. */
    static final Duration STRANGER_HANDSHAKE = Duration.ofSeconds(2);

    /** No handshake is ended for another one's sake before that: two round trips between continents. */
    static final Duration UNDISTURBED = Duration.ofMillis(300);

    /** An address that has not knocked for so long knocks seldom: members try again after a second at the latest. */
    static final Duration SELDOM = Duration.ofMillis(400);

    /** TLS handshakes under way at one port from known addresses: a cluster that starts needs a few for each member. */
    static final int HANDSHAKES = 256;

    /** The same from one address: on one machine, or behind one NAT, all members may share it. */
    static final int HANDSHAKES_OF_ONE = 64;

    /** How many of these may come in a second from one address: nine members behind one NAT need a dozen each to start. */
    static final int KNOWN_PER_SECOND = 100;

    /** How many of these may come at once. */
    static final int KNOWN_BURST = 200;

    /** From accept to the end of the handshake: a LAN needs milliseconds, a busy start-up a second. */
    static final Duration KNOWN_HANDSHAKE = Duration.ofSeconds(5);

    /** Connections to the Raft port that have shown a certificate: nine members keep a handful each. */
    static final int RAFT_CONNECTIONS = 256;

    /** Connections of the peer channel that have shown a certificate: nine members with a few reconnects each. */
    static final int PEER_CONNECTIONS = 64;

    /** How long an address stays known: longer than a member is away for maintenance. */
    static final Duration KNOWN_FOR = Duration.ofDays(1);

    /** An address that goes on proving itself is written again after so long: after a restart it is known nearly as long. */
    static final Duration KNOWN_WRITTEN_AFTER = Duration.ofHours(1);

    /** Addresses that have proven themselves; beyond it the one that did so longest ago is forgotten. */
    static final int KNOWN_ADDRESSES = 256;

    /** The file of these: a line has 60 octets at most. */
    static final int KNOWN_FILE_BYTES = 32 << 10;

    /** Slots in which knocks of strangers are noted by address: beside a thousand that knock, one of a hundred has none of its own. */
    static final int ADDRESS_SLOTS = 16_384;

    /** The same for known addresses, of which there are a few hundred. */
    static final int KNOWN_SLOTS = 4096;

    /** Of an IPv6 address that make it another one: its /64. */
    static final int PREFIX_OCTETS = 8;

    /** Host names whose addresses are kept: two for each of nine members, and as many of those that may join or have been named. */
    static final int NAMES = 64;

    /** Addresses of one name: a member has a few of each family. */
    static final int NAME_ADDRESSES = 8;

    /** The file of these: a name of 253 octets and eight addresses, for each. */
    static final int NAMES_FILE_BYTES = 64 << 10;

    /** A lookup that began less long ago is not repeated for a connection that failed, which is tried again each second. */
    static final Duration LOOKUP_FRESH = Duration.ofSeconds(2);

    /** Addresses are looked up again after so long, even if none of them fails. */
    static final Duration LOOKUP_AGED = Duration.ofSeconds(30);

    /** Whoever needs the addresses now waits so long for a lookup: within what a caller waits for a connection. */
    static final Duration LOOKUP_WAIT = Duration.ofSeconds(1);

    private TrustLimits() {}
}
