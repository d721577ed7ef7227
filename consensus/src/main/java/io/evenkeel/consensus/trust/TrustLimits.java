package io.evenkeel.consensus.trust;

/** Bounds on keys and on what strangers cause, each with its reason. */
final class TrustLimits {
    /** A key file: one entry takes 1 to 2 kB. */
    static final int KEY_FILE_BYTES = 256 << 10;

    /** Keys and certificates in it: a rotation needs two, each handshake and each command may look through all. */
    static final int KEY_FILE_ENTRIES = 16;

    /** Of the reason why a stranger was turned away: some of it may be his own words. */
    static final int LOGGED_REASON_CHARS = 200;

    private TrustLimits() {}
}
