package io.evenkeel.consensus.trust;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownAddressesTest {
    private static final InetAddress ONE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress SIX = InetAddress.ofLiteral("2001:db8::1");
    private static final long DAY = TrustLimits.KNOWN_FOR.toSeconds();

    @TempDir
    private Path folder = Path.of("");

    private long seconds = 1_800_000_000;

    private KnownAddresses opened() {
        KnownAddresses known = new KnownAddresses(() -> seconds);
        known.keepIn(folder.resolve("known-addresses"));
        return known;
    }

    private String file() throws Exception {
        return Files.readString(folder.resolve("known-addresses"));
    }

    @Test
    void membersAreKnownForAsLongAsTheyAreSaidToBe() {
        KnownAddresses known = opened();
        known.members(List.of(ONE));
        assertThat(known.knows(ONE)).isTrue();
        assertThat(known.knows(SIX)).isFalse();
        known.members(List.of(SIX));
        assertThat(known.knows(ONE)).isFalse();
        assertThat(known.knows(InetAddress.ofLiteral("2001:db8:0::1"))).isTrue();
    }

    @Test
    void provenAddressIsKnownForADayOverARestart() throws Exception {
        KnownAddresses known = opened();
        known.prove(ONE);
        known.prove(SIX);
        known.keep();
        assertThat(file()).isEqualTo("192.0.2.1 1800000000\n2001:db8:0:0:0:0:0:1 1800000000\n");
        KnownAddresses again = opened();
        seconds += DAY - 1;
        assertThat(again.knows(ONE)).isTrue();
        assertThat(again.knows(SIX)).isTrue();
        seconds++;
        assertThat(again.knows(ONE)).isFalse();
        assertThat(again.provenCount()).isZero();
    }

    @Test
    void fileIsWrittenForNewsAlone() throws Exception {
        KnownAddresses known = opened();
        known.keep();
        assertThat(folder.resolve("known-addresses")).doesNotExist();
        known.prove(ONE);
        known.keep();
        seconds += TrustLimits.KNOWN_WRITTEN_AFTER.toSeconds() - 1;
        known.prove(ONE);
        known.keep();
        assertThat(file()).isEqualTo("192.0.2.1 1800000000\n");
        seconds++;
        known.prove(ONE);
        known.keep();
        assertThat(file()).isEqualTo("192.0.2.1 " + seconds + "\n");
        seconds += DAY;
        known.prove(SIX);
        known.keep();
        assertThat(file()).as("without what is over").isEqualTo("2001:db8:0:0:0:0:0:1 " + seconds + "\n");
    }

    @Test
    void whatCannotBeWrittenIsTriedAgain() throws Exception {
        KnownAddresses known = opened();
        Path blocking =
                Files.createDirectories(folder.resolve("known-addresses").resolve("full"));
        known.prove(ONE);
        known.keep();
        Files.delete(blocking);
        Files.delete(folder.resolve("known-addresses"));
        known.keep();
        assertThat(opened().knows(ONE)).isTrue();
    }

    @Test
    void rubbishInTheFileIsLeftOut() throws Exception {
        Files.writeString(
                folder.resolve("known-addresses"),
                "what is this\n192.0.2.300 1800000000\n\n2001:db8::1 1799999999\n192.0.2.1 99999999999999999999\n");
        KnownAddresses known = opened();
        assertThat(known.provenCount()).isEqualTo(1);
        assertThat(known.knows(SIX)).isTrue();
    }

    @Test
    void addressFromTheFutureCountsAsProvenNow() throws Exception {
        Files.writeString(folder.resolve("known-addresses"), "192.0.2.1 1900000000\n");
        KnownAddresses known = opened();
        assertThat(known.knows(ONE)).isTrue();
        seconds += DAY;
        assertThat(known.knows(ONE)).isFalse();
    }

    @Test
    void theLongestUnprovenIsForgottenFirst() {
        KnownAddresses known = opened();
        known.prove(ONE);
        for (int i = 0; i < TrustLimits.KNOWN_ADDRESSES; i++) {
            seconds++;
            known.prove(InetAddress.ofLiteral("198.51.100." + i % 256));
        }
        assertThat(known.knows(ONE)).isFalse();
        assertThat(known.provenCount()).isEqualTo(TrustLimits.KNOWN_ADDRESSES);
    }
}
