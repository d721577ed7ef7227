package io.evenkeel.server.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CookieSecretsTest {
    private static final Client CLIENT = AnswerTable.client("ask from=192.0.2.1");
    private static final byte[] OLD = root(1);
    private static final byte[] NEW = root(2);

    private final AtomicLong clock = new AtomicLong(1_700_000_000L);

    private static byte[] root(int octet) {
        byte[] root = new byte[CookieSecrets.ROOT_BYTES];
        Arrays.fill(root, (byte) octet);
        return root;
    }

    private CookieSecrets node(byte[]... roots) {
        CookieSecrets secrets = CookieSecrets.create(clock::get);
        secrets.refresh(List.of(roots));
        return secrets;
    }

    /** The option that a client has learned from that node by now. */
    private static byte[] learn(CookieSecrets node) {
        byte[] client = {1, 2, 3, 4, 5, 6, 7, 8};
        byte[] option = new byte[ServerCookies.BYTES];
        ServerCookies cookies = new ServerCookies(node);
        assertThat(cookies.judge(client, 0, client.length, CLIENT)).isEqualTo(CookieState.NEW);
        cookies.write(client, 0, option, 0);
        return option;
    }

    private static CookieState judge(CookieSecrets node, byte[] option) {
        return new ServerCookies(node).judge(option, 0, option.length, CLIENT);
    }

    @Test
    void nodesOfOneClusterTakeEachOthersCookiesAndNobodyElses() {
        assertThat(judge(node(OLD), learn(node(OLD)))).isEqualTo(CookieState.VALID);
        assertThat(judge(node(NEW), learn(node(OLD)))).isEqualTo(CookieState.INVALID);
        CookieSecrets alone = CookieSecrets.create(clock::get);
        assertThat(judge(alone, learn(alone))).isEqualTo(CookieState.VALID);
        assertThat(judge(CookieSecrets.create(clock::get), learn(alone))).isEqualTo(CookieState.INVALID);
    }

    @Test
    void secretsRollDailyAndNoCookieFailsBeforeItsHourIsOver() {
        CookieSecrets node = node(OLD);
        for (int i = 0; i < 200; i++) { // an hour short of four days
            byte[] option = learn(node);
            clock.addAndGet(1700);
            node.refresh();
            assertThat(judge(node, option)).isEqualTo(CookieState.VALID);
            assertThat(judge(node(OLD), option))
                    .as("by a node that has just started")
                    .isEqualTo(CookieState.VALID);
        }
        assertThat(node.at(clock.get())).isNotEqualTo(node.at(clock.get() - 86_400));
    }

    @Test
    void nodesWhoseClocksDifferAtTheTurnOfADayTakeEachOthersCookies() {
        long midnight = 1_700_000_000L / 86_400 * 86_400;
        AtomicLong before = new AtomicLong(midnight - 100);
        AtomicLong after = new AtomicLong(midnight + 100);
        CookieSecrets slow = CookieSecrets.create(before::get);
        CookieSecrets fast = CookieSecrets.create(after::get);
        slow.refresh(List.of(OLD));
        fast.refresh(List.of(OLD));
        assertThat(judge(fast, learn(slow))).isEqualTo(CookieState.VALID);
        assertThat(judge(slow, learn(fast))).isEqualTo(CookieState.VALID);
    }

    @Test
    void aChangeOfTheClusterKeyInItsThreeStepsFailsNoCookieOnTheWay() {
        List<List<byte[]>> steps = List.of(List.of(OLD), List.of(OLD, NEW), List.of(NEW, OLD), List.of(NEW));
        for (int step = 0; step + 1 < steps.size(); step++) {
            CookieSecrets behind = node(steps.get(step).toArray(byte[][]::new));
            CookieSecrets ahead = node(steps.get(step + 1).toArray(byte[][]::new));
            assertThat(judge(behind, learn(ahead))).isEqualTo(CookieState.VALID);
            assertThat(judge(ahead, learn(behind))).isEqualTo(CookieState.VALID);
        }
        assertThat(judge(node(NEW), learn(node(OLD)))).as("once it is dropped").isEqualTo(CookieState.INVALID);
    }

    @Test
    void aCookieOfASecretThatIsOnItsWayOutIsReplaced() {
        byte[] option = learn(node(OLD));
        ServerCookies cookies = new ServerCookies(node(NEW, OLD));
        assertThat(cookies.judge(option, 0, option.length, CLIENT)).isEqualTo(CookieState.VALID);
        byte[] next = new byte[ServerCookies.BYTES];
        cookies.write(option, 0, next, 0);
        assertThat(next).isNotEqualTo(option);
        assertThat(judge(node(NEW), next)).isEqualTo(CookieState.VALID);
    }
}
