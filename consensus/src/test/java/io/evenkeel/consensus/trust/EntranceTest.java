package io.evenkeel.consensus.trust;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.consensus.trust.Entrance.Place;
import io.evenkeel.consensus.trust.Refusals.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EntranceTest {
    private static final InetAddress MEMBER = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress STRANGER = InetAddress.ofLiteral("203.0.113.9");
    private static final int MOST = 3;

    private final KnownAddresses known = new KnownAddresses(() -> 0);
    private final Refusals refusals = new Refusals("port");
    private long nanos;
    private final Entrance entrance = new Entrance(MOST, known, refusals, () -> nanos);

    private static InetAddress address(int i) {
        return InetAddress.ofLiteral("198.51." + (i >> 8) + "." + (i & 255));
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private static Place given(@Nullable Place place) {
        return Objects.requireNonNull(place, "no place");
    }

    @Test
    void strangersShareAFewPlacesWhateverTheirAddresses() {
        for (int i = 0; i < TrustLimits.STRANGERS; i++) {
            assertThat(entrance.admit(address(i))).isNotNull();
        }
        assertThat(entrance.admit(address(100))).isNull();
        pass(TrustLimits.UNDISTURBED.minusNanos(1));
        assertThat(entrance.admit(address(101)))
                .as("nobody has had his time yet")
                .isNull();
        assertThat(refusals.count(Reason.TOO_MANY)).isEqualTo(2);
        assertThat(entrance.waiting()).isEqualTo(TrustLimits.STRANGERS);
    }

    @Test
    void logTellsOfAStrangerAsMuchAsItMayAndOfAMemberAll() {
        known.members(List.of(MEMBER));
        refusals.privacy(ClientPrivacy.PREFIX);
        assertThat(given(entrance.admit(STRANGER)).from()).isEqualTo("203.0.113.0/24");
        assertThat(given(entrance.admit(MEMBER)).from()).isEqualTo("192.0.2.1");
        refusals.privacy(ClientPrivacy.NONE);
        Place proven = given(entrance.admit(address(1)));
        assertThat(proven.from()).isEqualTo(ClientPrivacy.SOMEBODY);
        assertThat(proven.prove()).isTrue();
        assertThat(proven.from()).isEqualTo("198.51.0.1");
    }

    @Test
    void memberFindsAPlaceWhenStrangersHaveAllOfTheirs() {
        known.members(List.of(MEMBER));
        for (int i = 0; i < 10 * TrustLimits.STRANGERS; i++) {
            entrance.admit(address(i));
        }
        Place place = given(entrance.admit(MEMBER));
        assertThat(place.deadline()).isEqualTo(TrustLimits.KNOWN_HANDSHAKE);
        assertThat(place.prove()).isTrue();
    }

    @Test
    void strangersComeAtABoundedRate() {
        int admitted = 0;
        int seconds = 10;
        for (int i = 0; i < seconds * 4000; i++) {
            pass(Duration.ofNanos(1_000_000_000 / 4000));
            Place place = entrance.admit(address(i % 60_000));
            if (place != null) {
                admitted++;
                place.close();
            }
        }
        assertThat(admitted)
                .isBetween(
                        seconds * TrustLimits.STRANGERS_PER_SECOND - TrustLimits.STRANGERS,
                        seconds * TrustLimits.STRANGERS_PER_SECOND + TrustLimits.STRANGERS);
        assertThat(refusals.count(Reason.TOO_MANY)).isEqualTo(seconds * 4000L - admitted);
    }

    /** A member whose address has changed tries once a second; each of the others knocks far more often. */
    @Test
    void honestStrangerGetsInAtOnceAmongThousandsOfKnocks() {
        for (int addresses : new int[] {1, 16, 250, 1000}) {
            Entrance door = new Entrance(MOST, known, refusals, () -> nanos);
            InetAddress honest = InetAddress.ofLiteral("203.0.113." + addresses % 251);
            int tries = 0;
            int entered = 0;
            int ended = 0;
            AtomicInteger evictions = new AtomicInteger();
            for (int i = 0; i < 20 * 4000; i++) {
                pass(Duration.ofNanos(1_000_000_000 / 4000));
                door.admit(address(i % addresses)); // and stays there
                if (i % 4000 == 2000) {
                    tries++;
                    Place own = door.admit(honest);
                    if (own != null) {
                        own.onEviction(evictions::incrementAndGet);
                        // Others knock on while his handshake takes its time.
                        for (int k = 0; k < 1000; k++) {
                            pass(Duration.ofNanos(1_000_000_000 / 4000));
                            door.admit(address((i + k) % addresses));
                        }
                        ended += evictions.getAndSet(0);
                        entered++;
                        own.close();
                    }
                }
            }
            assertThat(ended).as("broken off, %d addresses", addresses).isZero();
            // An address that shares its slot with one of theirs has no chance: the slots are other ones in each
            // process.
            assertThat(entered == 0 || entered >= tries - 1)
                    .as("%d of %d tries, %d addresses", entered, tries, addresses)
                    .isTrue();
        }
    }

    @Test
    void theOldestOfTheAddressWithTheMostPlacesMakesRoom() {
        List<String> ended = new ArrayList<>();
        for (int i = 0; i < TrustLimits.STRANGERS; i++) {
            InetAddress from = i < 3 ? address(i) : address(7);
            pass(TrustLimits.SELDOM);
            String name = from.getHostAddress() + "#" + i;
            given(entrance.admit(from)).onEviction(() -> ended.add(name));
        }
        pass(TrustLimits.UNDISTURBED);
        assertThat(entrance.admit(STRANGER)).isNotNull();
        assertThat(ended).containsExactly("198.51.0.7#3");
        assertThat(entrance.waiting()).isEqualTo(TrustLimits.STRANGERS);
    }

    @Test
    void evictedPlaceIsCountedOnceAndProvesNothing() {
        Place first = given(entrance.admit(address(0)));
        for (int i = 1; i < TrustLimits.STRANGERS; i++) {
            entrance.admit(address(i));
        }
        pass(TrustLimits.UNDISTURBED);
        assertThat(entrance.admit(STRANGER)).isNotNull();
        AtomicInteger ended = new AtomicInteger();
        first.onEviction(ended::incrementAndGet);
        assertThat(ended).as("told late, it ends at once").hasValue(1);
        first.refuse(new IOException("closed"));
        assertThat(first.prove()).isFalse();
        assertThat(known.knows(address(0))).isFalse();
        first.close();
        assertThat(refusals.count()).isEqualTo(1);
        assertThat(entrance.waiting()).isEqualTo(TrustLimits.STRANGERS);
    }

    @Test
    void whoeverProvesHimselfFreesHisPlaceAndIsKnownFromThenOn() {
        Place place = given(entrance.admit(STRANGER));
        assertThat(place.deadline()).isEqualTo(TrustLimits.STRANGER_HANDSHAKE);
        assertThat(place.isProven()).isFalse();
        assertThat(place.prove()).isTrue();
        assertThat(place.prove()).isTrue();
        assertThat(place.isProven()).isTrue();
        assertThat(entrance.waiting()).isZero();
        assertThat(known.knows(STRANGER)).isTrue();
        assertThat(given(entrance.admit(STRANGER)).deadline()).isEqualTo(TrustLimits.KNOWN_HANDSHAKE);
    }

    @Test
    void knownAddressHasABoundOfItsOwn() {
        known.members(List.of(MEMBER, STRANGER));
        for (int i = 0; i < TrustLimits.HANDSHAKES_OF_ONE; i++) {
            assertThat(entrance.admit(MEMBER)).isNotNull();
        }
        assertThat(entrance.admit(MEMBER)).isNull();
        assertThat(entrance.admit(STRANGER)).as("another one").isNotNull();
        pass(TrustLimits.UNDISTURBED);
        assertThat(entrance.admit(MEMBER)).as("instead of its oldest").isNotNull();
        assertThat(entrance.waiting()).isEqualTo(TrustLimits.HANDSHAKES_OF_ONE + 1);
    }

    @Test
    void knownAddressesHaveABoundTogether() {
        List<InetAddress> members = new ArrayList<>();
        for (int i = 0; i <= TrustLimits.HANDSHAKES; i++) {
            members.add(address(i));
        }
        known.members(members);
        members.subList(0, TrustLimits.HANDSHAKES)
                .forEach(member -> assertThat(entrance.admit(member)).isNotNull());
        assertThat(entrance.admit(members.getLast())).isNull();
    }

    @Test
    void knownAddressComesAtABoundedRate() {
        known.members(List.of(MEMBER));
        int admitted = 0;
        int seconds = 10;
        for (int i = 0; i < seconds * 4000; i++) {
            pass(Duration.ofNanos(1_000_000_000 / 4000));
            Place place = entrance.admit(MEMBER);
            if (place != null) {
                admitted++;
                place.close();
            }
        }
        assertThat(admitted)
                .isBetween(
                        seconds * TrustLimits.KNOWN_PER_SECOND,
                        seconds * TrustLimits.KNOWN_PER_SECOND + TrustLimits.KNOWN_BURST);
    }

    @Test
    void provenConnectionsAreBoundedToo() {
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            places.add(given(entrance.admit(STRANGER)));
            assertThat(places.getLast().prove()).isTrue();
        }
        Place more = given(entrance.admit(STRANGER));
        assertThat(more.prove()).isFalse();
        more.refuse(new IOException("closed"));
        more.close();
        assertThat(refusals.count()).as("counted once").isEqualTo(1);
        places.getFirst().close();
        places.getFirst().close();
        assertThat(given(entrance.admit(STRANGER)).prove()).isTrue();
        assertThat(given(entrance.admit(STRANGER)).prove())
                .as("closing twice frees once")
                .isFalse();
    }
}
