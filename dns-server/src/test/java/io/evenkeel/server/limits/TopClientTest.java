package io.evenkeel.server.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.consensus.process.ClientPrivacy;
import io.evenkeel.server.limits.TopClient.Share;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class TopClientTest {
    private static final long GATEWAY = 0xAC110001L; // 172.17.0.1
    private static final int MESSAGES = 100_000;

    private final TopClient one = new TopClient();
    private final TopClient other = new TopClient();
    private final SplittableRandom random = new SplittableRandom(1);

    private void ask(double share, int round) {
        for (int i = 0; i < MESSAGES; i++) {
            TopClient loop = random.nextBoolean() ? one : other;
            loop.saw(true, random.nextDouble() < share ? GATEWAY : random.nextInt(1 << 20), round);
        }
    }

    @Test
    void findsWhoSendsMost() {
        ask(0.8, 0);
        Share share = TopClient.of(List.of(one, other), ClientPrivacy.FULL);
        assertThat(share.client()).isEqualTo("172.17.0.1/32");
        assertThat(share.share()).isCloseTo(0.8, within(0.05));
    }

    @Test
    void findsNobodyAmongMany() {
        ask(0.2, 0);
        assertThat(TopClient.of(List.of(one, other), ClientPrivacy.FULL).share())
                .isLessThan(0.3);
    }

    @Test
    void beginsAnew() {
        ask(0.9, 0);
        ask(0, 1);
        assertThat(TopClient.of(List.of(one, other), ClientPrivacy.FULL).share())
                .isLessThan(0.1);
    }

    @Test
    void aFewMessagesSayNothing() {
        for (int i = 0; i < 10_000; i++) {
            one.saw(true, GATEWAY, 0);
        }
        assertThat(TopClient.of(List.of(one, other), ClientPrivacy.FULL)).isEqualTo(Share.NOBODY);
    }

    @Test
    void knowsALinkOfIpv6AsOneClient() {
        for (int i = 0; i < MESSAGES; i++) {
            one.saw(false, 0x20010db800000007L, 0);
        }
        assertThat(TopClient.of(List.of(one, other), ClientPrivacy.FULL)).isEqualTo(new Share("2001:db8:0:7::/64", 1));
    }

    @Test
    void clientIsNamedAsFarAsItMayBe() {
        for (int i = 0; i < MESSAGES; i++) {
            one.saw(true, 0xC0000207L, 0);
        }
        assertThat(TopClient.of(List.of(one), ClientPrivacy.PREFIX).client()).isEqualTo("192.0.2.0/24");
        assertThat(TopClient.of(List.of(one), ClientPrivacy.NONE).client()).isEqualTo(ClientPrivacy.SOMEBODY);
        assertThat(LimitLevel.IPV4_20.show(true, 0xC0000000L, ClientPrivacy.PREFIX))
                .isEqualTo("192.0.0.0/20");
        assertThat(LimitLevel.PROVEN.show(true, 0xC0000207L, ClientPrivacy.FULL))
                .isEqualTo("192.0.2.7/32");
        assertThat(LimitLevel.IPV6_64.show(false, 0x20010db800000007L, ClientPrivacy.PREFIX))
                .isEqualTo("2001:db8::/48");
        assertThat(LimitLevel.IPV6_32.show(false, 0x20010db800000000L, ClientPrivacy.NONE))
                .isEqualTo(ClientPrivacy.SOMEBODY);
    }

    @Test
    void networkThatIsDroppedMostIsNamedAsFarAsItMayBe() {
        HeavyPrefixes heavy = new HeavyPrefixes();
        heavy.add(LimitLevel.IPV4_32, true, 0xC0000207L);
        assertThat(heavy.heaviest(ClientPrivacy.FULL).prefix()).isEqualTo("192.0.2.7/32");
        assertThat(heavy.heaviest(ClientPrivacy.PREFIX).prefix()).isEqualTo("192.0.2.0/24");
        assertThat(heavy.heaviest(ClientPrivacy.NONE).prefix()).isEqualTo(ClientPrivacy.SOMEBODY);
    }
}
