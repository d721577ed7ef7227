package io.evenkeel.bench.differential;

import java.util.List;
import java.util.Locale;

/** How zones are signed, with the options of {@code dnssec-signzone} and of {@code ldns-signzone} for it. */
enum Kind {
    PLAIN(List.of(), List.of()),
    NSEC(List.of(), List.of()),
    NSEC3(List.of("-3", "-", "-H", "0"), List.of("-n", "-t", "0")),
    OPTOUT(List.of("-3", "aabbccdd", "-H", "1", "-A"), List.of("-n", "-s", "aabbccdd", "-t", "1", "-p"));

    private final List<String> signerOptions;
    private final List<String> ldnsOptions;

    Kind(List<String> signerOptions, List<String> ldnsOptions) {
        this.signerOptions = signerOptions;
        this.ldnsOptions = ldnsOptions;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Characters of the longest name, with its last dot: names of 255 octets, but with NSEC3 two fewer, since the signer
     * thinks of a wildcard below each.
     */
    int longestName() {
        return this == NSEC3 || this == OPTOUT ? 252 : 254;
    }

    /** Of an RRset: signatures have the same (RFC 4034 §3), but not a longer one than they are valid. */
    int longestTtl() {
        return this == PLAIN ? Integer.MAX_VALUE : 1_209_600;
    }

    List<String> signerOptions() {
        return signerOptions;
    }

    List<String> ldnsOptions() {
        return ldnsOptions;
    }
}
