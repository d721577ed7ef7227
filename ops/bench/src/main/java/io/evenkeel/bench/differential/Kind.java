package io.evenkeel.bench.differential;

import java.util.List;
import java.util.Locale;

/** How zones are signed, with the options of {@code dnssec-signzone} for it. */
enum Kind {
    PLAIN(List.of()),
    NSEC(List.of()),
    NSEC3(List.of("-3", "-", "-H", "0")),
    OPTOUT(List.of("-3", "aabbccdd", "-H", "1", "-A"));

    private final List<String> signerOptions;

    Kind(List<String> signerOptions) {
        this.signerOptions = signerOptions;
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

    List<String> signerOptions() {
        return signerOptions;
    }
}
