package io.evenkeel.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.server.limits.LimitMode;
import io.evenkeel.server.limits.LimitSettings;
import io.evenkeel.server.limits.LimitSettings.Allowance;
import io.evenkeel.zones.Golden;
import io.evenkeel.zones.ZoneLimits;
import io.evenkeel.zones.codec.CodecException;
import io.evenkeel.zones.state.ReplicatedState;
import io.evenkeel.zones.state.Settings;
import io.evenkeel.zones.state.ZoneCommand;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The limits on clients, as they stand in the replicated state of clusters. */
final class LimitsSettingTest {
    private static final LimitSettings ALL = new LimitSettings(
            LimitMode.ENFORCE,
            300,
            70_000,
            List.of(
                    new Allowance(InetAddress.ofLiteral("192.0.2.128"), 25, 10),
                    new Allowance(InetAddress.ofLiteral("2001:db8::"), 32, 1_000)),
            LimitMode.OFF,
            1_000_000);

    @Test
    void limitsAreWrittenAndReadAsTheyWere() throws Exception {
        Golden golden = Golden.read(LimitsSettingTest.class, "limits-1.hex");
        golden.assertWritten("new", LimitsSetting.encode(LimitSettings.NEW));
        golden.assertWritten("all", LimitsSetting.encode(ALL));
        assertThat(LimitsSetting.decode(golden.octets("new"))).isEqualTo(LimitSettings.NEW);
        assertThat(LimitsSetting.decode(golden.octets("all"))).isEqualTo(ALL);
        assertThat(golden.names()).containsExactly("new", "all");
    }

    @Test
    void asManyAsThereMayBeFitIntoOneSetting() throws Exception {
        List<Allowance> most = new ArrayList<>();
        for (int i = 0; i < LimitSettings.MOST_ALLOWANCES; i++) {
            most.add(new Allowance(
                    InetAddress.ofLiteral("2001:db8::" + Integer.toHexString(i + 1)), 128, LimitSettings.MOST_FACTOR));
        }
        LimitSettings limits = new LimitSettings(LimitMode.DRY_RUN, 1, 1, most, LimitMode.ENFORCE, 1);
        byte[] octets = LimitsSetting.encode(limits);
        assertThat(octets).hasSizeLessThanOrEqualTo(ZoneLimits.MAX_SETTING_BYTES);
        assertThat(LimitsSetting.decode(octets)).isEqualTo(limits);
    }

    @Test
    void whatALaterReleaseWroteIsNotReadAndNothingIsThrown() {
        byte[] later = LimitsSetting.encode(ALL);
        later[0] = 2;
        LimitsSetting.Agreed agreed = LimitsSetting.of(settings(later));
        assertThat(agreed.limits()).isNull();
        assertThat(agreed.revision()).isEqualTo(1);
        assertThat(agreed.isUnread()).isTrue();
        assertThat(LimitsSetting.of(ReplicatedState.empty().settings())).isEqualTo(new LimitsSetting.Agreed(null, 0));
        assertThat(LimitsSetting.of(settings(LimitsSetting.encode(ALL)))).isEqualTo(new LimitsSetting.Agreed(ALL, 1));
    }

    /** Whatever stands there, a node either reads limits that may be agreed on, or says that it cannot. */
    @Test
    void octetsThatAreNoLimitsAreRefused() throws Exception {
        byte[] good = LimitsSetting.encode(ALL);
        for (int length = 0; length < good.length; length++) {
            byte[] part = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> LimitsSetting.decode(part))
                    .as("%d octets", length)
                    .isInstanceOf(CodecException.class);
        }
        assertThatThrownBy(() -> LimitsSetting.decode(Arrays.copyOf(good, good.length + 1)))
                .isInstanceOf(CodecException.class);
        Random random = new Random(7);
        int read = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] octets = good.clone();
            octets[random.nextInt(octets.length)] = (byte) random.nextInt();
            try {
                LimitSettings limits = LimitsSetting.decode(octets);
                assertThat(LimitsSetting.problems(limits)).isEmpty();
                assertThat(LimitsSetting.encode(limits)).isEqualTo(octets);
                read++;
            } catch (CodecException e) {
                assertThat(e).hasMessageMatching(".+");
            }
        }
        assertThat(read).isPositive();
    }

    @Test
    void eachProblemNamesTheThingAndTheLimit() {
        Allowance twice = new Allowance(InetAddress.ofLiteral("192.0.2.0"), 24, 2);
        LimitSettings bad = new LimitSettings(
                LimitMode.ENFORCE,
                0,
                1_000_001,
                List.of(
                        twice,
                        twice,
                        new Allowance(InetAddress.ofLiteral("192.0.2.1"), 24, 2),
                        new Allowance(InetAddress.ofLiteral("2001:db8::"), 129, 2),
                        new Allowance(InetAddress.ofLiteral("198.51.100.0"), 24, 1_001)),
                LimitMode.OFF,
                -1);
        assertThat(LimitsSetting.problems(bad))
                .containsExactly(
                        "rate is 0; allowed: 1 to 1000000",
                        "burst is 1000001; allowed: 1 to 1000000",
                        "responseRate is -1; allowed: 1 to 1000000",
                        "192.0.2.0/24 is allowed twice",
                        "192.0.2.1/24: the address has bits beyond its prefix; write its first address",
                        "2001:db8:0:0:0:0:0:0/129: a prefix of that family has 0 to 128 bits",
                        "198.51.100.0/24: factor is 1001; allowed: 1 to 1000");
        assertThat(LimitsSetting.problems(ALL)).isEmpty();
        assertThat(LimitsSetting.problems(LimitSettings.NEW)).isEmpty();
        assertThat(LimitsSetting.problems(LimitSettings.UPGRADED)).isEmpty();
    }

    private static Settings settings(byte[] octets) {
        return ReplicatedState.empty()
                .apply(1, new ZoneCommand.PutSetting(LimitsSetting.KIND, LimitsSetting.NAME, octets, 0))
                .next()
                .settings();
    }
}
