package io.evenkeel.server.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.zones.Catalog;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Which messages count as probes of members. */
class ProbesTest {
    private static final byte[] ROOT = new byte[Probes.ROOT_BYTES];
    private static final Client FAR = client(192, 0, 2, 1);

    private final AtomicLong now = new AtomicLong(1_700_000_000);

    private static Client client(int... address) {
        return (to, at) -> {
            for (int i = 0; i < address.length; i++) {
                to[at + i] = (byte) address[i];
            }
            return address.length;
        };
    }

    private Probes probes(byte[] root) {
        Probes probes = Probes.keyed(now::get);
        probes.refresh(List.of(root));
        return probes;
    }

    private static boolean isProbe(Probes.Gate gate, byte[] message, Client client) {
        return gate.isProbe(Arrays.copyOf(message, message.length + 8), message.length, client);
    }

    @Test
    void oneThatAMemberHasMadeIsKnownForFiveMinutes() {
        byte[] probe = probes(ROOT).make(4711);
        assertThat(probe).hasSize(Probes.BYTES);
        Probes.Gate gate = new Probes.Gate(probes(ROOT));
        assertThat(isProbe(gate, probe, FAR)).isTrue();
        now.addAndGet(300);
        assertThat(isProbe(gate, probe, FAR)).isTrue();
        now.addAndGet(1);
        assertThat(isProbe(gate, probe, FAR)).as("too old").isFalse();
        now.addAndGet(-602);
        assertThat(isProbe(gate, probe, FAR)).as("of the future").isFalse();
    }

    @Test
    void nobodyMakesOneWithoutTheKeyOrOutOfAnother() {
        Probes.Gate gate = new Probes.Gate(probes(ROOT));
        byte[] other = ROOT.clone();
        other[0] = 1;
        assertThat(isProbe(gate, probes(other).make(1), FAR)).isFalse();
        assertThat(isProbe(gate, Probes.keyed(now::get).make(1), FAR)).isFalse();
        byte[] probe = probes(ROOT).make(4711);
        for (int i = 0; i < probe.length; i++) {
            byte[] changed = probe.clone();
            changed[i] ^= 1;
            assertThat(isProbe(gate, changed, FAR)).as("octet " + i).isFalse();
            now.incrementAndGet(); // what a loop takes in a second is bounded
        }
        assertThat(isProbe(gate, Arrays.copyOf(probe, probe.length - 1), FAR)).isFalse();
        assertThat(isProbe(gate, Arrays.copyOf(probe, probe.length + 1), FAR)).isFalse();
    }

    @Test
    void whileTheKeyIsChangedThoseOfBothAreKnown() {
        byte[] next = ROOT.clone();
        next[5] = 9;
        Probes both = Probes.keyed(now::get);
        both.refresh(List.of(next, ROOT));
        Probes.Gate gate = new Probes.Gate(both);
        assertThat(isProbe(gate, probes(ROOT).make(1), FAR)).isTrue();
        assertThat(isProbe(gate, both.make(1), FAR)).isTrue();
    }

    @Test
    void oneThatIsSentAgainAndAgainIsAQuestionLikeAnyOther() {
        Probes.Gate gate = new Probes.Gate(probes(ROOT));
        byte[] probe = probes(ROOT).make(1);
        for (int i = 0; i < Probes.Gate.MOST; i++) {
            assertThat(isProbe(gate, probe, FAR)).isTrue();
        }
        assertThat(isProbe(gate, probe, FAR)).isFalse();
        now.incrementAndGet();
        assertThat(isProbe(gate, probe, FAR)).as("in the next second").isTrue();
    }

    @Test
    void withoutAKeyOnlyThoseFromLoopbackCount() {
        Probes.Gate gate = new Probes.Gate(Probes.ofLoopback("c", now::get));
        byte[] probe = Probes.ofLoopback("c", now::get).make(1);
        assertThat(isProbe(gate, probe, FAR)).isFalse();
        assertThat(isProbe(gate, probe, Client.UNKNOWN)).isFalse();
        assertThat(isProbe(gate, probe, client(127, 0, 0, 9))).isTrue();
        assertThat(isProbe(gate, probe, client(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)))
                .isTrue();
        assertThat(isProbe(gate, probe, client(0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)))
                .isFalse();
        assertThat(isProbe(gate, Probes.ofLoopback("d", now::get).make(1), client(127, 0, 0, 9)))
                .as("of another cluster")
                .isFalse();
    }

    @Test
    void aProbeIsAnsweredAndCountsAsNoQuery() {
        QueryCounters counters = new QueryCounters();
        AnswerSettings settings = new AnswerSettings(
                1232, 8, "n1", "test", false, null, false, () -> Duration.ofSeconds(10), probes(ROOT));
        QueryHandler handler = new QueryHandler(new AnswerSource(Catalog::new, settings, () -> false), counters);
        byte[] out = new byte[65_535];
        byte[] probe = Arrays.copyOf(probes(ROOT).make(7), Probes.BYTES + 8);
        assertThat(handler.handle(probe, Probes.BYTES, Transport.UDP, FAR, out)).isPositive();
        assertThat(counters.probes()).isOne();
        assertThat(counters.queries(Transport.UDP, FoldedType.of(6))).isZero();
        assertThat(counters.responses(Transport.UDP, 5)).isZero();
        probe[40] ^= 1;
        assertThat(handler.handle(probe, Probes.BYTES, Transport.UDP, FAR, out)).isPositive();
        assertThat(counters.probes()).isOne();
        assertThat(counters.queries(Transport.UDP, FoldedType.of(6))).isOne();
        assertThat(counters.responses(Transport.UDP, 5)).isOne();
    }
}
